"""What replays amount to, and what really happened, counted by the same rules."""

from array import array
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec
from msgspec import Struct

from delivery.briefs import AttemptBrief
from delivery.decisions import FailoverOutcome, OutcomeDecision
from delivery.message_states import MessageState
from delivery.orders import Order
from delivery.plans import ENOUGH, Success
from delivery.sendings import Sent
from delivery.stages import SUCCESSES

Price: TypeAlias = Callable[[Order], Decimal | None]
"""What a sending is expected to cost, where that is known."""


class Figures(Struct, frozen=True, kw_only=True):
    """Counts of messages, but for ``sendings``. Shares are of all messages, rates of those that failed over.

    ``needless``: only the first one arrived, after all; ``both``: the person has the message twice. ``unsettled``
    failovers are those of which nothing says how they came out. Costs are expected ones, in the settings' currency, and
    count what has a price; None where nothing has. ``added`` seconds are from when the first step was sent until a
    later one rescued the message.
    """

    messages: float
    delivered: float
    delivered_share: float | None
    sendings: float
    failovers: float
    failover_share: float | None
    rescued: float
    needless: float
    both: float
    failed_too: float
    unsettled: float
    rescue_rate: float | None
    needless_rate: float | None
    double_rate: float | None
    cost: float | None
    cost_per_delivered: float | None
    unpriced: float
    added_p50: float | None
    added_p95: float | None


class Tally:
    """Takes messages in, one after the other; holds counts, and a number for each message that was rescued."""

    def __init__(self, price: Price) -> None:
        self._price = price
        self._messages = self._delivered = self._sendings = self._failovers = self._unpriced = 0
        self._priced = False
        self._outcomes: dict[FailoverOutcome, int] = dict.fromkeys(FailoverOutcome, 0)
        self._cost = Decimal(0)
        self._added: array[float] = array("d")

    def add(self, state: MessageState, outcome: OutcomeDecision | None) -> None:
        sends = state.sends
        self._messages += 1
        self._delivered += delivered(state)
        self._sendings += len(sends)
        for sent in sends:
            cost = sent.cost if sent.cost is not None else self._price(_order(state, sent))
            self._unpriced += cost is None
            self._priced = self._priced or cost is not None
            self._cost += cost or 0
        if not any(sent.step > 1 for sent in sends):
            return
        self._failovers += 1
        if outcome is None:
            return
        self._outcomes[outcome.outcome] += 1
        if outcome.outcome is FailoverOutcome.RESCUED and outcome.added_seconds is not None:
            self._added.append(outcome.added_seconds)

    def figures(self) -> Figures:
        outcomes, fired = self._outcomes, self._failovers
        cost = float(self._cost) if self._priced else None
        added = sorted(self._added)
        return Figures(
            messages=self._messages,
            delivered=self._delivered,
            delivered_share=_share(self._delivered, self._messages),
            sendings=self._sendings,
            failovers=fired,
            failover_share=_share(fired, self._messages),
            rescued=outcomes[FailoverOutcome.RESCUED],
            needless=outcomes[FailoverOutcome.NEEDLESS],
            both=outcomes[FailoverOutcome.BOTH],
            failed_too=outcomes[FailoverOutcome.FAILED_TOO],
            unsettled=fired - sum(outcomes.values()),
            rescue_rate=_share(outcomes[FailoverOutcome.RESCUED], fired),
            needless_rate=_share(outcomes[FailoverOutcome.NEEDLESS], fired),
            double_rate=_share(outcomes[FailoverOutcome.BOTH], fired),
            cost=cost,
            cost_per_delivered=None if cost is None or not self._delivered else cost / self._delivered,
            unpriced=self._unpriced,
            added_p50=_percentile(added, 50),
            added_p95=_percentile(added, 95),
        )


class Spread(Struct, frozen=True, kw_only=True):
    """The same replay under several seeds: each figure's mean, lowest and highest."""

    mean: Figures
    low: Figures
    high: Figures


def spread(runs: Sequence[Figures]) -> Spread:
    """Of one run at least. A figure that some runs do not have is that of the others."""
    known = {
        name: [value for run in runs if (value := getattr(run, name)) is not None] for name in Figures.__struct_fields__
    }
    return Spread(
        mean=_each(known, lambda values: sum(values) / len(values)), low=_each(known, min), high=_each(known, max)
    )


def delivered(state: MessageState) -> bool:
    """Whether a handset has it, or it came as far as its step asks for."""
    return any(brief.stage in SUCCESSES | ENOUGH[_success(state, brief)] for brief in state.attempts.values())


def _order(state: MessageState, sent: Sent) -> Order:
    assert state.asked is not None  # noqa: S101 - nothing is sent that was not asked for
    return state.asked.steps[sent.step - 1].choices[sent.choice].order


def _success(state: MessageState, brief: AttemptBrief) -> Success:
    steps = state.asked.steps if state.asked else ()
    number = brief.step or 1
    return steps[number - 1].success if number <= len(steps) else Success.DELIVERED


def _each(known: dict[str, list[float]], of: Callable[[list[float]], float]) -> Figures:
    return msgspec.convert({name: of(values) if values else None for name, values in known.items()}, Figures)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The least value that so many percent are not above."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
