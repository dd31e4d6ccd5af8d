"""How a digest is made of a password: Argon2id for what is hashed today, scrypt for what was hashed before."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw

SALT_BYTES: Final = 16
DIGEST_BYTES: Final = 32
MOST_KIB: Final = 256 * 1024
"""Of memory; more would let a mistyped hash take the process down."""
MOST_PASSES: Final = 16
MOST_LANES: Final = 16


@dataclass(frozen=True, slots=True)
class Argon2id:
    """`kib` of memory, gone through `passes` times, in `lanes` at once."""

    kib: int
    passes: int
    lanes: int
    salt: bytes = field(repr=False)

    @property
    def sound(self) -> bool:
        """Whether it costs what OWASP asks for at the least, and no more than can be afforded."""
        dear_enough = self.kib >= 19 * 1024 and self.kib * self.passes >= 38 * 1024
        affordable = self.kib <= MOST_KIB and self.passes <= MOST_PASSES and 1 <= self.lanes <= MOST_LANES
        return dear_enough and affordable and len(self.salt) >= SALT_BYTES

    def digest(self, typed: bytes) -> bytes:
        return hash_secret_raw(typed, self.salt, self.passes, self.kib, self.lanes, DIGEST_BYTES, Type.ID)

    def __str__(self) -> str:
        return f"argon2id-v{ARGON2_VERSION}:m={self.kib},t={self.passes},p={self.lanes}:{text_of(self.salt)}"


@dataclass(frozen=True, slots=True)
class Scrypt:
    log_n: int
    block: int
    parallel: int
    salt: bytes = field(repr=False)

    @property
    def sound(self) -> bool:
        """Whether it costs what was asked for when hashes of this kind were made, and no more than can be afforded."""
        dear_enough = self.log_n >= 15 and self.block >= 8 and self.parallel >= 1  # noqa: PLR2004 - OWASP's for scrypt
        return dear_enough and self._memory <= MOST_KIB * 1024 and len(self.salt) >= SALT_BYTES

    def digest(self, typed: bytes) -> bytes:
        memory = self._memory + 1024 * 1024
        cost = {"n": 1 << self.log_n, "r": self.block, "p": self.parallel, "maxmem": memory}
        return hashlib.scrypt(typed, salt=self.salt, dklen=DIGEST_BYTES, **cost)

    @property
    def _memory(self) -> int:
        """In bytes."""
        return 128 * self.block * ((1 << self.log_n) + self.parallel + 2)


Recipe: TypeAlias = Argon2id | Scrypt

_BASE64: Final = "([A-Za-z0-9_=-]+)"
_ARGON2ID: Final = re.compile(rf"argon2id-v{ARGON2_VERSION}:m=(\d{{5,6}}),t=(\d\d?),p=(\d\d?):{_BASE64}:{_BASE64}")
_SCRYPT: Final = re.compile(rf"scrypt-v1:ln=(\d\d),r=(\d\d?),p=(\d\d?):{_BASE64}:{_BASE64}")


def read_recipe(encoded: str) -> tuple[Recipe, bytes] | None:
    """The recipe and the digest that a hash says, None where it is of neither kind. Nothing is computed."""
    for pattern, kind in ((_ARGON2ID, Argon2id), (_SCRYPT, Scrypt)):
        if found := pattern.fullmatch(encoded):
            try:
                salt, digest = (base64.b64decode(found[at], altchars=b"-_", validate=True) for at in (4, 5))
            except binascii.Error:
                return None
            return kind(int(found[1]), int(found[2]), int(found[3]), salt), digest
    return None


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
