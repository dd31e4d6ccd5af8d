"""What can be found out of a step in doubt."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from delivery.decisions import SendDecision
from delivery.phases import Phase
from ingest.accounts import NotConfigured
from ingest.dispatch.config import DoubtConfig
from ingest.dispatch.gate import NoPassage
from ingest.dispatch.ledger import Ledger
from ingest.dispatch.lines import Line, converse
from ingest.outbound import LookupResult, NotFound, NothingToAsk, Sending, Taken, Unclear

PATIENCE_SECONDS: Final = 60.0
CLOCK_MARGIN: Final = timedelta(minutes=2)
"""By how much a provider's clock may be behind ours."""

Finding: TypeAlias = Taken | NotFound | None
"""None where the provider cannot tell, or somebody else has settled it meanwhile."""


async def looked_up(
    line: Line,
    decision: SendDecision,
    ledger: Ledger,
    config: DoubtConfig,
    *,
    since: datetime,
    clock: Callable[[], datetime],
) -> Finding:
    """Ask the provider several times: what it took shows late in some, so that only the last time its knowing nothing
    of it counts. To be begun only when nobody can be sending it any more. `since` is when it was first tried.
    """
    found: Finding = None
    waited = 0.0
    for seconds in config.lookup_seconds:
        if await _settled_within(ledger, decision.decision_id, seconds - waited):
            return None
        waited = seconds
        try:
            found = await _ask(line, decision, since - CLOCK_MARGIN, clock())
        except (NoPassage, NotConfigured, NothingToAsk):
            found = None
        if isinstance(found, Taken):
            break
    return found


async def _settled_within(ledger: Ledger, decision_id: str, seconds: float) -> bool:
    """Wait, and tell whether it is in doubt no longer."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while ledger.phase(decision_id) is Phase.DOUBT and loop.time() < until:
        await ledger.changed(decision_id, until - loop.time())
    return ledger.phase(decision_id) is not Phase.DOUBT


async def _ask(line: Line, decision: SendDecision, since: datetime, now: datetime) -> Finding:
    provider = line.looked_up
    if provider is None:
        return None
    order = decision.order
    sending = Sending(
        message_id=decision.message_id,
        reference=decision.reference,
        account=line.account,
        at=now,
        step=decision.step,
        tries=decision.tries,
        expected_cost=decision.cost,
    )
    call = provider.lookup_call(order, sending, since)
    async with line.gate.passage(PATIENCE_SECONDS) as permit:
        exchanged = await converse(
            line, call, "look up", lambda answer: provider.read_looked_up(order, sending, since, answer)
        )
        answer = exchanged.answer
        is_well = isinstance(exchanged.result, Unclear) and answer is not None and answer.succeeded
        # That the provider cannot tell us of this message is no sign that the account is not well.
        permit.tell(None if is_well else exchanged.result, answer)
    result: LookupResult | object = exchanged.result
    return result if isinstance(result, Taken | NotFound) else None
