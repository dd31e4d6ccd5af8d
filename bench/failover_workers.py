"""Tracking, deciding or both, in a process of its own: ``python -m bench.failover_workers WAY '<json>'``.

Prints the seconds from the first record that was dealt with until as many events and decisions as told are done, how
long it took to be ready, and how much memory is resident then.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop
from prometheus_client import Counter

from delivery.decisions import EndDecision
from streams import metrics
from streams.config import DecidingConfig, DecidingTopics, TrackingConfig, TrackingTopics
from streams.worker import Worker, processors

FOR_EVER = timedelta(days=36_500)
SETTLING_SECONDS = 5.0
"""What was just recovered is read through for what it waits for, before memory is looked at."""


def configs(way: str, said: Mapping[str, Any]) -> Sequence[TrackingConfig | DecidingConfig]:
    common = {"bootstrap_servers": said["servers"], "instance_id": "bench", "receipt_window": FOR_EVER}
    directory = Path(said["data_dir"])
    tracking = TrackingConfig(
        **common, data_dir=directory / "tracking", topics=TrackingTopics(**said["topics"]["tracking"])
    )
    deciding = DecidingConfig(
        **common, data_dir=directory / "deciding", topics=DecidingTopics(**said["topics"]["deciding"])
    )
    return {"tracking": [tracking], "both": [tracking, deciding]}.get(way, [deciding])


async def work(way: str, said: Mapping[str, Any]) -> Mapping[str, float]:
    worker = Worker(processors(*configs(way, said)))
    stop = asyncio.Event()
    began = time.monotonic()
    serving = asyncio.ensure_future(worker.serve(stop))
    while worker.ready():
        await _tick(serving)
    ready = first = time.monotonic()
    resident = 0
    while not (resident and _done(way, said, ready)):
        if not resident and time.monotonic() - ready > SETTLING_SECONDS * (way == "waiting"):
            resident = _resident()
        if not _total(metrics.COMPLETED) + _total(metrics.DECIDING_COMPLETED):
            first = time.monotonic()
        await _tick(serving)
    seconds = time.monotonic() - first
    stop.set()
    await serving
    if ready - began > said.get("ready_within", FOR_EVER.total_seconds()):
        raise RuntimeError("it was not ready before the first timer was due")
    return {"seconds": seconds, "ready_seconds": ready - began, "resident": resident}


def _done(way: str, said: Mapping[str, Any], ready: float) -> bool:
    if time.monotonic() - ready < said.get("seconds", 0.0):
        return False
    folded = _total(metrics.COMPLETED) >= said.get("events", 0)
    decided = _total(metrics.DECIDING_DECISIONS) >= said.get("decisions", 0)
    ended = _total(metrics.DECIDING_DECISIONS, kind=EndDecision.__name__) >= said.get("ends", 0)
    return folded and (way == "tracking" or (decided and ended))


async def _tick(serving: "asyncio.Future[None]") -> None:
    await asyncio.wait([serving], timeout=0.01)
    if serving.done():
        serving.result()


def _total(counter: Counter, **labels: str) -> float:
    samples = [sample for metric in counter.collect() for sample in metric.samples]
    return sum(
        sample.value for sample in samples if sample.name.endswith("_total") and labels.items() <= sample.labels.items()
    )


def _resident() -> int:
    """Bytes, as the kernel counts them."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this kernel does not tell how much memory is resident")


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(work(sys.argv[1], json.loads(sys.argv[2])))))
