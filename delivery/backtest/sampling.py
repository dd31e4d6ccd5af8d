"""A part of the messages that does not depend on their order: those whose names have the lowest digests."""

import hashlib
from typing import Final

ALL: Final = 2**64


class Sample:
    """About ``most`` of ``known`` messages, all of them where there are no more; always the same ones."""

    def __init__(self, most: int, known: int) -> None:
        self._below = ALL if known <= most else ALL * most // known
        self.share = self._below / ALL

    def has(self, message_id: bytes) -> bool:
        if self._below == ALL:
            return True
        return int.from_bytes(hashlib.blake2b(message_id, digest_size=8).digest()) < self._below
