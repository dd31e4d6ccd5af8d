"""How answers are written: JSON without spaces, times as ISO 8601 in UTC; refusals as JSON, or as a page for people."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboards.access.people import visitor_of
from dashboards.errors import Refused
from dashboards.templating import rendered

MACHINE_PREFIXES: Final = ("/v1/", "/livez", "/readyz", "/metrics", "/openapi.json")

_encoder = msgspec.json.Encoder()


def answer(content: Any, status: int = 200) -> Response:
    return Response(_encoder.encode(content), status_code=status, media_type="application/json")


def for_machines(path: str) -> bool:
    """Whether programs ask there, and people do not."""
    return path.startswith(MACHINE_PREFIXES)


def refusal(request: Request, refused: Refused) -> Response:
    """What whoever asked can read: a program gets `{"error": …, "field": …}`, a person a page that says the same."""
    if for_machines(request.url.path):
        response = answer(refused.body(), refused.status)
    else:
        page = rendered("refused.html", status=refused.status, error=refused.error, visitor=visitor_of(request))
        response = HTMLResponse(page, status_code=refused.status)
    if refused.retry_after is not None:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response
