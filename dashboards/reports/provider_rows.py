"""The rows of the report on providers, by channel: how they do, what they cost, how far they can be relied on."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from dashboards.reports.rows import Period
from dashboards.reports.trust import TrustPart
from delivery.channels import Channel


class ProviderFigures(Struct, kw_only=True):
    """One provider on one channel.

    `same_mix_rate` and `same_mix_within_1min` are rates weighed as if all providers had been handed the same countries;
    `mix_covered` is the share of those weights that lies in countries of which this one was handed something.
    `receipt_coverage` is `receipts` in `receipts_awaited`: of what was handed over an hour ago and not refused at once,
    that of which something conclusive was heard. `contradictions` are attempts with failures reported after a success.
    """

    period: Period
    provider: str
    channel: Channel
    handed_over: int
    delivered: int
    failed: int
    in_flight: int
    unknown: int
    delivery_rate: float | None
    same_mix_rate: float | None
    same_mix_within_1min: float | None
    mix_covered: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    receipts_awaited: int
    receipts: int
    receipt_coverage: float | None
    contradictions: int
    revised: int
    last_receipt_at: datetime | None
    silent_seconds: int | None


class ProviderCost(Struct, kw_only=True):
    """What was sent at an expected cost that is known: `sendings`, and how many of them were `delivered`.

    An attempt knows it from the decision to send it. Those that have none are left out: what was sent without prices or
    only told of, legs of a provider's own failover, and what was handed over before attempts kept their cost.
    `same_mix_cost_per_delivered` is weighed as rates are, by the countries of these sendings.
    """

    period: Period
    provider: str
    channel: Channel
    sendings: int
    delivered: int
    cost: Decimal
    cost_per_delivered: float | None
    same_mix_cost_per_delivered: float | None


class Trust(Struct, kw_only=True):
    """One part of the score of a provider on one channel: `good` in `considered` are a `share`, which earns `points` of
    its `weight`: all where all are good, nothing at `none_at` or below, in proportion between them. Both are None where
    there is nothing to judge by.

    `score` is the same in all rows of a provider and channel: what its parts earn in 100 of what those of them might
    that can be judged. It `is_thin` where few receipts were awaited, so that it says little.
    """

    period: Period
    provider: str
    channel: Channel
    part: TrustPart
    weight: float
    none_at: float
    good: int
    considered: int
    share: float | None
    points: float | None
    score: float | None
    is_thin: bool
