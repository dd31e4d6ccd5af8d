"""Which partition a key belongs to: murmur2, as every producer of Acuse and Kafka's own Java client have it."""

from struct import Struct as Layout
from typing import Final

SEED: Final = 0x9747B28C
MULTIPLIER: Final = 0x5BD1E995
WORD: Final = 0xFFFFFFFF

_layouts: Final = [Layout(f"<{words}I") for words in range(64)]


def partition_for(key: bytes, partitions: int) -> int:
    """The partition of ``key`` among so many."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Unsigned 32 bits. aiokafka's own goes byte by byte, and takes more time than the fold of an event."""
    length = len(data)
    words = length >> 2
    layout = _layouts[words] if words < len(_layouts) else Layout(f"<{words}I")
    hashed = SEED ^ length
    for word in layout.unpack_from(data):
        mixed = word * MULTIPLIER & WORD
        hashed = (hashed * MULTIPLIER ^ (mixed ^ mixed >> 24) * MULTIPLIER) & WORD
    if length & 3:
        hashed = (hashed ^ int.from_bytes(data[words << 2 :], "little")) * MULTIPLIER & WORD
    hashed = (hashed ^ hashed >> 13) * MULTIPLIER & WORD
    return hashed ^ hashed >> 15
