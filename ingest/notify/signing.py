"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64
"""As the specification says."""
NEW_BYTES: Final = 32


class BadSecret(ValueError):
    """It is no secret to sign with; the message says what one is, and shows nothing of it."""


def signing_key(secret: str) -> bytes:
    """The key that a `whsec_…` stands for. Raises `BadSecret`."""
    if not secret.startswith(PREFIX):
        raise BadSecret(f"a secret begins with {PREFIX}; `acuse notices secret` makes one")
    encoded = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret(f"what follows {PREFIX} must be base64; `acuse notices secret` makes one") from None
    if not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise BadSecret(f"a secret has {FEWEST_BYTES} to {MOST_BYTES} bytes; `acuse notices secret` makes one")
    return key


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(NEW_BYTES)).decode()


def signed_headers(keys: Sequence[bytes], notice_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """A signature by each key, so that a receiver may have either while they are changed."""
    timestamp = str(int(at.timestamp()))
    content = f"{notice_id}.{timestamp}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys]
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
