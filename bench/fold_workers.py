"""The ways to fold that are compared, each in a process of its own: ``python -m bench.fold_workers WAY '<json>'``.

Every way reads the same topic, keeps the same state with its changelog and writes the same records. Each prints
seconds from its first event to its last one, everything acknowledged (Quix Streams: everything handed over).
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams import metrics
from streams.config import TrackingConfig, TrackingTopics
from streams.folding import fold_batch
from streams.partitioner import partition_for
from streams.states import Tracked, encode_tracked
from streams.tracking import keyed
from streams.worker import COLLECTOR_THRESHOLDS, Worker, processors

FOR_EVER = timedelta(days=36_500)
"""Closing is not measured, and the events bear dates of their own."""

Figures = Mapping[str, float]


def acuse(said: Mapping[str, Any]) -> Figures:
    """The tracking worker as it is run; ``ready_seconds`` until it has recovered its partitions."""
    return _looped(_acuse(said))


async def _acuse(said: Mapping[str, Any]) -> Figures:
    config = TrackingConfig(
        bootstrap_servers=said["servers"],
        data_dir=Path(said["data_dir"]),
        instance_id="bench",
        receipt_window=FOR_EVER,
        topics=TrackingTopics(**said["topics"]),
    )
    worker = Worker(processors(config))
    stop = asyncio.Event()
    began = time.monotonic()
    serving = asyncio.ensure_future(worker.serve(stop))
    while worker.ready():
        await _tick(serving)
    ready = time.monotonic() - began
    first = time.monotonic()
    while said["events"] and _completed() < said["events"]:
        if not _completed():
            first = time.monotonic()
        await _tick(serving)
    seconds = time.monotonic() - first
    stop.set()
    await serving
    return {"seconds": seconds, "ready_seconds": ready}


async def _tick(serving: "asyncio.Future[None]") -> None:
    await asyncio.wait([serving], timeout=0.01)
    if serving.done():
        serving.result()


def _completed() -> float:
    return sum(sample.value for metric in metrics.COMPLETED.collect() for sample in metric.samples[:1])


def aiokafka(said: Mapping[str, Any]) -> Figures:
    """The least that can be done: a loop over fetched batches, the state in memory."""
    return _looped(_aiokafka(said))


async def _aiokafka(said: Mapping[str, Any]) -> Figures:
    topics = TrackingTopics(**said["topics"])
    consumer = AIOKafkaConsumer(
        topics.events,
        bootstrap_servers=said["servers"],
        group_id=topics.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=said["servers"], enable_idempotence=True, acks="all", max_batch_size=512 * 1024
    )
    await consumer.start()
    await producer.start()
    known: dict[bytes, Tracked] = {}
    done, first = 0, 0.0
    while done < said["events"]:
        fetched = await consumer.getmany(timeout_ms=1000)
        first = first or (time.monotonic() if fetched else 0.0)
        sent: list[Any] = []
        for place, records in fetched.items():
            folded = fold_batch(records, lambda keys: [known.get(key) for key in keys])
            known.update(folded.written)
            entries = [(key, encode_tracked(tracked)) for key, tracked in folded.written.items()]
            sent += await _send(producer, topics.changelog, place.partition, entries)
            by_partition: dict[int, list[tuple[bytes, bytes]]] = {}
            for entry in map(keyed, folded.records):
                by_partition.setdefault(partition_for(entry[0], topics.attempts_partitions), []).append(entry)
            for partition, batch in by_partition.items():
                sent += await _send(producer, topics.attempts, partition, batch)
            done += len(records)
        await asyncio.gather(*sent)
        await consumer.commit(
            {TopicPartition(place.topic, place.partition): records[-1].offset + 1 for place, records in fetched.items()}
        )
    seconds = time.monotonic() - first
    await consumer.stop()
    await producer.stop()
    return {"seconds": seconds}


async def _send(
    producer: AIOKafkaProducer, topic: str, partition: int, entries: Sequence[tuple[bytes, bytes]]
) -> list[Any]:
    sent: list[Any] = []
    batch = producer.create_batch()
    for key, value in entries:
        if batch.append(key=key, value=value, timestamp=None) is None:
            sent.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    return [*sent, await producer.send_batch(batch, topic, partition=partition)]


def _looped(work: Any) -> Figures:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures: Figures = runner.run(work)
    return figures


def quixstreams(said: Mapping[str, Any]) -> Figures:
    # Imported by its own process only: it brings a great deal along.
    from bench.fold_quixstreams import quixstreams as way  # noqa: PLC0415

    return way(said)


WAYS: Mapping[str, Callable[[Mapping[str, Any]], Figures]] = {
    "acuse": acuse,
    "aiokafka": aiokafka,
    "quixstreams": quixstreams,
}

if __name__ == "__main__":
    # What the tracking worker does for itself is done for every way, so that the collector is not what is compared.
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    print(json.dumps(WAYS[sys.argv[1]](json.loads(sys.argv[2]))))
