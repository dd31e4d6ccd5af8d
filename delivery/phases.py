"""How far a decision has come, by its calls in the topic's order: the one rule of the dispatcher and of who looks on.

The first claim holds until it is released; a doubt is the holder's, and stays until it is released, there is a result,
or it is given up to find out. A result is for ever, and the first counts, but for one that says that there was nothing
to call; that a step was not taken says nothing of a claim that was made since.
"""

from enum import Enum, auto
from typing import Final, NamedTuple

from delivery.calls import Call, Called, Calling, InDoubt, Result


class Phase(Enum):
    FREE = auto()
    """Nobody has claimed it, or the claim was released."""
    CLAIMED = auto()
    """Whoever holds the claim may be calling."""
    DOUBT = auto()
    """Whoever held the claim may have called, and nobody knows what came of it."""
    ABANDONED = auto()
    """In doubt, and never to be sent: the plan has gone on. A person may still settle it."""
    DONE = auto()
    """For ever: nothing that comes later changes it."""


UNCERTAIN: Final = frozenset({Phase.DOUBT, Phase.ABANDONED})
"""Nobody can tell whether it was sent."""


class Standing(NamedTuple):
    """``holder`` is the claim that holds or held last; ``result`` is set once it is done."""

    phase: Phase = Phase.FREE
    holder: str = ""
    result: Result | None = None


def after(stands: Standing, call: Call) -> Standing:
    """How it stands after one more call; the very same object where that changes nothing."""
    phase, holder, _ = stands
    holds = call.claim == holder
    match call:
        case Calling() if phase is Phase.FREE:
            return Standing(Phase.CLAIMED, call.claim)
        case InDoubt() if phase is Phase.FREE or (holds and phase in {Phase.CLAIMED, Phase.DOUBT}):
            return Standing(Phase.DOUBT, call.claim)
        case Called():
            return _concluded(stands, call, holds=holds)
    return stands


def _concluded(stands: Standing, call: Called, *, holds: bool) -> Standing:
    phase, holder, result = stands
    if phase is Phase.DONE:
        known = result is not Result.IMPOSSIBLE or call.result in {Result.RELEASED, Result.ABANDONED}
        return stands if known else Standing(phase, holder, call.result)
    under_way = phase is Phase.CLAIMED and not holds
    match call.result:
        case Result.RELEASED:
            return Standing(Phase.FREE, holder) if holds and phase is not Phase.ABANDONED else stands
        case Result.ABANDONED:
            # Where it was released meanwhile, whoever decides has gone on all the same.
            in_doubt = phase in UNCERTAIN or (phase is Phase.FREE and holds)
            return Standing(Phase.ABANDONED, holder) if in_doubt else stands
        case Result.NOT_TAKEN if under_way:
            return stands  # it was found of a claim before this one, under which somebody may be calling by now
    return Standing(Phase.DONE, holder, call.result)
