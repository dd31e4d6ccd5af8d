"""Names of attempts and messages that follow from their content."""

import hashlib
import uuid
from typing import Final

MESSAGE_NAMESPACE: Final = uuid.UUID("5d4c1f0e-6a55-5f0b-9b8c-2f1b7c3a9e10")
"""Ours, and never to be changed: every derived message id depends on it."""


def attempt_key(provider: str, ref: str) -> str:
    """``provider/ref``, the key of everything about one attempt."""
    return f"{provider}/{ref}"


def derived_message_id(key: str) -> str:
    """The message id of an attempt that nobody has named a message for: a UUIDv5 of its key."""
    return str(uuid.uuid5(MESSAGE_NAMESPACE, key))


def content_id(*parts: str) -> str:
    """32 hex digits that depend on every part and on where one ends and the next begins."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode()
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.hexdigest()
