"""The right to send a step: written, acknowledged, and read back as the first of its kind.

A claim is good for a limited time from before it was written: a call begins within it, or not at all. So whoever finds
a claim without a word of what came of it knows when nobody can be sending under it any more.
"""

import asyncio
import time
import uuid
from dataclasses import dataclass

from delivery.calls import Calling
from ingest.dispatch.ledger import Ledger
from ingest.dispatch.tools import Given, Tools


@dataclass(frozen=True, slots=True)
class Claim:
    """`stands` may be asked at any time, and is asked at the last moment before a call."""

    word: str
    decision_id: str
    ledger: Ledger
    good_until: float

    def stands(self) -> bool:
        return time.monotonic() < self.good_until and self.ledger.holds(self.decision_id, self.word)


@dataclass(slots=True)
class Claiming:
    """What trying came to: `claim` is None where another one was first; `unsure` where nobody can tell whether it
    will stand. Nothing was sent under it then, and it is to be released.
    """

    word: str
    claim: Claim | None = None
    unsure: bool = False


async def claim(tools: Tools, ledger: Ledger, given: Given) -> Claiming:
    """Try to claim a decision that is free; takes at most as long as a claim is good for."""
    decision = given.decision
    made = Claiming(uuid.uuid4().hex)
    good_until = time.monotonic() + tools.config.lease_seconds
    calling = Calling(
        decision_id=decision.decision_id,
        message_id=decision.message_id,
        provider=given.provider,
        claim=made.word,
        at=tools.clock(),
        decision_offset=given.offset,
        step=given.step,
    )
    with ledger.expecting(made.word) as read_back:
        made.unsure = not await tools.recorder.announce(calling)
        if not made.unsure:
            try:
                async with asyncio.timeout(good_until - time.monotonic()):
                    if await read_back:
                        made.claim = Claim(made.word, decision.decision_id, ledger, good_until)
                    else:
                        tools.metrics.claims_lost.inc()
            except TimeoutError:
                made.unsure = True
    return made
