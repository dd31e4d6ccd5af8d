"""Names of attempts and messages that follow from their content."""

import hashlib
import uuid
from typing import Final

MESSAGE_NAMESPACE: Final = uuid.UUID("5d4c1f0e-6a55-5f0b-9b8c-2f1b7c3a9e10")
"""Ours, and never to be changed: every derived message id depends on it."""

VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""RFC 9562: the two highest bits of the ninth byte are 10."""


def attempt_key(provider: str, ref: str) -> str:
    """``provider/ref``, the key of everything about one attempt."""
    return f"{provider}/{ref}"


def derived_message_id(key: str) -> str:
    """The message id of an attempt that nobody has named a message for: a UUIDv5 of its key.

    Written out, since ``uuid.uuid5`` takes five times as long and this is asked at every change of an attempt.
    """
    digest = hashlib.sha1(MESSAGE_NAMESPACE.bytes + key.encode(), usedforsecurity=False).hexdigest()
    variant = VARIANT[digest[16]]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def content_id(*parts: str) -> str:
    """32 hex digits that depend on every part and on where one ends and the next begins."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode()
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.hexdigest()
