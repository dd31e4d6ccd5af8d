"""Why Messente did not do what it was asked: the errors 101 to 107 of its document."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from delivery.reasons import Reason
from ingest.outbound import Busy, HttpAnswer, Refused, Unauthorised, Unclear, common_failure, shortened
from ingest.providers.messente.client import Fault, Faults

NOT_FOUND: Final = "101"
OUR_CREDENTIALS: Final = frozenset({"102", "103"})
"""Forbidden, Unauthorized."""
ITS_OWN: Final = "104"
"""Internal Server Error: nobody can tell how far it had come."""

FIELDS: Final[Mapping[str, Reason]] = {
    "to": Reason.INVALID_NUMBER,
    "sender": Reason.SENDER_REFUSED,
    **dict.fromkeys(("template", "language", "components", "parameters"), Reason.TEMPLATE_REFUSED),
    **dict.fromkeys(
        ("text", "udh", "image_url", "button_url", "button_text", "video", "image", "audio", "document"),
        Reason.CONTENT_REFUSED,
    ),
}
"""What it means that Messente objects to a field; nothing in particular of those that are not here."""

FORBIDDEN: Final = 403
LOWEST_REFUSAL: Final = 400
MAY_YET_BE_TAKEN: Final = frozenset({408, 409, 425})
SHORTEST_TEXT: Final = 4
"""Shorter ones are also ordinary words, and tell nothing."""
_faults: Final = msgspec.json.Decoder(Faults)
_WORD: Final = re.compile(r"[a-z_]+")
_PERSONAL: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\+?[0-9][0-9 ().-]{4,}[0-9]")
"""What a free text may quote of a message: values in quotation marks, and numbers."""


class Failure(NamedTuple):
    """`text` is Messente's title and detail, without what may be personal."""

    code: str
    text: str
    source: str


def failure_of(answer: HttpAnswer, content: Iterable[str] = ()) -> Failure | None:
    """The first error in the answer, or None where it holds none that can be read.

    A detail that repeats any of `content` is left out.
    """
    try:
        faults = _faults.decode(answer.body).errors
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return _impersonal(faults[0], content) if faults else None


def read_failure(answer: HttpAnswer, content: Iterable[str] = ()) -> Refused | Busy | Unauthorised | Unclear:
    """What an answer without success says, by its status and then by its error's code."""
    common = common_failure(answer)
    if common is not None:
        return common
    failure = failure_of(answer, content)
    said = f"HTTP {answer.status}{f': {failure.text}' if failure else ''}"
    code = failure.code if failure else str(answer.status)
    if code in OUR_CREDENTIALS or answer.status == FORBIDDEN:
        return Unauthorised(said)
    if code == ITS_OWN or answer.status < LOWEST_REFUSAL or answer.status in MAY_YET_BE_TAKEN:
        return Unclear(said)
    return Refused(_reason(failure.source) if failure else Reason.UNSPECIFIED, code, failure.text if failure else said)


def _reason(source: str) -> Reason:
    """By the innermost field that is known: `messages[0].template.name` is about the template."""
    words = reversed(_WORD.findall(source.lower()))
    return next((FIELDS[word] for word in words if word in FIELDS), Reason.UNSPECIFIED)


def _impersonal(fault: Fault, content: Iterable[str]) -> Failure:
    repeats = any(len(words) >= SHORTEST_TEXT and words in fault.detail for words in content)
    detail = "" if repeats else _PERSONAL.sub("…", fault.detail)
    source = shortened(_PERSONAL.sub("…", fault.source or ""))
    told = ": ".join(part for part in (fault.title, detail) if part)
    text = shortened(f"{told} ({source})" if source else told)
    return Failure(shortened(fault.code)[:60], text, source)
