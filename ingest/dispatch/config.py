"""What a dispatcher must be told before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from delivery.topics import CALLS, DECISIONS, EVENTS, WINDOWS, Topic
from ingest.accounts import Account
from ingest.caller import CallLimits

ANSWER_BYTES: Final = 256 * 1024
"""An answer is kept inside a record, as base64 beside its request."""


ANSWER_SECONDS: Final = 20.0
SENDING_SECONDS: Final = 5.0
"""What an exchange may take beyond its connection and the wait for its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConfig:
    """How much one provider account may be asked: calls a second, and calls at one time."""

    rate_per_second: float = 20.0
    concurrency: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerConfig:
    """After `failures` in a row an account is left alone for `open_seconds`, twice as long each time up to the limit;
    after one refusal of our credentials for `pause_seconds`, likewise.
    """

    failures: int = 5
    open_seconds: float = 10.0
    open_limit_seconds: float = 120.0
    pause_seconds: float = 300.0
    pause_limit_seconds: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryConfig:
    """Only what was certainly not taken is tried again: `tries` times in all, within `give_up_seconds` of the first.

    The wait doubles from `first_seconds` to `limit_seconds`, with jitter; a provider's Retry-After counts for more.
    """

    tries: int = 8
    first_seconds: float = 1.0
    limit_seconds: float = 60.0
    give_up_seconds: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtConfig:
    """When a provider is asked whether it took what is in doubt, in seconds from when nobody can still be sending it;
    that it knows nothing of it counts the last time only.
    """

    lookup_seconds: tuple[float, ...] = (5.0, 20.0, 60.0, 180.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConfig:
    """How often inbound messages are asked for, and how many pages of them at most at one time."""

    interval_seconds: float = 60.0
    pages: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchTopics:
    decisions: Topic = DECISIONS
    calls: Topic = CALLS
    events: Topic = EVENTS
    windows: Topic = WINDOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchConfig:
    """The settings of one dispatcher.

    `instance_id` makes the member static, so that a restart is assigned its partitions at once. `window` bounds the
    decisions of one partition that are under way or wait for their turn. A claim is good for `lease_seconds`: a call
    begins within them or not at all. `remember` is for how long what became of decisions is kept in memory; for one to
    send that was made longer ago, all calls since then are read again.
    `stop_seconds` is how long calls under way are waited for at the end, and `handover_seconds` when a partition goes.
    """

    bootstrap_servers: str
    accounts: Mapping[str, Account]
    lines: Mapping[str, LineConfig] = field(default_factory=dict)
    line: LineConfig = field(default_factory=LineConfig)
    group_id: str = "acuse-dispatch"
    instance_id: str | None = None
    topics: DispatchTopics = field(default_factory=DispatchTopics)
    calls: CallLimits = field(
        default_factory=lambda: CallLimits(read_seconds=ANSWER_SECONDS, total_seconds=ANSWER_SECONDS + 10.0)
    )
    breaker: BreakerConfig = field(default_factory=BreakerConfig)
    retry: RetryConfig = field(default_factory=RetryConfig)
    doubt: DoubtConfig = field(default_factory=DoubtConfig)
    lists: ListConfig = field(default_factory=ListConfig)
    window: int = 500
    lease_seconds: float = 10.0
    remember: timedelta = timedelta(hours=72)
    commit_seconds: float = 1.0
    session_seconds: float = 10.0
    handover_seconds: float = 15.0
    stop_seconds: float = 8.0
    produce_timeout_seconds: float = 4.0

    def line_of(self, provider: str) -> LineConfig:
        return self.lines.get(provider, self.line)

    def limits_of(self, provider: str) -> CallLimits:
        """As many connections as calls may be under way, so that none waits for one."""
        return replace(self.calls, connections=self.line_of(provider).concurrency, answer_bytes=ANSWER_BYTES)

    @property
    def longest_call_seconds(self) -> float:
        """After so long nobody can still be sending under a claim that was read."""
        return self.lease_seconds + self.calls.total_seconds
