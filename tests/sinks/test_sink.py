"""The sink on a real broker: each record stored once, whatever dies, goes away or comes twice."""

import asyncio
import json
import random
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

from aiokafka import AIOKafkaProducer
from clickhouse_connect.driver.client import Client

from acuse.local.broker import Broker
from delivery import topics
from delivery.events import Event
from delivery.stages import Stage
from sinks import metrics
from sinks.client import open_client
from sinks.config import ClickHouseConfig, SinkConfig
from tests.plugins.clickhouse import ClickHouseServer
from tests.sinks.conftest import NOW, Feed, Story, all_committed, attempt, running, until

PROCESS = Path(__file__).with_name("sink_process.py")


def count(client: Client, story: Story, table: str = "events") -> Callable[[], int]:
    """Rows as they lie there, before anything is merged: a second copy would show."""
    statement = f"SELECT count() FROM {table} WHERE provider = %(provider)s"  # noqa: S608
    return lambda: int(client.command(statement, parameters={"provider": story.provider}))  # type: ignore[arg-type]


def stored_ids(client: Client, story: Story) -> list[str]:
    rows = client.query(
        "SELECT event_id FROM events WHERE provider = %(provider)s ORDER BY event_id",
        parameters={"provider": story.provider},
    ).result_rows
    return [row[0] for row in rows]


def many(story: Story, number: int) -> list[Event]:
    return [story.send(str(at), NOW + timedelta(milliseconds=at)) for at in range(number)]


async def test_each_record_is_stored_once_and_restarts_add_nothing(
    clickhouse: ClickHouseConfig, client: Client, sink_config: SinkConfig, feed: Feed, story: Story
) -> None:
    events = many(story, 300)
    apart = {"p": f"%{story.provider}"}

    def put_aside() -> bool:
        return client.command("SELECT count() FROM unparsed WHERE body LIKE %(p)s", parameters=apart) == 1

    def stages() -> list[tuple[str, ...]]:
        stored = "SELECT ref, stage FROM attempts FINAL WHERE provider = %(p)s"
        return [tuple(row) for row in client.query(stored, parameters={"p": story.provider}).result_rows]

    await feed.events(*events)
    await feed.attempts(attempt(events[0], version=2), attempt(events[0], story.status("0", Stage.SENT), version=4))
    await feed.raw(topics.EVENTS.name, story.provider, f"no event of {story.provider}".encode())
    async with running(sink_config, clickhouse) as sink:
        await until(lambda: count(client, story)() >= 300)
        await until(lambda: put_aside() and stages() == [("0", "sent")])
        await until(lambda: sink.ready() == {})
    async with running(sink_config, clickhouse):
        await feed.events(*events[:100])
        await until(lambda: count(client, story)() >= 400)
    # A group that never committed begins at the beginning, and skips all that is there.
    async with running(replace(sink_config, group_id=f"other-{uuid.uuid4().hex}"), clickhouse):
        await feed.events(*events[:1])
        await until(lambda: count(client, story)() >= 401)
    assert stored_ids(client, story) == sorted(event.event_id for event in [*events, *events[:100], events[0]])
    assert stages() == [("0", "sent")]
    assert put_aside()


async def test_killed_again_and_again_it_stores_each_record_once(
    clickhouse: ClickHouseConfig, sink_config: SinkConfig, feed: Feed, story: Story
) -> None:
    config = replace(sink_config, batch_rows=400, batch_seconds=0.01, instance_id=f"static-{story.provider}")
    events = many(story, 6_000)
    writing = asyncio.create_task(feed.events(*events))
    for _ in range(3):
        process = spawn(config, clickhouse)
        await asyncio.to_thread(read_until, process, random.randint(1, 1_500))
        process.kill()
        await asyncio.to_thread(process.communicate)
    await writing
    await feed.events(*events[:500])
    process = spawn(config, clickhouse)
    try:
        await all_committed(config)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.communicate, None, 90)
    assert process.returncode == 0
    client = open_client(clickhouse, readonly=False)
    try:
        assert stored_ids(client, story) == sorted(event.event_id for event in [*events, *events[:500]])
    finally:
        client.close()


def spawn(config: SinkConfig, clickhouse: ClickHouseConfig) -> "subprocess.Popen[bytes]":
    told = {"sink": asdict(config), "clickhouse": asdict(clickhouse)}
    del told["sink"]["receipt_window"]
    return subprocess.Popen(
        [sys.executable, str(PROCESS), json.dumps(told, default=str)], start_new_session=True, stdout=subprocess.PIPE
    )


def read_until(process: "subprocess.Popen[bytes]", stored: int) -> None:
    """Returns when the process has stored that many events, or all there were."""
    assert process.stdout
    for line in process.stdout:
        if int(line) >= stored:
            return
    raise AssertionError(f"the sink ended with {process.wait()}")


def retries() -> float:
    """Of whichever call comes first: the look for what is stored of a partition, or the insert."""
    samples = (sample for metric in metrics.RETRIES.collect() for sample in metric.samples)
    return sum(sample.value for sample in samples if sample.name.endswith("_total"))


async def test_clickhouse_away_stops_the_reading_and_loses_nothing(
    server_database: ClickHouseConfig,
    clickhouse_server: ClickHouseServer,
    sink_config: SinkConfig,
    feed: Feed,
    story: Story,
) -> None:
    events = many(story, 1_000)
    config = replace(sink_config, batch_rows=500)
    async with running(config, server_database) as sink:
        client = await asyncio.to_thread(open_client, server_database, readonly=False)
        await feed.events(*events[:300])
        await until(lambda: count(client, story)() >= 300)
        before = retries()
        await asyncio.to_thread(clickhouse_server.kill)
        try:
            await feed.events(*events[300:])
            await until(lambda: "clickhouse" in sink.ready())
            await until(lambda: retries() > before + 2)
        finally:
            await asyncio.to_thread(clickhouse_server.start)
        await until(lambda: count(client, story)() >= 1_000)
        await until(lambda: sink.ready() == {})
        assert stored_ids(client, story) == sorted(event.event_id for event in events)
        client.close()


async def test_a_sink_waits_for_a_clickhouse_that_is_not_there_yet(
    sink_config: SinkConfig, clickhouse_server: ClickHouseServer
) -> None:
    unmigrated = clickhouse_server.config()
    async with running(sink_config, unmigrated) as sink:
        await until(lambda: "acuse migrate" in sink.ready().get("clickhouse", ""))
        assert "kafka" in sink.ready()


async def test_two_sinks_share_the_work(
    server_database: ClickHouseConfig, sink_config: SinkConfig, feed: Feed, story: Story
) -> None:
    events = many(story, 4_000)
    config = replace(sink_config, batch_rows=500)
    client = open_client(server_database, readonly=False)
    try:
        async with running(config, server_database):
            writing = asyncio.create_task(feed.events(*events))
            await until(lambda: count(client, story)() >= 200)
            async with running(config, server_database) as second:
                await until(lambda: second.ready() == {})
                await until(lambda: count(client, story)() >= 2_000)
            await writing
            await until(lambda: count(client, story)() >= 4_000)
        assert stored_ids(client, story) == sorted(event.event_id for event in events)
    finally:
        client.close()


async def test_a_broker_that_goes_and_comes_back(
    broker: Broker, server_database: ClickHouseConfig, sink_config: SinkConfig, story: Story
) -> None:
    client = open_client(server_database, readonly=False)
    events = many(story, 20)

    async def say(some: list[Event]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers)
        await producer.start()
        await Feed(producer).events(*some)
        await producer.stop()

    try:
        async with running(sink_config, server_database) as sink:
            await say(events[:10])
            await until(lambda: count(client, story)() >= 10)
            await asyncio.to_thread(broker.stop)
            try:
                await until(lambda: "kafka" in sink.ready())
            finally:
                await asyncio.to_thread(broker.start)
            await say(events[10:])
            await until(lambda: count(client, story)() >= 20)
            await until(lambda: sink.ready() == {})
        assert stored_ids(client, story) == sorted(event.event_id for event in events)
    finally:
        client.close()


def lags() -> list[float]:
    return [sample.value for metric in metrics.LAG.collect() for sample in metric.samples]


async def test_lag_is_told(
    server_database: ClickHouseConfig, sink_config: SinkConfig, feed: Feed, story: Story
) -> None:
    (event,) = many(story, 1)
    await feed.events(event)
    client = open_client(server_database, readonly=False)
    metrics.LAG.clear()  # what earlier tests left would do for this one's
    async with running(sink_config, server_database):
        await until(lambda: count(client, story)() >= 1)
        await until(lambda: lags() and not any(lags()))
    client.close()
