"""The trust score and its parts, against the same worked out from each attempt."""

from collections import defaultdict
from datetime import timedelta

import pytest

from dashboards.reports.trust import FEWEST_AN_HOUR, FEWEST_RECEIPTS, JUDGED, TrustPart
from delivery.reasons import Reason
from delivery.stages import Stage

MATURE = timedelta(hours=1)
NO_WHY = (None, Reason.UNSPECIFIED, Reason.UNKNOWN_CODE)


def parts_of(members, as_of) -> dict[TrustPart, tuple[int, int]]:
    """Of each part how many are good, and in how many."""
    handed = [e for e in members if e.fate != "scheduled"]
    awaited = [e for e in handed if e.attempt.stage is not Stage.REJECTED and e.began <= as_of - MATURE]
    ended = [e for e in members if e.fate in ("delivered", "failed")]
    delivered = [e for e in ended if e.fate == "delivered"]
    failed = [e for e in ended if e.fate == "failed"]
    hours = defaultdict(list)
    for each in awaited:
        hours[each.attempt.opened_at.replace(minute=0, second=0, microsecond=0)].append(each in ended)
    judged = [heard for heard in hours.values() if len(heard) >= FEWEST_AN_HOUR]
    return {
        TrustPart.RECEIPTS: (sum(e in ended for e in awaited), len(awaited)),
        TrustPart.STEADY_ENDS: (
            sum(not e.attempt.revised and not e.attempt.contradictions for e in ended),
            len(ended),
        ),
        TrustPart.HOURS_HEARD: (sum(map(any, judged)), len(judged)),
        TrustPart.OWN_TIMES: (sum(e.attempt.clock in ("elapsed", "provider") for e in delivered), len(delivered)),
        TrustPart.KNOWN_CODES: (sum(e.attempt.reason is not Reason.UNKNOWN_CODE for e in handed), len(handed)),
        TrustPart.EXPLAINED_FAILURES: (sum(e.attempt.reason not in NO_WHY for e in failed), len(failed)),
    }


async def test_every_part_and_the_score(told, asking, rows_of) -> None:
    asked = asking()
    told.fill(60, 0.0, 7200.0)
    lanes = defaultdict(list)
    for each in told.chosen(asked):
        lanes[each.attempt.provider, each.attempt.channel].append(each)
    rows = await rows_of("providers", "trust", asked)
    assert {(row.provider, row.channel, row.part) for row in rows} == {
        (*lane, part) for lane in lanes for part in JUDGED
    }
    assert any(row.part is TrustPart.HOURS_HEARD and row.considered for row in rows)
    for lane, members in lanes.items():
        mine = {row.part: row for row in rows if (row.provider, row.channel) == lane}
        earned, possible = 0.0, 0.0
        for part, (good, considered) in parts_of(members, asked.as_of).items():
            row, judged = mine[part], JUDGED[part]
            assert (row.good, row.considered, row.weight) == (good, considered, judged.weight), part
            if considered:
                share = good / considered
                points = judged.weight * max(share - judged.none_at, 0) / (1 - judged.none_at)
                assert (row.share, row.points) == (pytest.approx(share), pytest.approx(points))
                earned, possible = earned + points, possible + judged.weight
            else:
                assert (row.share, row.points) == (None, None)
        (score,) = {row.score for row in mine.values()}
        assert score == pytest.approx(100 * earned / possible)
        assert {row.is_thin for row in mine.values()} == {mine[TrustPart.RECEIPTS].considered < FEWEST_RECEIPTS}


async def test_a_silent_hour_and_an_unknown_code_cost_points(projection, history, asking, rows_of) -> None:
    """Of two hours one is silent; one attempt in ten is of a code that nobody knows."""
    for number in range(10):
        story = history(ref=f"t{number}")
        begin = 3600.0 * (number % 2) + number
        events = [story.send(begin)]
        if number % 2:
            unknown = number == 1
            more = {"reason": Reason.UNKNOWN_CODE, "final": False} if unknown else {}
            events.append(story.status(Stage.UNKNOWN if unknown else Stage.DELIVERED, begin + 5, begin + 4, **more))
        projection.store(events)
    rows = {row.part: row for row in await rows_of("providers", "trust", asking())}
    told = {part: (row.good, row.considered, row.points and round(row.points, 9)) for part, row in rows.items()}
    assert told == {
        TrustPart.RECEIPTS: (4, 10, 0.0),
        TrustPart.STEADY_ENDS: (4, 4, 20.0),
        TrustPart.HOURS_HEARD: (1, 2, 0.0),
        TrustPart.OWN_TIMES: (0, 4, 0.0),
        TrustPart.KNOWN_CODES: (9, 10, 0.0),
        TrustPart.EXPLAINED_FAILURES: (0, 0, None),
    }
    assert rows[TrustPart.RECEIPTS].score == pytest.approx(100 * 20 / 90)
    assert rows[TrustPart.RECEIPTS].is_thin
    assert await rows_of("providers", "trust", asking(-9000.0, -8000.0)) == []


def test_its_parts_make_a_hundred() -> None:
    assert sum(judged.weight for judged in JUDGED.values()) == 100
    assert set(JUDGED) == set(TrustPart)
    assert all(0 <= judged.none_at < 1 for judged in JUDGED.values())
