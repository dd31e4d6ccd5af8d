"""The dashboards for Grafana: every panel asks what may be asked, and is answered what the query API answers."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.grafana.boards import CHARTS, LEFT_OUT, boards
from dashboards.grafana.files import GRANTED
from dashboards.grafana.queries import fields_of
from dashboards.reports.catalogue import REPORTS
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome, Why
from delivery.reasons import Reason
from delivery.stages import Stage
from sinks.client import open_client
from tests.sinks.sending_story import SendingStory, at

SHOWN = [report for report in REPORTS if report.name not in LEFT_OUT]
SINCE, UNTIL = datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 4, 30, tzinfo=UTC)
MACROS = {
    "$__fromTime_ms": f"fromUnixTimestamp64Milli({int(SINCE.timestamp() * 1000)})",
    "$__toTime_ms": f"fromUnixTimestamp64Milli({int(UNTIL.timestamp() * 1000)})",
}
"""As Grafana's plugin writes them."""
MONEY = ("cost", "extra_cost")
PRICE = Decimal("0.045")


def interpolated(sql: str, board: dict[str, Any], **chosen: str) -> str:
    """As Grafana and its plugin do it."""
    held = {each["name"]: each["current"]["value"] for each in board["templating"]["list"]} | chosen
    for macro, written in MACROS.items():
        sql = re.sub(re.escape(macro) + r"\b", written, sql)
    quoted = re.sub(r"\$\{(\w+):sqlstring\}", lambda it: "'" + held.get(it[1], "").replace("'", "''") + "'", sql)
    assert "$" not in quoted
    return quoted


@pytest.fixture
def granted(projection: Any, clickhouse_config: Any) -> Iterator[Client]:
    """A database that has nothing but what Grafana's user may read."""
    client = projection.client
    client.command("CREATE DATABASE granted")
    for table in GRANTED:
        (engine, key) = client.query(
            "SELECT engine_full, sorting_key FROM system.tables WHERE name = {name:String} AND database != 'granted'",
            parameters={"name": table},
        ).first_row
        # What is asked with FINAL has its versions still.
        version = re.search(r"ReplacingMergeTree\((\w+)\)", engine)
        kept = f"ReplacingMergeTree({version[1]}) ORDER BY ({key})" if version else "MergeTree ORDER BY ()"
        client.command(f"CREATE TABLE granted.{table} ENGINE = {kept} AS SELECT * FROM {table}")  # noqa: S608
    reader = open_client(replace(clickhouse_config, database="granted"), readonly=True)
    yield reader
    reader.close()


@pytest.fixture
def stored(projection: Any, history: Any) -> None:
    dice = [(Stage.DELIVERED, None), (Stage.UNDELIVERED, Reason.BLOCKED), (Stage.SENT, None), (Stage.DELIVERED, None)]
    for number, (stage, reason) in enumerate(dice * 3):
        told = {"reference": f"it's {number % 2}", "country": "ES", "message_id": None}
        story = history(ref=f"r{number}", provider=("mensatek", "messente")[number % 2], told=told)
        end = story.status(stage, 9.0 + number * 4000, reason=reason, code="5", code_text="barred", elapsed_seconds=7.5)
        projection.store([story.send(1.0 + number * 4000, step=1 + number % 2, expected_cost=PRICE), end])
    for second in range(3):
        sending = SendingStory()
        onward = {"order": sending.order(provider="messente", channel=Channel.VIBER), "cost": Decimal("0.08")}
        projection.tell(
            sending.request(second, plan=sending.plan()),
            sending.send(second + 1, 1, cost=PRICE),
            sending.send(second + 60, 2, why=Why.FAILED, **onward),
            sending.outcome(second + 90, FailoverOutcome.RESCUED, step=2, added_seconds=75.0),
        )
    assert SINCE < at(0.0) < UNTIL


@pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
@pytest.mark.usefixtures("stored")
async def test_every_panel_answers_what_the_api_does(granted: Client, ask: Any) -> None:
    for report in SHOWN:
        board = boards()[f"acuse-{report.name}"]
        narrowed = {"group": "provider", "bucket": "hour"} if report.sliced else {}
        period = {"from": SINCE.isoformat(), "to": UNTIL.isoformat()}
        whole = await ask(f"/v1/reports/{report.name}", **period, **narrowed)
        tables = {panel["title"].replace(" ", "_"): panel for panel in board["panels"] if panel["type"] == "table"}
        assert set(tables) == set(report.table_names)
        for panel in board["panels"]:
            answered = granted.query(interpolated(panel["targets"][0]["rawSql"], board, **narrowed))
            rows = [comparable(dict(zip(answered.column_names, row, strict=True))) for row in answered.result_rows]
            shown = [name for name in answered.column_names if name != "silent_seconds"]
            if panel["type"] == "table":
                said = [comparable(row) for row in whole[panel["title"].replace(" ", "_")]]
                assert rows == [{name: row[name] for name in shown} for row in said], panel["title"]
            else:
                (chart,) = (each for each in CHARTS[report.name] if each.title == panel["title"])
                said = [comparable(row) for row in whole[chart.table]]
                assert rows, chart
                assert all(any(row.items() <= each.items() for each in said) for row in rows), chart


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    # How long it has been silent depends on when it is asked.
    return {
        name: plain(float(value) if name in MONEY else value) for name, value in row.items() if name != "silent_seconds"
    }


def plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 9)
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def test_what_is_generated_is_complete() -> None:
    for report in SHOWN:
        board = json.loads(json.dumps(boards()[f"acuse-{report.name}"]))
        assert [panel["id"] for panel in board["panels"]] == list(range(1, len(board["panels"]) + 1))
        for chart in CHARTS.get(report.name, ()):
            (table,) = (table for table in report.tables if table.name == chart.table)
            assert {*chart.fields, *([chart.by] if chart.by else [])} <= set(fields_of(table))
        cells = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
        assert len(set(cells)) == len(cells)
    assert set(CHARTS) <= {report.name for report in SHOWN}


def test_grafanas_user_reads_nothing_of_any_person(granted: Client) -> None:
    columns = {table: {row[0] for row in granted.query(f"DESCRIBE TABLE {table}").result_rows} for table in GRANTED}
    personal = {"recipient", "recipient_name", "sender_name", "text", "raw", "content", "request", "state", "words"}
    assert not personal & (columns["outcomes"] | columns["journeys"])
    # What providers say of their codes, not of anybody.
    assert columns["code_words"] == {"provider", "code", "words"}
