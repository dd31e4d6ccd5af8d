"""Passwords are kept as Argon2id's: `argon2id-v19:m=65536,t=3,p=4:salt:digest`, both in URL-safe base64.

It is not written the usual way, with a `$` that shells and compose files would take for a variable. The cost is the
second that RFC 9106 recommends: 64 MiB and about a fifth of a second a password. A dearer one can be named in the hash
itself. What was hashed by scrypt before still counts.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Final

from dashboards.access.recipes import DIGEST_BYTES, SALT_BYTES, Argon2id, Recipe, read_recipe, text_of

KIB: Final = 64 * 1024
PASSES: Final = 3
LANES: Final = 4
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 1024
"""In characters."""


class MalformedHash(ValueError):
    """It is not a hash of ours; the message says how to come by one, and never quotes it."""

    def __init__(self) -> None:
        super().__init__("is no password hash of Acuse's: make one with `acuse user hash`")


@dataclass(frozen=True, slots=True)
class PasswordHash:
    recipe: Recipe
    digest: bytes = field(repr=False)

    def matches(self, password: str) -> bool:
        """Takes as long whether it does or not."""
        return hmac.compare_digest(self.digest, self.recipe.digest(_typed(password)))

    def decoy(self) -> "PasswordHash":
        """One that nothing matches, and that takes as long."""
        return replace(self, digest=secrets.token_bytes(DIGEST_BYTES))


def hashed(password: str) -> str:
    recipe = _new_recipe()
    return f"{recipe}:{text_of(recipe.digest(_typed(password)))}"


def parsed(encoded: str) -> PasswordHash:
    """Raises `MalformedHash`, also for one that is too cheap to keep a password by, or too dear to compute."""
    read = read_recipe(encoded)
    if read is None:
        raise MalformedHash
    recipe, digest = read
    if not recipe.sound or len(digest) != DIGEST_BYTES:
        raise MalformedHash
    return PasswordHash(recipe, digest)


def decoy() -> PasswordHash:
    """A hash that nothing matches."""
    return PasswordHash(_new_recipe(), secrets.token_bytes(DIGEST_BYTES))


def _new_recipe() -> Argon2id:
    return Argon2id(KIB, PASSES, LANES, secrets.token_bytes(SALT_BYTES))


def _typed(password: str) -> bytes:
    # Composed, so that ñ is one and the same whichever keyboard it comes from.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
