"""The tracking worker against Quix Streams and a plain loop, against itself with more attempts, and its recovery.

Every run has a process, a store, a changelog and output topics of its own; the events of a comparison are one topic,
read again by each. Ways take turns.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from uuid import uuid4

from acuse.local.broker import Broker
from acuse.local.ports import free_port
from bench.fold_topics import events, fill, fresh_topics, receipts, states
from streams.config import TrackingTopics

ATTEMPTS = 100_000
EVENTS_PER_ATTEMPT = 3
FEW, MANY = 10_000, 1_000_000
RECEIPTS = 60_000
ROUNDS = 3
RUN_SECONDS = 900


def run(attempts: int = ATTEMPTS, many: int = MANY, rounds: int = ROUNDS) -> Mapping[str, float]:
    """All figures; ``attempts`` for the comparisons, ``many`` live ones for growth and recovery."""
    with tempfile.TemporaryDirectory(prefix="acuse-bench-fold-") as scratch:
        broker = Broker(Path(scratch) / "kafka", free_port())
        broker.start()
        try:
            bench = FoldBench(broker.bootstrap_servers, Path(scratch))
            return {**bench.compare(attempts, rounds), **bench.grow(many, rounds)}
        finally:
            broker.stop()


class FoldBench:
    def __init__(self, servers: str, scratch: Path) -> None:
        self._servers = servers
        self._scratch = scratch

    def compare(self, attempts: int, rounds: int) -> Mapping[str, float]:
        """Ratios of events a second, ours to theirs, and ours."""
        total = attempts * EVENTS_PER_ATTEMPT
        source = asyncio.run(fresh_topics(self._servers))
        asyncio.run(fill(self._servers, source.events, events(attempts)))
        rates: dict[str, list[float]] = {"acuse": [], "quixstreams": [], "aiokafka": []}
        for turn in range(rounds):
            for way, seen in rates.items():
                topics = asyncio.run(fresh_topics(self._servers, source.events))
                seen.append(total / self._process(way, topics, total)["seconds"])
                _say(f"round {turn + 1}: {way} {seen[-1]:,.0f} events/s")
        return {
            "fold_vs_quixstreams": _ratio(rates["acuse"], rates["quixstreams"]),
            "fold_vs_aiokafka": _ratio(rates["acuse"], rates["aiokafka"]),
            "fold_per_second": round(median(rates["acuse"])),
        }

    def grow(self, many: int, rounds: int) -> Mapping[str, float]:
        """Time for an event with many live attempts over that with few, and seconds to recover a million.

        Recovery is from the changelog alone where nothing else is said; both include the worker's start, a second.
        """
        growth: list[float] = []
        from_changelog: list[float] = []
        from_store: list[float] = []
        for turn in range(rounds):
            few_seconds, _, _ = self._grown(FEW)
            many_seconds, changelog, store = self._grown(many)
            growth.append(many_seconds / few_seconds)
            from_changelog.append(changelog * 1_000_000 / many)
            from_store.append(store * 1_000_000 / many)
            _say(f"round {turn + 1}: growth {growth[-1]:.2f}, recovery {changelog:.1f} s and {store:.1f} s")
        return {
            "fold_growth": round(median(growth), 3),
            "recovery_s_per_million": round(median(from_changelog), 1),
            "recovery_s_per_million_from_store": round(median(from_store), 1),
        }

    def _grown(self, attempts: int) -> tuple[float, float, float]:
        """Seconds for the receipts, and until ready from the changelog alone and from the local store."""
        topics = asyncio.run(fresh_topics(self._servers))
        asyncio.run(fill(self._servers, topics.changelog, states(attempts)))
        store = self._scratch / uuid4().hex
        from_changelog = self._process("acuse", topics, 0, store)["ready_seconds"]
        from_store = self._process("acuse", topics, 0, store)["ready_seconds"]
        asyncio.run(fill(self._servers, topics.events, receipts(attempts, RECEIPTS)))
        return self._process("acuse", topics, RECEIPTS, store)["seconds"], from_changelog, from_store

    def _process(self, way: str, topics: TrackingTopics, total: int, store: Path | None = None) -> Mapping[str, float]:
        said = {
            "servers": self._servers,
            "data_dir": str(store or self._scratch / uuid4().hex),
            "topics": asdict(topics),
            "events": total,
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.fold_workers", way, json.dumps(said)],
            stdout=subprocess.PIPE,
            text=True,
            timeout=RUN_SECONDS,
            check=True,
        )
        figures: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
        return figures


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return round(median(mine / other for mine, other in zip(ours, theirs, strict=True)), 3)


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)
