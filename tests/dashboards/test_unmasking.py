"""Who is shown numbers and texts, and that nobody is without a record of it."""

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx2
import pytest

from dashboards.access.people import Role, User
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader
from dashboards.unmasking import NotRecorded, unrecorded
from delivery.events import Personal
from delivery.identities import attempt_key, derived_message_id
from delivery.unmaskings import Unmasking
from sinks.client import open_client
from tests.sinks.sending_story import EXCHANGED, NUMBER, SendingStory

HASH = "scrypt-v1:ln=15,r=8,p=3:" + "A" * 22 + "==:" + "A" * 43 + "="
WHY = "a complaint of the recipient's"
one_engine = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)


class Trail:
    """What was recorded; with a ``trouble`` nothing is."""

    def __init__(self) -> None:
        self.records: list[Unmasking] = []
        self.trouble = ""

    async def record(self, unmasking: Unmasking) -> None:
        if self.trouble:
            raise NotRecorded(self.trouble)
        self.records.append(unmasking)


@pytest.fixture
def trail() -> Trail:
    return Trail()


@pytest.fixture
async def app(clickhouse_config, trail, monkeypatch):
    monkeypatch.setattr("dashboards.access.passwords.PasswordHash.matches", lambda *_: True)
    users = tuple(User(name=f"the-{role}", role=role, password_hash=HASH) for role in Role)
    config = DashboardsConfig(users=users, api_tokens=frozenset({"token"}), open_to_this_machine=True)
    bounded = replace(clickhouse_config, read_seconds=60)
    reader = Reader(partial(open_client, bounded, readonly=True), concurrency=2, timeout_seconds=60)
    yield create_app(config, reader, trail.record)
    await reader.close()


@asynccontextmanager
async def signed_in(app, role: str) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 1024))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        token = form_token(await client.get("/sign-in"))
        fields = {"form_token": token, "name": f"the-{role}", "password": "x"}
        assert (await client.post("/sign-in", data=fields)).status_code == 303
        yield client


def form_token(page: httpx2.Response) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def ask(client, message_id: str, why: str = WHY) -> httpx2.Response:
    token = {"X-Form-Token": form_token(await client.get("/reports/overview"))}
    return await client.post(f"/v1/messages/{message_id}/unmasked", json={"why": why}, headers=token)


async def test_an_auditor_sees_numbers_and_texts_and_that_is_recorded(projection, app, trail, history) -> None:
    story = history()
    projection.store([story.send(1.0), *[story.reply(90.0)] * 2])
    message_id = derived_message_id(attempt_key(story.provider, story.ref))
    sending = SendingStory(message_id=message_id)
    projection.tell(sending.request(), *[sending.unmasking(5.0, who="luis", why="to see what it said")] * 2)
    projection.tell(SendingStory().unmasking(6.0, who="of another message"))
    async with signed_in(app, "auditor") as client:
        masked = await client.get(f"/messages/{message_id}")
        assert 'id="unmask"' in masked.text
        assert "+34600000001" not in masked.text
        assert trail.records == []
        before = await client.get("/v1/unmaskings", params={"message_id": message_id})
        assert trail.records == []
        shown = await ask(client, message_id)
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert "unsafe" not in shown.headers["content-security-policy"]
    told = shown.json()
    sent, asked, reply = sorted(told["personal"], key=lambda each: ("send", "message", "reply").index(each["kind"]))
    assert (sent["recipient"], sent["received"]) == ("+34600000001", {"text": None, "base64": "/wByYXc="})
    assert (asked["recipient"], asked["text"]) == (NUMBER, "Olé, what is said")
    assert (reply["sender"], reply["text"]) == ("+34600000001", "what they wrote")
    assert [(each["who"], each["role"], each["why"]) for each in told["before"]] == [
        ("luis", "auditor", "to see what it said")
    ]
    assert [each["unmasking_id"] for each in before.json()["unmaskings"]] == [told["before"][0]["unmasking_id"]]
    assert told["left_off"] is False
    (record,) = trail.records
    assert told["unmasking"]["unmasking_id"] == record.unmasking_id
    assert (record.who, record.role, record.why) == ("the-auditor", "auditor", WHY)
    assert record.message_id == message_id
    assert timedelta(0) <= datetime.now(UTC) - record.at < timedelta(minutes=1)


async def test_what_was_exchanged_with_the_provider_is_shown_to_the_byte(projection, app) -> None:
    sending = SendingStory()
    projection.tell(sending.request(order=sending.rich_order()), *sending.all_calls())
    async with signed_in(app, "auditor") as client:
        told = (await ask(client, sending.message_id)).json()["personal"]
    asked, *calls = told
    assert "https://example.com/a.png" in asked["content"]
    assert [call["kind"] for call in calls] == ["called", "doubt"]
    sent, received = EXCHANGED.request, EXCHANGED.raw
    for call in calls:
        assert base64.b64decode(call["sent"]["base64"]) == sent
        assert base64.b64decode(call["received"]["base64"]) == received
        assert call["content_type"] == "text/html"


@one_engine
async def test_what_was_only_asked_for_is_shown_and_nothing_of_other_messages(projection, app, history) -> None:
    projection.store([history().send(1.0, personal=Personal(recipient="+34600000077", text="of another message"))])
    sending = SendingStory()
    projection.tell(sending.request())
    async with signed_in(app, "operator") as client:
        shown = await ask(client, sending.message_id)
    assert NUMBER in shown.text
    assert "+34600000077" not in shown.text
    assert "of another message" not in shown.text


@one_engine
async def test_what_cannot_be_recorded_is_not_shown(projection, app, trail, history) -> None:
    story = history()
    projection.store([story.send(1.0)])
    trail.trouble = "no connection to Kafka: unreachable"
    async with signed_in(app, "auditor") as client:
        shown = await ask(client, derived_message_id(attempt_key(story.provider, story.ref)))
    assert shown.status_code == 503
    assert "no connection to Kafka" in shown.text
    assert "+34600000001" not in shown.text
    with pytest.raises(NotRecorded):
        await unrecorded(Unmasking(unmasking_id="", message_id="", at=datetime.now(UTC), who="", role="", why=""))


@one_engine
@pytest.mark.usefixtures("projection")
@pytest.mark.parametrize("why", ["", "short", " " * 20, "two\r\nlines of it", "x" * 501])
async def test_without_a_reason_nothing_is_shown_or_recorded(app, trail, why) -> None:
    async with signed_in(app, "auditor") as client:
        answer = await ask(client, SendingStory().message_id, why=why)
    assert answer.status_code == 400
    assert answer.json()["field"] == "why"
    assert trail.records == []


@one_engine
@pytest.mark.usefixtures("projection")
async def test_a_message_that_nobody_knows_is_not_recorded(app, trail) -> None:
    async with signed_in(app, "auditor") as client:
        assert (await ask(client, SendingStory().message_id)).status_code == 404
        assert (await ask(client, "no-id-of-ours")).status_code == 400
    assert trail.records == []


@one_engine
async def test_others_cannot_ask(projection, app, trail, history) -> None:
    story = history()
    projection.store([story.send(1.0)])
    message_id = derived_message_id(attempt_key(story.provider, story.ref))
    path = f"/v1/messages/{message_id}/unmasked"
    for role in ("viewer", "analyst"):
        async with signed_in(app, role) as client:
            assert (await ask(client, message_id)).status_code == 403
            assert 'id="unmask"' not in (await client.get(f"/messages/{message_id}")).text
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 1024))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        script = {"Authorization": "Bearer token"}
        assert (await client.post(path, json={"why": WHY}, headers=script)).status_code == 403
        assert (await client.post(path, json={"why": WHY})).status_code == 403
    async with signed_in(app, "auditor") as client:
        assert (await client.post(path, json={"why": WHY})).status_code == 403
        assert (await client.get(path)).status_code == 405
    assert trail.records == []
