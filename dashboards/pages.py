"""The pages of messages, whose frame the server gives at once, and the addresses that lead to other pages."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboards.access.people import visitor_of
from dashboards.api import attempt_at, message_id_in
from dashboards.reader import Reader
from dashboards.templating import rendered

FIRST: Final = "/reports/overview"
"""What is shown to who asks for no page in particular."""


class Pages:
    """The handlers, over one reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def first(self, request: Request) -> Response:
        return RedirectResponse(f"{FIRST}?{request.url.query}" if request.url.query else FIRST)

    async def messages(self, request: Request) -> Response:
        return HTMLResponse(rendered("messages.html", visitor=visitor_of(request)))

    async def message(self, request: Request) -> Response:
        asked = message_id_in(request)
        return HTMLResponse(rendered("message.html", message_id=asked, visitor=visitor_of(request)))

    async def attempt(self, request: Request) -> Response:
        """Leads to its message, at this attempt."""
        attempt = await attempt_at(self._reader, request)
        shown = [*request.query_params.multi_items(), ("attempt", f"{attempt.provider}/{attempt.ref}")]
        return RedirectResponse(f"/messages/{attempt.message_id}?{urlencode(shown)}")


def message_pages(reader: Reader) -> list[Route]:
    pages = Pages(reader)
    return [
        Route("/", pages.first),
        Route("/messages", pages.messages),
        Route("/messages/{message_id}", pages.message),
        Route("/attempts/{provider}/{ref:path}", pages.attempt),
    ]
