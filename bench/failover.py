"""Deciding: decisions a second, how late timers fire with many of them pending, and what failover costs the fold.

Every run has a process, a store and topics of its own. Timers are measured with 200,000 messages that wait for a step's
time, of which some thousand come due while nothing else happens: from the moment that was due to the broker's timestamp
of the decision. The fold's ratio is that of the events a second that tracking and deciding do together, for messages of
ours with a plan, to those that tracking does alone.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

from acuse.local.broker import Broker
from acuse.local.ports import free_port
from bench.failover_topics import (
    FailoverTopics,
    decided_late,
    fill_events,
    fill_pending,
    fill_requests,
    fresh_topics,
)

MESSAGES = 20_000
FOLDED = 30_000
PENDING = 200_000
COMING_DUE = 4_000
DUE_AFTER_SECONDS = 60.0
DUE_WITHIN_SECONDS = 20.0
ROUNDS = 3
RUN_SECONDS = 150


def run() -> Mapping[str, float]:
    with tempfile.TemporaryDirectory(prefix="acuse-bench-failover-") as scratch:
        broker = Broker(Path(scratch) / "kafka", free_port())
        broker.start()
        try:
            bench = FailoverBench(broker.bootstrap_servers, Path(scratch))
            return {**bench.decide(), **bench.wait(), **bench.compare()}
        finally:
            broker.stop()


class FailoverBench:
    def __init__(self, servers: str, scratch: Path) -> None:
        self._servers = servers
        self._scratch = scratch

    def decide(self) -> Mapping[str, float]:
        """Each is of a message of its own: its request read, its first step decided, written and marked."""
        rates = []
        for turn in range(ROUNDS):
            topics = asyncio.run(fresh_topics(self._servers))
            asyncio.run(fill_requests(self._servers, topics, MESSAGES))
            rates.append(MESSAGES / self._process("deciding", topics, decisions=MESSAGES)["seconds"])
            _say(f"round {turn + 1}: {rates[-1]:,.0f} decisions/s")
        return {"failover_decisions_per_second": round(median(rates))}

    def wait(self) -> Mapping[str, float]:
        """Lateness of timers, and memory: with so many pending over that with none."""
        idle = self._process("waiting", asyncio.run(fresh_topics(self._servers)), seconds=5.0)
        topics = asyncio.run(fresh_topics(self._servers))
        asyncio.run(
            fill_pending(
                self._servers,
                topics,
                PENDING,
                COMING_DUE,
                due_after_seconds=DUE_AFTER_SECONDS,
                due_within_seconds=DUE_WITHIN_SECONDS,
            )
        )
        told = {"decisions": COMING_DUE, "ready_within": DUE_AFTER_SECONDS - 5}
        done = self._process("waiting", topics, **told)
        late = asyncio.run(decided_late(self._servers, topics))
        if len(late) != COMING_DUE:
            raise RuntimeError(f"{len(late)} of {COMING_DUE} timers fired once")
        _say(f"{len(late)} timers, at worst {max(late):.2f} s late; ready after {done['ready_seconds']:.1f} s")
        return {
            "failover_timer_p50_seconds": round(median(late), 3),
            "failover_timer_p99_seconds": round(quantiles(late, n=100)[98], 3),
            "failover_bytes_per_pending": round((done["resident"] - idle["resident"]) / PENDING),
        }

    def compare(self) -> Mapping[str, float]:
        ratios = []
        for turn in range(ROUNDS):
            seconds = {}
            for way in ("tracking", "both"):
                topics = asyncio.run(fresh_topics(self._servers))
                asyncio.run(fill_requests(self._servers, topics, FOLDED))
                events = asyncio.run(fill_events(self._servers, topics, FOLDED))
                seconds[way] = self._process(way, topics, events=events, ends=FOLDED)["seconds"]
            ratios.append(seconds["tracking"] / seconds["both"])
            _say(f"round {turn + 1}: fold with failover to without: {ratios[-1]:.2f}")
        return {"failover_fold_on_to_off": round(median(ratios), 3)}

    def _process(self, way: str, topics: FailoverTopics, **told: float) -> Mapping[str, float]:
        said = {
            "servers": self._servers,
            "data_dir": str(self._scratch / uuid4().hex),
            "topics": topics.told(),
            **told,
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.failover_workers", way, json.dumps(said)],
            stdout=subprocess.PIPE,
            text=True,
            timeout=RUN_SECONDS,
            check=True,
        )
        figures: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
        return figures


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)
