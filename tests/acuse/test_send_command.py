"""The command as it is run, through an ingest as it is run, to a real Kafka."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import msgspec
import pytest

from acuse.local.broker import Broker
from acuse.local.credentials import credentials_in
from acuse.local.plan import Ports
from acuse.local.ports import free_port
from delivery.requests import Finding, MessageRequest, Request, SettleRequest, decode_request
from delivery.topics import REQUESTS
from ingest.topic_reader import TopicReader

DEADLINE_SECONDS = 120
NUMBER = "+34600123987"
COMMON = ("--channel", "sms", "--provider", "mensatek", "--data", "stack")
PLAN = """
[[plans.twice.steps]]
channel = "sms"
provider = "mensatek"
ttl = 60
[[plans.twice.steps]]
channel = "sms"
provider = "mensatek"
"""


@pytest.fixture
def stack(broker: Broker, tmp_path: Path) -> Iterator[Path]:
    """A directory like a local stack's, and an ingest that runs as that stack's would."""
    root = tmp_path / "stack"
    root.mkdir()
    (tmp_path / "acuse.toml").write_text(PLAN)
    port = free_port()
    token = credentials_in(root, ["mensatek"]).api_token
    (root / "ports.json").write_bytes(msgspec.json.encode(Ports(broker.port, port, 1, 2, 3, 4)))
    said = {
        "ACUSE_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "ACUSE_INGEST__PORT": str(port),
        "ACUSE_API__TOKENS": token,
        **{f"ACUSE_PROVIDERS__MENSATEK__{name}": "x" for name in ("API_USER", "API_TOKEN")},
    }
    process = subprocess.Popen([sys.executable, "-P", "-m", "acuse", "ingest"], env={**clean(), **said}, cwd=tmp_path)
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not ready(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield tmp_path
    finally:
        process.terminate()
        process.wait(DEADLINE_SECONDS)


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ACUSE_")}


def ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=60).is_success
    except httpx2.TransportError:
        return False


def acuse(*arguments: str, directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "acuse", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, cwd=directory, env=clean())


def asked_of(broker: Broker, *message_ids: str) -> list[Request]:
    async def read() -> list[Request]:
        async with TopicReader(broker.bootstrap_servers) as reader:
            span = await reader.span(REQUESTS)
            records = [record async for batch in reader.read(span) for record in batch]
        wanted = {message_id.encode() for message_id in message_ids}
        return [decode_request(record.value) for record in records if record.key in wanted]

    return asyncio.run(read())


def test_a_message_and_its_settlement(stack: Path, broker: Broker) -> None:
    text = "“Hola” " + "x" * 70
    sent = acuse("send", "--to", NUMBER, "--text", text, "--set", "options.report=true", *COMMON, directory=stack)
    assert sent.returncode == 0, sent.stderr
    message_id = sent.stdout.strip()
    assert "2 SMS in Unicode, 57 characters left" in sent.stderr
    assert "Unicode because of “ (1x) ” (1x)" in sent.stderr
    assert NUMBER[1:] not in sent.stdout + sent.stderr
    settled = acuse("settle", message_id, "sent", "--ref", "10573758", "--data", "stack", directory=stack)
    assert (settled.returncode, settled.stdout) == (0, f"{message_id} step 1: sent\n"), settled.stderr
    message, settlement = asked_of(broker, message_id)
    assert isinstance(message, MessageRequest)
    assert (message.order.personal.to, message.order.personal.text) == (NUMBER, text)
    assert isinstance(settlement, SettleRequest)
    assert (settlement.finding, settlement.ref) == (Finding.SENT, "10573758")


def test_a_message_by_a_plan(stack: Path, broker: Broker) -> None:
    arguments = ("send", "--to", NUMBER, "--text", "Hola", "--plan", "twice", "--data", "stack")
    at = "2026-01-01T00:00:00Z"  # it has come
    sent = acuse(*arguments, "--send-at", at, "--set", "contents.2.text=Otra vez", directory=stack)
    assert sent.returncode == 0, sent.stderr
    (message,) = asked_of(broker, sent.stdout.strip())
    assert isinstance(message, MessageRequest)
    assert message.plan is not None
    assert [step.choices[0].order.personal.text for step in message.plan.steps] == ["Hola", "Otra vez"]
    assert (message.plan.name, message.send_at) == ("twice", None)


def test_a_file_twice_is_one_batch(stack: Path, broker: Broker) -> None:
    rows = "".join(f"+34600{number:06d},Hola {number}\n" for number in range(230))
    (stack / "many.csv").write_text(f"to,text\n{rows}")
    told = []
    for _ in range(2):
        done = acuse("send", "--batch", "many.csv", "--ids", "ids.jsonl", *COMMON, directory=stack)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "230 messages accepted\n"
        assert "230 messages, 230 SMS" in done.stderr
        told.append([json.loads(line)["message_id"] for line in (stack / "ids.jsonl").read_text().splitlines()])
    assert told[0] == told[1]
    assert len({request.message_id for request in asked_of(broker, *told[0])}) == 230


def test_what_is_in_doubt_is_listed(stack: Path) -> None:
    listed = acuse("doubts", "--data", "stack", directory=stack)
    assert listed.returncode == 0, listed.stderr
    assert all(
        {"message_id", "step", "tries", "provider", "at", "why"} == json.loads(line).keys()
        for line in listed.stdout.splitlines()
    )


def test_doubts_without_kafka_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "acuse.toml").write_text('[kafka]\nbootstrap_servers = "127.0.0.1:1"')
    done = acuse("doubts", directory=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("acuse: Kafka at 127.0.0.1:1: KafkaConnectionError; is it running")


def test_a_dry_run_needs_no_ingest(tmp_path: Path) -> None:
    arguments = ("--to", NUMBER, "--text", "Hola", "--channel", "sms", "--provider", "mensatek", "--dry-run")
    done = acuse("send", *arguments, directory=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 SMS in GSM 03.38, 156 characters left\nNothing was sent.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("send", "--to", "+34912345678", "--text", "a", *COMMON[:4], "--dry-run"), "to: a fixed-line number"),
        (("send", "--to", NUMBER, "--text", "a", *COMMON[:4]), "no token: set [api] tokens, or name the local stack's"),
        (("send", "--to", NUMBER, "--text", "a", *COMMON), "is no local stack's directory; `acuse up --data stack`"),
        (
            ("send", "--to", NUMBER, "--text", "a", "--plan", "twic", "--dry-run"),
            "--config names the settings that have it",
        ),
        (("settle", "7", "sent"), "message_id: give a UUID"),
        (("settle", "018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c", "lost"), "finding: give one of sent, not_sent"),
        (("settle", "018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c", "sent", "--resend"), "resend: it was sent"),
    ],
)
def test_a_refusal_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = acuse(*arguments, directory=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("acuse: ")
    assert said in line
    assert NUMBER[1:] not in line
