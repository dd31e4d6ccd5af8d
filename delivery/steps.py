"""How each step of a message stands: what its calls, and the attempts that are known of, amount to.

A step is known before any attempt at it is, and one in doubt may never come to have any.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from delivery.calls import Call, Called, Calling, InDoubt, Result
from delivery.orders import Moment


class StepStanding(StrEnum):
    WAITING = "waiting"
    """It is to be sent, or is just being sent."""
    IN_DOUBT = "in_doubt"
    """Nobody can tell whether the provider took it."""
    HEALED = "healed"
    """It was in doubt, and an attempt that was heard of since shows that the provider took it."""
    TAKEN = "taken"
    """The provider took it."""
    REFUSED = "refused"
    """The provider did not take it, and will not."""


class Step(Struct, frozen=True, kw_only=True):
    """One try at a step. ``since`` is when it came into doubt and ``why`` how, where it did."""

    decision_id: str
    step: int
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
    if standing is StepStanding.IN_DOUBT and is_healed(provider, calls[0].at, attempts):
        standing = StepStanding.HEALED
    return Step(
        decision_id=decision_id,
        step=step,
        provider=provider,
        standing=standing,
        since=doubt.at if doubt else None,
        why=doubt.why if doubt else "",
    )


def standing_of(calls: Iterable[Call]) -> tuple[StepStanding, InDoubt | None]:
    """How a decision to send stands after these calls, and the doubt that it is or was in.

    The rule is the dispatcher's: the first claim holds until it is released; a result is for ever; a doubt is the
    holder's, and stays until it is released or there is a result.
    """
    standing, holder, free = StepStanding.WAITING, "", True
    doubt: InDoubt | None = None
    for call in calls:
        match call:
            case Calling():
                if free:
                    holder, free = call.claim, False
            case InDoubt():
                if free or call.claim == holder:
                    standing, holder, free, doubt = StepStanding.IN_DOUBT, call.claim, False, call
            case Called(result=Result.RELEASED):
                if call.claim == holder:
                    standing, free = StepStanding.WAITING, True
            case Called():
                taken = call.result is Result.TAKEN
                return (StepStanding.TAKEN if taken else StepStanding.REFUSED), doubt
    return standing, doubt


def is_healed(provider: str, first_called_at: datetime, attempts: Iterable[Heard]) -> bool:
    """Whether an attempt at the message shows that the provider took a step in doubt.

    One that was heard of before the step was first called is another step's.
    """
    return any(attempt.provider == provider and attempt.opened_at >= first_called_at for attempt in attempts)
