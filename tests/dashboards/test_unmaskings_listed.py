"""The list of who was shown numbers and texts: whole, in order, each once, and for auditors only."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx2
import msgspec
import pytest

from dashboards.access.people import Role
from dashboards.access.scripts import Script, digest_of
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader
from sinks.client import open_client
from tests.sinks.sending_story import SendingStory, at

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
PATH = "/v1/unmaskings"


@pytest.fixture
async def client(clickhouse_config: Any, projection: Any) -> AsyncIterator[httpx2.AsyncClient]:
    del projection  # it has to be there
    scripts = tuple(Script(name=role, role=role, token_sha256=digest_of(f"of-{role}")) for role in Role)
    bounded = replace(clickhouse_config, read_seconds=60)
    reader = Reader(partial(open_client, bounded, readonly=True), concurrency=2, timeout_seconds=60)
    transport = httpx2.ASGITransport(create_app(DashboardsConfig(scripts=scripts), reader))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client
    await reader.close()


async def ask(client: httpx2.AsyncClient, status: int = 200, role: Role = Role.AUDITOR, **asked: Any) -> Any:
    answered = await client.get(PATH, params=asked, headers={"Authorization": f"Bearer of-{role}"})
    assert answered.status_code == status, answered.text
    return answered.json()


async def test_they_are_listed_to_the_last_each_once(client, projection) -> None:
    dice, told = random.Random(4), []
    for number in range(36):
        said = {"who": dice.choice(["ana", "luis"]), "why": "to see what it said"}
        shown = SendingStory().unmasking(dice.choice([1.0, 2.0, 3.0]), **said)
        told.append(msgspec.structs.replace(shown, unmasking_id=f"u{number:02}"))
    projection.tell(*told, *told[:5])
    wanted = sorted(told, key=lambda each: (each.at, each.unmasking_id), reverse=True)
    seen, page = [], await ask(client, limit=7)
    seen += page["unmaskings"]
    while page["next_cursor"]:
        page = await ask(client, limit=7, cursor=page["next_cursor"])
        seen += page["unmaskings"]
    assert [(row["unmasking_id"], row["message_id"], row["who"], row["why"]) for row in seen] == [
        (each.unmasking_id, each.message_id, each.who, each.why) for each in wanted
    ]
    one = wanted[0]
    for narrowed, kept in (
        ({"who": "ana"}, lambda each: each.who == "ana"),
        ({"message_id": one.message_id}, lambda each: each.message_id == one.message_id),
        ({"from": at(2.0).isoformat(), "to": at(3.0).isoformat()}, lambda each: each.at == at(2.0)),
    ):
        rows = (await ask(client, limit=500, **narrowed))["unmaskings"]
        assert [row["unmasking_id"] for row in rows] == [each.unmasking_id for each in wanted if kept(each)]


async def test_only_auditors_may_see_them_and_whoever_asks_amiss_is_told_where(client) -> None:
    for role, status in ((Role.VIEWER, 403), (Role.ANALYST, 403), (Role.AUDITOR, 200), (Role.OPERATOR, 200)):
        await ask(client, status, role)
    for asked, field in (
        ({"who": ""}, "who"),
        ({"message_id": "x"}, "message_id"),
        ({"whom": "ana"}, "whom"),
        ({"cursor": "x"}, "cursor"),
        ({"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
    ):
        assert (await ask(client, 400, **asked))["field"] == field
