"""Rows a second through the sink, Kafka to the events table, against inserting the same rows ready-made.

Each way runs in a process of its own on a fresh chDB with the same migrations, in turns. The clock starts when the
first block is stored, so that neither opening the engine nor joining the group counts, and stops with the last row.
Ready-made means: all rows built beforehand, of the same blocks, inserted by clickhouse-connect one after the other: as
rows, and beside it as columns and as Arrow tables, which are quicker.
"""

import asyncio
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pyarrow as pa
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from clickhouse_connect.driver.client import Client

from acuse.local.broker import Broker
from acuse.local.ports import free_port
from acuse.topics import ensure_topics
from delivery import topics
from delivery.channels import Channel
from delivery.events import Event, Payload, Personal, Precision, ProviderTime, Send, Source, Status, Zone, encode
from delivery.number_types import NumberType
from delivery.refs import recipient_ref
from delivery.stages import CONCLUSIVE, Stage
from sinks import metrics
from sinks.batching import Batch
from sinks.client import open_client
from sinks.config import ClickHouseConfig, SinkConfig
from sinks.migrate import migrate
from sinks.schema import EVENTS
from sinks.service import Sink

ROWS = 300_000
ROUNDS = 3
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
PROVIDERS = ("altiria", "mensatek", "messente")


def run() -> Mapping[str, float]:
    with tempfile.TemporaryDirectory(prefix="acuse-bench-sink-") as scratch:
        broker = Broker(Path(scratch) / "kafka", free_port())
        broker.start()
        try:
            asyncio.run(_fill(broker.bootstrap_servers))
            return _compare(broker.bootstrap_servers, Path(scratch))
        finally:
            broker.stop()


def _compare(servers: str, scratch: Path) -> Mapping[str, float]:
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    for turn in range(ROUNDS):
        for way, seen in rates.items():
            told = [sys.executable, "-m", "bench.sink", way, servers, str(scratch / f"{way}-{turn}")]
            done = subprocess.run(told, stdout=subprocess.PIPE, check=True, timeout=300)
            seen.append(float(json.loads(done.stdout)))
    # Each round's ratio first, then the median: what else the machine does changes slower than that.
    return {
        "sink_vs_insert": _ratio(rates["sink"], rates["rows"]),
        "sink_vs_column_insert": _ratio(rates["sink"], rates["columns"]),
        "sink_vs_arrow_insert": _ratio(rates["sink"], rates["arrow"]),
        "sink_rows_per_second": round(median(rates["sink"])),
    }


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return round(median(one / other for one, other in zip(ours, theirs, strict=True)), 3)


def through_the_sink(servers: str, clickhouse: ClickHouseConfig) -> float:
    return asyncio.run(_through_the_sink(servers, clickhouse))


async def _through_the_sink(servers: str, clickhouse: ClickHouseConfig) -> float:
    sink = Sink(SinkConfig(bootstrap_servers=servers, group_id=f"bench-{time.time()}"), clickhouse)
    running = asyncio.create_task(sink.run())
    begun, first = 0.0, 0
    while (rows := _stored()) < ROWS and not running.done():
        if rows and not first:
            begun, first = time.perf_counter(), rows
        await asyncio.sleep(0.005)
    seconds = time.perf_counter() - begun
    sink.stop()
    await running
    return (ROWS - first) / seconds


def _stored() -> int:
    """Of this one counter: asking for all that is measured, again and again, would take a twentieth of the time."""
    (stored,) = metrics.ROWS.labels(EVENTS.name).collect()
    return int(stored.samples[0].value)


def ready_made_rows(servers: str, clickhouse: ClickHouseConfig) -> float:
    """Rows as the client's own documentation inserts them: a list of tuples."""
    blocks = [list(zip(*_lists(block), strict=True)) for block in asyncio.run(_blocks(servers))]
    names = list(EVENTS.columns)

    def insert(client: Client, block: list[tuple[object, ...]]) -> None:
        client.insert(EVENTS.name, block, column_names=names)

    return _timed(clickhouse, blocks, insert, len)


def ready_made_columns(servers: str, clickhouse: ClickHouseConfig) -> float:
    blocks = [_lists(block) for block in asyncio.run(_blocks(servers))]
    names = list(EVENTS.columns)

    def insert(client: Client, block: list[list[object]]) -> None:
        client.insert(EVENTS.name, block, column_names=names, column_oriented=True)

    return _timed(clickhouse, blocks, insert, lambda block: len(block[0]))


def _lists(block: pa.Table) -> list[list[object]]:
    """Each column as the client takes it fastest: times as the whole numbers that the tables keep."""
    whole = [column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in block.columns]
    return [column.to_pylist() for column in whole]


def ready_made_arrow(servers: str, clickhouse: ClickHouseConfig) -> float:
    blocks = asyncio.run(_blocks(servers))
    return _timed(
        clickhouse, blocks, lambda client, block: client.insert_arrow(EVENTS.name, block), lambda block: block.num_rows
    )


def _timed(
    clickhouse: ClickHouseConfig, blocks: list, insert: Callable[[Client, object], None], size: Callable[[object], int]
) -> float:
    client = open_client(clickhouse, readonly=False)
    insert(client, blocks[0])
    begun = time.perf_counter()
    for block in blocks[1:]:
        insert(client, block)
    seconds = time.perf_counter() - begun
    client.close()
    return sum(size(block) for block in blocks[1:]) / seconds


async def _blocks(servers: str) -> list[pa.Table]:
    """What the sink would insert, in the same blocks."""
    config = SinkConfig(bootstrap_servers=servers)
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, max_partition_fetch_bytes=config.fetch_bytes)
    await consumer.start()
    places = [TopicPartition(topics.EVENTS.name, partition) for partition in range(topics.EVENTS.partitions)]
    consumer.assign(places)
    await consumer.seek_to_beginning()
    batches = [Batch()]
    while sum(batch.records for batch in batches) < ROWS:
        if batches[-1].records >= config.batch_rows:
            batches.append(Batch())
        room = config.batch_rows - batches[-1].records
        batches[-1].add(await consumer.getmany(timeout_ms=1000, max_records=room))
    await consumer.stop()
    return [pa.concat_tables(batch.events).combine_chunks() for batch in batches]


async def _fill(servers: str) -> None:
    await ensure_topics(servers)
    producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=5, max_batch_size=262_144)
    await producer.start()
    for event in _events():
        await producer.send(topics.EVENTS.name, key=event.key.encode(), value=encode(event))
    await producer.stop()


def _events() -> Iterator[Event]:
    """Messages that are sent, on their way and delivered, with payloads of the size that providers post."""
    for at in range(ROWS):
        message, step = divmod(at, 3)
        number = f"+346{message * 7919 % 100_000_000:08d}"
        moment = START + timedelta(milliseconds=40 * at)
        raw = json.dumps(
            {
                "idMensaje": 10_000_000 + message // 10,
                "Movil": number[1:],
                "Estado": step,
                "Fecha": moment.isoformat(),
                "Segundos": message % 60,
                "Referenciausuario": f"campaign-{message % 37}",
                "Remitente": "ACUSE",
                "Descripcion": "Entregado al terminal",
            }
        ).encode()
        common = {
            "provider": PROVIDERS[message % 3],
            "ref": recipient_ref(str(10_000_000 + message // 10), number),
            "channel": Channel.SMS,
            "received_at": moment,
            "payload": Payload(sha256=hashlib.sha256(raw).hexdigest()),
            "personal": Personal(recipient=number, sender="ACUSE", raw=raw, content_type="application/json"),
            "occurred": ProviderTime(
                at=moment.replace(microsecond=0), zone=Zone.ASSUMED, precision=Precision.SECOND, text=f"{moment:%F %T}"
            ),
            "code": str(step),
            "code_text": "Entregado al terminal",
            "country": "ES",
            "number_type": NumberType.MOBILE,
            "carrier": "Vodafone",
        }
        if step == 0:
            yield Send(source=Source.REPORTED, message_id=f"0199{message:028x}", reference="campaign", **common)
        else:
            stage = (Stage.SENT, Stage.DELIVERED)[step - 1]
            yield Status(source=Source.WEBHOOK, stage=stage, final=stage in CONCLUSIVE, **common)


WAYS: Mapping[str, Callable[[str, ClickHouseConfig], float]] = {
    "sink": through_the_sink,
    "rows": ready_made_rows,
    "columns": ready_made_columns,
    "arrow": ready_made_arrow,
}


def main() -> None:
    """One way, in this process: prints its rows a second."""
    way, servers, directory = sys.argv[1:]
    clickhouse = ClickHouseConfig(path=Path(directory))
    client = open_client(clickhouse, readonly=False)
    migrate(client)
    client.close()
    print(json.dumps(WAYS[way](servers, clickhouse)))


if __name__ == "__main__":
    main()
