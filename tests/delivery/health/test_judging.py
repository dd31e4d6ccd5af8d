"""One look after another: lanes come and go, shares follow from them, and what is known is gone on from."""

import itertools
from datetime import UTC, datetime, timedelta

from delivery.channels import Channel
from delivery.health.alerts import AlertKind
from delivery.health.judging import Health, News, judged
from delivery.health.lanes import Group, Lane
from delivery.health.measures import Measure, Usual
from delivery.health.rules import HealthRules, ShareRules

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SMS = Group(Channel.SMS)
SPAIN = Group(Channel.SMS, "ES")
RULES = HealthRules()
WELL = Measure(judged=100, delivered=100, handed=50, heard=50)
SLOW = Measure(judged=100, slow=50, delivered=50, handed=50, heard=50)


def news(at: datetime, measure: Measure, **more) -> News:
    return News(handed_at=at, measure=measure, **more)


class Days:
    """Looks every ten seconds."""

    def __init__(self, rules: HealthRules = RULES) -> None:
        self.rules, self.now, self.known = rules, NOON, Health()
        self.gone: list[str] = []
        self.moves: list[tuple[datetime, dict[str, int]]] = []

    def go(self, minutes: float, measures: dict[Lane, Measure]) -> "Days":
        for _ in range(int(minutes * 6)):
            self.now += timedelta(seconds=10)
            told = {lane: news(self.now, measure) for lane, measure in measures.items()}
            before = self.known.groups.get(SMS)
            self.known, gone = judged(self.known, told, self.now, self.rules)
            self.gone += gone
            after = self.known.groups.get(SMS)
            if before and after and before.shares != after.shares:
                self.moves.append((self.now, after.shares))
        return self


def lanes(**measures: Measure) -> dict[Lane, Measure]:
    return {Lane(provider, Channel.SMS): measure for provider, measure in measures.items()}


def test_shares_leave_the_slow_one_in_steps_and_come_back() -> None:
    days = Days().go(10, lanes(a=WELL, b=WELL))
    assert days.known.groups[SMS].shares == {"a": 50, "b": 50}
    days.go(31, lanes(a=SLOW, b=WELL))
    assert [shares["a"] for _, shares in days.moves] == [40, 30, 20, 10, 5]
    assert all(later - earlier == timedelta(minutes=5) for (earlier, _), (later, _) in itertools.pairwise(days.moves))
    days.moves.clear()
    days.go(120, lanes(a=WELL, b=WELL))
    assert [shares["a"] for _, shares in days.moves] == [15, 25, 35, 45, 50]


def test_nothing_moves_where_all_are_slow() -> None:
    days = Days().go(60, lanes(a=SLOW, b=SLOW))
    assert not days.moves
    latencies = [its.watches[AlertKind.LATENCY].open for its in days.known.lanes.values()]
    assert latencies == [True, True], "which is alarming all the same"


def test_a_country_is_judged_by_itself_once_there_is_enough_to_go_by() -> None:
    spain = Lane("a", Channel.SMS, "ES")
    few = Measure(judged=19, slow=19)
    days = Days().go(10, {**lanes(a=WELL, b=WELL), spain: few})
    assert SPAIN not in days.known.groups
    days.go(20, {**lanes(a=WELL, b=WELL), spain: SLOW})
    assert days.known.groups[SMS].shares == {"a": 50, "b": 50}
    assert days.known.groups[SPAIN].shares == {"a": 10, "b": 90}


def test_a_country_begins_where_its_channel_is() -> None:
    days = Days().go(31, lanes(a=SLOW, b=WELL))
    days.go(1, {**lanes(a=WELL, b=WELL), Lane("b", Channel.SMS, "ES"): WELL})
    assert days.known.groups[SPAIN].shares == {"a": 5, "b": 95}


def test_who_is_new_changes_nothing_between_the_others() -> None:
    days = Days().go(16, lanes(a=SLOW, b=WELL))
    assert days.known.groups[SMS].shares == {"a": 10, "b": 90}
    days.go(1, lanes(a=SLOW, b=WELL, c=WELL))
    assert days.known.groups[SMS].shares == {"a": 7, "b": 60, "c": 33}


def test_configured_shares_are_where_it_rests() -> None:
    rules = HealthRules(shares=ShareRules(resting={Channel.SMS: {"a": 80, "b": 20}}))
    days = Days(rules).go(1, {})
    assert days.known.groups[SMS].shares == {"a": 80, "b": 20}, "also before anything is known of them"
    days.go(6, lanes(a=SLOW, b=WELL)).go(60, lanes(a=WELL, b=WELL))
    assert days.known.groups[SMS].shares == {"a": 80, "b": 20}


def test_what_is_usual_is_learnt_only_while_there_is_no_alert() -> None:
    lane = Lane("a", Channel.SMS)
    bad = Usual(weight=100, failed=100, learnt_until=NOON)
    known, _ = judged(Health(), {lane: news(NOON, WELL, taught=bad)}, NOON, RULES)
    assert known.lanes[lane].usual.weight == 100
    failing = Measure(judged=100, failed=90)
    days = Days().go(5, {lane: failing})
    days.known, _ = judged(days.known, {lane: news(NOON, failing, taught=bad)}, days.now, RULES)
    assert days.known.lanes[lane].usual.weight == 0


def test_where_arrivals_are_never_told_of_nobody_is_slow() -> None:
    lane = Lane("a", Channel.SMS)
    mute = Usual(weight=500, heard=500, learnt_until=NOON)
    days = Days().go(1, lanes(a=WELL, b=WELL))
    days.known, _ = judged(days.known, {lane: news(days.now, WELL, taught=mute)}, days.now, RULES)
    days.go(30, lanes(a=SLOW, b=WELL))
    assert not days.moves
    days.go(30, lanes(a=Measure(judged=100, slow=50, failed=25), b=WELL))
    assert days.moves, "but it may still fail"


def test_what_nothing_is_handed_over_on_is_forgotten() -> None:
    days = Days().go(1, lanes(a=WELL, b=WELL))
    days.now += timedelta(hours=25)
    days.go(1, lanes(a=WELL))
    assert days.gone == ["lane/b/sms"]
    assert days.known.groups[SMS].shares == {"a": 100}
    days.now += timedelta(hours=25)
    days.go(1, {})
    assert days.gone == ["lane/b/sms", "lane/a/sms", "shares/sms"]
    assert not days.known.lanes
    assert not days.known.groups


def test_lanes_are_bounded() -> None:
    rules = HealthRules(most_lanes=3)
    many = {Lane("a", Channel.SMS, f"C{number}"): WELL for number in range(10)}
    assert len(Days(rules).go(1, {**lanes(a=WELL), **many}).known.lanes) == 3
