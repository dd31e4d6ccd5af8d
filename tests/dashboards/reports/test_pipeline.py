"""The report of the pipeline against a computation in Python, across a month's end and a clock change."""

from collections import Counter, defaultdict
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboards.reports.asked import Bucket, Group
from dashboards.reports.pipeline_rows import CallTrouble
from delivery import topics
from delivery.calls import Result
from delivery.channels import Channel
from delivery.events import Reply, Send, Source, Status, Zone
from delivery.notices import NoticeResult
from delivery.stages import Stage
from delivery.unparsed import Unparsed
from sinks.rows import Rows, unparsed_columns
from sinks.schema import UNPARSED
from tests.dashboards.conftest import StoredRecord
from tests.dashboards.worked_out import quantile
from tests.sinks.sending_story import BEGAN, SendingStory

MADRID = ZoneInfo("Europe/Madrid")
KINDS = {"sends": Send, "statuses": Status, "replies": Reply}


@pytest.fixture
def unread(projection, start):
    """Payloads that could not be read, (provider, error, seconds after the start, topic) each; each stored twice."""

    def unread(*of):
        rows = Rows()
        for offset, (provider, error, second, topic) in enumerate(of):
            at = start + timedelta(seconds=second)
            payload = Unparsed(provider=provider, received_at=at, body=f"{offset}".encode(), error=error)
            for _ in range(2):
                rows.add(payload, StoredRecord(topic, 0, offset))
        projection._insert(UNPARSED, unparsed_columns(rows))

    return unread


@pytest.mark.parametrize("group", [None, Group.PROVIDER, Group.CHANNEL])
async def test_what_came_in_over_time(told, projection, unread, asking, rows_of, group) -> None:
    unread(("messente", "x", 10.0, topics.UNPARSED.name), ("", "y", 20.0, topics.EVENTS.name))
    # Records that were stored twice are one once they are merged.
    for table in ("events", "unparsed"):
        projection.client.command(f"OPTIMIZE TABLE {table} FINAL")
    asked = asking(bucket=Bucket.DAY, zone="Europe/Madrid", group=group)
    expected = defaultdict(Counter)
    waited = defaultdict(list)
    for event in told.events:
        if asked.since <= event.received_at < asked.until:
            day = event.received_at.astimezone(MADRID).replace(hour=0, minute=0, second=0, microsecond=0)
            key = (day.astimezone(UTC), str(getattr(event, group)) if group else "")
            expected[key].update(["events", *(name for name, kind in KINDS.items() if isinstance(event, kind))])
            unknown = not isinstance(event, Reply) and event.stage is Stage.UNKNOWN
            expected[key].update(["unknown_codes"] * unknown)
            stated = event.occurred and event.occurred.zone is Zone.STATED and event.occurred.at <= event.received_at
            if isinstance(event, Status) and event.source is Source.WEBHOOK and stated:
                waited[key].append((event.received_at - event.occurred.at).total_seconds())
    begin = asked.until.astimezone(MADRID).replace(day=31, month=3, hour=0).astimezone(UTC)
    for provider in ("messente", ""):
        expected[begin, provider if group is Group.PROVIDER else ""].update(["unparsed"])
    rows = await rows_of("pipeline", "flow", asked)
    assert {(row.at, row.group) for row in rows} == set(expected)
    for row in rows:
        key = (row.at, row.group)
        counted = {name: getattr(row, name) for name in ("events", *KINDS, "unknown_codes", "unparsed")}
        assert counted == {name: expected[key][name] for name in counted}
        assert row.told_after_p50 == pytest.approx(quantile(waited[key], 0.5), abs=1e-4)
        assert row.told_after_p95 == pytest.approx(quantile(waited[key], 0.95), abs=1e-4)


async def test_what_could_not_be_read_and_why(unread, asking, rows_of) -> None:
    into, lost = topics.UNPARSED.name, topics.EVENTS.name
    unread(
        *[("messente", "status: use a text", second, into) for second in (-5.0, 0.0, 7.0, 100.0)],
        ("messente", "id: missing", 1.0, into),
        ("altiria", "id: missing", 2.0, into),
        ("", "expected object", 3.0, lost),
    )
    rows = await rows_of("pipeline", "unparsed", asking(0.0, 100.0))
    assert [(row.provider, row.topic, row.error, row.records) for row in rows] == [
        ("messente", into, "status: use a text", 2),
        ("", lost, "expected object", 1),
        ("altiria", into, "id: missing", 1),
        ("messente", into, "id: missing", 1),
    ]
    assert (rows[0].latest_at - rows[0].first_at).total_seconds() == 7
    assert len(await rows_of("pipeline", "unparsed", asking(0.0, 100.0, provider="altiria"))) == 1
    # Nobody knows of which channel they are.
    assert await rows_of("pipeline", "unparsed", asking(0.0, 100.0, channel="sms")) == []
    assert await rows_of("pipeline", "unparsed", asking(200.0, 300.0)) == []


async def test_codes_that_are_in_no_table(projection, history, asking, rows_of) -> None:
    sms, viber = Channel.SMS, Channel.VIBER
    of = ((-1.0, "X", sms), (0.0, "X", sms), (5.0, "X", sms), (6.0, "Y", viber), (50.0, "X", sms))
    told = [
        history(ref=f"{at}", channel=channel).status(Stage.UNKNOWN, at, code=code, code_text=f"{code} at {at:g}")
        for at, code, channel in of
    ]
    projection.store(told, tracked=False)
    projection.store_again(told)
    rows = await rows_of("pipeline", "codes", asking(0.0, 50.0))
    assert [(row.channel, row.code, row.words, row.events) for row in rows] == [
        ("sms", "X", "X at 5", 2),
        ("viber", "Y", "Y at 6", 1),
    ]
    assert await rows_of("pipeline", "codes", asking(0.0, 50.0, channel="voice")) == []


async def test_calls_that_came_to_nothing(projection, start, asking, rows_of) -> None:
    first = (BEGAN - start).total_seconds()
    refused = {"code": "-4", "text": "no credit", "status": 200}
    for story in (SendingStory(), SendingStory(), SendingStory(provider="messente")):
        projection.tell(
            story.calling(1.0),
            story.called(2.0, Result.REFUSED, **refused),
            story.called(3.0, Result.TAKEN),
            story.doubt(4.0),
        )
    projection.tell(SendingStory().called(60.0, Result.IMPOSSIBLE, status=None))
    rows = await rows_of("pipeline", "calls", asking(first, first + 60.0))
    assert [(row.provider, row.result, row.code, row.words, row.status, row.calls) for row in rows] == [
        ("mensatek", CallTrouble.IN_DOUBT, "", "no answer within 30 s", None, 2),
        ("mensatek", CallTrouble.REFUSED, "-4", "no credit", 200, 2),
        ("messente", CallTrouble.IN_DOUBT, "", "no answer within 30 s", None, 1),
        ("messente", CallTrouble.REFUSED, "-4", "no credit", 200, 1),
    ]
    (last,) = await rows_of("pipeline", "calls", asking(first + 60.0, first + 61.0))
    assert (last.result, last.status) == (CallTrouble.IMPOSSIBLE, None)
    assert await rows_of("pipeline", "calls", asking(first, first + 60.0, provider="altiria")) == []


async def test_notices_that_nobody_took(projection, start, asking, rows_of) -> None:
    first = (BEGAN - start).total_seconds()
    dead, resent, early = SendingStory(), SendingStory(), SendingStory()
    projection.tell(
        early.notice(-10.0),
        dead.notice(1.0),
        resent.notice(1.0),
        resent.notice(500.0, result=NoticeResult.DELIVERED, why="", status=200),
        SendingStory().notice(2.0, status=None, why="cannot be reached"),
    )
    rows = await rows_of("pipeline", "notices", asking(first, first + 100.0))
    assert {(row.why, row.status, row.notices) for row in rows} == {
        ("it answered 500 each time", 500, 1),
        ("cannot be reached", None, 1),
    }
    assert await rows_of("pipeline", "notices", asking(first, first + 100.0, provider="messente")) == []
