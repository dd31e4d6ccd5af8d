"""Who may use the API: whoever shows one of the tokens of [api]."""

import hmac
from collections.abc import Iterable
from typing import Final

from starlette.types import Scope

from ingest.answers import Answer, unauthorized

CHALLENGE: Final = 'Bearer realm="acuse"'
_SCHEME: Final = b"bearer "


class Bearers:
    """Holds the tokens; an empty one lets nobody in."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._tokens = tuple(token.encode() for token in tokens if token)

    def token(self, scope: Scope) -> bytes | None:
        """The token that the request shows, if it is one of ours.

        It is compared with every token, whichever fits, so that the time tells nothing of any.
        """
        shown = b""
        for name, value in scope["headers"]:
            if name == b"authorization" and value[: len(_SCHEME)].lower() == _SCHEME:
                shown = value[len(_SCHEME) :].strip()
        known = False
        for token in self._tokens:
            known |= hmac.compare_digest(shown, token)
        return shown if known else None


def unknown_bearer() -> Answer:
    return unauthorized("a token of [api] tokens is needed: Authorization: Bearer <token>", CHALLENGE)
