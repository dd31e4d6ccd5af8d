"""Writes what the dispatcher is about to do, and what came of it."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from delivery.calls import Call, Called, Calling, InDoubt, encode_call
from delivery.events import Event
from ingest.dispatch.config import DispatchTopics
from ingest.publisher import NotPublished, Publisher, Record, RecordTooLarge, event_record

logger = logging.getLogger(__name__)

FIRST_WAIT_SECONDS: Final = 0.2
LONGEST_WAIT_SECONDS: Final = 5.0

_Kept = TypeVar("_Kept", Call, Event)


class Recorder:
    def __init__(self, publisher: Publisher, topics: DispatchTopics) -> None:
        self._publisher = publisher
        self._topics = topics

    async def announce(self, calling: Calling) -> bool:
        """Whether Kafka has acknowledged it; where not, it may still land."""
        try:
            await self._publisher.publish([self._of_call(calling)])
        except NotPublished as error:
            logger.warning("a claim is not acknowledged: %s", error)
            return False
        return True

    async def write(self, calls: Sequence[Call], told: Sequence[Event] = ()) -> None:
        """Return when Kafka has acknowledged all of it, and until then try again for as long as the process lives:
        what came of a call is known here alone. Written twice, it says the same.

        The events come first: whoever reads a call may rely on them, also after a crash in between.
        """
        if told:
            await self._persist(told, self._of_event)
        if calls:
            await self._persist(calls, self._of_call)

    async def _persist(self, kept: Sequence[_Kept], record: Callable[[_Kept], Record]) -> None:
        wait = FIRST_WAIT_SECONDS
        records = [record(one) for one in kept]
        while True:
            try:
                return await self._publisher.publish(records)
            except RecordTooLarge as error:
                logger.error("what was exchanged is not kept: %s", error)  # noqa: TRY400 - its words say all
                records = [record(one) for one in _bare(kept)]
            except NotPublished as error:
                logger.warning("an outcome is not acknowledged, and written again: %s", error)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _of_call(self, call: Call) -> Record:
        return Record(self._topics.calls.name, call.message_id.encode(), encode_call(call))

    def _of_event(self, event: Event) -> Record:
        return event_record(event, self._topics.events.name)


def _bare(kept: Sequence[_Kept]) -> list[_Kept]:
    """Without the bytes that were exchanged, which alone can be so long."""
    return [_without_exchange(one) for one in kept]


def _without_exchange(kept: _Kept) -> _Kept:
    if isinstance(kept, Calling):
        return kept
    if isinstance(kept, Called | InDoubt):
        return msgspec.structs.replace(kept, personal=None)
    return msgspec.structs.replace(kept, personal=msgspec.structs.replace(kept.personal, raw=b"", request=b""))
