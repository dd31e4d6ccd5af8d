"""`acuse up` as somebody would run it: real processes, killed in every way."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import httpx2
import pytest

from acuse.local.ports import free_port
from acuse.local.processes import ProcessRecord, is_running
from acuse.local.supervisor import read_records

pytestmark = pytest.mark.first
ACUSE = [sys.executable, "-P", "-m", "acuse"]
CHILDREN = {"kafka", "ingest", "stream", "dispatch", "projection"}
START_SECONDS = 200
STOP_SECONDS = 60
"""So long only where it never comes about: the machine may be busy with other tests."""


class LocalStack:
    """A stack in a directory, on ports of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ports = [free_port() for _ in range(3)]
        self.ingest, self.dashboards = (f"http://127.0.0.1:{port}" for port in self.ports[:2])
        self.process: subprocess.Popen[str] | None = None
        self.output: IO[str] | None = None

    def command(self, *more: str) -> list[str]:
        ingest, dashboards, broker = map(str, self.ports)
        ports = ["--ingest-port", ingest, "--dashboards-port", dashboards, "--broker-port", broker]
        return [*ACUSE, "up", "--data", str(self.data), *ports, *more]

    def start(self) -> None:
        said = self.data.with_suffix(".out")
        with said.open("w") as output:
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output, cwd=self.data.parent)
        until(lambda: "curl" in said.read_text() or self.exited(said), START_SECONDS)

    def exited(self, said: Path) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, said.read_text()
        return False

    def children(self) -> dict[str, ProcessRecord]:
        return {record.name: record for record in read_records(self.data / "children.json")}

    def signal(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def post(self, batch: int) -> None:
        """A report that a message was delivered; posted again until it is acknowledged, as a provider does."""
        webhook = tomllib.loads((self.data / "credentials.toml").read_text())["webhooks"]["mensatek"]
        report = {
            "Servicio": "SMSMASIVO",
            "Resultado": "11",
            "Movil": "34600000000",
            "Fecha": "2026-01-15 11:14:24",
            "Segundos": "3",
            "idMensaje": str(batch),
        }

        def acknowledged() -> bool:
            try:
                answer = httpx2.post(
                    f"{self.ingest}/webhooks/mensatek",
                    json=report,
                    auth=(webhook["username"], webhook["password"]),
                    timeout=60,
                )
            except httpx2.TransportError:
                return False
            assert answer.status_code in {204, 503}, answer.text
            return answer.status_code == 204

        until(acknowledged, 120)

    def is_delivered(self, batch: int) -> bool:
        try:
            answer = httpx2.get(f"{self.dashboards}/v1/attempts/mensatek/{batch}:34600000000", timeout=60)
        except httpx2.TransportError:
            return False
        if answer.status_code != 200 or answer.json()["stage"] != "delivered":
            return False
        assert (answer.json()["number_type"], answer.json()["carrier"]) == ("mobile", "Vodafone")
        return True


def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LocalStack]:
    stack = LocalStack(tmp_path / "data")
    yield stack
    if stack.process is not None and stack.process.poll() is None:
        stack.signal(signal.SIGTERM)


def run(command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, cwd=directory)


def refused(command: list[str], directory: Path) -> str:
    """What a command that must fail says: one line, and no traceback."""
    done = run(command, directory)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@pytest.mark.timeout(900)
def test_it_goes_on_whatever_is_killed(stack: LocalStack) -> None:
    stack.start()
    assert set(stack.children()) == CHILDREN
    stack.post(1)
    until(lambda: stack.is_delivered(1), 120)
    assert "in use by another Acuse" in refused(stack.command(), stack.data.parent)
    rebuild = [*ACUSE, "rebuild", "--data", str(stack.data)]
    assert "in use by another Acuse" in refused(rebuild, stack.data.parent)
    examined = run([*ACUSE, "doctor", "--data", str(stack.data)], stack.data.parent)
    assert examined.returncode == 0, examined.stdout
    assert "in use by a running stack" in examined.stdout

    for batch, name in enumerate(sorted(CHILDREN), start=2):
        killed = stack.children()[name]
        os.kill(killed.pid, signal.SIGKILL)
        until(lambda killed=killed: stack.children().get(killed.name, killed) != killed, 120)
        stack.post(batch)
        until(lambda batch=batch: stack.is_delivered(batch), 120)

    until(lambda: set(stack.children()) == CHILDREN, 120)
    before = stack.children()
    stack.signal(signal.SIGKILL)
    if sys.platform == "linux":
        until(lambda: not any(map(is_running, before.values())), STOP_SECONDS)

    stack.start()
    for batch in range(1, 7):
        until(lambda batch=batch: stack.is_delivered(batch), 120)
    stack.post(7)
    until(lambda: stack.is_delivered(7), 120)
    last = stack.children()
    assert stack.signal(signal.SIGTERM) == 0
    assert not any(map(is_running, last.values()))

    rebuilt = run(rebuild, stack.data.parent)
    assert re.fullmatch(r"rebuilt from \d+ records\n", rebuilt.stdout), rebuilt.stderr


@pytest.mark.parametrize("place", range(3))
def test_a_port_in_use_is_named_with_the_option(stack: LocalStack, place: int) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", stack.ports[place]))
        holder.listen()
        said = refused(stack.command(), stack.data.parent)
    option = ["--ingest-port", "--dashboards-port", "--broker-port"][place]
    assert f"port {stack.ports[place]} on 127.0.0.1" in said
    assert f"is in use; choose another with {option}" in said


def test_a_broken_settings_file_is_named(stack: LocalStack, tmp_path: Path) -> None:
    (tmp_path / "acuse.toml").write_text("[ingest]\nprot = 1")
    said = refused(stack.command(), tmp_path)
    assert said == "acuse: acuse.toml: [ingest] prot: unknown key; did you mean `port`?\n"
    assert not stack.data.exists()


def test_a_directory_that_cannot_be_written_is_named(stack: LocalStack, tmp_path: Path) -> None:
    stack.data.write_text("a file")
    assert "cannot be used: File exists; name another with --data" in refused(stack.command(), tmp_path)
