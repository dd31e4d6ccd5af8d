"""One message as callers, the deciding worker and the dispatcher tell of it."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from delivery import topics
from delivery.calls import Call, Called, Calling, CallPersonal, InDoubt, Result, encode_call
from delivery.channels import Channel
from delivery.decisions import (
    CancelDecision,
    PollDecision,
    SendDecision,
    SettleDecision,
    Target,
    Why,
    cancel_id,
    encode_decision,
    poll_id,
    send_id,
    settle_id,
)
from delivery.orders import Media, MediaKind, Order, OrderPersonal, Priority, Store, Template, Voice
from delivery.plans import OnDoubt
from delivery.requests import CancelRequest, Finding, MessageRequest, SettleRequest, encode_request

BEGAN = datetime(2026, 3, 31, 23, 59, 58, 123_456, tzinfo=UTC)
"""Close to a month's end, so that what follows lies in two partitions."""
NUMBER = "+34600000001"
EXCHANGED = CallPersonal(request=b"POST /send\n\n\xff{}", raw=b"\x00<html>", content_type="text/html")


@dataclass
class SendingStory:
    """Everything happens so many seconds after `BEGAN`."""

    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    provider: str = "mensatek"
    channel: Channel = Channel.SMS
    store: Store = Store.PLAINTEXT

    def order(self, **more: Any) -> Order:
        personal = OrderPersonal(to=NUMBER, sender="ACME", text="Olé, what is said", options={"Certificado": 1})
        told = {"personal": personal, "store": self.store, "reference": "order 5", "country": "ES"}
        return Order(provider=self.provider, channel=self.channel, **told | more)

    def rich_order(self) -> Order:
        """With everything that an order can have."""
        return self.order(
            send_at=BEGAN + timedelta(hours=1),
            ttl_seconds=3600,
            priority=Priority.HIGH,
            personal=OrderPersonal(
                to=NUMBER,
                template=Template(name="t", language="es", parameters={"1": "Olé"}),
                media=Media(kind=MediaKind.IMAGE, url="https://example.com/a.png"),
                voice=Voice(text="spoken", language="es-ES"),
            ),
        )

    def request(self, second: float = 0.0, **more: Any) -> MessageRequest:
        told = {"order": self.order(), "on_doubt": OnDoubt.HOLD} | more
        return MessageRequest(message_id=self.message_id, received_at=at(second), **told)

    def cancel_request(self, second: float) -> CancelRequest:
        return CancelRequest(message_id=self.message_id, received_at=at(second))

    def settle_request(self, second: float, finding: Finding = Finding.NOT_SENT, **more: Any) -> SettleRequest:
        told = {"step": 1} | more
        return SettleRequest(message_id=self.message_id, received_at=at(second), finding=finding, **told)

    def send(self, second: float = 0.0, step: int = 1, tries: int = 0, **more: Any) -> SendDecision:
        decided = self._decided(send_id(self.message_id, step, tries), second, Why.REQUESTED)
        return SendDecision(**decided, step=step, tries=tries, **{"order": self.order()} | more)

    def poll(self, second: float, number: int = 1) -> PollDecision:
        target = self.target(handle="omni-1")
        return PollDecision(
            **self._decided(poll_id(target.provider, target.ref, number), second, Why.NO_RECEIPT_YET),
            target=target,
            round=number,
        )

    def cancel(self, second: float) -> CancelDecision:
        target = self.target(recipient=NUMBER)
        return CancelDecision(
            **self._decided(cancel_id(target.provider, target.ref), second, Why.REQUESTED), target=target
        )

    def settle(self, second: float, finding: Finding = Finding.NOT_SENT, **more: Any) -> SettleDecision:
        decided = self._decided(settle_id(self.message_id, 1), second, Why.SETTLED)
        return SettleDecision(**decided, step=1, finding=finding, **{"order": self.order()} | more)

    def target(self, **more: Any) -> Target:
        return Target(provider=self.provider, ref="77:habc", channel=self.channel, **more)

    def calling(self, second: float, claim: str = "c1", **more: Any) -> Calling:
        return Calling(**self._call(second, claim) | more)

    def called(self, second: float, result: Result, claim: str = "c1", **more: Any) -> Called:
        return Called(result=result, **self._call(second, claim) | more)

    def doubt(self, second: float, claim: str = "c1", **more: Any) -> InDoubt:
        told = {"why": "no answer within 30 s", **self._call(second, claim)}
        return InDoubt(**told | more)

    def all_calls(self) -> list[Call]:
        """One of each sort, with all that it can say."""
        return [
            self.calling(1.0),
            self.called(
                2.5,
                Result.REFUSED,
                refs=("77:habc", "77:hdef"),
                code="-4",
                text="no credit",
                reason="no_credit",
                tries=3,
                status=402,
                looked_up=True,
                personal=EXCHANGED,
            ),
            self.doubt(3.0, personal=EXCHANGED),
            self.called(4.0, Result.ANSWERED, step=None, decision_id="poll/mensatek/77:habc/1"),
        ]

    def records(self) -> dict[str, list[bytes]]:
        """By topic, one of each sort of record."""
        requests = [self.request(order=self.rich_order()), self.cancel_request(1.0), self.settle_request(2.0)]
        decisions = [self.send(), self.poll(5.0), self.cancel(6.0), self.settle(7.0)]
        return {
            topics.REQUESTS.name: [encode_request(request) for request in requests],
            topics.DECISIONS.name: [encode_decision(decision) for decision in decisions],
            topics.CALLS.name: [encode_call(call) for call in self.all_calls()],
        }

    def _decided(self, decision_id: str, second: float, why: Why) -> dict[str, Any]:
        return {"decision_id": decision_id, "message_id": self.message_id, "decided_at": at(second), "why": why}

    def _call(self, second: float, claim: str) -> dict[str, Any]:
        return {
            "decision_id": send_id(self.message_id, 1),
            "message_id": self.message_id,
            "provider": self.provider,
            "claim": claim,
            "at": at(second),
            "decision_offset": 7,
            "step": 1,
        }


def at(second: float) -> datetime:
    return BEGAN + timedelta(seconds=second)
