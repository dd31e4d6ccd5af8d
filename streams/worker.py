"""Runs a tracking worker: starts, stops and watches it, and ends the process where it cannot go on."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final

import uvloop
from faust.exceptions import ConsistencyError

from streams.app import Clock, Tracking, utc_now
from streams.config import TrackingConfig
from streams.store import wipe
from streams.watchdog import Watchdog

logger = logging.getLogger(__name__)

WATCH_SECONDS: Final = 1.0
COLLECTOR_THRESHOLDS: Final = (50_000, 20, 100)
"""A batch makes some ten thousand objects and hardly a cycle: at Python's own 700 a quarter of the time went there."""


class WorkerFailed(Exception):
    """The worker cannot go on; the message says why. Another one may, from what is in Kafka."""


class EndedByItself(RuntimeError):
    """Nobody asked it to, and nothing was raised."""


class TrackingWorker:
    """One worker in the running loop. ``ready`` may be asked at any time."""

    def __init__(self, config: TrackingConfig, clock: Clock = utc_now) -> None:
        self._config = config
        self._tracking = Tracking(config, clock)
        self._watchdog = Watchdog(config.stall_timeout.total_seconds())

    def ready(self) -> Mapping[str, str]:
        """Nothing when it is; else what is missing, by part."""
        if self._tracking.settled:
            return {}
        if self._tracking.app.in_recovery:
            return {"tracking": "reading the changelog"}
        return {"tracking": "waiting for partitions"}

    async def serve(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then complete and commit what is under way. Raises ``WorkerFailed``.

        The process should be this worker's own: its garbage collector is set for it.
        """
        gc.freeze()
        gc.set_threshold(*COLLECTOR_THRESHOLDS)
        self._config.data_dir.mkdir(parents=True, exist_ok=True)
        app = self._tracking.app
        parts = [
            asyncio.ensure_future(part)
            for part in (
                app.start(),
                app.wait_until_stopped(),
                self._tracking.outbox.run(),
                self._watch(),
                self._close(),
            )
        ]
        starting, *others = parts
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait([starting, stopping, *others], return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and not starting.exception():
                await asyncio.wait([stopping, *others], return_when=asyncio.FIRST_COMPLETED)
            failure = _failure(parts) or app.crash_reason
            if failure is None and not stop.is_set():
                failure = EndedByItself("a part of the worker ended without saying why")
            await self._stop(failure is None)
        finally:
            for part in (*parts, stopping):
                part.cancel()
            await asyncio.gather(*parts, stopping, return_exceptions=True)
        if failure is not None:
            self._explain(failure)
            raise WorkerFailed(f"{type(failure).__name__}: {failure}") from failure

    async def _stop(self, orderly: bool) -> None:
        seconds = self._config.stop_timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await self._tracking.app.stop()
        except TimeoutError:
            logger.warning("Tracking did not stop within %.1f s; what it had not committed is read again", seconds)
        except Exception:
            if orderly:
                raise
            logger.debug("Stopping after a failure failed too", exc_info=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._tracking.measure()
            self._watchdog.observe(monotonic(), busy=self._tracking.busy(), progress=self._tracking.progress())

    async def _close(self) -> None:
        while True:
            await asyncio.sleep(self._config.close_tick.total_seconds())
            await self._tracking.close_due()

    def _explain(self, failure: BaseException) -> None:
        if isinstance(failure, ConsistencyError):
            wipe(self._tracking.store_directory)
            logger.error(
                "The local store in %s knew more than its changelog: the topics were made anew. The store has been "
                "removed; start again, and it is rebuilt from the changelog.",
                self._tracking.store_directory,
            )


def _failure(parts: "Sequence[asyncio.Future[None]]") -> BaseException | None:
    errors = [part.exception() for part in parts if part.done() and not part.cancelled()]
    return next((error for error in errors if error is not None), None)


async def _serve_until_signalled(config: TrackingConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await TrackingWorker(config).serve(stop)


def run(config: TrackingConfig) -> None:
    """Work until SIGTERM or SIGINT; blocks. Ends the process with status 1 where it cannot go on."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve_until_signalled(config))
    except WorkerFailed as error:
        logger.error("The tracking worker ends: %s", error)  # noqa: TRY400 - its cause has been logged
        logging.shutdown()
        # Not sys.exit: a thread of Faust's may still wait for a broker that is away.
        sys.stdout.flush()
        os._exit(1)
