"""How far behind readers of Kafka's topics are, asked of whoever can tell: this room asks ClickHouse only."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from msgspec import Struct


class LagUnknown(Exception):
    """Nobody can tell now; the message says why."""


class GroupLag(Struct, frozen=True, kw_only=True):
    """One consumer group on one topic: what it is there for (`role`), how many processes are members of it now, and how
    many records lie ahead of what it has committed. `behind` is None where it has never committed anything.

    `records` is how many the topic holds now, `partitions` how many it is cut into.
    """

    role: str
    group: str
    topic: str
    members: int
    partitions: int
    records: int
    behind: int | None


ReadLag: TypeAlias = Callable[[], Awaitable[Sequence[GroupLag]]]
"""What it is now, or was a moment ago; within a bounded time. Raises `LagUnknown`."""


async def nobody_can_tell() -> Sequence[GroupLag]:
    """Where nothing asks Kafka."""
    raise LagUnknown("nothing here asks Kafka")
