from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.events import Precision, Zone
from ingest.clocks import SPAIN, read_time, read_unix_time


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2020-12-03 11:14:24", utc(2020, 12, 3, 10, 14, 24)),
        ("2021-07-01T09:00:00", utc(2021, 7, 1, 7)),
        # Shown twice: the first, in summer time.
        ("2021-10-31 02:30:00", utc(2021, 10, 31, 0, 30)),
        # Skipped: as if the clock had not been put forward.
        ("2021-03-28 02:30:00", utc(2021, 3, 28, 1, 30)),
    ],
)
def test_spanish_time(text: str, at: datetime) -> None:
    claim = read_time(text, assumed=SPAIN)
    assert claim is not None
    assert (claim.at, claim.zone, claim.precision, claim.text) == (at, Zone.ASSUMED, Precision.SECOND, text)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2020-12-03T11:14:24Z", Zone.STATED),
        ("2020-12-03 11:14:24 +00:00", Zone.STATED),
        ("2020-12-03T12:14:24+0100", Zone.STATED),
        ("2020-12-03 11:14:24", Zone.ABSENT),
    ],
)
def test_where_the_zone_is_from(text: str, zone: Zone) -> None:
    claim = read_time(text, assumed=None)
    assert claim is not None
    assert (claim.at, claim.zone) == (utc(2020, 12, 3, 11, 14, 24), zone)


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("2020-12-03 11:14", Precision.MINUTE),
        ("2020-12-03 11:14:24", Precision.SECOND),
        ("2020-12-03T11:14:24.5Z", Precision.MILLISECOND),
        ("2020-12-03T11:14:24.389630", Precision.MICROSECOND),
        ("2020-12-03T11:14:24.123456789Z", Precision.MICROSECOND),
    ],
)
def test_how_precise_it_is(text: str, precision: Precision) -> None:
    claim = read_time(text, assumed=UTC)
    assert claim is not None
    assert claim.precision is precision


@pytest.mark.parametrize(
    "text",
    ["", "0000-00-00 00:00:00", "2020-13-01 00:00:00", "2020-12-03", "03/12/2020 11:14", "1970-01-01 00:00:00",
     "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2020-12-03T11:14:24+99:99", "2020-W49-4 10:00"],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_time(text, assumed=SPAIN) is None


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("1664795529", utc(2022, 10, 3, 11, 12, 9), Precision.SECOND),
        ("1664795529.25", utc(2022, 10, 3, 11, 12, 9, 250_000), Precision.MILLISECOND),
        ("1664795529250", utc(2022, 10, 3, 11, 12, 9, 250_000), Precision.MILLISECOND),
    ],
)
def test_unix_time(text: str, at: datetime, precision: Precision) -> None:
    claim = read_unix_time(text)
    assert claim is not None
    assert (claim.at, claim.zone, claim.precision) == (at, Zone.STATED, precision)


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "1e400", "99999999999999999999", "2020-12-03 11:14:24"])
def test_what_is_no_unix_time_is_none(text: str) -> None:
    assert read_unix_time(text) is None


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    for claim in (read_time(text, assumed=SPAIN), read_time(text, assumed=None), read_unix_time(text)):
        assert claim is None or claim.at.tzinfo is UTC


@given(st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - as a clock shows it
def test_a_text_is_always_the_same_time(local: datetime) -> None:
    text = local.isoformat(" ", "seconds")
    claim = read_time(text, assumed=SPAIN)
    assert claim is not None
    assert claim == read_time(text, assumed=SPAIN)
    assert 3600 <= (local.replace(tzinfo=UTC, microsecond=0) - claim.at).total_seconds() <= 7200
