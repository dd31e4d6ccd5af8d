"""Attempts of all sorts around a month's end and clock changes, stored as the sink stores them, some of them again."""

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial, reduce
from pathlib import Path
from typing import Any

import pytest

from dashboards.reader import Reader
from dashboards.reports.asked import FILTERED_BY, Asked, Bucket
from dashboards.reports.catalogue import REPORTS, Table
from dashboards.reports.rows import Period
from dashboards.reports.running import fill
from delivery.attempts import close, concerns_attempt, fold
from delivery.channels import Channel
from delivery.events import Event, Personal, Send
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import FAILURES, SUCCESSES, Stage
from delivery.standing import Attempt, describe
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.rows import Rows, attempt_columns
from sinks.schema import ATTEMPTS
from tests.dashboards.worked_out import quantile, ratio

AS_OF = datetime(2026, 4, 1, 9, tzinfo=UTC)
DAY = 86_400.0
ATTEMPTS_TOPIC = "acuse.attempts"
SENDERS = ("ACME", "+34600111222", None)
CODES = {Reason.BLOCKED: "51", Reason.UNKNOWN_NUMBER: "3", Reason.HANDSET_FULL: "9"}
ENDS = (Stage.DELIVERED, Stage.DELIVERED, Stage.DELIVERED, Stage.UNDELIVERED, Stage.EXPIRED, Stage.REJECTED, None, None)


@dataclass(frozen=True)
class Known:
    """What is known of one attempt, from its facts and its own events."""

    attempt: Attempt
    sender: str

    @property
    def fate(self) -> str:
        stage = self.attempt.stage
        if stage in SUCCESSES:
            return "delivered"
        if stage in FAILURES:
            return "failed"
        if self.attempt.final:
            return "unknown"
        return "scheduled" if stage is Stage.SCHEDULED else "in_flight"

    @property
    def began(self) -> datetime:
        times, send = self.attempt.times, self.attempt.state.send
        stages = [times.get(Stage.QUEUED), times.get(Stage.SENT)]
        handed = send.at if send else None
        known = [stages[1], stages[0], handed] if Stage.SCHEDULED in times else [handed, *stages]
        return next((at for at in known if at), self.attempt.opened_at)

    @property
    def failed_at(self) -> datetime:
        return min(at for stage, at in self.attempt.times.items() if stage in FAILURES)

    def group(self, by: str | None) -> str:
        if by == "sender":
            return self.sender
        return "" if by is None else getattr(self.attempt, by) or ""


@dataclass
class Told:
    """Stores what is generated and remembers what it amounts to."""

    projection: Any
    history: Any
    dice: random.Random
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def fill(self, count: int, first: float, last: float) -> None:
        """So many attempts that begin so many seconds after the start; in batches, each stored twice now and then."""
        made = [self.one(number, self.dice.uniform(first, last)) for number in range(count)]
        # A first, early state of each, which the later one replaces; what comes late is told last.
        self.projection.store([events[0] for events in made])
        late = [event for events in made for event in events[1:]]
        if late:
            self.projection.store(late, tracked=False)
            self.projection.store_again(late)
        self.projection.track(*{(e.provider, e.ref) for events in made for e in events if concerns_attempt(e)})
        closed = [self.settle(events) for events in made]
        rows: Rows[Attempt] = Rows()
        for attempt in filter(None, closed):
            rows.add(attempt, self.projection._record(ATTEMPTS_TOPIC))
        self.projection._insert(ATTEMPTS, attempt_columns(rows))

    def one(self, number: int, begin: float) -> list[Event]:
        """An attempt as providers tell of it."""
        dice = self.dice
        told: dict[str, Any] = {"country": dice.choice([None, "ES", "CO"]), "reference": dice.choice([None, "spring"])}
        told |= {"number_type": dice.choice([None, NumberType.MOBILE, NumberType.FIXED_OR_MOBILE])}
        told |= {"carrier": dice.choice([None, "Vodafone"]) if told["number_type"] else None}
        sender = dice.choice(SENDERS)
        story = self.history(
            provider=dice.choice(["mensatek", "messente"]),
            ref=f"{number}-{begin}",
            channel=dice.choice([Channel.SMS, Channel.WHATSAPP]),
            told=told,
        )
        stage = Stage.SCHEDULED if dice.random() < 0.1 else Stage.QUEUED
        personal = Personal(recipient="+34600000001", sender=sender)
        events: list[Event] = [story.send(begin, stage=stage, personal=personal, step=dice.choice([None, 1, 2]))]
        end = dice.choice(ENDS)
        took = round(dice.choice([3.0, 5.0, 20.0, 45.0, 200.0, 4000.0, 90_000.0]) * dice.choice([1, dice.random()]), 3)
        if end:
            reason = dice.choice(list(CODES)) if end in FAILURES else None
            events.append(
                story.status(
                    end,
                    begin + took + 1,
                    code=CODES.get(reason, "0") if reason else "0",
                    code_text=f"words of {reason}, {dice.randrange(3)}" if reason else "arrived",
                    reason=reason,
                    elapsed_seconds=dice.choice([None, took]),
                    timed=dice.random() < 0.9,
                )
            )
        elif dice.random() < 0.5:
            events.append(story.status(Stage.SENT, begin + took, reason=dice.choice([None, Reason.HANDSET_FULL])))
        if end is Stage.DELIVERED and dice.random() < 0.2:
            events.append(story.status(Stage.EXPIRED, begin + took + 500, code="late"))
        if dice.random() < 0.3:
            words = dice.choice(["STOP", " baja. ", "thank you", "stop it"])
            reply = Personal(sender=f"+3460000000{dice.randrange(4)}", recipient=sender, text=words)
            events.append(story.reply(begin + took + dice.uniform(2, 9000), personal=reply))
        return events + dice.choices(events, k=dice.randrange(2))

    def settle(self, events: list[Event]) -> Attempt | None:
        """Some of those that have not ended, closed as tracking does when their receipt window has passed."""
        self.events += events
        key = (events[0].provider, events[0].ref)
        attempt, closed = self.projection.attempt(key), None
        if not attempt.final and self.dice.random() < 0.3:
            at = attempt.updated_at + timedelta(hours=72)
            state = close(reduce(fold, filter(concerns_attempt, events), None), at)
            version = 2 * self.projection.offset + 1
            closed = attempt = describe(state, version=version, month=attempt.month, heard_at=attempt.heard_at)
        sends = [event for event in events if isinstance(event, Send)]
        sender = min(sends, key=lambda e: e.received_at).personal.sender
        self.known[key] = Known(attempt, sender or "")
        return closed

    def chosen(self, asked: Asked) -> list[Known]:
        return [
            each
            for each in self.known.values()
            if asked.since <= each.attempt.opened_at < asked.until
            and all(getattr(asked, by) in ("", each.group(by)) for by in FILTERED_BY)
        ]


@pytest.fixture
def clickhouse_config(request: pytest.FixtureRequest, tmp_path: Path) -> ClickHouseConfig:
    """In this process; where a test asks for it, behind HTTP."""
    if getattr(request, "param", "embedded") == "server":
        config: ClickHouseConfig = request.getfixturevalue("clickhouse_server").config()
        return config
    return ClickHouseConfig(path=tmp_path / "clickhouse")


@pytest.fixture
def told(projection: Any, history: Any, request: pytest.FixtureRequest) -> Told:
    """250 attempts over the four days in which Madrid's clocks went on and March ended."""
    told = Told(projection, history, random.Random(request.node.name))
    told.fill(250, -3 * DAY, 0.5 * DAY)
    return told


@pytest.fixture
async def reader(clickhouse_config: Any, projection: Any) -> AsyncIterator[Reader]:
    del projection  # it has to be there
    reader = Reader(partial(open_client, clickhouse_config, readonly=True), concurrency=1, timeout_seconds=60)
    yield reader
    await reader.close()


@pytest.fixture
def asking(start: datetime) -> Callable[..., Asked]:
    def asking(first: float = -3 * DAY, last: float = DAY, **more: Any) -> Asked:
        since, until = start + timedelta(seconds=first), start + timedelta(seconds=last)
        return Asked(since=since, until=until, as_of=AS_OF, limit=500, **{"bucket": Bucket.HOUR, **more})

    return asking


@pytest.fixture
def rows_of(reader: Reader) -> Callable[..., Any]:
    """The rows of one table of a report."""

    async def rows_of(report: str, table: str, asked: Asked) -> list[Any]:
        filled = await fill(reader, table_named(report, table), asked)
        assert not filled.cut
        assert all(getattr(row, "period", None) in (None, Period.CURRENT) for row in filled.rows) or asked.compare
        return list(filled.rows)

    return rows_of


def table_named(report: str, table: str) -> Table:
    return next(t for r in REPORTS if r.name == report for t in r.tables if t.name == table)


@pytest.fixture
def same() -> Callable[[Any, dict[str, Any]], None]:
    def same(row: Any, expected: dict[str, Any]) -> None:
        for name, value in expected.items():
            said = getattr(row, name)
            wanted = pytest.approx(value, abs=1e-9) if isinstance(value, float) else value
            assert said == wanted, name

    return same


@pytest.fixture
def counted() -> Callable[[list[Known]], dict[str, Any]]:
    """The counts and percentiles of these, worked out one by one."""

    def counted(of: list[Known]) -> dict[str, Any]:
        fates = [each.fate for each in of]
        times = [each.attempt.delivery_seconds for each in of if each.attempt.delivery_seconds is not None]
        handed = len(of) - fates.count("scheduled")
        return {
            "attempts": len(of),
            "handed_over": handed,
            **{fate: fates.count(fate) for fate in ("delivered", "failed", "in_flight", "unknown", "scheduled")},
            "delivery_rate": ratio(fates.count("delivered"), handed),
            "timed": len(times),
            **{f"p{share}": quantile(times, share / 100) for share in (50, 95, 99)},
            **{
                f"within_{word}": sum(time <= most for time in times)
                for word, most in (("5s", 5), ("30s", 30), ("1min", 60), ("5min", 300))
            },
        }

    return counted
