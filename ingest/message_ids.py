"""How a message that we are asked to send gets its id."""

import hashlib
import uuid
from typing import Final

import uuid_utils

_PERSON: Final = b"acuse.message-id"
_VERSION: Final = 0x8 << 76
_VARIANT: Final = 0x2 << 62
_ELSEWHERE: Final = ~((0xF << 76) | (0x3 << 62))


def new_message_id() -> str:
    """A UUIDv7: ids made one after the other sort so."""
    return str(uuid_utils.uuid7())


def keyed_message_id(token: bytes, key: str, index: int) -> str:
    """The id of the message that one bearer asks for under an `Idempotency-Key`, at a place in its list from 0.

    A UUIDv8 that depends on nothing else: asking again is asking for the same message, whatever the body says then.
    Two bearers may use the same key for two messages.
    """
    digest = hashlib.blake2b(digest_size=16, person=_PERSON)
    for part in (token, key.encode(), b"%d" % index):
        digest.update(b"%d:" % len(part))
        digest.update(part)
    number = int.from_bytes(digest.digest(), "big")
    return str(uuid.UUID(int=number & _ELSEWHERE | _VERSION | _VARIANT))
