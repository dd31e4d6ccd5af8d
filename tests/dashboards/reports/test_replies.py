"""The report on replies, against the same worked out from each reply and attempt."""

from collections import defaultdict
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from dashboards.reports.asked import Bucket, Compared, Group
from dashboards.reports.catalogue import OPT_OUT_WORDS
from delivery.channels import Channel
from delivery.events import Personal, Precision, ProviderTime, Reply, Zone
from delivery.windows import opened_by
from tests.dashboards.worked_out import quantile

MADRID = ZoneInfo("Europe/Madrid")
HOUR = timedelta(hours=1)


def firsts(events) -> list[Reply]:
    """Each reply once, as it came in first."""
    found = {}
    for event in sorted((e for e in events if isinstance(e, Reply)), key=lambda e: e.received_at):
        found.setdefault(event.event_id, event)
    return list(found.values())


async def test_replies_over_time(told, asking, rows_of) -> None:
    for narrowed in ({}, {"provider": "mensatek", "country": "ES"}, {"sender": "ACME"}, {"carrier": "Vodafone"}):
        await replies_are_right(narrowed, told, asking, rows_of)


async def replies_are_right(narrowed, told, asking, rows_of) -> None:
    asked = asking(bucket=Bucket.DAY, zone="Europe/Madrid", group=Group.PROVIDER, **narrowed)
    days = defaultdict(list)
    for reply in firsts(told.events):
        if not asked.since <= reply.received_at < asked.until:
            continue
        if asked.provider not in ("", reply.provider) or asked.country not in ("", reply.country):
            continue
        if asked.carrier not in ("", reply.carrier):
            continue
        if asked.sender not in ("", reply.personal.recipient):
            continue
        local = reply.received_at.astimezone(MADRID)
        day = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        days[day, reply.provider].append(reply)
    rows = await rows_of("replies", "trend", asked)
    assert {(row.at, row.group) for row in rows} == set(days)
    for row in rows:
        assert told_of(row) == counts(days[row.at, row.group])
    figures = await rows_of("replies", "figures", asked)
    groups = {None: [reply for of in days.values() for reply in of]}
    for (_, group), of in days.items():
        groups.setdefault(group, []).extend(of)
    assert {row.group: told_of(row) for row in figures} == {group: counts(of) for group, of in groups.items()}
    for row in figures:
        assert row.opt_out_share == pytest.approx(row.opt_outs / row.replies)


def counts(replies) -> tuple[int, ...]:
    words = [(reply.personal.text or "").strip(" \t\r\n.!").upper() for reply in replies]
    answers = sum(reply.answers_attempt for reply in replies)
    people = {reply.personal.sender for reply in replies}
    return len(replies), answers, len(people), sum(word in OPT_OUT_WORDS for word in words)


def told_of(row) -> tuple[int, ...]:
    return row.replies, row.answers, row.people, row.opt_outs


async def test_a_reply_that_comes_again_later_is_of_its_first_time(projection, history, asking, rows_of) -> None:
    story = history()
    projection.store([story.reply(100.0), story.reply(5000.0)])
    assert [row.replies for row in await rows_of("replies", "trend", asking(0.0, 200.0))] == [1]
    assert await rows_of("replies", "trend", asking(200.0, 9000.0)) == []
    (none,) = await rows_of("replies", "figures", asking(200.0, 9000.0))
    assert (none.group, none.replies, none.opt_out_share) == (None, 0, None)


async def test_how_soon_people_answer(told, asking, rows_of) -> None:
    asked = asking(group=Group.CHANNEL, bucket=Bucket.DAY, zone="Europe/Madrid")
    groups, days = defaultdict(list), defaultdict(list)
    for each in told.chosen(asked):
        day = each.attempt.opened_at.astimezone(MADRID).replace(hour=0, minute=0, second=0, microsecond=0)
        groups[None].append(each)
        groups[each.group("channel")].append(each)
        days[day.astimezone(UTC), each.group("channel")].append(each)
    rows = await rows_of("replies", "response", asked)
    trend = await rows_of("replies", "response_trend", asked)
    assert {row.group for row in rows} == set(groups)
    assert {(row.at, row.group) for row in trend} == set(days)
    for row, members in [(r, groups[r.group]) for r in rows] + [(r, days[r.at, r.group]) for r in trend]:
        answered = [each for each in members if each.attempt.replied_at]
        waited = [
            max((each.attempt.replied_at - each.attempt.times.get("delivered", each.began)).total_seconds(), 0.0)
            for each in answered
        ]
        handed = sum(each.fate != "scheduled" for each in members)
        assert (row.handed_over, row.answered) == (handed, len(answered))
        assert row.answer_rate == (pytest.approx(len(answered) / handed) if handed else None)
        assert row.p50 == pytest.approx(quantile(waited, 0.5), abs=1e-6)
        assert row.p95 == pytest.approx(quantile(waited, 0.95), abs=1e-6)


@pytest.fixture
def written(projection, history, start) -> list[Reply]:
    """What four people wrote on three channels in the 30 hours before the start, in several ways of telling when."""
    events = []
    for number in range(60):
        begin = -number * 1800.0
        occurred = (None, begin - 300, begin + 400, begin + 60)[number % 4]
        zone = (Zone.STATED, Zone.ABSENT)[number % 7 == 0]
        story = history(
            provider=("mensatek", "messente")[number % 2],
            ref=f"w{number}",
            channel=(Channel.WHATSAPP, Channel.SMS, Channel.VIBER)[number % 3],
            told={"country": ("ES", "CO")[number // 20 % 2]},
        )
        person = Personal(sender=f"+3460000000{number * 7 % 4}" if number % 11 else None, recipient="ACME", text="hi")
        said = {"personal": person, "reply_id": f"w{number}"}
        if occurred is not None:
            at = start + timedelta(seconds=occurred)
            precision = (Precision.SECOND, Precision.MINUTE)[number % 5 == 0]
            said["occurred"] = ProviderTime(at=at, zone=zone, precision=precision, text=at.isoformat())
        events.append(story.reply(begin, **said))
    projection.store(events, tracked=False)
    projection.store_again(events)
    return events


async def test_which_conversations_are_open_at_the_moment(written, asking, rows_of, start) -> None:
    """Whatever the period is: as tracking opens windows, each person's last."""
    for narrowed in ({}, {"country": "CO"}, {"provider": "messente", "channel": Channel.VIBER}):
        await conversations_are_right(narrowed, written, asking, rows_of, start)


async def conversations_are_right(narrowed, written, asking, rows_of, start) -> None:
    as_of = start + timedelta(minutes=1)
    asked = asking(-9000.0, -8000.0, zone="Asia/Kolkata", compare=Compared.PREVIOUS, **narrowed)
    asked = structs.replace(asked, as_of=as_of)
    closes = defaultdict(lambda: start)
    for reply in written:
        window = opened_by(reply)
        said = {"country": reply.country, "provider": reply.provider, "channel": reply.channel}
        if window and all(said[name] == value for name, value in narrowed.items()):
            key = (window.provider, window.channel, window.contact)
            closes[key] = max(closes[key], window.open_until)
    lanes, hours = defaultdict(list), defaultdict(int)
    for (provider, channel, _), at in closes.items():
        if at > as_of:
            lanes[provider, channel].append(at)
            hour = at.astimezone(ZoneInfo("Asia/Kolkata")).replace(minute=0, second=0, microsecond=0)
            hours[hour.astimezone(UTC), provider, channel] += 1
    assert lanes
    rows = await rows_of("replies", "conversations", asked)
    assert {(r.provider, r.channel): (r.open, r.first_closes_at, r.last_closes_at) for r in rows} == {
        lane: (len(of), min(of), max(of)) for lane, of in lanes.items()
    }
    for row in rows:
        soon = [at for at in lanes[row.provider, row.channel] if at <= as_of + HOUR]
        assert row.closing_within_1h == len(soon)
    closing = await rows_of("replies", "closing", asked)
    assert {(row.at, row.provider, row.channel): row.closing for row in closing} == hours
