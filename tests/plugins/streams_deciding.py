"""Requests and attempts for the deciding worker, and what it leaves in Kafka."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from acuse.local.broker import Broker
from delivery.attempts import state_of
from delivery.channels import Channel
from delivery.decisions import Decision, decode_decision
from delivery.events import (
    Payload,
    Personal,
    Send,
    Source,
    Status,
)
from delivery.orders import Order, OrderPersonal
from delivery.requests import CancelRequest, Finding, MessageRequest, Request, SettleRequest, encode_request
from delivery.stages import Stage
from delivery.standing import Attempt, Record, describe, encode_record
from delivery.topics import (
    ATTEMPTS,
    CALLS,
    DECIDING_CHANGELOG,
    DECISIONS,
    EVENTS,
    REQUESTS,
    UNPARSED,
)
from streams.config import DecidingTopics
from tests.plugins.streams_ground import Topics, Worker

BEGAN = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)


class Asking:
    """Makes requests for messages by number, and attempts at them; ``received_at`` is when they are told."""

    def __init__(self, received_at: datetime = BEGAN) -> None:
        self.received_at = received_at

    @staticmethod
    def message(number: int) -> str:
        return str(uuid.UUID(int=number))

    def asked(self, number: int, text: str = "Hola") -> MessageRequest:
        personal = OrderPersonal(to="+34600000000", text=text)
        order = Order(provider="messente", channel=Channel.SMS, personal=personal)
        return MessageRequest(message_id=self.message(number), received_at=self.received_at, order=order)

    def cancelled(self, number: int) -> CancelRequest:
        return CancelRequest(message_id=self.message(number), received_at=self.received_at)

    def settled(self, number: int, finding: Finding = Finding.SENT, *, tries: int = 0) -> SettleRequest:
        return SettleRequest(
            message_id=self.message(number),
            received_at=self.received_at,
            step=1,
            finding=finding,
            ref="found" if finding is Finding.SENT else None,
            resend=finding is Finding.NOT_SENT,
            tries=tries,
        )

    def attempt(
        self,
        number: int,
        stage: Stage,
        version: int,
        *,
        provider: str = "messente",
        sent: bool = True,
        claimed: bool = True,
    ) -> Attempt:
        """``sent``: whether its Send is known; ``claimed``: whether that says which message it is of."""
        common = {
            "provider": provider,
            "ref": f"r{number}",
            "channel": Channel.SMS,
            "received_at": self.received_at,
            "payload": Payload(sha256="0"),
            "personal": Personal(),
            "message_id": self.message(number) if claimed else None,
            "stage": stage,
        }
        event = Send(source=Source.CALL, **common) if sent else Status(source=Source.WEBHOOK, **common)
        return describe(state_of(event), version=version, month="2024-05")


class DecidingGround(Topics):
    """Deciding's. ``polled`` are the providers of ``Making`` that can be asked, on SMS."""

    def __init__(self, broker: Broker, directory: Path) -> None:
        name = f"t{uuid.uuid4().hex[:8]}"
        self.topics = DecidingTopics(
            group=f"{name}-deciding",
            requests=f"{name}.requests",
            attempts=f"{name}.attempts",
            calls=f"{name}.calls",
            decisions=f"{name}.decisions",
            events=f"{name}.events",
            tracking_group=f"{name}-tracking",
            unparsed=f"{name}.unparsed",
        )
        declared = (REQUESTS, ATTEMPTS, CALLS, DECISIONS, UNPARSED, DECIDING_CHANGELOG, EVENTS)
        super().__init__(broker, directory, dict(zip(self.topics.names, declared, strict=True)))

    def worker(
        self, name: str = "one", *, receipt_window: float = 1e9, poll_seconds: Sequence[float] = (1e6,)
    ) -> Worker:
        return self.process(name, deciding=self.said(receipt_window, poll_seconds))

    def said(self, receipt_window: float = 1e9, poll_seconds: Sequence[float] = (1e6,)) -> dict[str, object]:
        return {
            "receipt_window": receipt_window,
            "stall_timeout": 300,
            "poll_seconds": poll_seconds,
            "polled": {"messente": ["sms"]},
            "topics": asdict(self.topics),
        }

    async def ask(self, *requests: Request) -> None:
        records = [(request.message_id.encode(), encode_request(request)) for request in requests]
        await self.write(self.topics.requests, records)

    async def tell(self, *records: Record) -> None:
        keyed = [(r.message_id if isinstance(r, Attempt) else r.retired, encode_record(r)) for r in records]
        await self.write(self.topics.attempts, [(key.encode(), value) for key, value in keyed])

    async def decisions(self) -> list[Decision]:
        """All that were written, each where its message's request is."""
        requests = {record.key: record.partition for record in await self.read(self.topics.requests)}
        records = await self.read(self.topics.decisions)
        decided = [decode_decision(record.value) for record in records]
        for record, decision in zip(records, decided, strict=True):
            assert record.key == decision.message_id.encode()
            assert requests.get(record.key, record.partition) == record.partition
        return decided

    async def until_decided(self, ids: Iterable[str], seconds: float = 150) -> list[Decision]:
        """Every decision, once those of ``ids`` are among them."""
        wanted = set(ids)

        async def look() -> list[Decision] | None:
            decided = await self.decisions()
            return decided if wanted <= {each.decision_id for each in decided} else None

        return await self.eventually(look, seconds)
