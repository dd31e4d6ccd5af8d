"""What must be known to tell a caller's application of its messages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from delivery.topics import ALERTS, DECISIONS, EVENTS, NOTICES, Topic
from ingest.dispatch.config import BreakerConfig
from ingest.notify.retrying import Retrying
from ingest.notify.telling import Wanted

ANSWER_SECONDS: Final = 15.0
"""As Standard Webhooks recommends at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyTopics:
    decisions: Topic = DECISIONS
    events: Topic = EVENTS
    alerts: Topic = ALERTS
    notices: Topic = NOTICES


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverConfig:
    """Where notices go. `keys` are those that each is signed with, `ca_file` names an authority of one's own."""

    url: str
    keys: Sequence[bytes] = field(repr=False)
    ca_file: Path | None = None
    connect_seconds: float = 5.0
    answer_seconds: float = ANSWER_SECONDS
    concurrency: int = 16
    rate_per_second: float = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyConfig:
    """`instance_id` makes the member static, so that a restart is assigned its partitions at once. `window` bounds the
    notices that are under way or wait for their next try: beyond it nothing is read.

    What happened more than `begin_hours` before notices are first switched on is not told. `remembered` bounds the
    notices that are known to have ended, by which repetitions are told. `handover_seconds` is how long requests under
    way are waited for when partitions change hands or the process stops.
    """

    bootstrap_servers: str
    receiver: ReceiverConfig
    wanted: Wanted = field(default_factory=Wanted)
    retrying: Retrying = field(default_factory=Retrying)
    breaker: BreakerConfig = field(
        default_factory=lambda: BreakerConfig(failures=5, open_seconds=2.0, open_limit_seconds=60.0)
    )
    group_id: str = "acuse-notify"
    instance_id: str | None = None
    topics: NotifyTopics = field(default_factory=NotifyTopics)
    window: int = 1_000
    begin_hours: float = 1.0
    remembered: int = 20_000
    commit_seconds: float = 1.0
    session_seconds: float = 10.0
    handover_seconds: float = 2.0
    produce_timeout_seconds: float = 4.0
