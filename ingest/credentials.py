"""Proofs that a request comes from whom it says, compared in time that does not depend on the secret.

Every comparison is made whatever came before it, of digests, so that neither lengths nor the half that was wrong show
in the time. What is not configured ("") proves nothing.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

from ingest.accounts import Account

_SCHEME: Final = "basic "


def same(given: bytes, expected: bytes) -> bool:
    """Whether both are the same, in time that depends on neither."""
    equal = hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(expected).digest())
    return equal and bool(expected)


def proves_basic(headers: Mapping[str, str], account: Account) -> bool:
    """Whether `authorization` holds the account's callback credentials by HTTP Basic."""
    username, password = _basic(headers.get("authorization", ""))
    same_username = same(username, account.callback_username.encode())
    same_password = same(password, account.callback_password.encode())
    return same_username & same_password


def proves_hmac(given: str, message: bytes, secrets: Iterable[str]) -> bool:
    """Whether `given` is the hex HMAC-SHA256 of the message under one of the secrets."""
    proven = False
    offered = given.strip().lower().encode("utf-8", "replace")
    for secret in secrets:
        expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode()
        proven |= same(offered, expected) & bool(secret)
    return proven


def _basic(header: str) -> tuple[bytes, bytes]:
    if not header.lower().startswith(_SCHEME):
        return b"", b""
    try:
        decoded = base64.b64decode(header[len(_SCHEME) :].strip().encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return b"", b""
    username, _, password = decoded.partition(b":")
    return username, password
