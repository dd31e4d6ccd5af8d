"""What the tracking worker can be told."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from delivery.topics import ATTEMPTS, EVENTS, TRACKING_APP, TRACKING_TABLE, UNPARSED

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class TrackingTopics:
    """The names that Kafka knows this worker by; the changelog is ``<group>-<table>-changelog``, as Faust has it.

    How many partitions a topic has is said here and not asked for: one that is just being made answers with fewer.
    """

    group: str = TRACKING_APP
    table: str = TRACKING_TABLE
    events: str = EVENTS.name
    attempts: str = ATTEMPTS.name
    unparsed: str = UNPARSED.name
    attempts_partitions: int = ATTEMPTS.partitions
    unparsed_partitions: int = UNPARSED.partitions

    @property
    def changelog(self) -> str:
        return f"{self.group}-{self.table}-changelog"

    @property
    def names(self) -> tuple[str, str, str, str]:
        """Events, attempts, unparsed, changelog: all that must exist."""
        return self.events, self.attempts, self.unparsed, self.changelog


@dataclass(frozen=True)
class TrackingConfig:
    """One tracking worker.

    ``bootstrap_servers`` is a comma-separated list of ``host:port``. ``data_dir`` belongs to this worker alone.
    ``instance_id`` is its name in the consumer group: the same one after every restart, so that its partitions are
    given back to it at once; no two running workers may share it.

    An attempt is closed ``receipt_window`` after it was last heard of. A partition's attempts are looked through once
    in ``close_interval`` at most, ``close_keys`` of one partition's every ``close_tick``.
    ``session_timeout`` is how long a dead worker's partitions stay with it. A worker that makes no progress for
    ``stall_timeout`` ends itself, and one that is told to stop takes ``stop_timeout`` at most.
    ``cache_bytes`` bounds the block cache of all partitions together, ``write_buffer_bytes`` one partition's buffer.
    """

    bootstrap_servers: str
    data_dir: Path
    instance_id: str
    receipt_window: timedelta = timedelta(hours=72)
    close_interval: timedelta = timedelta(minutes=1)
    close_tick: timedelta = timedelta(milliseconds=250)
    close_keys: int = 1000
    session_timeout: timedelta = timedelta(seconds=10)
    stall_timeout: timedelta = timedelta(seconds=120)
    stop_timeout: timedelta = timedelta(seconds=4)
    cache_bytes: int = 128 * MEBIBYTE
    write_buffer_bytes: int = 16 * MEBIBYTE
    topics: TrackingTopics = field(default_factory=TrackingTopics)
