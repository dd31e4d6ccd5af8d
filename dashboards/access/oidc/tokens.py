"""What an ID token proves: that the provider says this, of this sign-in, to us, and now."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import Key, KeySet

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures that the provider alone can make; nothing by a shared secret, and never `none`."""
CLOCKS_APART_SECONDS: Final = 60
SHARED: Final = "oct"


class BadToken(Exception):
    """It proves nothing. The message says why, for an operator, and quotes nothing of it."""


class UnknownSignature(BadToken):
    """None of the keys made it; the provider may have new ones."""


def keys_of(told: Sequence[Mapping[str, Any]]) -> KeySet:
    """The keys that signatures may be by, of a provider's set; what cannot be read of it is left out."""
    keys: list[Key] = []
    for each in told:
        if each.get("kty") == SHARED or each.get("use", "sig") != "sig":
            continue
        try:
            keys += KeySet.import_key_set({"keys": [dict(each)]}).keys
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(keys)


def proven(
    token: str, keys: KeySet, algorithms: Sequence[str], *, issuer: str, client_id: str, nonce: str, now: float
) -> Mapping[str, Any]:
    """The claims of the token. Raises `BadToken`."""
    allowed = [name for name in ALGORITHMS if name in algorithms]
    try:
        claims = jwt.decode(token, keys, algorithms=allowed).claims
    except (JoseError, ValueError) as error:
        raise UnknownSignature(f"its signature cannot be checked: {type(error).__name__}") from None
    registry = jwt.JWTClaimsRegistry(
        now=int(now),
        leeway=CLOCKS_APART_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except ClaimError as error:
        raise BadToken(f"its claim {error.claim} is not as it must be") from None
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise BadToken("its claim azp is not as it must be")
    return claims
