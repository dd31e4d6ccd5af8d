"""Nothing goes out while a clock on a wall, in any zone in which the person may be, shows a quiet hour."""

from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.quiet import QuietHours

ZONES = (
    "Europe/Madrid",
    "Atlantic/Canary",
    "America/New_York",
    "America/Havana",  # midnight never comes on the day on which the clocks are put forward
    "Asia/Beirut",  # nor here
    "Australia/Lord_Howe",  # half an hour, and in the southern spring
    "Antarctica/Troll",  # two hours
    "Africa/Casablanca",  # for the month of Ramadan
    "Asia/Kolkata",
)
MINUTE = timedelta(minutes=1)
LONGEST_SHIFT = timedelta(hours=2)


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The hours of 2025 to 2027 in which a zone's clocks are changed; any hour where they never are."""
    zone, hour = ZoneInfo(name), timedelta(hours=1)
    found, at = [], datetime(2025, 1, 1, tzinfo=UTC)
    while at.year < 2028:
        if at.astimezone(zone).utcoffset() != (at + hour).astimezone(zone).utcoffset():
            found.append(at)
        at += hour
    return tuple(found) or (datetime(2026, 3, 29, tzinfo=UTC),)


zones = st.sampled_from(ZONES)
moments = zones.flatmap(lambda name: st.sampled_from(changes(name))).flatmap(
    lambda change: st.integers(-40 * 60, 40 * 60).map(lambda minutes: change + minutes * MINUTE)
)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from((0, 10, 30, 59)))
hours = st.builds(QuietHours, begins=clocks, ends=clocks, zones=st.lists(zones, min_size=1, max_size=3).map(tuple))


def shown_quiet(quiet: QuietHours, at: datetime) -> bool:
    def shown(name: str) -> bool:
        clock = at.astimezone(ZoneInfo(name)).time()
        if quiet.begins <= quiet.ends:
            return quiet.begins <= clock < quiet.ends
        return clock >= quiet.begins or clock < quiet.ends

    return any(shown(name) for name in quiet.zones)


def shift_near(quiet: QuietHours, at: datetime) -> bool:
    """Whether any zone's clocks are changed on a day that touches this one."""
    days = [at + timedelta(days=days) for days in (-2, 2)]
    return any(len({day.astimezone(ZoneInfo(name)).utcoffset() for day in days}) > 1 for name in quiet.zones)


@given(hours, moments)
def test_it_opens_when_no_clock_shows_a_quiet_hour_and_not_much_later(quiet: QuietHours, at: datetime) -> None:
    opened = quiet.open_from(at, Channel.SMS)
    days = [at + minutes * 10 * MINUTE for minutes in range(2 * 24 * 6)]
    first = next((moment for moment in days if not shown_quiet(quiet, moment)), None)
    if first is None:
        return  # the hours of several zones may leave nothing open: see below
    assert opened >= at
    if opened == at and shown_quiet(quiet, at):
        pytest.fail("it is open in a quiet hour")
    assert not shown_quiet(quiet, opened)
    if not any(shift_near(quiet, moment) for moment in (at, opened)):
        assert opened == at or shown_quiet(quiet, opened - MINUTE), "it opens as soon as it may"
        assert opened <= first
    assert quiet.open_from(opened, Channel.SMS) == opened


@given(hours, moments, st.integers(0, 3 * 24 * 60))
def test_who_asks_later_is_not_let_in_earlier(quiet: QuietHours, at: datetime, minutes: int) -> None:
    later = at + minutes * MINUTE
    opened = quiet.open_from(at, Channel.SMS)
    if later <= opened and not shown_quiet(quiet, opened):
        assert quiet.open_from(later, Channel.SMS) == opened
    assert quiet.open_from(later, Channel.SMS) >= min(opened, later)


@pytest.mark.parametrize(
    ("at", "opened", "words"),
    [
        ("2026-03-29T00:30", "2026-03-29T06:00", "the night loses an hour: 8:00 is 6:00 in UTC"),
        ("2026-10-25T00:30", "2026-10-25T07:00", "the night gains an hour: 8:00 is 7:00 in UTC"),
        ("2026-03-28T21:00", "2026-03-29T06:00", "22:00 of the evening before, by the winter's clock"),
        ("2026-03-28T20:59", "2026-03-28T20:59", "21:59 is not quiet"),
    ],
)
def test_a_night_in_which_the_clocks_change_ends_by_the_new_time(at: str, opened: str, words: str) -> None:
    night = QuietHours(begins=time(22), ends=time(8), zones=("Europe/Madrid",))
    found = night.open_from(datetime.fromisoformat(at + "+00:00"), Channel.SMS)
    assert found == datetime.fromisoformat(opened + "+00:00"), words


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        ("2026-10-25T00:15", "2026-10-25T01:30"),  # 2:15 for the first time; 2:30 comes twice, and the second counts
        ("2026-10-25T00:45", "2026-10-25T01:30"),  # 2:45 for the first time
        ("2026-10-25T01:30", "2026-10-25T01:30"),
    ],
)
def test_hours_that_end_where_the_clocks_are_put_back_end_when_that_time_comes_again(at: str, opened: str) -> None:
    night = QuietHours(begins=time(22), ends=time(2, 30), zones=("Europe/Madrid",))
    assert night.open_from(datetime.fromisoformat(at + "+00:00"), Channel.SMS) == datetime.fromisoformat(
        opened + "+00:00"
    )


def test_it_is_quiet_while_it_is_in_any_zone_and_on_the_channels_that_are_named() -> None:
    spain = QuietHours(
        begins=time(22), ends=time(8), zones=("Europe/Madrid", "Atlantic/Canary"), channels=(Channel.VOICE,)
    )
    at = datetime(2026, 1, 15, 21, 30, tzinfo=UTC)
    assert spain.open_from(at, Channel.VOICE) == datetime(2026, 1, 16, 8, tzinfo=UTC)
    assert spain.open_from(at, Channel.SMS) == at


def test_hours_that_never_end_hold_nothing_back() -> None:
    at = datetime(2026, 1, 15, 12, tzinfo=UTC)
    always = QuietHours(begins=time(0), ends=time(23, 59), zones=("Europe/Madrid", "America/New_York"))
    assert always.open_from(at, Channel.SMS) == at
    assert QuietHours(begins=time(8), ends=time(8), zones=()).open_from(at, Channel.SMS) == at
