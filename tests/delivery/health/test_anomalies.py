"""Alerts open and close for a reason that lasts, once, and noise at the threshold does not make them flap."""

import itertools
import random
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.health.alerts import AlertKind, AlertState, alert_id, decode_alert, encode_alert
from delivery.health.anomalies import alerts_of, highest, lowest, recent_alerts, watched
from delivery.health.lanes import Lane
from delivery.health.measures import Measure, Usual
from delivery.health.records import LaneHealth, Watch
from delivery.health.rules import AlertRules, HealthRules

RULES = HealthRules()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LANE = Lane("messente", Channel.SMS)
TICK = timedelta(seconds=10)
CALM = Usual(weight=1000, slow=30, failed=20, heard=950, concluded=940)
KINDS = st.sampled_from([AlertKind.FAILURES, AlertKind.LATENCY])


class Lookout:
    """Looks again and again, as the judge does."""

    def __init__(self, rules: HealthRules = RULES, lane: Lane = LANE, usual: Usual = CALM) -> None:
        self.rules, self.lane, self.usual = rules, lane, usual
        self.now = NOON
        self.alerts = []
        self.known: LaneHealth | None = None

    def look(self, measure: Measure, times: int = 1, wider: dict | None = None) -> "Lookout":
        for _ in range(times):
            self.now += TICK
            watches = self.known.watches if self.known else {}
            after = watched(watches, measure, self.usual, self.now, self.rules, wider=wider)
            health = LaneHealth(
                lane=self.lane,
                version=1,
                judge="j",
                at=self.now,
                measure=measure,
                handed_at=self.now,
                usual=self.usual,
                watches=after,
            )
            self.alerts += alerts_of(self.known, health)
            self.known = health
        return self

    @property
    def states(self) -> list[tuple[AlertKind, AlertState]]:
        return [(each.about, each.state) for each in self.alerts]


def measured(kind: AlertKind, hits: int, of: int) -> Measure:
    return Measure(judged=of, **{"failed" if kind is AlertKind.FAILURES else "slow": hits})


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (AlertKind.FAILURES, Measure(judged=100, failed=30)),
        (AlertKind.LATENCY, Measure(judged=100, slow=50)),
        (AlertKind.SILENCE, Measure(judged=12, slow=0, handed=12, heard=0)),
    ],
)
def test_opens_after_a_while_closes_after_another_under_one_id(kind: AlertKind, bad: Measure) -> None:
    well = Measure(judged=100, delivered=100, handed=12, heard=12)
    lookout = Lookout().look(well, 5).look(bad, 12)
    assert not lookout.alerts
    lookout.look(bad, 20).look(well, 30)
    assert lookout.states == [(kind, AlertState.OPENED)]
    lookout.look(well, 20)
    assert lookout.states == [(kind, AlertState.OPENED), (kind, AlertState.CLOSED)]
    opened, closed = lookout.alerts
    assert opened.alert_id == closed.alert_id == alert_id(kind, LANE, opened.opened_at)
    assert opened.record_id != closed.record_id
    assert opened.at + timedelta(minutes=5) <= closed.at
    lookout.look(bad, 40)
    assert lookout.alerts[2].alert_id != opened.alert_id
    assert decode_alert(encode_alert(opened)) == opened
    assert opened.text.startswith("messente, sms: ")
    assert closed.text.endswith("min.")


def test_an_interruption_begins_the_while_anew() -> None:
    bad, well = measured(AlertKind.FAILURES, 50, 100), measured(AlertKind.FAILURES, 0, 100)
    lookout = Lookout()
    for _ in range(20):
        lookout.look(bad, 11).look(well)
    assert not lookout.alerts


@given(KINDS, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=120))
def test_opening_and_closing_alternate_and_each_has_its_evidence(kind, seen) -> None:
    lookout = Lookout()
    for hits, others in seen:
        lookout.look(measured(kind, hits, hits + others), 8)
    states = [state for about, state in lookout.states if about is kind]
    assert states == [AlertState.OPENED, AlertState.CLOSED] * (len(states) // 2) + [AlertState.OPENED] * (
        len(states) % 2
    )
    times = [each.at for each in lookout.alerts]
    assert all(later - earlier >= RULES.alerts.open_after for earlier, later in itertools.pairwise(times))
    for alert in lookout.alerts:
        share = alert.measure.share_of(alert.measure.failed + alert.measure.slow)
        if alert.state is AlertState.OPENED:
            assert share >= alert.threshold
        else:
            assert share <= alert.threshold * RULES.alerts.close_at


@given(KINDS, st.lists(st.floats(0.76, 1.0), min_size=1, max_size=200), st.integers(20, 5000))
def test_between_the_two_bars_nothing_changes(kind, noise, of) -> None:
    """Above the bar for the end an open one stays, and what is not above the threshold opens none."""
    threshold = RULES.alerts.failures_at if kind is AlertKind.FAILURES else RULES.alerts.slow_at
    calm, alarmed = Lookout(), Lookout().look(measured(kind, 1000, 1000), 20)
    for share in noise:
        hits = int(of * threshold * share)
        calm.look(measured(kind, hits, of), 20)
        alarmed.look(measured(kind, max(hits, int(of * threshold * 0.76) + 1), of), 40)
    assert not calm.alerts
    assert len(alarmed.alerts) == 1


@pytest.mark.parametrize("per_minute", [2, 10, 200])
@pytest.mark.parametrize("kind", [AlertKind.FAILURES, AlertKind.LATENCY])
def test_a_day_of_luck_at_the_very_threshold_hardly_rings(kind: AlertKind, per_minute: int) -> None:
    """Each attempt fails by chance, just as often as the threshold says: windows slide over them for a day."""
    rings = 0
    share = RULES.alerts.failures_at if kind is AlertKind.FAILURES else RULES.alerts.slow_at
    for seed in range(6):
        chance, minutes, lookout = random.Random(seed), deque(maxlen=15), Lookout()
        for _ in range(24 * 60):
            minutes.append(sum(chance.random() < share for _ in range(per_minute)))
            lookout.look(measured(kind, sum(minutes), per_minute * len(minutes)), 6)
        assert len(lookout.alerts) <= 4, "twice a day at the most"
        rings += len(lookout.alerts)
    assert rings <= 9


def test_what_is_usual_raises_the_threshold() -> None:
    bad = Measure(judged=1000, failed=200)
    assert Lookout(usual=Usual(weight=1000, failed=20)).look(bad, 20).alerts
    assert not Lookout(usual=Usual(weight=1000, failed=90)).look(bad, 20).alerts
    assert Lookout(usual=Usual(weight=50, failed=50)).look(bad, 20).alerts, "too little is known to go by"
    hopeless = Lookout(usual=Usual(weight=1000, failed=900)).look(Measure(judged=1000, failed=990), 20)
    assert hopeless.alerts, "nearly all of them is more than usual even there"


def test_few_attempts_ring_no_alarm() -> None:
    assert not Lookout().look(Measure(judged=19, failed=19), 60).alerts
    assert not Lookout().look(Measure(judged=20, failed=4), 60).alerts
    assert Lookout().look(Measure(judged=20, failed=8), 60).alerts
    assert not Lookout().look(Measure(handed=9, heard=0), 60).alerts


def test_where_nobody_tells_when_it_has_arrived_nothing_is_slow_and_nothing_silent() -> None:
    mute = Usual(weight=1000, heard=10, concluded=5)
    assert not Lookout(usual=mute).look(Measure(judged=100, slow=100, handed=100, heard=0), 60).alerts
    assert not Lookout(usual=Usual()).look(Measure(handed=100, heard=0), 60).alerts


def test_silence_ends_with_half_of_what_is_usual() -> None:
    lookout = Lookout().look(Measure(handed=20), 20)
    lookout.look(Measure(handed=20, heard=5), 100)
    assert lookout.states == [(AlertKind.SILENCE, AlertState.OPENED)]
    lookout.look(Measure(handed=20, heard=10), 40)
    assert lookout.states[1:] == [(AlertKind.SILENCE, AlertState.CLOSED)]


def test_an_alert_without_evidence_is_closed_after_an_hour() -> None:
    lookout = Lookout().look(Measure(judged=100, failed=90), 20).look(Measure(), 300)
    assert len(lookout.alerts) == 1
    lookout.look(Measure(), 100)
    assert lookout.states == [(AlertKind.FAILURES, AlertState.OPENED), (AlertKind.FAILURES, AlertState.CLOSED)]


def test_a_country_says_nothing_that_all_of_them_say() -> None:
    lane = Lane("messente", Channel.SMS, "ES")
    bad = Measure(judged=100, failed=90, handed=20)
    everywhere = {AlertKind.FAILURES: Watch(opened_at=NOON)}
    assert not Lookout(lane=lane).look(bad, 60, wider=everywhere).alerts
    [alert] = Lookout(lane=lane).look(bad, 60, wider={}).alerts
    assert alert.about is AlertKind.FAILURES, "and never silence"
    assert alert.text.startswith("messente, sms into ES: 90 % of what was handed over lately failed; usually 2 %.")
    opened = Lookout(lane=lane).look(bad, 60, wider={})
    opened.look(Measure(judged=100, delivered=100), 60, wider=everywhere)
    assert opened.states[-1] == (AlertKind.FAILURES, AlertState.CLOSED)


def test_what_was_told_lately_can_be_told_again() -> None:
    lookout = Lookout().look(Measure(judged=100, failed=90), 20)
    assert recent_alerts(lookout.known, NOON) == [
        opened for opened in recent_alerts(lookout.known, NOON) if opened.record_id == lookout.alerts[0].record_id
    ]
    assert recent_alerts(lookout.known, NOON)
    assert not recent_alerts(lookout.known, lookout.now)


@given(st.integers(1, 5000), st.floats(0, 1))
def test_bounds_hold_what_was_seen(of: int, share: float) -> None:
    hits = round(of * share)
    assert -1e-9 <= lowest(hits, of) <= hits / of + 1e-9
    assert hits / of - 1e-9 <= highest(hits, of) <= 1 + 1e-9


def test_rules_can_be_told() -> None:
    rules = HealthRules(least=1, alerts=AlertRules(open_after=timedelta(), close_after=timedelta(), failures_at=0.5))
    assert Lookout(rules).look(Measure(judged=200, failed=180)).alerts
