"""What the workers can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from delivery.channels import Channel
from delivery.polling import SCHEDULE, Schedule
from delivery.topics import (
    ATTEMPTS,
    CALLS,
    DECIDING_APP,
    DECIDING_TABLE,
    DECISIONS,
    EVENTS,
    REQUESTS,
    TRACKING_APP,
    TRACKING_TABLE,
    UNPARSED,
    WINDOWS,
)

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class WorkerTopics:
    """The names that Kafka knows a worker by; the changelog is ``<group>-<table>-changelog``, as Faust has it.

    How many partitions a topic has is said here and not asked for: one that is just being made answers with fewer.
    """

    group: str
    table: str
    attempts: str = ATTEMPTS.name
    unparsed: str = UNPARSED.name
    unparsed_partitions: int = UNPARSED.partitions

    @property
    def changelog(self) -> str:
        return f"{self.group}-{self.table}-changelog"


@dataclass(frozen=True)
class TrackingTopics(WorkerTopics):
    group: str = TRACKING_APP
    table: str = TRACKING_TABLE
    events: str = EVENTS.name
    attempts_partitions: int = ATTEMPTS.partitions
    windows: str = WINDOWS.name
    windows_partitions: int = WINDOWS.partitions

    @property
    def names(self) -> tuple[str, str, str, str, str]:
        """Events, attempts, windows, unparsed, changelog: all that must exist."""
        return self.events, self.attempts, self.windows, self.unparsed, self.changelog


@dataclass(frozen=True)
class DecidingTopics(WorkerTopics):
    group: str = DECIDING_APP
    table: str = DECIDING_TABLE
    requests: str = REQUESTS.name
    calls: str = CALLS.name
    decisions: str = DECISIONS.name
    decisions_partitions: int = DECISIONS.partitions
    events: str = EVENTS.name
    events_partitions: int = EVENTS.partitions
    tracking_group: str = TRACKING_APP

    @property
    def names(self) -> tuple[str, ...]:
        """All that must exist: what tracking reads too, since deciding waits for it to have read that."""
        mine = (self.requests, self.attempts, self.calls, self.decisions, self.unparsed, self.changelog)
        return (*mine, self.events)


@dataclass(frozen=True)
class WorkerConfig:
    """What any of our Faust apps can be told.

    ``bootstrap_servers`` is a comma-separated list of ``host:port``. ``data_dir`` belongs to this worker alone.
    ``instance_id`` is its name in the consumer group: the same one after every restart, so that its partitions are
    given back to it at once; no two running workers may share it.

    A partition's entries are looked through once in ``close_interval`` at most, for those whose time is over,
    ``close_keys`` of one partition's every ``close_tick``.
    ``session_timeout`` is how long a dead worker's partitions stay with it. A worker that makes no progress for
    ``stall_timeout`` ends itself, and one that is told to stop takes ``stop_timeout`` at most.
    ``cache_bytes`` bounds the block cache of all partitions together, ``write_buffer_bytes`` one partition's buffer.
    ``fetch_patience`` is how long little waits for more at the broker: the longer, the fewer and larger the batches.
    """

    bootstrap_servers: str
    data_dir: Path
    instance_id: str
    fetch_patience: timedelta = timedelta(milliseconds=100)
    close_interval: timedelta = timedelta(minutes=1)
    close_tick: timedelta = timedelta(milliseconds=250)
    close_keys: int = 1000
    session_timeout: timedelta = timedelta(seconds=10)
    stall_timeout: timedelta = timedelta(seconds=120)
    stop_timeout: timedelta = timedelta(seconds=4)
    cache_bytes: int = 128 * MEBIBYTE
    write_buffer_bytes: int = 16 * MEBIBYTE


@dataclass(frozen=True)
class TrackingConfig(WorkerConfig):
    """Tracking: an attempt is closed ``receipt_window`` after it was last heard of."""

    receipt_window: timedelta = timedelta(hours=72)
    topics: TrackingTopics = field(default_factory=TrackingTopics)


@dataclass(frozen=True)
class DecidingConfig(WorkerConfig):
    """Deciding. ``receipt_window`` is tracking's.

    ``polled`` has, for each provider that can be asked how far an attempt has come, the channels on which it can, and
    ``schedule`` says when it is. ``polls_at_once`` is how many of one partition's are decided every ``poll_tick``, and
    ``steps_at_once`` how many messages' plans every ``step_tick``; as often, ``timetable_keys`` are read of each
    partition that was just assigned, to find what its messages wait for.
    A message is forgotten ``receipt_window`` after it was last heard of where nothing more is awaited of it, and
    ``patience`` after it where something is, or where no attempt at it is known: until then a person may settle it.
    """

    receipt_window: timedelta = timedelta(hours=72)
    patience: timedelta = timedelta(days=30)
    polled: Mapping[str, frozenset[Channel]] = field(default_factory=dict)
    schedule: Schedule = SCHEDULE
    poll_tick: timedelta = timedelta(milliseconds=250)
    polls_at_once: int = 500
    step_tick: timedelta = timedelta(milliseconds=50)
    steps_at_once: int = 500
    timetable_keys: int = 250
    cache_bytes: int = 32 * MEBIBYTE
    write_buffer_bytes: int = 8 * MEBIBYTE
    topics: DecidingTopics = field(default_factory=DecidingTopics)
