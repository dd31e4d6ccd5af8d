"""Shares move by a bounded number of points, not too often, and only for a reason."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.health.rules import ShareRules
from delivery.health.shares import WHOLE, apportioned, joined, moved, resting_points

RULES = ShareRules()
NAMES = ("a", "b", "c", "d", "e")
LONG_AGO = timedelta(days=1)
EQUAL = {"a": 50, "b": 50}

illness = st.none() | st.floats(0, 1)


@st.composite
def situations(draw):
    """Any shares that add up, where they rest, and how ill each is."""
    names = NAMES[: draw(st.integers(1, 5))]
    weights = st.fixed_dictionaries({name: st.integers(0, 100) for name in names})
    shares = apportioned(WHOLE, draw(weights))
    resting = resting_points(names, draw(weights))
    ill = draw(st.fixed_dictionaries(dict.fromkeys(names, illness)))
    return shares, resting, ill


@given(situations(), st.none() | st.timedeltas(timedelta(), timedelta(hours=2)))
def test_a_move_is_bounded_rests_and_has_its_reason(situation, idle) -> None:
    shares, resting, ill = situation
    move = moved(shares, resting, ill, idle, RULES)
    if move is None:
        return
    after = move.shares
    assert sum(after.values()) == WHOLE
    assert min(after.values()) >= 0
    given_away = {name: shares[name] - after[name] for name in shares if after[name] < shares[name]}
    assert 0 < sum(given_away.values()) <= RULES.points
    assert idle is None or idle >= RULES.rest
    sick = {name for name, its in ill.items() if its is not None and its >= RULES.shift_at}
    if sick:
        assert len(sick) < len(shares), "not where all are"
        assert len(given_away) == 1
        assert set(given_away) <= sick
        assert not {name for name in sick if after[name] > shares[name]}
        assert all(after[name] >= min(RULES.floor, resting[name]) for name in given_away)
    else:
        assert idle is None or idle >= RULES.drift_after
        for name in shares:
            low, high = sorted((shares[name], resting[name]))
            assert low <= after[name] <= high, "towards where it rests, and no further"


@given(situations())
def test_drifts_back_to_rest_when_all_are_well_and_stays(situation) -> None:
    shares, resting, _ = situation
    well = dict.fromkeys(shares, 0.0)
    moves = 0
    while (move := moved(shares, resting, well, LONG_AGO, RULES)) is not None:
        shares, moves = move.shares, moves + 1
        assert moves <= WHOLE
    assert shares == resting


@given(situations())
def test_who_stays_ill_ends_at_the_floor(situation) -> None:
    shares, resting, _ = situation
    ill = {name: 1.0 if name == "a" else 0.0 for name in shares}
    for _ in range(WHOLE):
        move = moved(shares, resting, ill, LONG_AGO, RULES)
        if move is None:
            break
        shares = move.shares
    assert len(shares) == 1 or shares["a"] <= RULES.floor


@given(situations(), st.sets(st.sampled_from(NAMES), min_size=1))
def test_who_joins_comes_at_rest_and_the_others_keep_their_proportions(situation, members) -> None:
    shares, _, _ = situation
    resting = resting_points(members, {})
    after = joined(shares, resting)
    assert sum(after.values()) == WHOLE
    assert set(after) == members
    stay = [name for name in members if name in shares]
    if sum(shares[name] for name in stay):
        assert all(after[name] == resting[name] for name in members if name not in shares)
        left = sum(after[name] for name in stay)
        whole = sum(shares[name] for name in stay)
        assert all(abs(after[name] - left * shares[name] / whole) < 1 for name in stay)


def test_points_are_dealt_out_by_weight() -> None:
    assert apportioned(100, {"a": 1, "b": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}
    assert apportioned(10, {"a": 0.0, "b": 0.0}) == {"a": 5, "b": 5}
    assert apportioned(10, {}) == {}
    assert resting_points(["a", "b", "c"], {"a": 60, "b": 20}) == {"a": 50, "b": 17, "c": 33}
    assert resting_points(["a", "b"], {"a": 0, "b": 0}) == EQUAL


@pytest.mark.parametrize(
    ("ill", "idle", "after"),
    [
        ({"a": 0.15, "b": 0.0}, None, {"a": 40, "b": 60}),
        ({"a": 0.149, "b": 0.0}, None, None),
        ({"a": 0.5, "b": None}, None, {"a": 40, "b": 60}),
        ({"a": 0.5, "b": 0.2}, None, None),
        ({"a": 0.5, "b": 0.0}, timedelta(minutes=4, seconds=59), None),
        ({"a": 0.5, "b": 0.0}, timedelta(minutes=5), {"a": 40, "b": 60}),
    ],
)
def test_the_rule_of_govuk_notify(ill, idle, after) -> None:
    move = moved(EQUAL, EQUAL, ill, idle, RULES)
    assert (move and move.shares) == after


def test_drifts_back_only_once_it_has_been_quiet_for_a_while_and_the_sick_one_is_well() -> None:
    low = {"a": 20, "b": 80}
    assert moved(low, EQUAL, {"a": 0.0, "b": 0.0}, timedelta(minutes=14), RULES) is None
    assert moved(low, EQUAL, {"a": 0.12, "b": 0.0}, timedelta(minutes=20), RULES) is None
    move = moved(low, EQUAL, {"a": 0.1, "b": 0.14}, timedelta(minutes=20), RULES)
    assert move is not None
    assert move.shares == {"a": 30, "b": 70}
    assert "a back by 10 points" in move.why
