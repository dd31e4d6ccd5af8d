"""Acknowledged webhooks per second, against the same app with the producer left out."""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from statistics import median

import httpx2

from acuse.local.broker import Broker
from acuse.local.ports import free_port
from acuse.topics import ensure_topics
from bench.ingest_server import UNACKNOWLEDGED
from bench.medians import ratio

CONNECTIONS = 256
SECONDS = 4.0
WARM_UP_SECONDS = 5.0
"""Long enough for the broker's compiler too."""
READY_SECONDS = 30.0
LOAD_TIMEOUT_SECONDS = 60.0


def run() -> Mapping[str, float]:
    """`ingest_vs_unacknowledged`, and the two rates that it is of, in requests per second."""
    runs = count()
    rates: dict[str, list[float]] = {"acknowledged": [], "unacknowledged": []}

    def rate(kind: str, port: int) -> float:
        figure = _load(port, next(runs), SECONDS)
        rates[kind].append(figure)
        return figure

    with _broker() as bootstrap_servers, _server(bootstrap_servers) as ours, _server(UNACKNOWLEDGED) as bare:
        for port in (ours, bare):
            _load(port, next(runs), WARM_UP_SECONDS)
        quotient = ratio(lambda: rate("acknowledged", ours), lambda: rate("unacknowledged", bare))
    return {
        "ingest_vs_unacknowledged": quotient,
        "ingest_acknowledged_per_second": round(median(rates["acknowledged"])),
        "ingest_unacknowledged_per_second": round(median(rates["unacknowledged"])),
    }


@contextlib.contextmanager
def _broker() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="acuse-bench-") as directory:
        broker = Broker(Path(directory), free_port())
        broker.start()
        try:
            asyncio.run(ensure_topics(broker.bootstrap_servers))
            yield broker.bootstrap_servers
        finally:
            broker.stop()


@contextlib.contextmanager
def _server(bootstrap_servers: str) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.ingest_server", bootstrap_servers, str(port)])
    try:
        _until_ready(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(READY_SECONDS)


def _until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == httpx2.codes.OK:
                return
        time.sleep(0.1)
    raise RuntimeError("the ingest server does not become ready")


def _load(port: int, run_number: int, seconds: float) -> float:
    command = [sys.executable, "-m", "bench.webhook_load", str(port), str(run_number), str(CONNECTIONS), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LOAD_TIMEOUT_SECONDS)
    return float(done.stdout)
