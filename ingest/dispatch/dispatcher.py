"""The dispatcher: a member of the group that carries out decisions, and everything that it is made of."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from ingest.caller import utc_now
from ingest.dispatch.assignment import Assignment
from ingest.dispatch.config import DispatchConfig
from ingest.dispatch.inbound import InboundLists
from ingest.dispatch.lines import open_lines
from ingest.dispatch.metrics import DispatchMetrics
from ingest.dispatch.recorder import Recorder
from ingest.dispatch.tools import Tools
from ingest.dispatch.windows import Windows
from ingest.ending import ended
from ingest.members import ANSWER_SECONDS, let_go, open_member
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.provider import Provider
from ingest.providers import PROVIDERS

logger = logging.getLogger(__name__)

FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 10.0
POLL_MS: Final = 100
IDLE_SECONDS: Final = 0.02
WATCH_SECONDS: Final = 2.0
FORGET_SECONDS: Final = 600.0
LISTING_PARTITION: Final = 0
"""Whoever has it asks for inbound messages, so that one member does."""


class Dispatcher:
    """`run` until `stop`, once, in one loop; `ready` and `notes` at any time, from any thread."""

    def __init__(
        self,
        config: DispatchConfig,
        providers: Mapping[str, type[Provider]] = PROVIDERS,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.metrics = DispatchMetrics()
        self._config = config
        self._providers = providers
        self._clock = clock
        self._stopping = asyncio.Event()
        self._trouble: str | None = "not connected yet"
        self._tools: Tools | None = None
        self._publisher: KafkaPublisher | None = None
        self._membership: _Membership | None = None
        self.metrics.watch(
            waiting=lambda: self._membership.waiting if self._membership else 0,
            windows=lambda: len(self._tools.windows) if self._tools else 0,
            ready=lambda: not self.ready(),
        )

    def stop(self) -> None:
        """Lets `run` return, within the configured seconds; to be called in its loop."""
        self._stopping.set()

    def ready(self) -> Mapping[str, str]:
        """Empty when decisions are taken up; else what is in the way, by part."""
        troubles = dict(self._publisher.troubles()) if self._publisher else {}
        return troubles | ({"decisions": self._trouble} if self._trouble else {})

    def notes(self) -> Mapping[str, str]:
        """What an operator should know though decisions are taken up: accounts that are left alone, and why."""
        lines = self._tools.lines.values() if self._tools else ()
        return {line.name: trouble for line in lines if (trouble := line.gate.trouble) is not None}

    async def run(self) -> None:
        """Carries out decisions until `stop`; survives the broker's absence."""
        config = self._config
        topics = (config.topics.events.name, config.topics.calls.name)
        self._publisher = publisher = KafkaPublisher(
            ProducerConfig(
                bootstrap_servers=config.bootstrap_servers,
                timeout_seconds=config.produce_timeout_seconds,
                topics=topics,
            )
        )
        lines = open_lines(config, self._providers, self.metrics)
        windows = Windows(config.bootstrap_servers, config.topics.windows, self._clock)
        self._tools = Tools(config, lines, Recorder(publisher, config.topics), self.metrics, self._clock, windows)
        await publisher.start()
        following = asyncio.create_task(windows.run(), name="dispatch-windows")
        try:
            await self._be_member(self._tools)
        finally:
            self._trouble = "stopped"
            await ended(following)
            for line in lines.values():
                await line.caller.close()
            await publisher.stop()

    async def _be_member(self, tools: Tools) -> None:
        wait = FIRST_WAIT_SECONDS
        while not self._stopping.is_set():
            self._membership = _Membership(tools, self._providers, self._stopping, self._hear)
            started = time.monotonic()
            try:
                await self._membership.run()
            except (KafkaError, OSError) as error:
                self._hear(type(error).__name__)
                logger.warning("Kafka: %s; tried again", type(error).__name__)
                if time.monotonic() - started > LONGEST_WAIT_SECONDS:
                    wait = FIRST_WAIT_SECONDS
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), wait * random.uniform(0.5, 1.0))
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _hear(self, trouble: str | None) -> None:
        self._trouble = trouble


class _Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """One consumer's life in the group, and what it was assigned."""

    def __init__(
        self,
        tools: Tools,
        providers: Mapping[str, type[Provider]],
        stopping: asyncio.Event,
        hear: Callable[[str | None], None],
    ) -> None:
        self._tools = tools
        self._config = tools.config
        self._providers = providers
        self._stopping = stopping
        self._hear = hear
        self._consumer = _consumer(tools.config)
        self._lists = InboundLists(tools)
        self._assignment: Assignment | None = None
        self._farewells: set[asyncio.Task[None]] = set()
        self._commit_at = 0.0
        self._forget_at = time.monotonic() + FORGET_SECONDS

    @property
    def waiting(self) -> int:
        return self._assignment.waiting if self._assignment else 0

    async def run(self) -> None:
        watching = None
        self._consumer.subscribe([self._config.topics.decisions.name], listener=self)
        try:
            if not await self._started():
                return
            watching = asyncio.create_task(self._watch(), name="dispatch-watch")
            while not self._stopping.is_set():
                await self._round()
        finally:
            if watching is not None:
                await ended(watching)
            await self._leave()

    async def _started(self) -> bool:
        """False where it is to stop before the broker has answered, which may take long."""
        starting = asyncio.create_task(self._consumer.start())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                await ended(starting)
                return False
            starting.result()
        finally:
            stopping.cancel()
        return True

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        if self._assignment is not None:
            logger.info("%d partitions of decisions are taken away", len(revoked))
            await self._let_go(self._config.handover_seconds)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._assignment = Assignment(self._tools, self._providers, [place.partition for place in assigned])
        self._assignment.begin()
        if any(place.partition == LISTING_PARTITION for place in assigned):
            self._lists.start()

    async def _round(self) -> None:
        """Take up what there is room for, and commit what is done."""
        assignment = self._assignment
        rooms = assignment.with_room() if assignment else ()
        if assignment is None or not rooms:
            if assignment is not None:
                assignment.check()
            await asyncio.sleep(IDLE_SECONDS)
        else:
            # No partition may bring more than it has room for, and which of them brings how much is not to be chosen.
            room = min(room for _, room in rooms)
            places = [place for place, _ in rooms]
            try:
                assignment.place(self._consumer.seek)
                batches = await self._consumer.getmany(*places, timeout_ms=POLL_MS, max_records=room)
            except IllegalStateError:
                return  # they were taken away meanwhile
            if assignment is self._assignment:
                for place, records in batches.items():
                    assignment.take(place, records)
        await self._commit_sometimes()

    async def _commit_sometimes(self) -> None:
        now = time.monotonic()
        if self._assignment is None or not self._assignment.ready.is_set() or now < self._commit_at:
            return
        self._commit_at = now + self._config.commit_seconds
        await self._commit(self._assignment)
        if now >= self._forget_at:
            self._forget_at = now + FORGET_SECONDS
            self._assignment.forget()

    async def _commit(self, assignment: Assignment) -> None:
        """What cannot be committed now is so the next time; whoever takes over finds it done in any case."""
        try:
            await asyncio.wait_for(assignment.commit(self._consumer.commit), ANSWER_SECONDS)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            logger.warning("offsets are not committed yet: %s", type(error).__name__)

    async def _let_go(self, seconds: float) -> None:
        assignment, self._assignment = self._assignment, None
        await self._lists.stop()
        if assignment is None:
            return
        was_ready = assignment.ready.is_set()
        await assignment.let_go(seconds)
        if was_ready:
            await self._commit(assignment)
        farewell = asyncio.create_task(assignment.close())
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)

    async def _leave(self) -> None:
        await self._let_go(self._config.stop_seconds)
        if not await let_go(self._consumer):
            logger.warning("the consumer did not leave in order")
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=1.0)

    async def _watch(self) -> None:
        """Asks the broker how far its topic is: for the lag, and to know that it is there."""
        while True:
            self._hear(await self._look())
            await asyncio.sleep(WATCH_SECONDS if self._assignment and self._assignment.ready.is_set() else 0.1)

    async def _look(self) -> str | None:
        """What is in the way, if anything."""
        assignment = self._assignment
        if assignment is None:
            return "no partition is assigned yet"
        if not assignment.ready.is_set():
            return "reading what became of earlier decisions"
        topic = self._config.topics.decisions.name
        try:
            ends = await asyncio.wait_for(
                self._consumer.end_offsets([TopicPartition(topic, number) for number in assignment.numbers]),
                ANSWER_SECONDS,
            )
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            return f"no answer from the broker: {type(error).__name__}"
        for number, reached in assignment.low_water().items():
            self._tools.metrics.lag.labels(number).set(max(ends[TopicPartition(topic, number)] - reached, 0))
        return None


def _consumer(config: DispatchConfig) -> AIOKafkaConsumer:
    return open_member(
        config.bootstrap_servers,
        client_id="acuse-dispatch",
        group_id=config.group_id,
        instance_id=config.instance_id,
        session_seconds=config.session_seconds,
        handover_seconds=config.handover_seconds,
    )
