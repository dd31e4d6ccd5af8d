"""Where the decisions about a message have led so far."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from delivery.decisions import FailoverOutcome, Why
from delivery.marks import Decided, Mark


class Course(Struct, frozen=True, kw_only=True):
    """``planned`` is whether there is a plan, ``sent`` whether a step was decided to be sent.

    ``waits`` is why the next one is not yet, ``ended`` why none will be any more, ``failover`` what came of having sent
    more than one; each None where that was not decided, or no longer holds.
    """

    planned: bool = False
    sent: bool = False
    waits: Why | None = None
    ended: Why | None = None
    failover: FailoverOutcome | None = None


UNDECIDED: Final = Course()


def course_of(marks: Iterable[Mark], *, planned: bool, failover: FailoverOutcome | None = None) -> Course:
    """The course that these decisions make, in the order in which they were decided, each once."""
    told = list(marks)
    sent = {(mark.step, mark.tries) for mark in told if mark.kind is Decided.SENT}
    waits = [mark for mark in told if mark.kind is Decided.WAITED and (mark.step, mark.tries) not in sent]
    ended = [mark.why for mark in told if mark.kind is Decided.ENDED]
    return Course(
        planned=planned,
        sent=bool(sent),
        waits=waits[-1].why if waits and not ended else None,
        ended=ended[-1] if ended else None,
        failover=failover,
    )
