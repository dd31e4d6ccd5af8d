"""Passwords are kept as scrypt's: `scrypt-v1:ln=15,r=8,p=3:salt:digest`, both in URL-safe base64.

There is no `$` in it, which shells and compose files would take for a variable. The cost is OWASP's for scrypt: 32 MiB
and about a fifth of a second a password. A dearer one can be named in the hash itself; `v1` says how it is computed.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final

SCHEME: Final = "scrypt-v1"
LOG_N: Final = 15
BLOCK: Final = 8
PARALLEL: Final = 3
SALT_BYTES: Final = 16
DIGEST_BYTES: Final = 32
MOST_MEMORY: Final = 256 * 1024 * 1024
"""In bytes; more would let a mistyped hash take the process down."""
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 1024
"""In characters."""
_ENCODED: Final = re.compile(rf"{SCHEME}:ln=(\d\d),r=(\d\d?),p=(\d\d?):([A-Za-z0-9_=-]+):([A-Za-z0-9_=-]+)")


class MalformedHash(ValueError):
    """It is not a hash of ours; the message says how to come by one, and never quotes it."""

    def __init__(self) -> None:
        super().__init__("is no password hash of Acuse's: make one with `acuse user hash`")


@dataclass(frozen=True, slots=True)
class PasswordHash:
    log_n: int
    block: int
    parallel: int
    salt: bytes
    digest: bytes

    def matches(self, password: str) -> bool:
        """Takes as long whether it does or not."""
        return hmac.compare_digest(self.digest, _digest(password, self.salt, self.log_n, self.block, self.parallel))


def hashed(password: str) -> str:
    salt = secrets.token_bytes(SALT_BYTES)
    digest = _digest(password, salt, LOG_N, BLOCK, PARALLEL)
    return f"{SCHEME}:ln={LOG_N},r={BLOCK},p={PARALLEL}:{_text(salt)}:{_text(digest)}"


def parsed(encoded: str) -> PasswordHash:
    """Raises `MalformedHash`, also for one that is too cheap to keep a password by, or too dear to compute."""
    found = _ENCODED.fullmatch(encoded)
    if found is None:
        raise MalformedHash
    log_n, block, parallel = (int(found[at]) for at in (1, 2, 3))
    try:
        salt, digest = (base64.b64decode(found[at], altchars=b"-_", validate=True) for at in (4, 5))
    except binascii.Error:
        raise MalformedHash from None
    cheap = log_n < LOG_N or block < BLOCK or not parallel or len(salt) < SALT_BYTES or len(digest) != DIGEST_BYTES
    if cheap or _memory(log_n, block, parallel) > MOST_MEMORY:
        raise MalformedHash
    return PasswordHash(log_n, block, parallel, salt, digest)


def decoy() -> PasswordHash:
    """A hash that nothing matches, so that an unknown name takes as long as a known one."""
    return PasswordHash(LOG_N, BLOCK, PARALLEL, secrets.token_bytes(SALT_BYTES), secrets.token_bytes(DIGEST_BYTES))


def _digest(password: str, salt: bytes, log_n: int, block: int, parallel: int) -> bytes:
    # Composed, so that ñ is one and the same whichever keyboard it comes from.
    typed = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    memory = _memory(log_n, block, parallel) + 1024 * 1024
    return hashlib.scrypt(typed, salt=salt, n=1 << log_n, r=block, p=parallel, maxmem=memory, dklen=DIGEST_BYTES)


def _memory(log_n: int, block: int, parallel: int) -> int:
    return 128 * block * ((1 << log_n) + parallel + 2)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
