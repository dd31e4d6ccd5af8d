"""Programs that read with a token of their own, each with a role. Of a token only its digest is kept: tokens are long
and random, so that nobody finds one by its digest.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from dashboards.access.people import Role

DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """`token_sha256` is in hexadecimal, as `digest_of` makes it."""

    name: str
    role: Role
    token_sha256: str = field(repr=False)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def script_of(token: str, among: Iterable[Script]) -> Script | None:
    """Whose token it is. Every one is compared, so that the time taken says nothing about which one came close."""
    shown = digest_of(token)
    found = [script for script in among if hmac.compare_digest(shown, script.token_sha256)]
    return found[0] if found else None
