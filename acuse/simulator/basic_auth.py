"""HTTP Basic, as a provider reads it."""

import base64
import binascii

from starlette.requests import Request


def shows(request: Request, username: str, password: str) -> bool:
    """Whether the request bears these credentials."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        shown = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and shown == f"{username}:{password}"
