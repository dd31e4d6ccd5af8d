"""How providers do, for Prometheus: every worker shows what it knows, which is the same for all of them."""

from collections.abc import Collection
from typing import Final

from prometheus_client import Counter, Gauge

from delivery.health.alerts import AlertKind
from delivery.health.lanes import Group, Lane
from delivery.health.records import GroupShares, LaneHealth, Watch
from delivery.metric_names import MetricName

LANE: Final = ("provider", "channel", "country")

SHARE: Final = Gauge(MetricName.HEALTH_SHARE, "Points of a hundred that a provider gets", LANE)
JUDGED: Final = Gauge(MetricName.HEALTH_JUDGED, "Attempts of the window that can be judged", LANE)
SLOW: Final = Gauge(MetricName.HEALTH_SLOW, "Share of them that were slow", LANE)
FAILED: Final = Gauge(MetricName.HEALTH_FAILED, "Share of them that failed", LANE)
DELIVERED: Final = Gauge(MetricName.HEALTH_DELIVERED, "Share of them that arrived", LANE)
SECONDS: Final = Gauge(MetricName.HEALTH_DELIVERY_SECONDS, "Seconds to the handset", [*LANE, "quantile"])
HEARD_AT: Final = Gauge(MetricName.HEALTH_HEARD, "When something was last heard of what was handed over", LANE)
ALERT: Final = Gauge(MetricName.HEALTH_ALERT, "1 while an alert is open", ["about", *LANE])
JUDGE: Final = Gauge(MetricName.HEALTH_JUDGE, "1 in the worker that judges")
LOOKED_AT: Final = Gauge(MetricName.HEALTH_LOOKED, "When this worker last judged")
LOOK_SECONDS: Final = Gauge(MetricName.HEALTH_LOOK_SECONDS, "How long the last look took")
FOLLOWED: Final = Gauge(MetricName.HEALTH_FOLLOWED, "Attempts that the judge keeps in mind")
ALERTS: Final = Counter(MetricName.HEALTH_ALERTS, "Alerts told", ["about", "state"])
UNREADABLE: Final = Counter(MetricName.HEALTH_UNREADABLE, "Records that could not be read", ["topic"])

_OF_LANES: Final = (JUDGED, SLOW, FAILED, DELIVERED, HEARD_AT)
_QUANTILES: Final = ("0.5", "0.95")
_shown: Final[dict[Group, set[str]]] = {}


def show_lane(health: LaneHealth) -> None:
    measure, labels = health.measure, _labels(health.lane)
    JUDGED.labels(*labels).set(measure.judged)
    SLOW.labels(*labels).set(measure.share_of(measure.slow))
    FAILED.labels(*labels).set(measure.share_of(measure.failed))
    DELIVERED.labels(*labels).set(measure.share_of(measure.delivered))
    if measure.last_heard_at:
        HEARD_AT.labels(*labels).set(measure.last_heard_at.timestamp())
    for quantile, seconds in zip(_QUANTILES, (measure.median_seconds, measure.p95_seconds), strict=True):
        if seconds is None:
            _remove(SECONDS, *labels, quantile)
        else:
            SECONDS.labels(*labels, quantile).set(seconds)
    for kind in AlertKind:
        ALERT.labels(kind.value, *labels).set(health.watches.get(kind, Watch()).open)


def forget_lane(lane: Lane) -> None:
    labels = _labels(lane)
    for gauge in _OF_LANES:
        _remove(gauge, *labels)
    for quantile in _QUANTILES:
        _remove(SECONDS, *labels, quantile)
    for kind in AlertKind:
        _remove(ALERT, kind.value, *labels)


def show_shares(its: GroupShares, providers: Collection[str]) -> None:
    """The shares of those providers alone: of those that were shown and are not among them, nothing."""
    channel, country = its.group.channel.value, its.group.country
    for gone in _shown.get(its.group, set()).difference(providers):
        _remove(SHARE, gone, channel, country)
    for provider in providers:
        SHARE.labels(provider, channel, country).set(its.shares[provider])
    _shown[its.group] = set(providers)


def _labels(lane: Lane) -> tuple[str, str, str]:
    return lane.provider, lane.channel.value, lane.country


def _remove(gauge: Gauge, *labels: str) -> None:
    """Nothing where it was never shown."""
    gauge.labels(*labels)
    gauge.remove(*labels)
