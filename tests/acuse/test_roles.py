"""What every role's process does, shown by the dispatcher, without a broker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client import CollectorRegistry, Counter

from acuse.health import serve_health
from acuse.listening import ListenError
from acuse.local.ports import free_port

DEADLINE_SECONDS = 120


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def role(port: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ACUSE_")}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "acuse", "dispatch"],
        stdin=subprocess.PIPE,
        cwd=tmp_path,
        env={**environment, "ACUSE_DISPATCH__HEALTH_PORT": str(port), "ACUSE_LEASH": "stdin"},
    )
    assert process.stdin is not None
    with process.stdin:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not answers(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield process
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/livez", timeout=60).is_success
    except httpx2.TransportError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(role: subprocess.Popen[bytes], number: signal.Signals) -> None:
    role.send_signal(number)
    assert role.wait(DEADLINE_SECONDS) == 0


def test_it_ends_with_the_supervisor_that_holds_its_input(role: subprocess.Popen[bytes]) -> None:
    assert role.stdin is not None
    role.stdin.close()
    assert role.wait(DEADLINE_SECONDS) == 0


def test_health_says_what_is_not_ready_and_what_was_counted(port: int) -> None:
    registry = CollectorRegistry()
    Counter("acuse_test_things", "Things", registry=registry).inc()
    troubles: dict[str, str] = {"kafka": "away"}
    with serve_health(host="127.0.0.1", port=port, ready=lambda: troubles, registry=registry):
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            wait_for(port)
            assert client.get("/livez").status_code == 200
            answer = client.get("/readyz")
            assert (answer.status_code, answer.json()["not_ready"]) == (503, {"kafka": "away"})
            troubles.clear()
            assert client.get("/readyz").status_code == 200
            assert "acuse_test_things_total 1.0" in client.get("/metrics").text
        refused = pytest.raises(ListenError, match=rf"cannot listen on 127\.0\.0\.1:{port}")
        with refused, serve_health(host="127.0.0.1", port=port, ready=dict, registry=registry):
            pass


def wait_for(port: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx2.get(f"http://127.0.0.1:{port}/livez", timeout=60)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("it does not answer")
