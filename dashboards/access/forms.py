"""Forms as browsers send them, bounded, and proven to come from a page of ours.

A browser shows a session's cookie with whatever a foreign page makes it send. So what changes anything, and came by
that cookie, must also show the session's form token: in a field of the form, or in a header, which no foreign page can
set.
"""

import hmac
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from dashboards.access.people import Visitor
from dashboards.errors import Refused, Unreadable

FIELD: Final = "form_token"
HEADER: Final = "X-Form-Token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_BODY: Final = 16_384
MOST_FIELDS: Final = 32
FORM_TYPE: Final = "application/x-www-form-urlencoded"
OLD_FORM: Final = "the form was not of this session: open the page again and send it from there"


async def body_of(request: Request) -> bytes:
    """Raises `Refused` when it is too long or breaks off."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                raise Refused(413, f"body: send at most {LONGEST_BODY} bytes", field="body")
    except ClientDisconnect:
        raise Unreadable("body", "it broke off: send it again") from None
    return bytes(body)


def fields_in(body: bytes) -> dict[str, str]:
    """Raises `Unreadable`, also for a field that comes twice: which of the two counts would be anybody's guess."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise Unreadable("body", "send a form, URL-encoded") from None
    if len(dict(pairs)) < len(pairs):
        raise Unreadable("body", "send each field of the form once")
    return dict(pairs)


def is_form(headers: Headers) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == FORM_TYPE


def same(shown: str, expected: str) -> bool:
    """Whether both are the same, and not empty; takes as long whether they are or not."""
    return bool(expected) and hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), expected.encode())


def foreign(headers: Headers) -> bool:
    """Whether the browser itself says that another site's page sent this."""
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


async def proven(scope: Scope, receive: Receive, visitor: Visitor) -> Receive:
    """What the app is to read the body from, once the request has shown `visitor`'s form token. Raises `Refused`."""
    headers = Headers(scope=scope)
    if foreign(headers):
        raise Refused(403, OLD_FORM)
    shown = headers.get(HEADER)
    if shown is None and is_form(headers):
        body = await body_of(Request(scope, receive))
        shown, receive = fields_in(body).get(FIELD), _once(body, receive)
    if shown is None or not same(shown, visitor.form_token):
        raise Refused(403, OLD_FORM, field=FIELD)
    return receive


def _once(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, then whatever comes."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return left.pop() if left else await receive()

    return read
