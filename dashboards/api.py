"""The query API: `/v1/…`, JSON, read only."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards import alert_files, decision_files
from dashboards.access.forms import body_of
from dashboards.alerts import alert_parameters, list_alerts, read_alerts_asked
from dashboards.answers import AttemptAnswer, DoubtAnswer
from dashboards.attempts import read_attempts
from dashboards.decisions import read_decisions, read_decisions_asked
from dashboards.doubts import OF_DOUBTS, read_doubts
from dashboards.errors import NotFound, Unreadable
from dashboards.filters import read_filters, read_page
from dashboards.flow.freshness import Freshness, dated
from dashboards.listing import listing_parameters, read_count, read_listing
from dashboards.listing_files import as_file, wanted, written
from dashboards.messages import read_message
from dashboards.paging import paging
from dashboards.parameters import message_id
from dashboards.reader import Reader
from dashboards.reports.formats import MEDIA_TYPES, Format
from dashboards.reports.statements import stated
from dashboards.responses import answer
from delivery.refs import canonical_ref


class Api:
    """The handlers, over one reader."""

    def __init__(self, reader: Reader, freshness: Freshness) -> None:
        self._reader = reader
        self._freshness = freshness

    async def attempt(self, request: Request) -> Response:
        return answer(await attempt_at(self._reader, request))

    async def message(self, request: Request) -> Response:
        return answer(await read_message(self._reader, message_id_in(request)))

    async def listing(self, request: Request) -> Response:
        form, asked = wanted(request)
        filters, page = read_filters(asked, in_url=True)
        if form is Format.SQL:
            return Response(
                stated("listing", listing_parameters(filters, paging(page, filters))), media_type=MEDIA_TYPES[form]
            )
        newest = await self._freshness.newest()
        listing = await read_listing(self._reader, filters, page, datetime.now(UTC))
        return dated(answer(listing) if form is Format.JSON else written(listing, form, request), newest)

    async def count(self, request: Request) -> Response:
        filters, _ = read_filters(request.query_params.multi_items(), in_url=True)
        return answer(await read_count(self._reader, filters))

    async def doubts(self, request: Request) -> Response:
        form, given = wanted(request)
        page = read_page(given)
        if form is Format.SQL:
            asked = paging(page, OF_DOUBTS).oldest_first()
            return Response(stated("doubts", asked), media_type=MEDIA_TYPES[form])
        found = await read_doubts(self._reader, page)
        if form is Format.JSON:
            return answer(found)
        return as_file("doubts", DoubtAnswer, found.doubts, form, request, found.next_cursor)

    async def decisions(self, request: Request) -> Response:
        form, given = wanted(request)
        asked = read_decisions_asked(given)
        if form is Format.SQL:
            return Response(stated("decisions", asked.parameters), media_type=MEDIA_TYPES[form])
        page = await read_decisions(self._reader, asked)
        return answer(page) if form is Format.JSON else decision_files.written(page, form, request)

    async def alerts(self, request: Request) -> Response:
        form, given = wanted(request)
        filters, page = read_alerts_asked(given)
        if form is Format.SQL:
            asked = alert_parameters(filters, paging(page, filters))
            return Response(stated("alerts", asked), media_type=MEDIA_TYPES[form])
        found = await list_alerts(self._reader, filters, page)
        return answer(found) if form is Format.JSON else alert_files.written(found, form, request)

    async def search(self, request: Request) -> Response:
        filters, page = read_filters(await _pairs(request), in_url=False)
        newest = await self._freshness.newest()
        return dated(answer(await read_listing(self._reader, filters, page, datetime.now(UTC))), newest)


def api_routes(reader: Reader, freshness: Freshness) -> list[Route]:
    api = Api(reader, freshness)
    return [
        Route("/v1/attempts/{provider}/{ref:path}", api.attempt),
        Route("/v1/messages", api.listing),
        Route("/v1/messages/count", api.count),
        Route("/v1/messages/search", api.search, methods=["POST"]),
        Route("/v1/messages/{message_id}", api.message),
        Route("/v1/doubts", api.doubts),
        Route("/v1/decisions", api.decisions),
        Route("/v1/alerts", api.alerts),
    ]


async def attempt_at(reader: Reader, request: Request) -> AttemptAnswer:
    """The attempt that the path names. Raises `NotFound`."""
    key = (request.path_params["provider"], canonical_ref(request.path_params["ref"]))
    found = await read_attempts(reader, [key])
    if key not in found:
        raise NotFound("there is no such attempt: no event of it has come in")
    return found[key]


def message_id_in(request: Request) -> str:
    """The message id in the path, as ours are written. Raises `Unreadable`."""
    return message_id("message_id", request.path_params["message_id"])


async def _pairs(request: Request) -> Iterable[tuple[str, str]]:
    """The JSON body's fields as a query string would have them."""
    body = await body_of(request)
    try:
        fields = msgspec.json.decode(body, type=dict[str, str | bool | int | float | None])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unreadable("body", 'send a JSON object of filters, {"recipient": "+34600000000"} for example') from None
    return [(name, _as_text(value)) for name, value in fields.items() if value is not None]


def _as_text(value: str | bool | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
