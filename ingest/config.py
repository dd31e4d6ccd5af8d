"""What the edge must be told before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.accounts import Account
from ingest.plans.resolving import PlanBook


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestConfig:
    """The settings of one ingest process.

    `body_limit_bytes` holds for every request body. A webhook that is kept verbatim travels as base64 inside JSON, so
    half of the broker's record limit leaves room for both. `max_in_flight` bounds the requests that wait for Kafka at
    one time, `buffer_bytes` both the bodies being read and, on its own, the records that Kafka has not acknowledged.
    """

    bootstrap_servers: str
    accounts: Mapping[str, Account]
    api_tokens: frozenset[str] = field(default=frozenset(), repr=False)
    body_limit_bytes: int = 512 * 1024
    body_timeout_seconds: float = 10.0
    produce_timeout_seconds: float = 4.0
    max_in_flight: int = 2_000
    buffer_bytes: int = 64 * 1024 * 1024
    linger_ms: int = 5
    book: PlanBook = field(default_factory=PlanBook)
