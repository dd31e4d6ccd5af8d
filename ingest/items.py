"""The items of a request's body: one JSON object, or a list of them."""

import msgspec


class NotJson(ValueError):
    """The body is no JSON in UTF-8."""


def items(body: bytes) -> tuple[list[bytes], bool]:
    """The exact bytes of each item, and whether they came in a list. Raises `NotJson`."""
    try:
        if body.lstrip()[:1] == b"[":
            return [bytes(item) for item in msgspec.json.decode(body, type=list[msgspec.Raw])], True
        return [bytes(msgspec.json.decode(body, type=msgspec.Raw))], False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotJson("not JSON in UTF-8; give one object, or a list of them") from None
