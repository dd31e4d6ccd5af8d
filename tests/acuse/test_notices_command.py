"""The dispatch role tells the application, and `acuse notices` lists what became of that and sends it once more."""

import asyncio
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner, Result

from acuse.cli import app
from acuse.errors import Refusal
from acuse.local.broker import Broker
from acuse.local.ports import free_port
from delivery.decisions import EndDecision, Why, encode_decision, end_id
from delivery.notices import NoticeType, notice_id
from delivery.topics import DECISIONS
from ingest.notify.signing import signing_key
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.publisher import Record
from tests.ingest.notify.application import SECRETS, Application, serving

DEADLINE_SECONDS = 120


def environment(broker: Broker, application: Application, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACUSE_")}
    said = {
        "ACUSE_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "ACUSE_NOTIFY__URL": application.url,
        "ACUSE_NOTIFY__SECRETS": ",".join(SECRETS),
        "ACUSE_NOTIFY__RETRY_SECONDS": "0.1",
        "ACUSE_NOTIFY__GROUP_ID": f"notify-{uuid.uuid4().hex}",
        "ACUSE_DISPATCH__GROUP_ID": f"dispatch-{uuid.uuid4().hex}",
    }
    return {**inherited, **said, **more}


def acuse(*arguments: str, environment: dict[str, str], directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "acuse", *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        cwd=directory,
        env=environment,
    )


@contextmanager
def dispatching(said: dict[str, str], directory: Path) -> Iterator[str]:
    """The role in a process of its own, ready; its address."""
    port = free_port()
    role = subprocess.Popen(
        [sys.executable, "-P", "-m", "acuse", "dispatch"],
        cwd=directory,
        env={**said, "ACUSE_DISPATCH__HEALTH_PORT": str(port)},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait(lambda: readiness(address).get("status") == "ready" and not readiness(address).get("notes"))
        yield address
        role.terminate()
        assert role.wait(90) == 0
    finally:
        if role.poll() is None:
            role.kill()
            role.wait(60)


def readiness(address: str) -> dict:
    try:
        return httpx2.get(f"{address}/readyz", timeout=60).json()
    except httpx2.TransportError:
        return {}


def wait(condition) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def ended(reference: str) -> EndDecision:
    message_id = str(uuid.uuid4())
    return EndDecision(
        decision_id=end_id(message_id, Why.SUCCEEDED),
        message_id=message_id,
        decided_at=datetime.now(UTC),
        why=Why.SUCCEEDED,
        step=1,
        reference=reference,
    )


async def publish(broker: Broker, *decisions: EndDecision) -> None:
    publisher = KafkaPublisher(ProducerConfig(bootstrap_servers=broker.bootstrap_servers, topics=(DECISIONS.name,)))
    await publisher.start()
    async with asyncio.timeout(90):
        await publisher.wait_connected(60)
        await publisher.publish(
            [Record(DECISIONS.name, each.message_id.encode(), encode_decision(each)) for each in decisions]
        )
    await publisher.stop()


def test_the_role_tells_and_what_was_not_taken_is_listed_and_sent_once_more(broker: Broker, tmp_path: Path) -> None:
    well, failing = ended("order-1"), ended("fail 2")
    well_id, failing_id = (notice_id(NoticeType.DELIVERED, each.decision_id) for each in (well, failing))
    with serving(Application()) as application:
        said = environment(broker, application)
        with dispatching(said, tmp_path) as address:
            asyncio.run(publish(broker, well, failing))
            metrics = 'acuse_notify_notices_total{result="dead",type="message.delivered"} 1.0'
            wait(lambda: metrics in httpx2.get(f"{address}/metrics", timeout=60).text)
            wait(lambda: well_id in application.taken)
        assert not application.forged
        listed = acuse("notices", environment=said, directory=tmp_path)
        found = {notice["notice_id"]: notice for notice in map(json.loads, listed.stdout.splitlines())}
        assert (found[well_id]["result"], found[failing_id]["result"]) == ("delivered", "dead")
        dead = acuse("notices", "--dead", environment=said, directory=tmp_path)
        assert failing_id in dead.stdout
        assert well_id not in dead.stdout

        again = acuse("notices", "resend", failing_id, environment=said, directory=tmp_path)
        assert (again.returncode, application.taken.get(failing_id)) == (0, 1), again.stderr
        assert "1 taken, 0 not" in again.stderr
        none = acuse("notices", "resend", "--dead", environment=said, directory=tmp_path)
        assert "0 taken, 0 not" in none.stderr

        application.answers_all = 500
        failed = acuse("notices", "resend", well_id, environment=said, directory=tmp_path)
        assert failed.returncode == 1
        assert json.loads(failed.stdout)["why"] == "HTTP 500"


def told(monkeypatch: pytest.MonkeyPatch, said: dict[str, str], *arguments: str) -> Result:
    """In this process, which is quicker."""
    for name in os.environ:
        if name.startswith("ACUSE_"):
            monkeypatch.delenv(name)
    for name, value in said.items():
        if name.startswith("ACUSE_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setattr("acuse.logs.configure_logging", lambda *_, **__: None)
    return CliRunner().invoke(app, ["notices", *arguments])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("resend",), "name the notices' ids, or say --dead"),
        (("resend", "ntc_1", "--dead"), "name the notices' ids, or say --dead"),
        (("resend", "ntc_1"), "unknown: ntc_1; `acuse notices` lists"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    arguments: tuple[str, ...], says: str, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(Application()) as application:
        done = told(monkeypatch, environment(broker, application), *arguments)
    assert isinstance(done.exception, Refusal)
    assert says in str(done.exception)


def test_without_a_url_nothing_can_be_sent_once_more(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = told(monkeypatch, {"ACUSE_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers}, "resend", "ntc_1")
    assert "no url: set [notify] url and secrets" in str(done.exception)


def test_a_secret_and_the_schema_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert signing_key(told(monkeypatch, {}, "secret").stdout.strip())
    schema = json.loads(told(monkeypatch, {}, "schema").stdout)
    assert set(schema["discriminator"]["mapping"]) == set(NoticeType)
