"""The query API stands whatever it is asked: requests are made up from its own description, and every answer is held to
what the description says of it.
"""

import asyncio
import io
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx2
import jsonschema
import pyarrow as pa
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from pyarrow import parquet
from schemathesis import GenerationMode

from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.openapi import document
from dashboards.reader import Reader
from sinks.client import open_client
from tests.plugins.drawing import examples
from tests.sinks.sending_story import SendingStory

pytestmark = [pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True), pytest.mark.hypothesis]
SCHEMA = schemathesis.openapi.from_dict(document())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
PERIOD = {"from": "2026-03-31T00:00:00Z", "to": "2026-04-02T00:00:00Z"}
"""Of what is stored."""
EXAMPLES = {GenerationMode.POSITIVE: 8, GenerationMode.NEGATIVE: 12}
"""So many requests of each operation, so that all of them together take seconds."""


class Application:
    """The app over a filled projection, asked in one event loop."""

    def __init__(self, clickhouse_config: Any, projection: Any, history: Any) -> None:
        dice = random.Random(6)
        for number in range(30):
            told = {"country": dice.choice([None, "ES"]), "reference": dice.choice([None, "order 5"])}
            projection.store(history(ref=f"{number}/a", told=told).random(dice))
        story = SendingStory()
        projection.tell(story.request(plan=story.plan()), story.send(step=2), story.alert(9.0), story.notice(10.0))
        projection.tell(*story.planned(), *story.all_calls())
        bounded = replace(clickhouse_config, read_seconds=60)
        self._reader = Reader(partial(open_client, bounded, readonly=True), concurrency=2, timeout_seconds=60)
        app = create_app(DashboardsConfig(open_to_this_machine=True), self._reader)
        transport = httpx2.ASGITransport(app, client=("127.0.0.1", 1024))
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080")
        self._loop = asyncio.Runner()

    def ask(self, **request: Any) -> httpx2.Response:
        return self._loop.run(self._client.request(**request))

    def close(self) -> None:
        self._loop.run(self._client.aclose())
        self._loop.run(self._reader.close())
        self._loop.close()


@pytest.fixture
def application(clickhouse_config: Any, projection: Any, history: Any) -> Iterator[Application]:
    application = Application(clickhouse_config, projection, history)
    yield application
    application.close()


def test_it_stands_whatever_it_is_asked(application: Application) -> None:
    for operation, mode in itertools.product(OPERATIONS, EXAMPLES):
        if mode is GenerationMode.POSITIVE or "security" in operation.definition.raw:
            fuzz(application, operation, mode)


def fuzz(application: Application, operation: Any, mode: GenerationMode) -> None:
    described = operation.definition.raw
    known = {parameter["name"] for parameter in described.get("parameters", [])}
    turns = itertools.count()

    @settings(
        max_examples=examples(EXAMPLES[mode]),
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def stands(case: Any) -> None:
        made = case.as_transport_kwargs(base_url="http://localhost:8080")
        asked = {name: made[name] for name in ("method", "url", "params", "json") if made.get(name)}
        if "data" in made:
            asked["content"] = made["data"]
        if mode is GenerationMode.POSITIVE and next(turns) % 4 and "from" in known:
            # Times made up at random are of no period in which there is anything.
            asked["params"] = {**(asked.get("params") or {}), **PERIOD}
            asked["params"].pop("cursor", None)
        assert_as_described(described, application.ask(**asked), asked)

    stands()


def assert_as_described(described: dict[str, Any], answered: httpx2.Response, asked: dict[str, Any]) -> None:
    assert answered.status_code < 500, (asked, answered.text)
    if answered.status_code == 404 and "/v1/" not in answered.url.path:
        return
    responses = described["responses"]
    # What is in no path of ours, or in another's, is not this operation's.
    assert str(answered.status_code) in responses or answered.status_code in (404, 405), (asked, answered.text)
    media = answered.headers.get("content-type", "").partition(";")[0]
    if media == "application/json":
        content = responses.get(str(answered.status_code), {}).get("content", {}).get(media, {})
        schema = content.get("schema", {"$ref": "#/components/schemas/ErrorAnswer"})
        jsonschema.Draft202012Validator({**schema, "components": document()["components"]}).validate(answered.json())
        if answered.status_code == 400:
            assert "field" in answered.json(), (asked, answered.text)
    else:
        assert media in {name.partition(";")[0] for name in responses["200"]["content"]}, (asked, media)
        if media == "application/vnd.apache.parquet":
            parquet.read_table(io.BytesIO(answered.content))
        if media == "application/vnd.apache.arrow.stream":
            pa.ipc.open_stream(answered.content).read_all()
