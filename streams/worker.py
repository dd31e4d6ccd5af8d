"""Runs workers: starts, stops and watches them, and ends the process where one cannot go on."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from time import monotonic
from typing import Any, Final

import uvloop
from faust.exceptions import ConsistencyError

from delivery.choosing import Weigh
from streams.app import Tracking
from streams.config import DecidingConfig, TrackingConfig
from streams.deciding.app import Deciding, equally
from streams.health.config import HealthConfig
from streams.health.service import HealthService
from streams.processor import Clock, Processor, utc_now
from streams.stopping import ended
from streams.store import wipe
from streams.watchdog import Watchdog

logger = logging.getLogger(__name__)

WATCH_SECONDS: Final = 1.0
JUDGES_PARTITION: Final = 0
COLLECTOR_THRESHOLDS: Final = (50_000, 20, 100)
"""A batch makes some ten thousand objects and hardly a cycle: at Python's own 700 a quarter of the time went there."""


class WorkerFailed(Exception):
    """The worker cannot go on; the message says why. Another one may, from what is in Kafka."""


class EndedByItself(RuntimeError):
    """Nobody asked it to, and nothing was raised."""


class Worker:
    """Processors in the running loop. ``ready`` may be asked at any time.

    ``health`` finds out how providers do, while this worker is the one that decides for the first partition.
    """

    def __init__(self, processors: Sequence[Processor], health: HealthService | None = None) -> None:
        self._processors = processors
        self._health = health
        self._watchdogs = [Watchdog(each.config.stall_timeout.total_seconds()) for each in processors]

    def ready(self) -> Mapping[str, str]:
        """Nothing when it is; else what is missing, by part."""
        return {each.name: trouble for each in self._processors if (trouble := each.trouble) is not None}

    async def serve(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then complete and commit what is under way. Raises ``WorkerFailed``.

        One processor that cannot go on ends them all. The process should be this worker's own: its garbage collector
        is set for it.
        """
        gc.freeze()
        gc.set_threshold(*COLLECTOR_THRESHOLDS)
        starting = [asyncio.ensure_future(self._start(each)) for each in self._processors]
        lasting = [asyncio.ensure_future(part) for each in self._processors for part in _lasting(each)]
        lasting.append(asyncio.ensure_future(self._watch()))
        if self._health is not None:
            lasting.append(asyncio.ensure_future(self._health.run(self._judges)))
        stopping = asyncio.ensure_future(stop.wait())
        parts = [*starting, *lasting]
        try:
            await _until_one_ends(starting, [stopping, *lasting])
            failure = _failure(parts) or self._crash()
            if failure is None and not stop.is_set():
                failure = EndedByItself("a part of the worker ended without saying why")
            await asyncio.gather(*[_stop(each, orderly=failure is None) for each in self._processors])
        finally:
            await ended(*parts, stopping)
        if failure is not None:
            self._explain(failure)
            raise WorkerFailed(f"{type(failure).__name__}: {failure}") from failure

    def _judges(self) -> bool:
        return any(
            isinstance(each, Deciding) and each.settled and JUDGES_PARTITION in each.partitions()
            for each in self._processors
        )

    async def _start(self, processor: Processor) -> None:
        processor.config.data_dir.mkdir(parents=True, exist_ok=True)
        await processor.app.start()

    def _crash(self) -> BaseException | None:
        return next((each.app.crash_reason for each in self._processors if each.app.crash_reason is not None), None)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for processor, watchdog in zip(self._processors, self._watchdogs, strict=True):
                processor.measure()
                watchdog.observe(monotonic(), busy=processor.busy(), progress=processor.progress())

    def _explain(self, failure: BaseException) -> None:
        if not isinstance(failure, ConsistencyError):
            return
        known = [each for each in self._processors if isinstance(each.app.crash_reason, ConsistencyError)]
        for processor in known or self._processors:
            wipe(processor.store_directory)
            logger.error(
                "The local store in %s knew more than its changelog: the topics were made anew. The store has been "
                "removed; start again, and it is rebuilt from the changelog.",
                processor.store_directory,
            )


def _lasting(processor: Processor) -> list[Coroutine[Any, Any, None]]:
    """What ends only when the worker does."""
    return [processor.app.wait_until_stopped(), processor.outbox.run(), *processor.ticking()]


async def _until_one_ends(starting: Sequence[asyncio.Future[None]], lasting: Sequence[asyncio.Future[Any]]) -> None:
    """Wait for the first that ends; to have started is no end."""
    waiting: set[asyncio.Future[Any]] = {*starting, *lasting}
    while not any(part.done() for part in lasting) and _failure(starting) is None:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        waiting -= {part for part in starting if part.done()}


async def _stop(processor: Processor, *, orderly: bool) -> None:
    seconds = processor.config.stop_timeout.total_seconds()
    try:
        async with asyncio.timeout(seconds):
            await processor.app.stop()
    except TimeoutError:
        logger.warning(
            "%s did not stop within %.1f s; what it had not committed is read again",
            processor.name.capitalize(),
            seconds,
        )
    except Exception:
        if orderly:
            raise
        logger.debug("Stopping after a failure failed too", exc_info=True)


def _failure(parts: Sequence[asyncio.Future[None]]) -> BaseException | None:
    errors = [part.exception() for part in parts if part.done() and not part.cancelled()]
    return next((error for error in errors if error is not None), None)


def processors(
    *configs: TrackingConfig | DecidingConfig, clock: Clock = utc_now, weigh: Weigh = equally
) -> list[Processor]:
    """One for each; to be called in the loop that they will run in. ``weigh`` gives the shares of a step's choices."""
    return [
        Tracking(config, clock) if isinstance(config, TrackingConfig) else Deciding(config, clock, weigh)
        for config in configs
    ]


async def _serve_until_signalled(
    configs: Sequence[TrackingConfig | DecidingConfig], health: HealthConfig | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    service = None if health is None else HealthService(health)
    weigh = equally if service is None else service.weigh
    await Worker(processors(*configs, weigh=weigh), service).serve(stop)


def run(*configs: TrackingConfig | DecidingConfig, health: HealthConfig | None = None) -> None:
    """Work until SIGTERM or SIGINT; blocks. Ends the process with status 1 where it cannot go on."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve_until_signalled(configs, health))
    except WorkerFailed as error:
        logger.error("The worker ends: %s", error)  # noqa: TRY400 - its cause has been logged
        logging.shutdown()
        # Not sys.exit: a thread of Faust's may still wait for a broker that is away.
        sys.stdout.flush()
        os._exit(1)
