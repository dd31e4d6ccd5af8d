"""A ClickHouse server for tests: the HTTP shim over chDB, in a process of its own."""

import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from acuse.local.ports import free_port
from sinks.config import ClickHouseConfig

SHIM = Path(__file__).with_name("clickhouse_shim.py")
START_SECONDS = 120.0


class ClickHouseServer:
    """``start`` after ``stop`` or ``kill`` serves the same data on the same port."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def config(self, database: str | None = None) -> ClickHouseConfig:
        """A connection to a database of its own, not yet made: `migrate` it through a writing client."""
        name = database or f"test_{uuid.uuid4().hex[:12]}"
        return ClickHouseConfig(host="127.0.0.1", port=self.port, database=name, connect_seconds=2, write_seconds=60)

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SHIM), "--path", str(self._directory / "data"), "--port", str(self.port)],
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the ClickHouse shim did not start")
            time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    stop = kill

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    server = ClickHouseServer(tmp_path_factory.mktemp("clickhouse"))
    server.start()
    try:
        yield server
    finally:
        server.kill()
