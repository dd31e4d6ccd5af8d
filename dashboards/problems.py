"""Of several questions some may not be answered: then what is answered says of each of those why."""

from collections.abc import Awaitable
from typing import TypeVar

from msgspec import Struct

from dashboards.errors import Refused, StoreUnavailable, TooSlow

Told = TypeVar("Told")


class Problem(Struct, kw_only=True):
    """Why a question was not answered, as it is said where nothing else was asked; `status` is what HTTP says then: 504
    where it took too long, 503 where ClickHouse could not be asked.
    """

    status: int
    error: str


def problem_of(refused: Refused) -> Problem:
    return Problem(status=refused.status, error=refused.error)


async def answer_or_refusal(asking: Awaitable[Told]) -> Told | Refused:
    """What ClickHouse answers, or why it does not."""
    try:
        return await asking
    except (StoreUnavailable, TooSlow) as refused:
        return refused
