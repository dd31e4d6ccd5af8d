"""Lists for auditors who was shown numbers and texts, of which messages, and why, the latest first."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.access.people import UNMASKINGS
from dashboards.filters import period_of, read_narrowed
from dashboards.paging import paging
from dashboards.parameters import Read, message_id, moment, text
from dashboards.reader import Reader
from dashboards.responses import answer
from dashboards.unmasked_answers import UnmaskingAnswer

NARROWED_BY: Final[Mapping[str, tuple[str, Read]]] = {
    "who": ("who", text),
    "message_id": ("message_id", message_id),
    "from": ("since", moment),
    "to": ("until", moment),
}
"""Each parameter's name, the field of `Asked` that it sets, and how it is read."""


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which unmaskings are listed: those that meet all of these. None means any; `since` is included, `until` not."""

    who: str | None = None
    message_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class ListedUnmasking(UnmaskingAnswer, kw_only=True):
    """That somebody was shown what is personal of this message."""

    message_id: str


class ListedUnmaskings(Struct, kw_only=True):
    """One page of them; `next_cursor` leads to earlier ones."""

    unmaskings: list[ListedUnmasking]
    next_cursor: str | None


async def read_unmaskings(reader: Reader, given: Iterable[tuple[str, str]]) -> ListedUnmaskings:
    """One page of what `given` pairs ask for. Raises `Unreadable` naming the parameter at fault."""
    asked, page = read_narrowed(given, NARROWED_BY, Asked)
    paged = paging(page, asked)
    rows = await reader.rows(
        "unmaskings_listed",
        {
            "who": asked.who or "",
            "message_id": asked.message_id or "",
            **period_of(asked),
            **paged.newest_first(),
        },
    )
    shown, onward = paged.shown(rows, at="at", row_id="unmasking_id")
    return ListedUnmaskings(unmaskings=[msgspec.convert(row, ListedUnmasking) for row in shown], next_cursor=onward)


def unmasking_routes(reader: Reader) -> list[Route]:
    """Whom they let in is said by `people.needed_role`."""

    async def listing(request: Request) -> Response:
        return answer(await read_unmaskings(reader, request.query_params.multi_items()))

    return [Route(UNMASKINGS, listing)]
