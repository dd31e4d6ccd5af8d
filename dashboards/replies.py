"""Lists replies, newest first: those that a report on replies counts under the same filters."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.filters import period_of, read_narrowed
from dashboards.masking import masked
from dashboards.paging import paging
from dashboards.parameters import Read, country, flag, moment, text, word
from dashboards.reader import Reader, Row
from dashboards.reply_answers import ListedReply, Replies
from dashboards.reports.catalogue import OPTING_OUT
from dashboards.responses import answer
from delivery.channels import Channel
from delivery.number_types import NumberType


class ReplyFilters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which replies are listed: those that meet all of these at once. None means any.

    `sender` is our own number or name, which somebody wrote to. `since` and `until` bound when it came in, `since`
    included and `until` not.
    """

    provider: str | None = None
    channel: Channel | None = None
    country: str | None = None
    number_type: NumberType | None = None
    carrier: str | None = None
    sender: str | None = None
    reference: str | None = None
    opt_out: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


TEXTS: Final = ("provider", "channel", "country", "number_type", "carrier", "sender", "reference")
NARROWED_BY: Final[Mapping[str, tuple[str, Read]]] = {
    "provider": ("provider", text),
    "channel": ("channel", word(Channel)),
    "country": ("country", country),
    "number_type": ("number_type", word(NumberType)),
    "carrier": ("carrier", text),
    "sender": ("sender", text),
    "reference": ("reference", text),
    "opt_out": ("opt_out", flag),
    "from": ("since", moment),
    "to": ("until", moment),
}
"""Each parameter's name, the field of `ReplyFilters` that it sets, and how it is read."""
UNCUT: Final = {"bucket": "", "zone": "UTC", "group": ""}
"""What the report cuts replies by, and a list does not."""


async def read_replies(reader: Reader, given: Iterable[tuple[str, str]]) -> Replies:
    """One page of what `given` pairs ask for. Raises `Unreadable` naming the parameter at fault."""
    filters, page = read_narrowed(given, NARROWED_BY, ReplyFilters)
    paged = paging(page, filters)
    asked: dict[str, Any] = {
        **{name: str(getattr(filters, name) or "") for name in TEXTS},
        **OPTING_OUT,
        **UNCUT,
        "opting_out": -1 if filters.opt_out is None else int(filters.opt_out),
        **period_of(filters),
        **paged.newest_first(),
    }
    rows = await reader.rows("reports/replies_listed", asked)
    shown, onward = paged.shown(rows, at="first_at", row_id="event_id")
    return Replies(replies=[_reply(row) for row in shown], next_cursor=onward)


def _reply(row: Row) -> ListedReply:
    return ListedReply(
        event_id=row["event_id"],
        received_at=row["first_at"],
        provider=row["provider"],
        ref=row["ref"],
        channel=Channel(row["channel"]),
        country=row["country"] or None,
        recipient=row["sender"] or None,
        sender=masked(row["person"]),
        opt_out=bool(row["is_opt_out"]),
        message_id=row["answered"] or None,
    )


def reply_routes(reader: Reader) -> list[Route]:
    async def replies(request: Request) -> Response:
        return answer(await read_replies(reader, request.query_params.multi_items()))

    return [Route("/v1/replies", replies)]
