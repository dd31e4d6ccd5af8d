"""The requests of AI Number's API: one function an endpoint that messages need. No credentials, no I/O.

From the document: the paths, the `authToken` and `X-API-Key` headers, templates with variables, the 24-hour window.
From its clients (sendbee-api 1.8 and its PHP counterpart): the address; the methods and every parameter by name; that a
GET has its parameters in the query and everything else in a JSON body; `X-Auth-Token`, base64 of `timestamp.hex` with
hex the HMAC-SHA256 of the Unix time under the secret; `data`, `meta` and `error` of an answer; pages of at most 100.
Assumed: that `authToken` and `X-Auth-Token` are one header under two names, so both are sent.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from ingest.outbound import JSON, HttpCall

PUBLIC_BASE_URL: Final = "https://api-v2.sendbee.io"
PAGE_LIMIT: Final = 100


class Sent(Struct, kw_only=True):
    """What both kinds of message have. `prevent_bot_off` leaves the chatbot on, which a message else turns off."""

    phone: str
    prevent_bot_off: bool | None = None
    agent_id: str | None = None
    live_inbox: bool | None = None


class SessionMessage(Sent, kw_only=True):
    """Within 24 hours of the person's last message."""

    text: str | None = None
    media_url: str | None = None


class TemplateMessage(Sent, kw_only=True):
    template_keyword: str
    language: str
    tags: dict[str, str] = {}
    button_tags: dict[str, str] | None = None
    attachment: str | None = None


def auth_token(secret: str, at: datetime) -> str:
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), timestamp.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(f"{timestamp}.{digest}".encode()).decode()


def send_message(message: SessionMessage) -> HttpCall:
    return with_body("POST", "/conversations/messages/send", message)


def send_template(message: TemplateMessage) -> HttpCall:
    return with_body("POST", "/conversations/messages/templates/send", message)


def list_conversations(page: int = 1, search: str | None = None) -> HttpCall:
    query = {"page": str(page), "limit": str(PAGE_LIMIT)} | ({"search_query": search} if search else {})
    return HttpCall("GET", "/conversations", query=tuple(query.items()))


def list_messages(conversation_id: str, page: int = 1) -> HttpCall:
    return HttpCall("GET", "/conversations/messages", query=(("conversation_id", conversation_id), ("page", str(page))))


def with_body(method: str, path: str, parameters: Struct) -> HttpCall:
    return HttpCall(method, path, msgspec.json.encode(given(parameters)), JSON)


def given(parameters: Struct) -> dict[str, Any]:
    """The parameters that have a value, by the API's names."""
    return {name: value for name, value in msgspec.to_builtins(parameters).items() if value is not None}
