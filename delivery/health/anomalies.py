"""When a measure is worth an alarm, and when that is over.

Two things keep an alert from flapping. A share of a few attempts says little, so it counts for what is certainly behind
it, luck aside, and for what certainly is not where an alert is to end (Wilson's bounds of a proportion). With many
attempts, where luck hardly plays a part, the bar for the end is lower than the one for the beginning. What is in
between changes nothing, and what is beyond must last.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import sqrt
from typing import Final, NamedTuple

import msgspec

from delivery.health.alerts import Alert, AlertKind, AlertState, alert_id
from delivery.health.lanes import Lane
from delivery.health.measures import Measure, Usual
from delivery.health.records import LaneHealth, Watch
from delivery.health.rules import HealthRules

LUCK: Final = 2.326
"""Standard deviations: as bad as one sample in a hundred has it."""
NEVER: Final = Watch()
WORDS: Final[Mapping[AlertKind, str]] = {
    AlertKind.FAILURES: "failed",
    AlertKind.LATENCY: "were not with the handset in time",
    AlertKind.SILENCE: "were not heard of again",
}


class Reading(NamedTuple):
    """What one kind of alert goes by: ``hits`` of ``of``, more than ``threshold`` of which are too many."""

    hits: int
    of: int
    threshold: float
    usual: float | None
    worse: bool
    """It looks as though the alert should open."""
    better: bool
    """It looks as though it should close."""

    @property
    def value(self) -> float:
        return self.hits / self.of


def watched(
    watches: Mapping[AlertKind, Watch],
    measure: Measure,
    usual: Usual,
    now: datetime,
    rules: HealthRules,
    *,
    wider: Mapping[AlertKind, Watch] | None = None,
) -> dict[AlertKind, Watch]:
    """How a lane's alerts stand after one more look; only those that were ever of interest.

    ``wider`` are those of the same way into all countries, None where it is that: what opens there does not open for
    single countries too, and silence is only looked for there.
    """
    after: dict[AlertKind, Watch] = {}
    for kind in AlertKind:
        before = watches.get(kind, NEVER)
        reading = _reading(kind, before, measure, usual, rules)
        muted = wider is not None and (kind is AlertKind.SILENCE or wider.get(kind, NEVER).open)
        watch = _advanced(before, None if muted and not before.open else reading, now, rules)
        if watch != NEVER:
            after[kind] = watch
    return after


def alerts_of(before: LaneHealth | None, after: LaneHealth) -> list[Alert]:
    """The alerts that opened or closed between two looks at a lane."""
    known = before.watches if before else {}
    return [
        _alert(after, kind, watch)
        for kind, watch in after.watches.items()
        if (watch.opened_at, watch.closed_at) != _times(known.get(kind, NEVER))
    ]


def recent_alerts(health: LaneHealth, since: datetime) -> list[Alert]:
    """The alerts that opened or closed since then, told once more for whoever died before he told of them."""
    return [
        _alert(health, kind, watch)
        for kind, watch in health.watches.items()
        if any(moment is not None and moment >= since for moment in _times(watch))
    ]


def lowest(hits: int, of: int, luck: float = LUCK) -> float:
    """The least share that may be behind so many hits."""
    return _bound(hits, of, -luck)


def highest(hits: int, of: int, luck: float = LUCK) -> float:
    """The greatest share that may be behind so many hits."""
    return _bound(hits, of, luck)


def _bound(hits: int, of: int, luck: float) -> float:
    share, square = hits / of, luck * luck
    spread = luck * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return (share + square / (2 * of) + spread) / (1 + square / of)


def slowness_shows(usual: Usual, rules: HealthRules) -> bool:
    """Whether it can be told that an attempt is slow: not where nobody usually tells when it has arrived."""
    return usual.weight < rules.usual_least or usual.share_of(usual.concluded) >= rules.usually_concluded


def _reading(kind: AlertKind, watch: Watch, measure: Measure, usual: Usual, rules: HealthRules) -> Reading | None:
    """None where there is too little to go by."""
    alerts = rules.alerts
    match kind:
        case AlertKind.FAILURES:
            return _of_share(measure.failed, measure.judged, usual.failed, alerts.failures_at, watch, usual, rules)
        case AlertKind.LATENCY:
            if not slowness_shows(usual, rules):
                return None
            return _of_share(measure.slow, measure.judged, usual.slow, alerts.slow_at, watch, usual, rules)
        case AlertKind.SILENCE:
            return _of_silence(watch, measure, usual, rules)


def _of_share(
    hits: int, of: int, usually: float, floor: float, watch: Watch, usual: Usual, rules: HealthRules
) -> Reading | None:
    if of < rules.least:
        return None
    share = usual.share_of(usually) if usual.weight >= rules.usual_least else None
    if watch.open:
        threshold, share = watch.threshold, watch.usual
    else:
        # Where nearly all of them usually fail there is no such thing as three times as many.
        threshold = max(floor, min(rules.alerts.usual_factor * (share or 0.0), (1 + (share or 0.0)) / 2))
    return Reading(
        hits=hits,
        of=of,
        threshold=threshold,
        usual=share,
        worse=lowest(hits, of) >= threshold,
        better=highest(hits, of) <= threshold and hits / of <= threshold * rules.alerts.close_at,
    )


def _of_silence(watch: Watch, measure: Measure, usual: Usual, rules: HealthRules) -> Reading | None:
    alerts = rules.alerts
    if measure.handed < alerts.silence_least:
        return None
    share = usual.share_of(usual.heard) if usual.weight >= rules.usual_least else None
    if watch.open and watch.usual is not None:
        share = 1 - watch.usual
    expected = share is not None and share >= alerts.usually_heard
    unheard = None if share is None else 1 - share
    return Reading(
        hits=measure.handed - measure.heard,
        of=measure.handed,
        threshold=1.0,
        usual=unheard,
        worse=expected and measure.heard == 0,
        better=measure.heard >= measure.handed * (share or 0.0) / 2 and measure.heard > 0,
    )


def _advanced(watch: Watch, reading: Reading | None, now: datetime, rules: HealthRules) -> Watch:
    alerts = rules.alerts
    if reading is None:
        seen = watch.last_seen_at or watch.opened_at
        if watch.open and seen is not None and now - seen >= alerts.forget_after:
            return msgspec.structs.replace(watch, since=None, closed_at=now)
        return watch if watch.open or watch.since is None else msgspec.structs.replace(watch, since=None)
    due, lasts = (reading.better, alerts.close_after) if watch.open else (reading.worse, alerts.open_after)
    if not due:
        return _seen(watch, None, reading, now)
    since = watch.since or now
    if now - since < lasts:
        return _seen(watch, since, reading, now)
    if watch.open:
        return msgspec.structs.replace(watch, since=None, closed_at=now, value=reading.value, last_seen_at=now)
    return Watch(opened_at=now, last_seen_at=now, threshold=reading.threshold, usual=reading.usual, value=reading.value)


def _seen(watch: Watch, since: datetime | None, reading: Reading, now: datetime) -> Watch:
    """The value of an open one is kept up to date, to be told when it closes; nothing of any other is."""
    if watch.open:
        return msgspec.structs.replace(watch, since=since, last_seen_at=now, value=reading.value)
    return watch if watch.since == since else msgspec.structs.replace(watch, since=since)


def _times(watch: Watch) -> tuple[datetime | None, datetime | None]:
    return watch.opened_at, watch.closed_at


def _alert(health: LaneHealth, kind: AlertKind, watch: Watch) -> Alert:
    opened_at = watch.opened_at or health.at
    state = AlertState.CLOSED if watch.closed_at else AlertState.OPENED
    return Alert(
        alert_id=alert_id(kind, health.lane, opened_at),
        state=state,
        about=kind,
        lane=health.lane,
        at=watch.closed_at or opened_at,
        opened_at=opened_at,
        value=watch.value,
        threshold=watch.threshold,
        usual=watch.usual,
        measure=health.measure,
        text=_in_words(health.lane, kind, watch, state),
    )


def _in_words(lane: Lane, kind: AlertKind, watch: Watch, state: AlertState) -> str:
    where = f"{lane.provider}, {lane.channel.value}" + (f" into {lane.country}" if lane.country else "")
    seen = f"{watch.value * 100:.0f} % of what was handed over lately {WORDS[kind]}"
    usual = "" if watch.usual is None else f"; usually {watch.usual * 100:.0f} %"
    over = " Over after " + _minutes(watch) if state is AlertState.CLOSED else ""
    return f"{where}: {seen}{usual}.{over}"


def _minutes(watch: Watch) -> str:
    lasted = (watch.closed_at - watch.opened_at) if watch.closed_at and watch.opened_at else timedelta()
    return f"{lasted.total_seconds() / 60:.0f} min."
