"""The whole on this machine: a steady rate of webhooks, how soon each can be seen in the query API, and what it costs.

All processes share the machine with whoever posts, so what decides is the CPU time that a webhook takes of each. That
of the projection has the looks of `paced_load` in it.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import msgspec
import psutil

from acuse.local.ports import free_port
from acuse.local.processes import ProcessRecord
from acuse.local.stack import LocalStack, RunningStack, StackOptions

RATE = 1_550
"""A little over the goal, so that reaching it is not a matter of rounding."""
SECONDS = 60.0
WARM_UP_SECONDS = 10.0
LIMIT_SECONDS = 60.0


def run() -> Mapping[str, float]:
    """Webhooks acknowledged a second over a minute, the seconds from there to visibility (p50 and p99), and the
    microseconds of CPU that each took of every process, user and system together.
    """
    with tempfile.TemporaryDirectory(prefix="acuse-bench-") as directory:
        ports = {name: free_port() for name in ("ingest_port", "dashboards_port", "broker_port")}
        stack = LocalStack(StackOptions(data=Path(directory) / "data", **ports), Quiet())
        with stack.prepared():
            measured = asyncio.run(_measure(stack, ports["ingest_port"], ports["dashboards_port"]))
    visible = measured["visible_after"]
    return {
        "end_to_end_per_second": round(measured["acknowledged"] / measured["seconds"]),
        "end_to_end_p50_seconds": round(median(visible), 3),
        "end_to_end_p99_seconds": round(quantiles(visible, n=100)[98], 3),
        **{
            f"cpu_us_per_webhook_{process}": round(1e6 * seconds / measured["acknowledged"])
            for process, seconds in measured["cpu_seconds"].items()
        },
    }


class Quiet:
    """Nobody watches this stack; only what went wrong is passed on."""

    def step(self, sentence: str) -> None: ...
    def fetched(self, done: int, total: int) -> None: ...
    def waiting(self, troubles: dict[str, str]) -> None: ...

    def happened(self, sentence: str, details: str) -> None:
        print(sentence, details, file=sys.stderr)


async def _measure(stack: LocalStack, ingest_port: int, dashboards_port: int) -> dict[str, Any]:
    async with stack.running() as running:
        await _load(running, ingest_port, dashboards_port, WARM_UP_SECONDS)
        before = _cpu_seconds(running.data)
        measured = await _load(running, ingest_port, dashboards_port, SECONDS)
        after = _cpu_seconds(running.data)
        return {**measured, "cpu_seconds": {process: after[process] - before[process] for process in before}}


def _cpu_seconds(data: Path) -> Mapping[str, float]:
    """By process of the stack, since it began."""
    children = msgspec.json.decode((data / "children.json").read_bytes(), type=list[ProcessRecord])
    times = {child.name: psutil.Process(child.pid).cpu_times() for child in children}
    return {name: spent.user + spent.system for name, spent in times.items()}


async def _load(running: RunningStack, ingest_port: int, dashboards_port: int, seconds: float) -> dict[str, Any]:
    webhook = running.credentials.webhooks["mensatek"]
    arguments = [str(ingest_port), str(dashboards_port), str(RATE), str(seconds)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.paced_load", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(seconds + LIMIT_SECONDS):
        printed, _ = await process.communicate(f"{webhook.username}:{webhook.password}\n".encode())
    if process.returncode:
        raise RuntimeError("the load could not be posted; see above")
    return json.loads(printed)
