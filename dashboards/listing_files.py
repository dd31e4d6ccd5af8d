"""A page of the listing for other programs: a table with a row for each attempt, or the question that it answers."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from dashboards.answers import Listing, MessageSummary
from dashboards.parameters import Read, read_known, word
from dashboards.reports.formats import MEDIA_TYPES, WRITERS, Format, accepted
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome
from delivery.messages import MessageOutcome
from delivery.reasons import Reason
from delivery.stages import Stage
from delivery.standing import Clock

FORMAT: Final[dict[str, Read]] = {"format": word(Format)}


class ListedAttempt(Struct, kw_only=True):
    """An attempt at a listed message, the message's own columns first; of one that was not attempted only these."""

    message_id: str
    message_opened_at: datetime
    outcome: MessageOutcome
    plan: str | None
    failover: FailoverOutcome | None
    provider: str | None = None
    ref: str | None = None
    channel: Channel | None = None
    stage: Stage | None = None
    reason: Reason | None = None
    code: str | None = None
    final: bool | None = None
    revised: bool | None = None
    delivery_seconds: float | None = None
    clock: Clock | None = None
    country: str | None = None
    reference: str | None = None
    step: int | None = None
    tries: int | None = None
    opened_at: datetime | None = None
    updated_at: datetime | None = None
    met: bool | None = None


def wanted(request: Request) -> tuple[Format, list[tuple[str, str]]]:
    """In which format the `format` parameter or the `Accept` header wants the listing, and what else is asked."""
    pairs = request.query_params.multi_items()
    told = read_known([pair for pair in pairs if pair[0] in FORMAT], FORMAT)
    form = told.get("format") or accepted(request.headers.get("accept", ""))
    return form, [pair for pair in pairs if pair[0] not in FORMAT]


def written(listing: Listing, form: Format, request: Request) -> Response:
    return as_file("messages", ListedAttempt, list(_rows(listing.messages)), form, request, listing.next_cursor)


def as_file(
    name: str, row_type: type[Struct], rows: Sequence[Struct], form: Format, request: Request, next_cursor: str | None
) -> Response:
    """A page as a file; where there are more, a header leads to the next."""
    response = Response(WRITERS[form](row_type, rows), media_type=MEDIA_TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="acuse-{name}.{form}"'
    response.headers["Vary"] = "Accept"
    if next_cursor:
        onward = request.url.include_query_params(cursor=next_cursor)
        response.headers["Link"] = f'<{onward.path}?{onward.query}>; rel="next"'
    return response


def _rows(messages: Sequence[MessageSummary]) -> Iterator[ListedAttempt]:
    for message in messages:
        common: dict[str, Any] = {
            "message_id": message.message_id,
            "message_opened_at": message.opened_at,
            **{name: getattr(message, name) for name in ("outcome", "plan", "failover")},
        }
        for attempt in message.attempts:
            told = {name: getattr(attempt, name) for name in attempt.__struct_fields__ if name not in common}
            yield ListedAttempt(**common, **told)
        if not message.attempts:
            yield ListedAttempt(**common)
