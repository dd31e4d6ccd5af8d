"""The command as it is run, on a record in a real Kafka that is small enough to be counted by hand."""

import asyncio
import os
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from rich.console import Console

from acuse.backtest.archive import Period
from acuse.backtest.outline import Outline
from acuse.backtest.report import Report
from acuse.backtest.running import Asked, backtest
from acuse.backtest.table import remarks, tell
from acuse.commands.backtest import backtest as command
from acuse.errors import Refusal
from acuse.local.broker import Broker
from delivery.attempts import state_of
from delivery.channels import Channel
from delivery.decisions import SendDecision, Why, encode_decision
from delivery.events import Payload, Personal, Send, Source
from delivery.identities import attempt_key, derived_message_id
from delivery.orders import Order, OrderPersonal
from delivery.reasons import Reason
from delivery.requests import MessageRequest, encode_request
from delivery.stages import FAILURES, SUCCESSES, Stage
from delivery.standing import Attempt, encode_record
from delivery.topics import ATTEMPTS, DECISIONS, REQUESTS
from ingest.plans.prices import Prices
from ingest.plans.reading import read_plan
from ingest.providers import PROVIDERS
from tests.plugins.kafka import running_broker

BEGINS = (datetime.now(UTC) - timedelta(days=2)).replace(microsecond=0)
"""Long enough ago for nothing to be awaited any more."""
COUNTRY = "AD"
PROMPT, LATE, FAILING, SILENT = 140, 40, 20, 5
PLAN = """
[[steps]]
channel = "sms"
provider = "altiria"
ttl = 60

[[steps]]
channel = "sms"
provider = "mensatek"
"""
SETTINGS = """
[kafka]
bootstrap_servers = "{servers}"

[prices]
currency = "EUR"

[prices.altiria.sms]
AD = 0.04

[prices.mensatek.sms]
AD = 0.10
"""


class Written(NamedTuple):
    topic: str
    key: str
    value: bytes
    at: datetime


class Sending(NamedTuple):
    """`message_id` is None where somebody else sent it and told us."""

    provider: str
    at: datetime
    message_id: str | None = None

    def told(self, *heard: tuple[int, Stage]) -> Iterator[Written]:
        """An attempt's versions, each so many seconds after it was sent."""
        ref = uuid.uuid4().hex
        opened = self.at + timedelta(seconds=heard[0][0])
        send = Send(
            provider=self.provider,
            ref=ref,
            channel=Channel.SMS,
            received_at=opened,
            source=Source.CALL,
            payload=Payload(sha256="0"),
            personal=Personal(),
            message_id=self.message_id,
            country=COUNTRY,
        )
        derived = derived_message_id(attempt_key(self.provider, ref))
        for version, (seconds, stage) in enumerate(heard, start=1):
            at = self.at + timedelta(seconds=seconds)
            attempt = Attempt(
                provider=self.provider,
                ref=ref,
                channel=Channel.SMS,
                message_id=self.message_id or derived,
                derived_message_id=derived,
                stage=stage,
                final=stage in SUCCESSES | FAILURES,
                opened_at=opened,
                updated_at=at,
                version=version,
                month=f"{opened:%Y-%m}",
                state=state_of(send),
                reason=Reason.ABSENT_SUBSCRIBER if stage in FAILURES else None,
                times={stage: at},
                country=COUNTRY,
                step=1 if self.message_id else None,
            )
            yield Written(ATTEMPTS.name, attempt.message_id, encode_record(attempt), at)


def a_message(at: datetime, *heard: tuple[int, Stage]) -> Iterator[Written]:
    """One that was sent without a plan."""
    message_id = str(uuid.uuid4())
    order = Order(
        provider="altiria",
        channel=Channel.SMS,
        personal=OrderPersonal(to="+376312345", text="Hola", sender="ACME"),
        country=COUNTRY,
    )
    asked = MessageRequest(message_id=message_id, received_at=at, order=order)
    sent = SendDecision(
        decision_id=f"{message_id}/1", message_id=message_id, decided_at=at, why=Why.REQUESTED, step=1, order=order
    )
    yield Written(REQUESTS.name, message_id, encode_request(asked), at)
    yield Written(DECISIONS.name, message_id, encode_decision(sent), at)
    if heard:
        yield from Sending("altiria", at, message_id).told(*heard)


def record() -> Iterator[Written]:
    queued = (1, Stage.QUEUED)
    fates = [((10, Stage.DELIVERED),)] * PROMPT + [((90, Stage.DELIVERED),)] * LATE
    fates += [((40, Stage.UNDELIVERED),)] * FAILING + [()] * SILENT
    for number, fate in enumerate(fates):
        yield from a_message(BEGINS + timedelta(seconds=number), *((queued, *fate) if fate else ()))
    for number in range(50):
        sending = Sending("mensatek", BEGINS + timedelta(seconds=number))
        yield from sending.told((0, Stage.QUEUED), (5, Stage.DELIVERED))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Of its own: periods are found by time, and what is written here is older than what others have written."""

    async def write(broker: Broker) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers)
        await producer.start()
        try:
            for topic, key, value, at in sorted(record(), key=lambda written: written.at):
                await producer.send(topic, value, key.encode(), timestamp_ms=int(at.timestamp() * 1000))
            await producer.flush()
        finally:
            await producer.stop()

    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        asyncio.run(write(broker))
        yield broker


def acuse(*arguments: str, directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "acuse", "plan", "backtest", *arguments]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACUSE_")}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=250, check=False, cwd=directory, env=inherited
    )


def period(length: timedelta = timedelta(hours=1)) -> tuple[str, ...]:
    since, until = BEGINS, BEGINS + length
    return "--from", f"{since:%Y-%m-%dT%H:%M:%S}", "--to", f"{until:%Y-%m-%dT%H:%M:%S}"


def test_what_another_plan_and_other_times_would_have_done(recorded: Broker, tmp_path: Path) -> None:
    (tmp_path / "acuse.toml").write_text(SETTINGS.format(servers=recorded.bootstrap_servers))
    (tmp_path / "sms-sms.toml").write_text(PLAN)
    arguments = ("sms-sms.toml", *period(), "--ttl", "30,120", "--json")
    done = acuse(*arguments, directory=tmp_path)
    assert done.returncode == 0, done.stderr
    report = msgspec.json.decode(done.stdout, type=Report)
    every = PROMPT + LATE + FAILING + SILENT
    assert (report.messages, report.left_out, report.sampled, report.without_content) == (every, 0, 1, 0)
    assert report.recorded.failovers == 0
    assert report.recorded.delivered == PROMPT + LATE
    assert report.recorded.cost == pytest.approx(0.04 * every)
    planned, short, long = report.variants
    assert [each.ttl_seconds for each in report.variants] == [None, 30, 120]

    # What fails is rescued; what comes late comes twice; of what is never heard of nobody can tell, so it is held.
    figures = planned.figures.mean
    assert (figures.failovers, figures.rescued, figures.both) == (FAILING + LATE, FAILING, LATE)
    assert (figures.needless, figures.failed_too, figures.unsettled) == (0, 0, 0)
    assert figures.delivered == PROMPT + LATE + FAILING
    assert (figures.added_p50, figures.added_p95) == (45, 45)
    assert figures.cost == pytest.approx(0.04 * every + 0.10 * (FAILING + LATE))
    assert planned.fates == {
        "recorded": every,
        "same_country": FAILING + LATE,
        "any_country": 0,
        "no_evidence": 0,
    }
    assert planned.figures.low == planned.figures.high == figures

    assert (short.figures.mean.failovers, short.figures.mean.both) == (FAILING + LATE, LATE)
    assert short.figures.mean.added_p50 == 35
    assert (long.figures.mean.failovers, long.figures.mean.both) == (FAILING, 0)
    assert long.figures.mean.added_p50 == 45

    told = StringIO()
    tell(report, Console(file=told, width=120))
    assert "as planned" in told.getvalue()
    assert "ttl 120 s" in told.getvalue()


async def found(recorded: Broker, most: int = 1_000, of: str | None = None) -> Report:
    """The same, without the command."""
    providers = {name: kind() for name, kind in PROVIDERS.items()}
    outline = Outline("", read_plan(tomllib.loads(PLAN)), Prices(), providers)
    period = Period(BEGINS, BEGINS + timedelta(hours=1), datetime.now(UTC), of)
    asked = Asked(plan="", period=period, ttls=[None], seeds=1, most=most, currency="")
    told: list[tuple[int, int]] = []
    report = await backtest(recorded.bootstrap_servers, asked, outline, lambda done, total: told.append((done, total)))
    assert all(done <= total for done, total in told)
    return report


async def test_a_part_of_the_messages_is_always_the_same_part(recorded: Broker) -> None:
    one, other = [await found(recorded, most=60) for _ in range(2)]
    assert one.variants == other.variants
    assert 0 < one.messages < 140


async def test_of_the_messages_of_a_plan_that_none_was_sent_by_there_is_nothing_to_tell(recorded: Broker) -> None:
    report = await found(recorded, of="nobody")
    assert (report.of, report.messages, report.recorded.delivered_share) == ("nobody", 0, None)


async def test_what_has_no_price_is_told(recorded: Broker) -> None:
    report = await found(recorded)
    assert report.recorded.cost is None
    assert report.recorded.unpriced == report.messages
    assert any("have no price" in remark for remark in remarks(report))


def test_kafka_away_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "acuse.toml").write_text(SETTINGS.format(servers="127.0.0.1:1"))
    (tmp_path / "sms-sms.toml").write_text(PLAN)
    done = acuse("sms-sms.toml", *period(), directory=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("acuse: Kafka at 127.0.0.1:1: KafkaConnectionError; is it running")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"plan": "nobody"}, "nobody: no plan of that name"),
        ({"ends": BEGINS.replace(tzinfo=None)}, "not after --from"),
        ({"ttl": "30,soon"}, "--ttl soon: give seconds from 1 to"),
        ({"ttl": ",".join(str(number + 1) for number in range(11))}, "--ttl: give at most 10"),
    ],
)
def test_a_refusal_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: dict[str, Any], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("acuse.logs.configure_logging", lambda *_, **__: None)  # it is for the whole process
    (tmp_path / "sms-sms.toml").write_text(PLAN)
    arguments = {"plan": "sms-sms.toml", "begins": BEGINS.replace(tzinfo=None)}
    with pytest.raises(Refusal, match=why):
        command(**(arguments | said))
