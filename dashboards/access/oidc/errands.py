"""What a browser takes along to the provider and shows when it comes back: that it is the one that we sent there.

It is kept in the browser's cookie, signed, so that whoever only begins to sign in takes up nothing here.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

import msgspec
from msgspec import Struct

LIFETIME_SECONDS: Final = 600
"""How long somebody may take at the provider."""
RANDOM_BYTES: Final = 32


class Errand(Struct, frozen=True, kw_only=True):
    """`state` binds the provider's answer to the browser, `nonce` the ID token to the errand; `verifier` proves that
    whoever has the code is who asked for it. `wanted` is where to go then; `begun` is in seconds since 1970.
    """

    state: str
    nonce: str
    verifier: str
    wanted: str
    begun: int

    @property
    def challenge(self) -> str:
        """What PKCE shows of the verifier beforehand, by its method S256."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())


def new_errand(wanted: str, now: float) -> Errand:
    state, nonce, verifier = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3))
    return Errand(state=state, nonce=nonce, verifier=verifier, wanted=wanted, begun=int(now))


def sealed(errand: Errand, key: bytes) -> str:
    said = _text(msgspec.json.encode(errand))
    return f"{said}.{_text(_proof(said, key))}"


def opened(shown: str, key: bytes, now: float) -> Errand | None:
    """None for what we did not seal, and for what is too old."""
    said, _, proof = shown.partition(".")
    if not hmac.compare_digest(proof.encode("utf-8", "surrogatepass"), _text(_proof(said, key)).encode()):
        return None
    try:
        errand = msgspec.json.decode(base64.urlsafe_b64decode(said + "=="), type=Errand)
    except (binascii.Error, msgspec.MsgspecError):
        return None
    return errand if 0 <= now - errand.begun <= LIFETIME_SECONDS else None


def _proof(said: str, key: bytes) -> bytes:
    return hmac.digest(key, b"errand:" + said.encode("utf-8", "surrogatepass"), hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
