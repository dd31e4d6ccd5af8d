"""How each step of a message stands: what its calls, and the attempts that are known of, amount to.

A step is known before any attempt at it is, and one in doubt may never come to have any.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from delivery.calls import Call, InDoubt, Result
from delivery.decisions import tries_in
from delivery.events import Moment
from delivery.phases import UNCERTAIN, Phase, Standing, after


class StepStanding(StrEnum):
    WAITING = "waiting"
    """It is to be sent, or is just being sent."""
    IN_DOUBT = "in_doubt"
    """Nobody can tell whether the provider took it."""
    HEALED = "healed"
    """It was in doubt, and an attempt that was heard of shows what became of it."""
    TAKEN = "taken"
    """The provider took it."""
    REFUSED = "refused"
    """The provider did not take it, and will not."""


class Step(Struct, frozen=True, kw_only=True):
    """One try at a step: ``tries`` is how often it had been sent again before.

    ``since`` is when it came into doubt and ``why`` how, where it did.
    """

    decision_id: str
    step: int
    tries: int
    provider: str
    standing: StepStanding
    since: Moment | None = None
    why: str = ""


class Heard(Protocol):
    """What is asked of an attempt: ``Attempt`` has it."""

    @property
    def provider(self) -> str: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def step(self) -> int | None: ...
    @property
    def tries(self) -> int: ...


class Asked(Protocol):
    """What is asked of a decision to send: ``SendDecision`` has it, but for the provider, which its order says."""

    @property
    def decision_id(self) -> str: ...
    @property
    def step(self) -> int: ...
    @property
    def provider(self) -> str: ...


def steps_of(asked: Iterable[Asked], calls: Iterable[Call], attempts: Collection[Heard]) -> list[Step]:
    """Every try at every step that was decided or called, those decided first; calls in the topic's order."""
    tries: dict[str, tuple[int, str]] = {each.decision_id: (each.step, each.provider) for each in asked}
    called: dict[str, list[Call]] = {decision_id: [] for decision_id in tries}
    for call in calls:
        if call.step is not None:
            tries.setdefault(call.decision_id, (call.step, call.provider))
            called.setdefault(call.decision_id, []).append(call)
    return [
        _step(decision_id, step, provider, called[decision_id], attempts)
        for decision_id, (step, provider) in tries.items()
    ]


def _step(decision_id: str, step: int, provider: str, calls: Sequence[Call], attempts: Collection[Heard]) -> Step:
    standing, doubt = standing_of(calls)
    tries = tries_in(decision_id)
    if standing is StepStanding.IN_DOUBT and is_healed(provider, step, tries, calls[0].at, attempts):
        standing = StepStanding.HEALED
    return Step(
        decision_id=decision_id,
        step=step,
        tries=tries,
        provider=provider,
        standing=standing,
        since=doubt.at if doubt else None,
        why=doubt.why if doubt else "",
    )


def standing_of(calls: Iterable[Call]) -> tuple[StepStanding, InDoubt | None]:
    """How a decision to send stands after these calls, and the doubt that it is or was in.

    One that is not asked after any more is in doubt all the same.
    """
    stands = Standing()
    doubt: InDoubt | None = None
    for call in calls:
        stands = after(stands, call)
        if isinstance(call, InDoubt) and stands.phase is Phase.DOUBT and call.claim == stands.holder:
            doubt = call
    if stands.phase is Phase.DONE:
        return (StepStanding.TAKEN if stands.result is Result.TAKEN else StepStanding.REFUSED), doubt
    return (StepStanding.IN_DOUBT if stands.phase in UNCERTAIN else StepStanding.WAITING), doubt


def is_healed(provider: str, step: int, tries: int, first_called_at: datetime, attempts: Iterable[Heard]) -> bool:
    """Whether an attempt at the message through the same provider shows what became of a sending in doubt.

    One that says which sending it is speaks for that one alone. Of the others, one that was heard of before the sending
    was first called is another one's.
    """
    return any(
        attempt.provider == provider
        and (
            attempt.opened_at >= first_called_at
            if attempt.step is None
            else (attempt.step, attempt.tries) == (step, tries)
        )
        for attempt in attempts
    )
