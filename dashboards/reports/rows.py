"""The rows of reports' tables. Whoever reads them must bear fields that are added.

Attempts are counted by when they were first heard of, each once, as it stands now. `handed_over` is what is not still
held by its provider for a time that was asked for (`scheduled`); of it, what is neither `delivered` nor `failed` nor
given up for lost (`unknown`) is `in_flight`. Rates are shares of what was handed over, None where nothing was. Times
are in seconds, None where there are none. `group` is None for all of them together, "" where the attempt has none.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from delivery.channels import Channel
from delivery.reasons import Reason


class Period(StrEnum):
    CURRENT = "current"
    PREVIOUS = "previous"


class Lasting(StrEnum):
    """Whether it would come again if the same were sent again later."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    UNKNOWN = "unknown"


class Counts(Struct, kw_only=True):
    """`within_…` are deliveries of which it is known by now that they took no longer."""

    attempts: int
    handed_over: int
    delivered: int
    failed: int
    in_flight: int
    unknown: int
    scheduled: int
    delivery_rate: float | None
    timed: int
    p50: float | None
    p95: float | None
    p99: float | None
    within_5s: int
    within_30s: int
    within_1min: int
    within_5min: int


class Figures(Counts, kw_only=True):
    """`messages` is exact up to 4 000, and beyond that to less than one in a hundred. `later_steps` are those that a
    plan sent after another step. `timed_by_…` say which clock was used: the provider
    computed it (`elapsed`), it is between two times that others claim (`provider`), between two receipts of ours
    (`received`), or between one of each (`mixed`).
    """

    period: Period
    group: str | None
    messages: int
    later_steps: int
    timed_by_elapsed: int
    timed_by_provider: int
    timed_by_mixed: int
    timed_by_received: int


class Trend(Counts, kw_only=True):
    """One bucket from `at` on; one that is `maturing` lasts still, or more than 1 % of it is still under way."""

    period: Period
    at: datetime
    group: str
    maturing: bool


class Estimate(Struct, kw_only=True):
    """What share of all that was handed over arrives within a time, and by when a share has arrived, where what is in
    flight counts as not arrived until now (cumulative incidence by Aalen and Johansen). None where nobody can know yet.

    Of `watched` attempts nothing more than until then is known of `no_more_known`; `longest` is how long any was
    watched.
    """

    period: Period
    group: str | None
    watched: int
    no_more_known: int
    longest: float
    share_within_5s: float | None
    share_within_30s: float | None
    share_within_1min: float | None
    share_within_5min: float | None
    half_by: float | None
    p95_by: float | None
    p99_by: float | None


class Arrived(Struct, kw_only=True):
    """What `share` of all that was handed over arrives within so many `seconds`, as in `Estimate`."""

    period: Period
    group: str
    seconds: float
    share: float | None


class Distribution(Struct, kw_only=True):
    """Deliveries that took `least` seconds or more and less than `below`; None: however long."""

    period: Period
    group: str
    least: float
    below: float | None
    delivered: int


class Heat(Struct, kw_only=True):
    """`weekday` counts from Monday, which is 1."""

    period: Period
    weekday: int
    hour: int
    handed_over: int
    delivered: int
    in_flight: int
    timed: int
    p50: float | None
    p95: float | None
    within_1min: int


class FailureFigures(Struct, kw_only=True):
    """How many of those that failed would fail again (`permanent`), and of how many nobody can say; what is `held_up`
    is `in_flight` and has a reason.
    """

    period: Period
    group: str | None
    handed_over: int
    failed: int
    failure_rate: float | None
    permanent: int
    temporary: int
    of_unknown_lasting: int
    in_flight: int
    held_up: int


class FailureReason(Struct, kw_only=True):
    """`share` is of all failures; what is `held_up` is under way and has a reason; `words` are the provider's own."""

    period: Period
    reason: Reason
    lasting: Lasting
    provider: str
    channel: Channel
    code: str
    words: str
    failed: int
    held_up: int
    share: float | None
    latest_at: datetime


class FailureTrend(Struct, kw_only=True):
    """Failures of one bucket from `at` on, which is `maturing` as in `Trend`; where nothing failed there is none."""

    period: Period
    at: datetime
    reason: Reason
    failed: int
    handed_over: int
    failure_rate: float | None
    maturing: bool


class FailureChange(Struct, kw_only=True):
    """Since the period of the same length before; rates are of what this provider was handed in the same period."""

    reason: Reason
    provider: str
    code: str
    failed: int
    failed_before: int
    rate: float | None
    rate_before: float | None
    change: float | None


class FailureTop(Struct, kw_only=True):
    """`most_common` is the reason of `failed_so` of them."""

    period: Period
    group: str
    handed_over: int
    failed: int
    failure_rate: float | None
    most_common: Reason
    failed_so: int
