"""A request that a provider made to us, and the one way in which it can be unreadable."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """One callback as it arrived.

    `headers` has lower-case names; `query` is the raw query string without `?`, its bytes read as Latin-1.
    `body` is exactly what came over the wire (after the size limit, before any decoding) and `received_at` is
    UTC-aware. `content_type` is the whole header with its parameters, "" when there was none. Personal data is in
    `query` and `body`: they stay out of `repr`, and so do the headers with their credentials.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    content_type: str
    body: bytes
    received_at: datetime

    def __repr__(self) -> str:
        return f"WebhookRequest({self.method} {self.path}, {len(self.body)} bytes of {self.content_type!r})"


class Unreadable(ValueError):
    """The request is none that we can read.

    `field` says where ("body" when nothing smaller can be blamed), and `remedy` what whoever sends it should do.
    Neither ever quotes a value of the request, which may be personal.
    """

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field
        self.remedy = remedy
