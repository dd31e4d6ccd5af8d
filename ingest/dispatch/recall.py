"""What became of decisions from before all that the ledger remembers, read again when one of them comes."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Final

from delivery.calls import MalformedCall, decode_call
from delivery.topics import Topic
from ingest.dispatch.ledger import Entry
from ingest.topic_reader import TopicReader

CLOCK_MARGIN: Final = timedelta(minutes=10)
"""By how much the clocks of those who decide and of those who carry it out may differ."""

FRESH_SECONDS: Final = 60.0
"""Shorter than anything is remembered: what the ledger forgets meanwhile had been read."""


class OlderCalls:
    """One partition's calls. What was read for one decision serves those that come soon after it and are no older."""

    def __init__(self, bootstrap_servers: str, topic: Topic, number: int) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._topic = topic
        self._number = number
        self._reading = asyncio.Lock()
        self._entries: dict[str, Entry] = {}
        self._since: datetime | None = None
        self._fresh_until = 0.0

    async def entry(self, decision_id: str, since: datetime) -> Entry | None:
        """None where nothing was written about it from then until now. Raises what `TopicReader` does."""
        async with self._reading:
            if self._since is None or since < self._since or time.monotonic() > self._fresh_until:
                fresh_until = time.monotonic() + FRESH_SECONDS
                self._entries = await self._read(since - CLOCK_MARGIN)
                self._since, self._fresh_until = since, fresh_until
            return self._entries.get(decision_id)

    async def _read(self, since: datetime) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        async with TopicReader(self._bootstrap_servers) as reader:
            async for records in reader.read(await reader.span(self._topic, [self._number], since)):
                for record in records:
                    try:
                        call = decode_call(record.value or b"")
                    except MalformedCall:
                        continue  # the ledger's reader has counted it, or an earlier one's
                    if call.step is not None:
                        entries.setdefault(call.decision_id, Entry(call, record.offset)).fold(call)
        return entries
