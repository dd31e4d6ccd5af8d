"""A window counts what was handed over lately, whatever order it is told in, and stays bounded."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.health.measures import Measure, Usual
from delivery.health.rules import HealthRules
from delivery.health.sightings import End, Sighting
from delivery.health.window import Window

RULES = HealthRules()
NOW = 1_800_000_000.0


def seen(ref: str, ago: float, end: End | None = None, seconds: float | None = None, **more) -> Sighting:
    said = {"version": 2, "updated": NOW - ago, "handed": True, "heard": end is not None, "country": "ES", **more}
    return Sighting(
        provider="messente", channel=Channel.SMS, ref=ref, begun=NOW - ago, end=end, seconds=seconds, **said
    )


def window(*sightings: Sighting, rules: HealthRules = RULES) -> Window:
    made = Window(Channel.SMS, rules)
    for each in sightings:
        made.take(each)
    return made


def test_counts_what_can_be_told_by_now() -> None:
    measure = window(
        seen("in time", 300, End.ARRIVED, 5.0),
        seen("late", 300, End.ARRIVED, 61.0),
        seen("when nobody knows", 300, End.ARRIVED),
        seen("overdue", 61),
        seen("under way", 59),
        seen("failed", 10, End.FAILED),
        seen("nobody's fault", 300, End.EXCUSED),
    ).measures(NOW)
    assert measure.keys() == {"", "ES"}
    its = measure[""]
    assert (its.judged, its.slow, its.failed, its.delivered) == (5, 2, 1, 3)
    assert (its.handed, its.heard) == (6, 5)
    assert its.last_heard_at is not None
    assert its.last_heard_at.timestamp() == NOW - 10
    assert its.median_seconds == 33.0
    assert its.p95_seconds is not None
    assert its.p95_seconds >= 61.0


def test_no_time_passes_while_nothing_is_known_to_have_happened() -> None:
    """Where tracking stands still, what is under way does not grow slow."""
    assert window(seen("under way", 59)).measures(NOW)[""].slow == 0
    assert window(seen("under way", 59)).measures(NOW + 1)[""].slow == 1


def test_silence_looks_at_the_last_minutes_alone() -> None:
    its = window(seen("before", 601, End.ARRIVED, 1.0), seen("since", 599)).measures(NOW)[""]
    assert (its.handed, its.heard) == (1, 0)


def test_lets_go_of_what_is_old_and_learns_from_it() -> None:
    made = window(
        seen("a", 901, End.ARRIVED, 5.0),
        seen("b", 902),
        seen("c", 905, End.FAILED, country="FR"),
        seen("d", 10),
    )
    taught = made.forget(NOW)
    assert len(made) == 1
    assert (taught[""].weight, taught[""].slow, taught[""].failed, taught[""].concluded) == (3, 1, 1, 2)
    assert (taught["ES"].weight, taught["FR"].failed) == (2, 1)
    assert taught[""].learnt_until is not None
    assert taught[""].learnt_until.timestamp() == NOW - 901
    assert not made.forget(NOW)


def test_what_it_let_go_of_does_not_return() -> None:
    made = window(seen("a", 901))
    assert made.forget(NOW)[""].concluded == 0
    made.take(seen("a", 901, End.ARRIVED, 950.0, version=9, updated=NOW + 49))
    assert not len(made)
    assert not made.forget(NOW + 49)


def test_what_is_to_go_out_later_takes_no_room_until_then() -> None:
    made = window(seen("later", -3600, updated=NOW))
    assert not len(made)
    assert not made.handed_at
    made.take(seen("later", -3600, End.ARRIVED, 4.0, updated=NOW + 3604, version=3))
    assert made.measures(NOW + 3604)[""].delivered == 1


@given(st.permutations([("a", 1), ("a", 2), ("a", 3), ("b", 5), ("b", 6)]), st.integers(0, 5))
def test_the_newest_version_of_an_attempt_holds_in_any_order(told, again: int) -> None:
    ends = {1: None, 2: None, 3: End.ARRIVED, 5: None, 6: End.FAILED}
    made = window(*(seen(ref, 100, ends[version], version=version) for ref, version in [*told, *told[:again]]))
    its = made.measures(NOW)[""]
    assert (its.judged, its.delivered, its.failed, its.slow) == (2, 1, 1, 0)


def test_stays_bounded_and_still_says_the_same() -> None:
    rules = HealthRules(most_attempts=1000)
    made = Window(Channel.SMS, rules)
    for number in range(50_000):
        made.take(seen(f"r{number}", 300, End.FAILED if number % 5 == 0 else End.ARRIVED, 1.0))
        assert len(made) <= 1000
    its = made.measures(NOW)[""]
    assert its.one_in >= 64
    assert its.judged >= 400
    assert 0.12 < its.share_of(its.failed) < 0.28
    taught = made.forget(NOW + 900)[""]
    assert 0.7 * 50_000 < taught.weight < 1.3 * 50_000, "each stands for those that were left out"
    assert made.measures(NOW + 900) == {}
    for _ in range(10):
        made.forget(NOW + 900)
    made.take(seen("new", -900, updated=NOW + 900))
    assert made.measures(NOW + 960)[""].one_in == 1, "all are looked at again once they are few"


def test_what_is_usual_fades() -> None:
    half_life = timedelta(hours=24)
    made = window(*(seen(f"a{number}", 901, End.FAILED) for number in range(100)))
    usual = Usual().learnt(made.forget(NOW)[""], half_life)
    assert usual.share_of(usual.failed) == 1
    later = window(*(seen(f"b{number}", 901, End.ARRIVED, 1.0) for number in range(100))).forget(NOW)[""]
    day = timedelta(days=1)
    later = Usual(weight=later.weight, concluded=later.concluded, learnt_until=usual.learnt_until + day)
    after = usual.learnt(later, half_life)
    assert (after.weight, after.failed) == (150, 50)
    assert Usual().share_of(0) == 0
    assert Measure().share_of(0) == 0
