"""The JSON in a provider's answer, whatever came instead of it, and what a status says where nothing else does."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from delivery.reasons import Reason
from ingest.charsets import decode
from ingest.outbound import JSON, Busy, HttpAnswer, Refused, Unauthorised, Unclear, common_failure
from ingest.webhook import WebhookRequest

FORBIDDEN: Final = 403
REQUEST_TIMEOUT: Final = 408
CLIENT_ERRORS: Final = range(400, 500)

_decoder: Final = msgspec.json.Decoder()


def answered(answer: HttpAnswer) -> Any:
    """The answer's JSON, None where it is none (HTML, nothing, cut short)."""
    try:
        return _decoder.decode(decode(answer.body, answer.content_type).text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else one without members."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> Sequence[Any]:
    """The value where it is an array, else an empty one."""
    return value if isinstance(value, list) else ()


def text(value: Any) -> str:
    """A string or a number as text, "" for everything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def by_status(answer: HttpAnswer) -> Refused | Busy | Unauthorised | Unclear:
    """What is left to say where the answer's words say nothing: of a send, whether it can have been taken.

    A client error was not taken, and will not be as it stands; 403 is about us, not about the message. Anything else
    nobody can tell.
    """
    failure = common_failure(answer)
    if failure is not None:
        return failure
    said = f"HTTP {answer.status}"
    if answer.status == FORBIDDEN:
        return Unauthorised(said)
    if answer.status in CLIENT_ERRORS and answer.status != REQUEST_TIMEOUT:
        return Refused(Reason.PROVIDER_ERROR, str(answer.status), f"{said} without a reason that could be read")
    return Unclear(f"{said} without an answer that could be read")


def as_webhook(answer: HttpAnswer) -> WebhookRequest:
    """The answer as a callback with the same body, for what reads callbacks."""
    return WebhookRequest(
        method="GET",
        path="",
        query="",
        headers={},
        content_type=answer.content_type or JSON,
        body=answer.body,
        received_at=answer.received_at,
    )
