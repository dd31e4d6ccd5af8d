"""Alerts, notices and unmaskings as they are stored; and that whatever is decided, asked, called or told has a row."""

from typing import Any, get_args

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from delivery import topics
from delivery.decisions import Decision
from delivery.health.alerts import AlertState, encode_alert
from delivery.health.measures import Measure
from delivery.notices import encode_notice
from delivery.requests import Request
from delivery.unmaskings import encode_unmasking
from sinks.appends import APPENDS
from sinks.config import ClickHouseConfig
from sinks.schema import ALERTS, NOTICES, UNMASKINGS, Table
from sinks.sending_rows import DECISION_KINDS, REQUEST_KINDS
from tests.sinks.sending_story import SendingStory
from tests.sinks.test_rows import batch_of, write


def stored(client: Client, table: Table) -> list[dict[str, Any]]:
    return list(client.query(f"SELECT * FROM {table.name} ORDER BY _offset").named_results())  # noqa: S608


def test_every_part_of_an_alert_comes_back(clickhouse: ClickHouseConfig, client: Client) -> None:
    story = SendingStory()
    alerts = [story.alert(9.0), story.alert(99.0, AlertState.CLOSED, usual=None)]
    write(clickhouse, batch_of(topics.ALERTS.name, *map(encode_alert, alerts), b"{}"))
    rows = stored(client, ALERTS)
    for row, alert in zip(rows, alerts, strict=True):
        for name in ("alert_id", "state", "about", "at", "opened_at", "value", "threshold", "usual", "text"):
            assert row[name] == getattr(alert, name), name
        assert (row["provider"], row["channel"], row["country"]) == ("mensatek", "sms", "ES")
        assert msgspec.json.decode(row["measure"], type=Measure) == alert.measure
    assert client.command("SELECT count() FROM unparsed WHERE _topic = 'acuse.alerts'") == 1


def test_a_notice_comes_back_without_what_was_sent(clickhouse: ClickHouseConfig, client: Client) -> None:
    story = SendingStory()
    notices = [story.notice(9.0), story.notice(10.0, message_id=None, status=None)]
    write(clickhouse, batch_of(topics.NOTICES.name, *map(encode_notice, notices), b"{}"))
    rows = stored(client, NOTICES)
    for row, notice in zip(rows, notices, strict=True):
        for name in ("notice_id", "type", "about", "at", "result", "tries", "status", "why"):
            assert row[name] == getattr(notice, name), name
        assert row["message_id"] == (notice.message_id or "")
        assert "600000001" not in str(row)
    assert client.command("SELECT count() FROM unparsed WHERE _topic = 'acuse.notices'") == 1


def test_an_unmasking_comes_back(clickhouse: ClickHouseConfig, client: Client) -> None:
    story = SendingStory()
    unmaskings = [story.unmasking(9.0), story.unmasking(10.0, who="luis", role="operator")]
    write(clickhouse, batch_of(topics.AUDIT.name, *map(encode_unmasking, unmaskings), b"{}"))
    rows = stored(client, UNMASKINGS)
    for row, unmasking in zip(rows, unmaskings, strict=True):
        assert {name: row[name] for name in unmasking.__struct_fields__} == msgspec.structs.asdict(unmasking)
    assert client.command("SELECT count() FROM unparsed WHERE _topic = 'acuse.audit'") == 1


def test_no_sort_of_record_is_forgotten() -> None:
    assert set(DECISION_KINDS) == set(get_args(Decision))
    assert set(REQUEST_KINDS) == set(get_args(Request))
    assert set(SendingStory().records()) == set(APPENDS)


@pytest.mark.parametrize("topic", sorted(APPENDS))
def test_every_sort_of_record_is_read_and_fits(topic: str, clickhouse: ClickHouseConfig, client: Client) -> None:
    values = SendingStory().records()[topic]
    write(clickhouse, batch_of(topic, *values))
    assert len(stored(client, APPENDS[topic].table)) == len(values)
    assert client.command("SELECT count() FROM unparsed") == 0
