"""The rows of the report on replies: what came in, how soon, and which conversations are open."""

from datetime import datetime

from msgspec import Struct

from dashboards.reports.rows import Period
from delivery.channels import Channel


class RepliesTrend(Struct, kw_only=True):
    """Replies by when they came in. `answers` are those whose provider says what they answer; `opt_outs` are those of
    nothing but a word that says so, STOP or BAJA for example; `people` are different senders, where they are known.
    """

    period: Period
    at: datetime
    group: str
    replies: int
    answers: int
    people: int
    opt_outs: int


class RepliesFigures(Struct, kw_only=True):
    """The same of the whole period; somebody who wrote to two groups is one of each, and one of all together."""

    period: Period
    group: str | None
    replies: int
    answers: int
    people: int
    opt_outs: int
    opt_out_share: float | None


class Response(Struct, kw_only=True):
    """Attempts by when they were first heard of: how many were `answered`, and how long after they had arrived, or
    after the hand-over where that is not known. `refused_as_opted_out` failed because the person wants no more.
    """

    period: Period
    group: str | None
    handed_over: int
    answered: int
    answer_rate: float | None
    refused_as_opted_out: int
    p50: float | None
    p95: float | None


class ResponseTrend(Struct, kw_only=True):
    """The same by bucket, from `at` on: of what was first heard of in it."""

    period: Period
    at: datetime
    group: str
    handed_over: int
    answered: int
    answer_rate: float | None
    p50: float | None
    p95: float | None


class Conversations(Struct, kw_only=True):
    """Open ones at the moment when it is asked, of people who wrote in the last 24 hours; they close unless those write
    again.
    """

    provider: str
    channel: Channel
    open: int
    closing_within_1h: int
    first_closes_at: datetime
    last_closes_at: datetime


class Closing(Struct, kw_only=True):
    """How many of those close in the hour from `at` on."""

    at: datetime
    provider: str
    channel: Channel
    closing: int
