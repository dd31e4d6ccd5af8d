"""The items of a request's body: one JSON object, or a list of them."""

from typing import Final

import msgspec

from ingest.invalid import InvalidField

REMEDY: Final = "not JSON in UTF-8; give one object, or a list of them"


class NotJson(ValueError):
    """The body is no JSON in UTF-8."""


def items(body: bytes, *, at_most: int) -> tuple[list[bytes], bool]:
    """The exact bytes of each item, and whether they came in a list.

    Raises `NotJson`, and `InvalidField` where there is none, or more than `at_most`.
    """
    if body.lstrip()[:1] != b"[":
        return [one_item(body)], False
    try:
        found = [bytes(item) for item in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotJson(REMEDY) from None
    if not found:
        raise InvalidField("", "the list is empty; give at least one")
    if len(found) > at_most:
        raise InvalidField("", f"{len(found)} in one request; give at most {at_most}")
    return found, True


def one_item(body: bytes) -> bytes:
    """The exact bytes of what must be one item. Raises `NotJson`."""
    try:
        return bytes(msgspec.json.decode(body, type=msgspec.Raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotJson(REMEDY) from None
