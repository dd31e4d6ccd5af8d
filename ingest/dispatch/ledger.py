"""What has become of each decision of one partition, folded from its calls in the topic's order.

Every dispatcher that reads the same calls comes to the same result, so that one that was cut off without knowing it
sees that it holds no claim, or that it alone holds one.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from delivery.calls import Call, Calling, Result
from delivery.phases import Phase, Standing, after


class Entry:
    """One decision. `claim` is the one that holds or held last; `held` how many did, which is how often it was tried.

    `first_offset` is that of the first call about it, `decision_offset` where the decision stands; `result` is set once
    it is done.
    """

    __slots__ = ("_stands", "at", "decision_offset", "first_at", "first_offset", "held", "is_send")

    def __init__(self, call: Call, offset: int) -> None:
        self._stands = Standing()
        self.held = 0
        self.first_at = self.at = call.at
        self.first_offset = offset
        self.decision_offset = call.decision_offset
        self.is_send = call.step is not None

    @property
    def phase(self) -> Phase:
        return self._stands.phase

    @property
    def claim(self) -> str:
        return self._stands.holder

    @property
    def result(self) -> Result | None:
        return self._stands.result

    def fold(self, call: Call) -> None:
        before, self._stands = self._stands, after(self._stands, call)
        self.at = call.at
        if isinstance(call, Calling) and self._stands is not before:
            self.held += 1


class Ledger:
    """One partition's entries, and who waits for a change of one."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._recent: dict[int, int] = {}
        self._waiting: dict[str, asyncio.Event] = {}
        self._claims: dict[str, asyncio.Future[bool]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def fold(self, call: Call, offset: int) -> None:
        entry = self._entries.get(call.decision_id)
        if entry is None:
            entry = self._entries[call.decision_id] = Entry(call, offset)
        entry.fold(call)
        self._recent.setdefault(call.decision_offset, offset)
        if waiting := self._waiting.pop(call.decision_id, None):
            waiting.set()
        if isinstance(call, Calling) and (claimed := self._claims.get(call.claim)) and not claimed.done():
            claimed.set_result(self.holds(call.decision_id, call.claim))

    def recall(self, decision_id: str, older: Entry) -> None:
        """Add what was folded from calls that were not read here, and all that came after them."""
        if decision_id not in self._entries or older.phase in {Phase.DONE, Phase.ABANDONED}:
            self._entries[decision_id] = older

    def entry(self, decision_id: str) -> Entry | None:
        return self._entries.get(decision_id)

    def phase(self, decision_id: str) -> Phase:
        entry = self._entries.get(decision_id)
        return entry.phase if entry else Phase.FREE

    def result(self, decision_id: str) -> Result | None:
        entry = self._entries.get(decision_id)
        return entry.result if entry else None

    def holds(self, decision_id: str, claim: str) -> bool:
        """Whether the claim stands: it was the first, and nobody has put an end to it."""
        entry = self._entries.get(decision_id)
        return entry is not None and entry.phase is Phase.CLAIMED and entry.claim == claim

    @contextmanager
    def expecting(self, claim: str) -> Iterator[asyncio.Future[bool]]:
        """Tells, when a claim that is about to be written is read back, whether it stands."""
        claimed = self._claims[claim] = asyncio.get_running_loop().create_future()
        try:
            yield claimed
        finally:
            del self._claims[claim]
            claimed.cancel()

    async def changed(self, decision_id: str, seconds: float) -> bool:
        """Wait for the next call about a decision; whether one came in time."""
        waiting = self._waiting.setdefault(decision_id, asyncio.Event())
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                await waiting.wait()
        except TimeoutError:
            return False
        return True

    def read_from(self, decision_offset: int, end: int) -> int:
        """Where whoever takes over must begin to read the calls, so as to miss none about a decision from this one on.

        `end` is the offset up to which they have been read here.
        """
        for known in [offset for offset in self._recent if offset < decision_offset]:
            del self._recent[known]
        return min(self._recent.values(), default=end)

    def forget(self, before: datetime, below: int) -> None:
        """Let go of decisions below an offset: polls and such at once, sends when nothing was heard since `before`."""
        forgotten = [
            decision_id
            for decision_id, entry in self._entries.items()
            if entry.decision_offset < below and (entry.at < before or not entry.is_send)
        ]
        for decision_id in forgotten:
            del self._entries[decision_id]


METADATA_PREFIX: Final = "calls="


def as_metadata(calls_offset: int) -> str:
    """What is kept with a committed offset of the decisions: from where on its successor must read the calls."""
    return f"{METADATA_PREFIX}{calls_offset}"


def from_metadata(metadata: str) -> int:
    """The calls' offset in it; 0, the beginning, where it says none."""
    said = metadata.removeprefix(METADATA_PREFIX)
    return int(said) if metadata.startswith(METADATA_PREFIX) and said.isdecimal() else 0
