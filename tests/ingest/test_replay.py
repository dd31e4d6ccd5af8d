"""Garbage that was kept is read again by better code: nothing is lost, nothing is told twice."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from delivery.events import Event, decode
from delivery.topics import EVENTS
from ingest.app import create_app
from ingest.replay import replay_unparsed
from ingest.topic_reader import TopicReader

FIRST_CAME = datetime(2026, 2, 3, 4, 5, 6, 789_000, UTC)


@pytest.fixture
def real_config(broker, config):
    return replace(config, bootstrap_servers=broker.bootstrap_servers, produce_timeout_seconds=60)


async def _keep(config, providers, basic, *bodies: bytes) -> None:
    """Post what today's code cannot read."""
    app = create_app(config, providers=providers, clock=lambda: FIRST_CAME)
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://i", timeout=60) as client,
    ):
        deadline = time.monotonic() + 120
        while (await client.get("/readyz")).status_code != 200:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        for body in bodies:
            answer = await client.post("/webhooks/courier", content=body, headers=basic)
            assert answer.status_code == 400


async def _events(config, prefix: str) -> list[Event]:
    async with TopicReader(config.bootstrap_servers) as reader:
        found = [record async for batch in reader.read(await reader.span(EVENTS)) for record in batch]
    return [decode(record.value) for record in found if prefix.encode() in record.key]


async def test_after_a_mend_the_kept_payloads_are_told_once(real_config, providers, mended_providers, basic, unique):
    bodies = [
        f"{unique}-1=ok".encode(),
        f"{unique}-2=no".encode(),
        f"{unique}-1=ok".encode(),
        f"{unique} noise".encode(),
    ]
    await _keep(real_config, providers, basic, *bodies)

    before = await replay_unparsed(real_config, providers=providers)
    assert (before.parsed, before.events) == (0, 0)
    assert before.unreadable >= 4
    assert await _events(real_config, unique) == []

    seen: list[tuple[int, int]] = []
    mended = await replay_unparsed(
        real_config, providers=mended_providers, progress=lambda done, total: seen.append((done, total))
    )
    events = await _events(real_config, unique)
    assert Counter(event.ref for event in events) == {f"{unique}-1": 1, f"{unique}-2": 1}
    assert {event.received_at for event in events} == {FIRST_CAME}
    assert mended.parsed >= 2
    assert mended.already_known >= 1
    assert mended.payloads == before.payloads
    assert seen[0] == (0, mended.payloads)
    assert seen[-1] == (mended.payloads, mended.payloads)

    again = await replay_unparsed(real_config, providers=mended_providers)
    assert (again.parsed, again.events) == (0, 0)
    assert again.already_known == mended.parsed + mended.already_known
    assert again.unreadable == mended.unreadable
    assert len(await _events(real_config, unique)) == 2


async def test_only_what_was_asked_for(real_config, providers, mended_providers, basic, unique):
    await _keep(real_config, providers, basic, f"{unique}=ok".encode())
    other = await replay_unparsed(real_config, provider="hermit", providers=mended_providers)
    later = await replay_unparsed(real_config, since=FIRST_CAME + timedelta(seconds=1), providers=mended_providers)
    assert (other.parsed, other.already_known, later.parsed, later.already_known) == (0, 0, 0, 0)
    assert later.skipped > 0
    assert await _events(real_config, unique) == []
    same = await replay_unparsed(real_config, provider="courier", since=FIRST_CAME, providers=mended_providers)
    assert same.parsed >= 1
    assert [event.ref for event in await _events(real_config, unique)] == [unique]
