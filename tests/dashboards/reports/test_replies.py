"""The report on replies, against the same worked out from each reply and attempt."""

from collections import defaultdict
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from dashboards.reports.asked import Bucket, Group
from dashboards.reports.catalogue import OPT_OUT_WORDS
from delivery.events import Reply


def firsts(events) -> list[Reply]:
    """Each reply once, as it came in first."""
    found = {}
    for event in sorted((e for e in events if isinstance(e, Reply)), key=lambda e: e.received_at):
        found.setdefault(event.event_id, event)
    return list(found.values())


@pytest.mark.parametrize("narrowed", [{}, {"provider": "mensatek", "country": "ES"}, {"sender": "ACME"}])
async def test_replies_over_time(narrowed, told, asking, rows_of) -> None:
    asked = asking(bucket=Bucket.DAY, zone="Europe/Madrid", group=Group.PROVIDER, **narrowed)
    days = defaultdict(list)
    for reply in firsts(told.events):
        if not asked.since <= reply.received_at < asked.until:
            continue
        if asked.provider not in ("", reply.provider) or asked.country not in ("", reply.country):
            continue
        if asked.sender not in ("", reply.personal.recipient):
            continue
        local = reply.received_at.astimezone(ZoneInfo("Europe/Madrid"))
        day = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        days[day, reply.provider].append(reply)
    rows = await rows_of("replies", "trend", asked)
    assert {(row.at, row.group) for row in rows} == set(days)
    for row in rows:
        replies = days[row.at, row.group]
        words = [(reply.personal.text or "").strip(" \t\r\n.!").upper() for reply in replies]
        assert (row.replies, row.answers) == (len(replies), sum(reply.answers_attempt for reply in replies))
        assert row.people == len({reply.personal.sender for reply in replies})
        assert row.opt_outs == sum(word in OPT_OUT_WORDS for word in words)


async def test_a_reply_that_comes_again_later_is_of_its_first_time(projection, history, asking, rows_of) -> None:
    story = history()
    projection.store([story.reply(100.0), story.reply(5000.0)])
    assert [row.replies for row in await rows_of("replies", "trend", asking(0.0, 200.0))] == [1]
    assert await rows_of("replies", "trend", asking(200.0, 9000.0)) == []


async def test_how_soon_people_answer(told, asking, rows_of, worked_out) -> None:
    asked = asking(group=Group.CHANNEL)
    groups = defaultdict(list)
    for each in told.chosen(asked):
        groups[None].append(each)
        groups[each.group("channel")].append(each)
    rows = await rows_of("replies", "response", asked)
    assert {row.group for row in rows} == set(groups)
    for row in rows:
        members = groups[row.group]
        answered = [each for each in members if each.attempt.replied_at]
        waited = [
            max((each.attempt.replied_at - each.attempt.times.get("delivered", each.began)).total_seconds(), 0.0)
            for each in answered
        ]
        handed = sum(each.fate != "scheduled" for each in members)
        assert (row.handed_over, row.answered) == (handed, len(answered))
        assert row.answer_rate == pytest.approx(len(answered) / handed)
        assert row.p50 == pytest.approx(worked_out["quantile"](waited, 0.5), abs=1e-6)
        assert row.p95 == pytest.approx(worked_out["quantile"](waited, 0.95), abs=1e-6)
