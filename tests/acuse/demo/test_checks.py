"""A check must fail when what it looks at is wrong, and only then."""

import math
import statistics
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from acuse.demo.checks import check_attempts, check_records, worth_a_look
from acuse.demo.figures import outcome_table, percentiles, reason_table, rows_of
from acuse.demo.readback import Found, SinkCounts
from acuse.demo.script import Expected, Timing
from acuse.demo.world import make_world
from dashboards.answers import AttemptSummary
from delivery.identities import derived_message_id
from delivery.stages import CONCLUSIVE, Stage
from delivery.standing import Clock

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WORLD = make_world(messages=300, seed=1, at=AT)
BURST_SECONDS = 20.0


def found_as_expected(expected: Expected) -> Found:
    ending = expected.ending
    clock = {Timing.EXACT: Clock.PROVIDER, Timing.BY_RECEIPT: Clock.RECEIVED, Timing.NONE: None}[expected.timing]
    return Found(
        expected.message_id or derived_message_id(expected.key),
        AttemptSummary(
            provider=expected.provider,
            ref=expected.ref,
            channel=expected.channel,
            stage=ending.stage,
            reason=ending.reason,
            final=ending.stage in CONCLUSIVE,
            revised=ending.revised,
            delivery_seconds=1.5 if expected.timing is Timing.BY_RECEIPT else expected.seconds,
            clock=clock,
            country=None,
            reference=expected.reference,
            opened_at=AT,
            updated_at=AT,
        ),
    )


def all_found() -> dict[str, Found]:
    return {key: found_as_expected(expected) for key, expected in WORLD.expected.items()}


def failing(found: Mapping[str, Found]) -> set[str]:
    return {check.title for check in check_attempts(WORLD, found, BURST_SECONDS) if not check.holds}


def key_of(timing: Timing) -> str:
    return next(
        key
        for key, expected in WORLD.expected.items()
        if expected.timing is timing and (expected.provider, expected.channel) != ("messente", "whatsapp")
    )


def changed(key: str, **fields: object) -> dict[str, Found]:
    found = all_found()
    found[key] = Found(found[key].message_id, msgspec.structs.replace(found[key].attempt, **fields))
    return found


def test_all_hold_when_all_is_as_posted() -> None:
    assert not failing(all_found())


@pytest.mark.parametrize(
    ("spoil", "titles"),
    [
        (lambda: changed(key_of(Timing.EXACT), stage=Stage.SENT), {"standing as they must", "… sent"}),
        (lambda: changed(key_of(Timing.EXACT), revised=True), {"standing as they must"}),
        (lambda: changed(key_of(Timing.EXACT), reference="another"), {"standing as they must"}),
        (lambda: changed(key_of(Timing.EXACT), delivery_seconds=1e6), {"timed as they must be"}),
        (lambda: changed(key_of(Timing.NONE), delivery_seconds=3.0), {"timed as they must be"}),
        (lambda: changed(key_of(Timing.BY_RECEIPT), delivery_seconds=BURST_SECONDS + 1), {"timed as they must be"}),
    ],
)
def test_what_is_otherwise_is_noticed(spoil: Callable[[], dict[str, Found]], titles: set[str]) -> None:
    assert titles <= failing(spoil())


def test_one_wrong_time_moves_a_percentile() -> None:
    assert any("p50 p95 p99" in title for title in failing(changed(key_of(Timing.EXACT), delivery_seconds=1e6)))


def test_what_is_missing_is_noticed() -> None:
    found = all_found()
    del found[key_of(Timing.EXACT)]
    assert {"attempts", "message ids", "standing as they must"} <= failing(found)


def test_what_others_posted_does_not_count() -> None:
    found = all_found()
    found["mensatek/1:h0"] = replace_ref(found[key_of(Timing.EXACT)], "1:h0")
    assert not failing(found)


def replace_ref(found: Found, ref: str) -> Found:
    return Found(found.message_id, msgspec.structs.replace(found.attempt, ref=ref))


@pytest.mark.parametrize(("more", "doubtful", "holds"), [(0, 0, True), (-1, 0, False), (1, 0, False), (1, 2, True)])
def test_records_are_counted_to_the_last_one(more: int, doubtful: int, holds: bool) -> None:
    before = SinkCounts(events=100, unparsed=3, lag=0)
    after = SinkCounts(events=100 + WORLD.records + more, unparsed=3 + WORLD.garbage, lag=0)
    assert [check.holds for check in check_records(WORLD, before, after, doubtful)] == [holds, True]


def test_the_oddest_are_looked_at() -> None:
    chosen = worth_a_look(WORLD, 50)
    assert len(chosen) == 50
    at_odds = [expected for expected in WORLD.expected.values() if expected.ending.contradictions]
    assert at_odds
    assert all(expected in chosen for expected in at_odds)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=200))
def test_percentiles_are_those_of_the_statistics_module(seconds: list[float]) -> None:
    cut = statistics.quantiles(seconds, n=100, method="inclusive")
    assert percentiles(seconds) == pytest.approx((cut[49], cut[94], cut[98]))


def test_percentiles_of_nothing_and_of_one() -> None:
    assert all(math.isnan(figure) for figure in percentiles([]))
    assert percentiles([4.0]) == (4.0, 4.0, 4.0)


def test_the_tables_fit_a_narrow_terminal() -> None:
    console = Console(width=80)
    many = {
        f"{number}/{key}": found for number in range(60) for key, found in all_found().items()
    }  # figures of as many digits as the real ones
    rows = rows_of(many.values())
    with console.capture() as shown:
        console.print(outcome_table(rows))
        console.print(reason_table(rows))
    assert "…" not in shown.get()
    assert "messente whatsapp" in shown.get()
