"""What the sink and its database connection are told; read from settings in ``acuse`` alone."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickHouseConfig:
    """Where the projection is kept.

    With ``path``, an embedded chDB in that directory, which one process may hold at a time; else a server over HTTP.
    ``cluster`` names the server's cluster: tables are then replicated and made on all its nodes.
    Timeouts are in seconds; ``read_seconds`` bounds a reader's query.
    """

    path: Path | None = None
    host: str = "localhost"
    port: int = 8123
    secure: bool = False
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = "acuse"
    cluster: str | None = None
    connect_seconds: int = 5
    write_seconds: int = 60
    read_seconds: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkConfig:
    """How records are carried over.

    A batch is written when it has ``batch_rows`` records or ``batch_bytes``, or its first one is ``batch_seconds`` old;
    at most two are held in memory beside what the consumer has fetched (``fetch_bytes`` a partition).
    ``receipt_window`` is tracking's: how long it remembers an attempt.
    ``handover_seconds`` is how long a partition that is taken away waits for the batch in flight.
    ``instance_id`` makes the member static, so that a restart is assigned its partitions at once.
    """

    bootstrap_servers: str
    group_id: str = "acuse-sink"
    instance_id: str | None = None
    batch_rows: int = 20_000
    batch_bytes: int = 64 * 1024 * 1024
    batch_seconds: float = 0.5
    receipt_window: timedelta = timedelta(hours=72)
    fetch_bytes: int = 4 * 1024 * 1024
    handover_seconds: float = 20.0
    retry_seconds: float = 0.25
    retry_limit_seconds: float = 10.0
