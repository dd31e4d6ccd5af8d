"""How the pipeline stands: with what whoever can tell says of Kafka, and without."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import httpx2
import jsonschema
import pytest
from msgspec import structs

from dashboards.app import create_app
from dashboards.flow.lag import GroupLag
from dashboards.openapi import document
from dashboards.reader import Reader
from delivery.stages import Stage
from sinks.client import open_client
from sinks.schema import ALIASES, TABLES
from tests.sinks.sending_story import SendingStory

BEHIND = GroupLag(
    role="sink", group="acuse-sink", topic="acuse.events", members=1, partitions=8, records=1000, behind=70
)


async def lagging() -> Sequence[GroupLag]:
    return [BEHIND, structs.replace(BEHIND, topic="acuse.notices", behind=None)]


@pytest.fixture
async def told(dashboards_config, clickhouse_config) -> AsyncIterator[httpx2.AsyncClient]:
    bounded = replace(clickhouse_config, read_seconds=60)
    reader = Reader(partial(open_client, bounded, readonly=True), concurrency=2, timeout_seconds=60)
    transport = httpx2.ASGITransport(create_app(dashboards_config, reader, read_lag=lagging), client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client
    await reader.close()


def well_formed(standing: dict) -> bool:
    described = {"$ref": "#/components/schemas/Pipeline", "components": document()["components"]}
    jsonschema.Draft202012Validator(described).validate(standing)
    return True


async def test_it_says_how_far_each_part_is_and_what_is_amiss(told, projection, history, start, monkeypatch) -> None:
    monkeypatch.setattr("dashboards.flow.freshness.KEPT_SECONDS", 0.0)
    empty = (await told.get("/v1/pipeline")).json()
    assert well_formed(empty)
    assert empty["data_as_of"] is None
    assert {(each["newest_at"], each["rows"]) for each in empty["stored"]} == {(None, 0)}
    assert {each["table"] for each in empty["stored"]} == {table.name for table in TABLES if table is not ALIASES}
    story, sending = history(), SendingStory()
    projection.store([story.send(1.0), story.status(Stage.SENT, 2.5)])
    calls = sending.calling(3.0), sending.doubt(4.0)
    projection.tell(sending.request(1.0), sending.send(2.0, 1), *calls, sending.notice(5.0), sending.alert(6.0))
    standing = (await told.get("/v1/pipeline")).json()
    assert well_formed(standing)
    assert [lag["behind"] for lag in standing["lag"]] == [70, None]
    assert standing["lag_unknown"] is None
    rows = {each["table"]: each["rows"] for each in standing["stored"]}
    assert rows == {
        "events": 2, "attempts": 1, "requests": 1, "decisions": 1, "calls": 2,
        "notices": 1, "alerts": 1, "unparsed": 0, "unmaskings": 0,
    }  # fmt: skip
    newest = {each["table"]: each["newest_at"] for each in standing["stored"]}
    assert newest["attempts"] == newest["events"] == f"{start + timedelta(seconds=2.5):%Y-%m-%dT%H:%M:%S}.500000Z"
    assert [alert["text"] for alert in standing["alerts"]] == ["31 of 100 failed"]
    assert [doubt["message_id"] for doubt in standing["doubts"]] == [sending.message_id]


@pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
@pytest.mark.usefixtures("projection")
async def test_without_kafka_the_rest_is_told_all_the_same(ask) -> None:
    standing = await ask("/v1/pipeline")
    assert well_formed(standing)
    assert (standing["lag"], standing["lag_unknown"]) == ([], "nothing here asks Kafka")


async def test_it_takes_no_parameters(ask_unread) -> None:
    assert (await ask_unread.refused("/v1/pipeline", 400, provider="x"))["field"] == "provider"
