"""The pages for people. They show what the API answers, and nothing more."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboards.api import attempt_at, message_id_in
from dashboards.config import DashboardsConfig
from dashboards.errors import Unreadable
from dashboards.overview import DEFAULT_WINDOW, WINDOWS, Overviews
from dashboards.people import visitor_of
from dashboards.reader import Reader
from dashboards.templating import rendered


class Pages:
    """The handlers, over one reader."""

    def __init__(self, config: DashboardsConfig, reader: Reader) -> None:
        self._config = config
        self._reader = reader
        self._overviews = Overviews(
            reader, fresh_seconds=config.refresh_seconds / 2, wait_seconds=config.page_wait_seconds
        )

    async def first(self, request: Request) -> Response:
        window = request.query_params.get("window", DEFAULT_WINDOW)
        if window not in WINDOWS:
            raise Unreadable("window", f"use one of {', '.join(WINDOWS)}")
        return HTMLResponse(
            rendered(
                "first.html",
                visitor=visitor_of(request),
                overview=await self._overviews.current(window),
                window=window,
                windows=WINDOWS,
                refresh_seconds=self._config.refresh_seconds,
                hint=curl_hint(self._config.ingest_url),
            )
        )

    async def messages(self, request: Request) -> Response:
        return HTMLResponse(rendered("messages.html", visitor=visitor_of(request)))

    async def message(self, request: Request) -> Response:
        asked = message_id_in(request)
        return HTMLResponse(rendered("message.html", message_id=asked, visitor=visitor_of(request)))

    async def attempt(self, request: Request) -> Response:
        attempt = await attempt_at(self._reader, request)
        return HTMLResponse(rendered("attempt.html", attempt=attempt, visitor=visitor_of(request)))


def curl_hint(ingest_url: str) -> str:
    """A command that makes something come in."""
    return (
        f"curl {ingest_url}/v1/sends -H 'Authorization: Bearer YOUR_TOKEN' -H 'Content-Type: application/json' \\\n"
        """  -d '{"provider": "messente", "ref": "hello-1", "channel": "sms", "to": "+34600000000"}'"""
    )
