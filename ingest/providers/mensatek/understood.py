"""An answer of Mensatek's, or what it means that there is none to read."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from ingest.answered import by_status
from ingest.outbound import Busy, HttpAnswer, Refused, Unauthorised, Unclear, common_failure
from ingest.providers.mensatek.answers import Answer, UnreadableAnswer, read_answer
from ingest.providers.mensatek.results import AUTHENTICATION, RESULTS

FORBIDDEN: Final = 403


class Said(Protocol):
    @property
    def result(self) -> int: ...


SaidT = TypeVar("SaidT", bound=Said)


def understood(answer: HttpAnswer, read: Callable[[Answer], SaidT]) -> SaidT | Refused | Busy | Unauthorised | Unclear:
    """What `read` makes of the answer, unless the status says enough, nothing can be read, or it is not for us.

    Mensatek refuses credentials with `Res` -1, whatever the status. Who is forbidden without a word has been blocked:
    going on would only prolong it.
    """
    failure = common_failure(answer)
    if failure is not None:
        return failure
    try:
        said = read(read_answer(answer))
    except UnreadableAnswer:
        return Unauthorised("HTTP 403") if answer.status == FORBIDDEN else by_status(answer)
    return Unauthorised(RESULTS["GetCreditos"][AUTHENTICATION]) if said.result == AUTHENTICATION else said
