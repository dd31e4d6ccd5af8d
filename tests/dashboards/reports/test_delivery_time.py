"""The delivery time's estimate, distribution and heatmap, against the same worked out step by step."""

import math
from collections import Counter, defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from dashboards.reports.asked import Group
from dashboards.reports.catalogue import EDGES
from delivery.stages import Stage

SHARES = (("share_within_5s", 5), ("share_within_30s", 30), ("share_within_1min", 60), ("share_within_5min", 300))


def rounded(seconds: float) -> float:
    """Up to three digits."""
    for most, parts in ((10, 100), (100, 10), (1000, 1)):
        if seconds < most:
            return math.ceil(seconds * parts) / parts
    return math.ceil(seconds / 10) * 10.0 if seconds < 10_000 else math.ceil(seconds / 100) * 100.0


def seconds_between(one: datetime, other: datetime) -> float:
    return ((other - one).days * 86_400_000_000 + (other - one).seconds * 1_000_000 + (other - one).microseconds) / 1e6


def life(each, as_of: datetime) -> tuple[float, str]:
    """How long it was watched, and what then came of it."""
    if each.fate == "delivered":
        return rounded(max(each.attempt.delivery_seconds, 0.0)), "arrived"
    if each.fate == "failed":
        return rounded(max(seconds_between(each.began, each.failed_at), 0.0)), "failed"
    until = each.attempt.closed_at if each.fate == "unknown" else as_of
    return rounded(max(seconds_between(each.began, until), 0.0)), "censored"


def incidence(lives: list[tuple[float, str]]) -> list[tuple[float, float]]:
    """Aalen's and Johansen's estimate, time by time."""
    still_open, share, curve = 1.0, 0.0, []
    for time in sorted({time for time, _ in lives}):
        at_risk = sum(later >= time for later, _ in lives)
        now = Counter(end for at, end in lives if at == time)
        share += still_open * now["arrived"] / at_risk
        still_open *= 1 - (now["arrived"] + now["failed"]) / at_risk
        curve.append((time, share))
    return curve


def watched(members) -> list:
    """Those of which it is known when they arrived, if they did."""
    return [
        each
        for each in members
        if each.fate != "scheduled" and not (each.fate == "delivered" and each.attempt.delivery_seconds is None)
    ]


def assert_estimated(row, members, as_of: datetime) -> None:
    lives = [life(each, as_of) for each in watched(members)]
    curve = incidence(lives)
    longest = max(time for time, _ in lives)
    open_ended = (longest, "censored") in lives
    assert (row.watched, row.longest) == (len(lives), longest)
    assert row.no_more_known == sum(end == "censored" for _, end in lives)
    for name, most in SHARES:
        expected = max((share for time, share in curve if time <= most), default=0.0)
        if longest < most and open_ended:
            assert getattr(row, name) is None
        else:
            assert getattr(row, name) == pytest.approx(expected, abs=1e-9)
    for name, part in (("half_by", 0.5), ("p95_by", 0.95), ("p99_by", 0.99)):
        assert getattr(row, name) == next((time for time, share in curve if share > part - 1e-9), None)


async def test_shares_of_all_that_was_handed_over(told, asking, rows_of) -> None:
    for asked in (asking(group=Group.PROVIDER), asking(30_000.0, 43_200.0, group=Group.CHANNEL)):
        rows = {row.group: row for row in await rows_of("delivery-time", "estimate", asked)}
        members = defaultdict(list)
        for each in told.chosen(asked):
            members[None].append(each)
            members[each.group(asked.group)].append(each)
        assert set(rows) == set(members)
        for name, row in rows.items():
            assert_estimated(row, members[name], asked.as_of)


async def test_what_is_in_flight_is_not_left_out(projection, history, asking, rows_of, start) -> None:
    """Of four, two arrived after 10 s, and of two in flight for 5 s nobody knows more."""
    for number in range(2):
        story = history(ref=f"a{number}")
        projection.store([story.send(0.0), story.status(Stage.DELIVERED, 10.0, elapsed_seconds=10.0)])
    as_of = asking().as_of
    for number in range(2):
        projection.store([history(ref=f"f{number}").send((as_of - start).total_seconds() - 5.0)])
    (total, _) = await rows_of("delivery-time", "estimate", asking())
    assert (total.watched, total.no_more_known) == (4, 2)
    assert (total.share_within_5s, total.share_within_30s, total.half_by) == (0.0, 1.0, 10.0)


async def test_where_nobody_can_know_yet(projection, history, asking, rows_of, start) -> None:
    begin = (asking().as_of - start).total_seconds() - 20.0
    projection.store([history().send(begin)])
    (total, _) = await rows_of("delivery-time", "estimate", asking())
    assert (total.share_within_5s, total.share_within_30s, total.half_by) == (0.0, None, None)


async def test_the_share_that_has_arrived_after_each_time(told, asking, rows_of) -> None:
    asked = asking(group=Group.PROVIDER)
    rows = await rows_of("delivery-time", "curve", asked)
    estimates = {row.group: row for row in await rows_of("delivery-time", "estimate", asked)}
    shares = {(row.group, row.seconds): row.share for row in rows}
    groups = {each.group("provider") for each in told.chosen(asked)}
    assert set(shares) == {(group, edge) for group in groups for edge in EDGES[1:]}
    for group in groups:
        lives = [life(each, asked.as_of) for each in watched(told.chosen(asked)) if each.group("provider") == group]
        curve = incidence(lives)
        longest = max(time for time, _ in lives)
        for edge in EDGES[1:]:
            if longest < edge and (longest, "censored") in lives:
                assert shares[group, edge] is None
            else:
                expected = max((share for time, share in curve if time <= edge), default=0.0)
                assert shares[group, edge] == pytest.approx(expected, abs=1e-9)
        assert shares[group, 60.0] == estimates[group].share_within_1min


async def test_what_is_drawn_is_not_cut_by_the_limit(told, asking, rows_of) -> None:
    asked = structs.replace(asking(), limit=1)
    for table in ("heatmap", "trend", "distribution"):
        assert len(await rows_of("delivery-time", table, asked)) > 3
    assert told.known


async def test_the_distribution(told, asking, rows_of) -> None:
    asked = asking(group=Group.PROVIDER)
    rows = await rows_of("delivery-time", "distribution", asked)
    expected = Counter()
    for each in told.chosen(asked):
        if each.attempt.delivery_seconds is not None:
            least = max(edge for edge in EDGES if edge <= each.attempt.delivery_seconds)
            expected[each.group("provider"), least] += 1
    assert {(row.group, row.least): row.delivered for row in rows} == expected
    assert all(row.below is None or row.below > row.least for row in rows)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid", "Asia/Kolkata"])
async def test_the_heatmap_is_of_the_clock_on_the_wall(zone, told, asking, rows_of, counted, same) -> None:
    asked = asking(zone=zone)
    squares = defaultdict(list)
    for each in told.chosen(asked):
        local = each.attempt.opened_at.astimezone(ZoneInfo(zone))
        squares[local.isoweekday(), local.hour].append(each)
    rows = await rows_of("delivery-time", "heatmap", asked)
    assert {(row.weekday, row.hour) for row in rows} == set(squares)
    names = ("handed_over", "delivered", "in_flight", "timed", "p50", "p95", "within_1min")
    for row in rows:
        expected = counted(squares[row.weekday, row.hour])
        same(row, {name: expected[name] for name in names})
