"""The demo itself, on the real stack and over real HTTP: a small burst."""

import re
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

from acuse.demo.plans import demo_plans
from acuse.local.ports import free_port
from sinks.client import open_client
from sinks.config import ClickHouseConfig

SECONDS = 280
PRICED = """
SELECT attempts.channel = sends.channel AS is_of_its_own_channel, attempts.expected_cost = sends.cost
FROM (SELECT * FROM attempts FINAL WHERE isNotNull(handed_at)) AS attempts
INNER JOIN (SELECT * FROM decisions WHERE kind = 'send' AND isNotNull(cost)) AS sends USING (message_id, step, tries)
"""
"""Of what was handed over at a price that is known: a leg of native failover has no cost of its own."""


def play(data: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    ports = {"--ingest-port": free_port(), "--dashboards-port": free_port(), "--broker-port": free_port()}
    said = [text for option, port in ports.items() for text in (option, str(port))]
    return subprocess.run(
        [sys.executable, "-m", "acuse", "demo", "--once", "--data", str(data), *said, *options],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_all_that_the_providers_took_and_told_is_read_back(tmp_path: Path) -> None:
    played = play(tmp_path, "--messages", "250", "--seed", "3")
    assert played.returncode == 0, played.stdout + played.stderr
    assert re.search(r"^250 messages accepted in ", played.stdout, re.MULTILINE)
    assert "✗" not in played.stdout
    assert played.stdout.count("✓") > 8
    assert re.search(r"^ ✓  … … rescued by it +([1-9]\d*) +\1 *$", played.stdout, re.MULTILINE)
    assert all(name in played.stdout for name in demo_plans())
    assert all(provider in played.stdout for provider in ("mensatek", "messente", "altiria", "ainumber", "enviosms"))
    with closing(open_client(ClickHouseConfig(path=tmp_path / "clickhouse"), readonly=True)) as client:
        assert set(client.query(PRICED).result_rows) == {(True, True), (False, None)}
    logged = "".join(log.read_text(errors="replace") for log in (tmp_path / "logs").iterdir())
    webhooks = tomllib.loads((tmp_path / "credentials.toml").read_text())["webhooks"]
    assert not [name for name, webhook in webhooks.items() if webhook["password"] in logged]
