"""Who is signed in: kept in this process alone, so that signing out ends a session for good.

A cookie holds a random token; here only its digest is kept. A restart signs everybody out, and several processes behind
one address need a balancer that sends a browser to the same one.
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from dashboards.access.people import User

LIFETIME_SECONDS: Final = 12 * 3600
"""Of a session, whatever is done in it: a working day."""
IDLE_SECONDS: Final = 2 * 3600
MOST_SESSIONS: Final = 1000
"""The one that was used least lately is ended for another."""
TOKEN_BYTES: Final = 32


@dataclass(slots=True, kw_only=True)
class Session:
    user: User
    form_token: str = field(repr=False)
    begun: float
    used: float


class Sessions:
    """`clock` tells seconds, of the wall's clock: a machine that sleeps does not keep a session alive."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[bytes, Session] = OrderedDict()

    def begin(self, user: User) -> str:
        """The token that opens the new session."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self._clock()
        self._kept[_digest(token)] = Session(
            user=user, form_token=secrets.token_urlsafe(TOKEN_BYTES), begun=now, used=now
        )
        while len(self._kept) > MOST_SESSIONS:
            self._kept.popitem(last=False)
        return token

    def find(self, token: str) -> Session | None:
        """The session that it opens, which is then in use; None where there is none, or none any more."""
        key = _digest(token)
        session = self._kept.get(key)
        if session is None:
            return None
        now = self._clock()
        if now - session.begun >= LIFETIME_SECONDS or now - session.used >= IDLE_SECONDS:
            del self._kept[key]
            return None
        session.used = now
        self._kept.move_to_end(key)
        return session

    def end(self, token: str) -> None:
        self._kept.pop(_digest(token), None)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
