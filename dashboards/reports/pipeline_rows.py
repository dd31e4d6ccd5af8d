"""The rows of the report of the pipeline: what went through it, and what it could not do as it should."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from dashboards.reports.rows import Period
from delivery.channels import Channel
from delivery.notices import NoticeType
from delivery.reasons import Reason


class Flow(Struct, kw_only=True):
    """Records received from `at` on, in the bucket: `events`, of three kinds, and `unparsed` payloads. Of the events,
    `unknown_codes` have a code in no table of ours. `told_after_p50` and `…_p95` are how many seconds after what it
    tells of an event was received, where its provider's clock says so with its zone; None where none does.

    A record that a sink stored twice after a crash counts twice until ClickHouse has merged it.
    """

    period: Period
    at: datetime
    group: str
    events: int
    sends: int
    statuses: int
    replies: int
    unknown_codes: int
    unparsed: int
    told_after_p50: float | None
    told_after_p95: float | None


class UnparsedWhy(Struct, kw_only=True):
    """Payloads that could not be read, by why. Those without a `provider` are records of `topic` that are none."""

    period: Period
    provider: str
    topic: str
    error: str
    records: int
    first_at: datetime
    latest_at: datetime


class UnknownCode(Struct, kw_only=True):
    """A code in no table of ours; `words` are what its provider last said with it."""

    period: Period
    provider: str
    channel: Channel
    code: str
    words: str
    events: int
    latest_at: datetime


class CallTrouble(StrEnum):
    """What came of calling a provider, where nothing was sent by it or nobody knows."""

    REFUSED = "refused"
    NOT_TAKEN = "not_taken"
    IMPOSSIBLE = "impossible"
    ABANDONED = "abandoned"
    IN_DOUBT = "in_doubt"


class TroubledCall(Struct, kw_only=True):
    """Calls to a provider to which this came; `status` is of HTTP, None without an answer."""

    period: Period
    provider: str
    result: CallTrouble
    reason: Reason | None
    code: str
    words: str
    status: int | None
    calls: int
    latest_at: datetime


class DeadNotice(Struct, kw_only=True):
    """Notices that the caller's application has not taken for as long as they were tried, and not since."""

    period: Period
    type: NoticeType
    why: str
    status: int | None
    notices: int
    latest_at: datetime
