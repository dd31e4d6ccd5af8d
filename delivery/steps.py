"""How each step of a message stands: what its calls, and the attempts that are known of, amount to.

A step is known before any attempt at it is, and one in doubt may never come to have any.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Protocol

from msgspec import Struct

from delivery.calls import Call, Called, Calling, InDoubt, Result
from delivery.decisions import tries_in
from delivery.events import Moment


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


class _Phase(Enum):
    FREE = auto()
    CLAIMED = auto()
    DOUBT = auto()
    DONE = auto()


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
        tries=tries_in(decision_id),
        provider=provider,
        standing=standing,
        since=doubt.at if doubt else None,
        why=doubt.why if doubt else "",
    )


def standing_of(calls: Iterable[Call]) -> tuple[StepStanding, InDoubt | None]:
    """How a decision to send stands after these calls, and the doubt that it is or was in.

    The rule is the dispatcher's: the first claim holds until it is released; a doubt is the holder's, and stays until
    it is released or there is a result. A result is for ever, and the first counts, but for one that says that there
    was nothing to call; that a step was not taken says nothing of a claim that was made since.
    """
    phase, holder = _Phase.FREE, ""
    result: Result | None = None
    doubt: InDoubt | None = None
    for call in calls:
        phase, holder = _after(phase, holder, call)
        match call:
            case InDoubt() if phase is _Phase.DOUBT and call.claim == holder:
                doubt = call
            case Called() if phase is _Phase.DONE and call.result is not Result.RELEASED:
                result = call.result if result in {None, Result.IMPOSSIBLE} else result
    if phase is _Phase.DONE:
        return (StepStanding.TAKEN if result is Result.TAKEN else StepStanding.REFUSED), doubt
    return (StepStanding.IN_DOUBT if phase is _Phase.DOUBT else StepStanding.WAITING), doubt


def _after(phase: _Phase, holder: str, call: Call) -> tuple[_Phase, str]:
    """The phase, and whose claim holds or held last, after one more call."""
    if phase is _Phase.DONE:
        return phase, holder
    holds = call.claim == holder
    match call:
        case Calling() if phase is _Phase.FREE:
            return _Phase.CLAIMED, call.claim
        case InDoubt() if holds or phase is _Phase.FREE:
            return _Phase.DOUBT, call.claim
        case Called(result=Result.RELEASED):
            return (_Phase.FREE if holds else phase), holder
        case Called() if holds or phase is not _Phase.CLAIMED or call.result is not Result.NOT_TAKEN:
            return _Phase.DONE, holder
    return phase, holder


def is_healed(provider: str, first_called_at: datetime, attempts: Iterable[Heard]) -> bool:
    """Whether an attempt at the message shows that the provider took a step in doubt.

    One that was heard of before the step was first called is another step's.
    """
    return any(attempt.provider == provider and attempt.opened_at >= first_called_at for attempt in attempts)
