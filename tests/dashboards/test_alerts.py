"""Alerts as they are listed, and what the caller's application was told of a message."""

import csv
import io
from datetime import datetime

import pytest

from delivery.channels import Channel
from delivery.health.alerts import AlertState
from delivery.health.lanes import Lane
from tests.sinks.sending_story import SendingStory, at


async def test_an_alert_is_open_until_a_record_says_that_it_is_closed(projection, ask) -> None:
    story = SendingStory()
    everywhere = Lane("messente", Channel.VIBER)
    told = [
        story.alert(9.0),
        story.alert(50.0, alert_id="b", lane=everywhere, opened_at=at(50.0)),
        story.alert(99.0, AlertState.CLOSED, value=0.01, text="well again"),
        story.alert(9.5),
    ]
    projection.tell(*told)
    projection.offset = 0
    projection.tell(*told)
    newer, older = (await ask("/v1/alerts"))["alerts"]
    assert (newer["provider"], newer["channel"], newer["country"], newer["closed_at"]) == (
        "messente",
        "viber",
        None,
        None,
    )
    assert (older["provider"], older["channel"], older["country"], older["about"]) == (
        "mensatek",
        "sms",
        "ES",
        "failures",
    )
    assert (older["value"], older["threshold"], older["usual"], older["text"]) == (0.31, 0.15, 0.02, "31 of 100 failed")
    assert (older["measure"]["judged"], older["measure"]["failed"]) == (100, 31)
    assert (datetime.fromisoformat(older["opened_at"]), datetime.fromisoformat(older["closed_at"])) == (
        at(9.0),
        at(99.0),
    )
    for asked, found in (
        ({"open": "true"}, [newer]),
        ({"open": "false"}, [older]),
        ({"provider": "mensatek"}, [older]),
        ({"channel": "viber"}, [newer]),
        ({"country": "es"}, [older]),
        ({"about": "silence"}, []),
        ({"from": at(50.0).isoformat()}, [newer]),
        ({"to": at(50.0).isoformat()}, [older]),
    ):
        assert (await ask("/v1/alerts", **asked))["alerts"] == found, asked
    as_csv = await ask.client.get("/v1/alerts", params={"limit": 1, "format": "csv"})
    (row,) = csv.DictReader(io.StringIO(as_csv.text))
    assert (row["alert_id"], row["country"], float(row["value"])) == (newer["alert_id"], "", newer["value"])
    assert len((await ask.client.get(as_csv.links["next"]["url"])).text.splitlines()) == 2
    sql = (await ask.client.get("/v1/alerts", params={"open": "true", "format": "sql"})).text
    assert "SET param_open = '1';" in sql
    first = await ask("/v1/alerts", limit=1)
    assert (await ask("/v1/alerts", limit=1, cursor=first["next_cursor"]))["alerts"] == [older]


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"opened": "true"}, "opened"), ({"open": "yes"}, "open"), ({"about": "x"}, "about"), ({"cursor": "x"}, "cursor")],
)
async def test_a_parameter_at_fault_is_named(asked, field, ask_unread) -> None:
    assert (await ask_unread.refused("/v1/alerts", 400, **asked))["field"] == field


async def test_a_message_says_what_the_application_was_told_of_it(projection, ask) -> None:
    story = SendingStory()
    projection.tell(story.request(), story.notice(9.0), story.notice(10.0, message_id=None))
    (notice,) = (await ask(f"/v1/messages/{story.message_id}"))["notices"]
    assert (notice["type"], notice["result"], notice["tries"], notice["status"]) == (
        "message.failed_over",
        "dead",
        8,
        500,
    )
