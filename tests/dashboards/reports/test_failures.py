"""The report on failures, against the same worked out from each attempt."""

from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from dashboards.reports.asked import Bucket, Group
from dashboards.reports.reasons import NOBODY_KNOWS, PERMANENT, TEMPORARY
from delivery.reasons import Reason
from delivery.stages import Stage


def reason_of(each) -> str:
    return each.attempt.reason or "unspecified"


def failures(members) -> int:
    return sum(each.fate == "failed" for each in members)


def test_every_reason_lasts_or_does_not() -> None:
    assert set(Reason) == PERMANENT | TEMPORARY | NOBODY_KNOWS
    assert len(PERMANENT) + len(TEMPORARY) + len(NOBODY_KNOWS) == len(Reason)


async def test_reasons_with_the_providers_own_words(told, asking, rows_of) -> None:
    asked = asking()
    rows = await rows_of("failures", "reasons", asked)
    kinds = defaultdict(list)
    for each in told.chosen(asked):
        if each.fate == "failed" or (each.fate == "in_flight" and each.attempt.reason):
            kinds[reason_of(each), each.attempt.provider, each.attempt.channel, each.attempt.code].append(each)
    failures = sum(each.fate == "failed" for members in kinds.values() for each in members)
    assert {(row.reason, row.provider, row.channel, row.code) for row in rows} == set(kinds)
    for row in rows:
        members = kinds[row.reason, row.provider, row.channel, row.code]
        failed = sum(each.fate == "failed" for each in members)
        assert (row.failed, row.held_up) == (failed, len(members) - failed)
        assert row.share == pytest.approx(failed / failures)
        assert row.latest_at == max(each.attempt.updated_at for each in members)
        said = [e for e in told.events if e.provider == row.provider and e.code == row.code and e.code_text]
        said = [e for e in said if e.received_at >= asked.since]
        newest = max((e.received_at for e in said), default=None)
        assert row.words in {e.code_text for e in said if e.received_at == newest} | ({""} if not said else set())
        assert (row.lasting == "permanent") == (row.reason in PERMANENT)
        assert (row.lasting == "temporary") == (row.reason in TEMPORARY)


async def test_how_many_would_fail_again(told, asking, rows_of) -> None:
    asked = asking(group=Group.CHANNEL)
    groups = defaultdict(list)
    for each in told.chosen(asked):
        for name in (None, each.group("channel")):
            groups[name].append(each)
    rows = await rows_of("failures", "figures", asked)
    assert [row.group for row in rows] == [
        None,
        *sorted(groups.keys() - {None}, key=lambda name: -failures(groups[name])),
    ]
    for row in rows:
        members = groups[row.group]
        reasons = [each.attempt.reason for each in members if each.fate == "failed"]
        handed = sum(each.fate != "scheduled" for each in members)
        assert (row.failed, row.handed_over) == (len(reasons), handed)
        assert row.failure_rate == pytest.approx(len(reasons) / handed)
        lasting = [sum(reason in of for reason in reasons) for of in (PERMANENT, TEMPORARY)]
        assert [row.permanent, row.temporary, row.of_unknown_lasting] == [*lasting, len(reasons) - sum(lasting)]
        assert row.in_flight == sum(each.fate == "in_flight" for each in members)
        assert row.held_up == sum(each.fate == "in_flight" and bool(each.attempt.reason) for each in members)


async def test_reasons_over_time(told, asking, rows_of) -> None:
    asked = asking(bucket=Bucket.DAY)
    handed, failed, under_way, attempts = Counter(), Counter(), Counter(), Counter()
    for each in told.chosen(asked):
        day = each.attempt.opened_at.replace(hour=0, minute=0, second=0, microsecond=0)
        handed[day] += each.fate != "scheduled"
        attempts[day] += 1
        under_way[day] += each.fate in ("scheduled", "in_flight")
        if each.fate == "failed":
            failed[day, reason_of(each)] += 1
    rows = await rows_of("failures", "trend", asked)
    assert {(row.at, row.reason): row.failed for row in rows} == failed
    for row in rows:
        assert row.handed_over == handed[row.at]
        assert row.failure_rate == pytest.approx(row.failed / row.handed_over)
        lasts = row.at + timedelta(days=1) > asked.as_of
        assert row.maturing == (lasts or under_way[row.at] > 0.01 * attempts[row.at])


async def test_what_changed_since_the_period_before(told, asking, rows_of) -> None:
    asked = asking(-43_200.0, 43_200.0)
    failed, handed = Counter(), Counter()
    for now, of in ((True, asked), (False, asked.before())):
        for each in told.chosen(of):
            handed[now, each.attempt.provider] += each.fate != "scheduled"
            if each.fate == "failed":
                failed[now, reason_of(each), each.attempt.provider, each.attempt.code] += 1
    rows = await rows_of("failures", "changes", asked)
    assert {(row.reason, row.provider, row.code) for row in rows} == {key[1:] for key in failed}
    changes = []
    for row in rows:
        key = (row.reason, row.provider, row.code)
        assert (row.failed, row.failed_before) == (failed[(True, *key)], failed[(False, *key)])
        rate, before = (failed[(now, *key)] / handed[now, row.provider] for now in (True, False))
        assert (row.rate, row.rate_before) == (pytest.approx(rate), pytest.approx(before))
        assert row.change == pytest.approx(rate - before)
        changes.append(abs(rate - before))
    assert changes == pytest.approx(sorted(changes, reverse=True))


async def test_a_provider_that_had_nothing_before_has_no_rate_then(projection, history, asking, rows_of) -> None:
    story = history()
    projection.store([story.send(10.0), story.status(Stage.UNDELIVERED, 20.0, reason=Reason.BLOCKED, code="51")])
    (row,) = await rows_of("failures", "changes", asking(0.0, 3600.0))
    assert (row.failed, row.failed_before, row.rate, row.rate_before, row.change) == (1, 0, 1.0, None, None)


@pytest.mark.parametrize(("table", "by"), [("senders", "sender"), ("countries", "country")])
async def test_where_most_fail(table, by, told, asking, rows_of) -> None:
    asked = asking()
    groups = defaultdict(list)
    for each in told.chosen(asked):
        groups[each.group(by)].append(each)
    rows = await rows_of("failures", table, asked)
    failing = {name: members for name, members in groups.items() if any(each.fate == "failed" for each in members)}
    assert {row.group for row in rows} == set(failing)
    for row in rows:
        members = failing[row.group]
        reasons = Counter(reason_of(each) for each in members if each.fate == "failed")
        assert row.handed_over == sum(each.fate != "scheduled" for each in members)
        assert row.failed == reasons.total()
        assert row.failure_rate == pytest.approx(row.failed / row.handed_over)
        assert reasons[row.most_common] == max(reasons.values()) == row.failed_so


async def test_no_failures_are_no_rows(asking, rows_of) -> None:
    asked = asking(86_400.0, 86_400.0 + timedelta(days=1).total_seconds())
    for table in ("reasons", "trend", "changes", "senders", "countries"):
        assert await rows_of("failures", table, asked) == []
    (total,) = await rows_of("failures", "figures", asked)
    assert (total.group, total.handed_over, total.failed, total.failure_rate) == (None, 0, 0, None)
