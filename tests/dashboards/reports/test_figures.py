"""What became of it and how long it took, against the same worked out from each attempt."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboards.reports.asked import Bucket, Compared, Group
from dashboards.reports.rows import Period

ZONES = ("UTC", "Europe/Madrid", "Asia/Kolkata", "America/St_Johns")


def begins(at: datetime, bucket: Bucket, zone: str) -> datetime:
    """When the bucket began, by the clock on the wall."""
    local = at.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if bucket is Bucket.HOUR:
        begun = local.replace(minute=0, second=0, microsecond=0)
    elif bucket is Bucket.DAY:
        begun = midnight
    elif bucket is Bucket.WEEK:
        begun = midnight - timedelta(days=midnight.weekday())
    else:
        begun = midnight.replace(day=1)
    return begun.astimezone(UTC)


async def test_figures_by_every_group(told, asking, rows_of, counted, same) -> None:
    for group in (None, *Group):
        asked = asking(group=group)
        rows = await rows_of("overview", "figures", asked)
        groups = defaultdict(list)
        for each in told.chosen(asked):
            groups[each.group(group)].append(each)
        found = {row.group: row for row in rows}
        assert set(found) == {None, *groups}
        assert rows[0].group is None
        same(found[None], counted(told.chosen(asked)))
        for name, members in groups.items():
            attempts = [each.attempt for each in members]
            same(found[name], counted(members))
            assert found[name].messages == len({attempt.message_id for attempt in attempts})
            assert found[name].later_steps == sum((attempt.step or 1) > 1 for attempt in attempts)
            for clock in ("elapsed", "provider", "mixed", "received"):
                said = getattr(found[name], f"timed_by_{clock}")
                assert said == sum(attempt.clock == clock for attempt in attempts)


@pytest.mark.parametrize(
    "narrowed",
    [
        {"provider": "mensatek"},
        {"channel": "whatsapp", "country": "ES"},
        {"number_type": "mobile", "carrier": "Vodafone"},
        {"sender": "+34600111222"},
        {"reference": "spring", "sender": "ACME"},
        {"provider": "nobody"},
    ],
)
async def test_figures_are_narrowed(narrowed, told, asking, rows_of, counted, same) -> None:
    asked = asking(**narrowed)
    total = (await rows_of("overview", "figures", asked))[0]
    same(total, counted(told.chosen(asked)))
    assert (total.attempts == 0) == (narrowed == {"provider": "nobody"})
    assert total.attempts < len(told.chosen(asking()))


@pytest.mark.parametrize("zone", ZONES)
async def test_trends_are_cut_by_the_zones_own_clock(zone, told, asking, rows_of, counted, same) -> None:
    for bucket in (Bucket.HOUR, Bucket.DAY, Bucket.WEEK, Bucket.MONTH):
        asked = asking(zone=zone, bucket=bucket, group=Group.PROVIDER)
        cut = defaultdict(list)
        for each in told.chosen(asked):
            cut[begins(each.attempt.opened_at, bucket, zone), each.group("provider")].append(each)
        rows = await rows_of("delivery-time", "trend", asked)
        assert {(row.at, row.group) for row in rows} == set(cut)
        assert [row.at for row in rows] == sorted(row.at for row in rows)
        for row in rows:
            expected = counted(cut[row.at, row.group])
            same(row, expected)
            under_way = expected["in_flight"] + expected["scheduled"]
            following = begins(row.at + timedelta(days=40 if bucket is Bucket.MONTH else 8), bucket, zone)
            if under_way > 0.01 * expected["attempts"]:
                assert row.maturing
            elif bucket is Bucket.HOUR:
                assert row.maturing == (row.at + timedelta(hours=1) > asked.as_of)
            elif bucket is Bucket.MONTH:
                assert row.maturing == (following > asked.as_of)


async def test_hours_that_clocks_show_twice_are_two(projection, history, asking, rows_of) -> None:
    """Madrid's clocks went back at 01:00 UTC on 25 October 2026."""
    first = (datetime(2026, 10, 25, 0, 30, tzinfo=UTC) - datetime(2026, 3, 31, 20, tzinfo=UTC)).total_seconds()
    for number, begin in enumerate((first, first + 3600)):
        projection.store([history(ref=f"r{number}").send(begin)])
    asked = asking(first - 7200, first + 7200, zone="Europe/Madrid")
    rows = await rows_of("overview", "trend", asked)
    assert [row.at.hour for row in rows] == [0, 1]
    heat = await rows_of("delivery-time", "heatmap", asked)
    assert [(row.weekday, row.hour, row.handed_over) for row in heat] == [(7, 2, 2)]


async def test_ends_of_a_period_are_in_and_out(projection, history, asking, rows_of) -> None:
    for number, begin in enumerate((0.0, 14_400.0, 14_399.999999)):
        projection.store([history(ref=f"r{number}").send(begin)])
    assert (await rows_of("overview", "figures", asking(0.0, 14_400.0)))[0].attempts == 2
    one = await rows_of("overview", "figures", asking(14_400.0, 14_400.000001))
    assert [row.attempts for row in one] == [1, 1]


async def test_nothing_in_range_is_a_total_of_nothing(asking, rows_of) -> None:
    rows = await rows_of("overview", "figures", asking())
    assert [(row.attempts, row.delivery_rate, row.p50) for row in rows] == [(0, None, None)]
    assert await rows_of("overview", "trend", asking()) == []


async def test_the_period_before_is_told_beside(told, asking, rows_of, counted, same) -> None:
    asked = asking(-86_400.0, 43_200.0, compare=Compared.PREVIOUS)
    rows = await rows_of("overview", "figures", asked)
    for period, of in ((Period.CURRENT, asked), (Period.PREVIOUS, asked.before())):
        total = next(row for row in rows if row.period is period and row.group is None)
        same(total, counted(told.chosen(of)))
