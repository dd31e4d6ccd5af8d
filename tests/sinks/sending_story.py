"""One message as callers, the deciding worker and the dispatcher tell of it."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from delivery import topics
from delivery.calls import Call, Called, Calling, CallPersonal, InDoubt, Result, encode_call
from delivery.channels import Channel
from delivery.decisions import (
    CancelDecision,
    Decision,
    EndDecision,
    FailoverOutcome,
    Grounds,
    OutcomeDecision,
    PollDecision,
    SeenStep,
    SendDecision,
    SettleDecision,
    Target,
    WaitDecision,
    Why,
    cancel_id,
    encode_decision,
    end_id,
    outcome_id,
    poll_id,
    send_id,
    settle_id,
    wait_id,
)
from delivery.health.alerts import Alert, AlertKind, AlertState, alert_id, encode_alert
from delivery.health.lanes import Lane
from delivery.health.measures import Measure
from delivery.notices import Notice, NoticeResult, NoticeType, encode_notice, notice_id
from delivery.orders import Media, MediaKind, Order, OrderPersonal, Priority, Store, Template, Voice
from delivery.plans import Choice, OnDoubt, Pick, Plan, PlannedStep, Rule, Success, Then
from delivery.quiet import QuietHours
from delivery.reasons import Reason
from delivery.requests import CancelRequest, Finding, MessageRequest, SettleRequest, encode_request
from delivery.stages import Stage
from delivery.unmaskings import Unmasking, encode_unmasking

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
        return Order(**{"provider": self.provider, "channel": self.channel} | told | more)

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

    def plan(self, **more: Any) -> Plan:
        """With everything that a plan can have: a first step that fails over by itself, then one of two providers."""
        first = PlannedStep(
            choices=(Choice(order=self.order(), cost=Decimal("0.045"), legs=(Channel.SMS, Channel.VOICE)),),
            ttl_seconds=120,
            success=Success.SEEN,
            rules={Reason.HANDSET_FULL: Rule(then=Then.RETRY, times=2, after_seconds=60)},
            on_doubt=OnDoubt.NEXT,
        )
        others = (
            Choice(order=self.rich_order(), weight=3, cost=Decimal("0.08")),
            Choice(order=self.order(provider="messente", channel=Channel.VIBER)),
        )
        told = {
            "steps": (first, PlannedStep(choices=others, pick=Pick.BEST)),
            "name": "sms-first",
            "version": "0a1b2c",
            "quiet": QuietHours(begins=time(22), ends=time(8), zones=("Europe/Madrid",), channels=(Channel.VOICE,)),
            "maximum_cost": Decimal("0.2"),
        }
        return Plan(**told | more)

    def grounds(self, **more: Any) -> Grounds:
        """With everything that grounds can have."""
        seen = SeenStep(
            provider=self.provider,
            ref="77:habc",
            channel=self.channel,
            stage=Stage.UNDELIVERED,
            heard_at=at(4.0),
            final=True,
            reason=Reason.HANDSET_FULL,
            step=1,
        )
        told = {
            "rule": "step 1 failed (handset_full): the next step",
            "plan": "sms-first",
            "plan_version": "0a1b2c",
            "seen": (seen,),
            "timer": at(5.0),
            "reason": Reason.HANDSET_FULL,
            "spent": Decimal("0.045"),
            "weights": {"mensatek/sms": 3, "messente/viber": 0},
        }
        return Grounds(**told | more)

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
        return SendDecision(**decided | {"step": step, "tries": tries, "order": self.order()} | more)

    def wait(self, second: float, why: Why, until: float | None = None, step: int = 1, **more: Any) -> WaitDecision:
        until_then = None if until is None else at(until)
        decided = self._decided(wait_id(self.message_id, step, 0, until_then), second, why)
        return WaitDecision(**decided | {"step": step, "until": until_then} | more)

    def end(self, second: float, why: Why = Why.SUCCEEDED, step: int = 1, **more: Any) -> EndDecision:
        return EndDecision(**self._decided(end_id(self.message_id, why), second, why) | {"step": step} | more)

    def outcome(self, second: float, outcome: FailoverOutcome, **more: Any) -> OutcomeDecision:
        why = Why.EXHAUSTED if outcome is FailoverOutcome.FAILED_TOO else Why.SUCCEEDED
        decided = self._decided(outcome_id(self.message_id, outcome), second, why)
        return OutcomeDecision(**decided | {"outcome": outcome} | more)

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

    def planned(self) -> list[Decision]:
        """One of each sort that is decided by a plan, with all that it can say."""
        told = {"grounds": self.grounds()}
        sent = {"on_doubt": OnDoubt.NEXT, "expires_at": at(128.0), "waits": False, "choice": 1, "cost": Decimal("0.08")}
        return [
            self.wait(8.0, Why.QUIET_HOURS, 20.0, step=2, tries=1, **told),
            self.send(20.0, step=2, tries=1, why=Why.FAILED, order=self.rich_order(), **sent, **told),
            self.end(30.0, step=2, **told),
            self.outcome(31.0, FailoverOutcome.RESCUED, step=2, extra_cost=Decimal("0.08"), added_seconds=30.5, **told),
        ]

    def records(self) -> dict[str, list[bytes]]:
        """By topic, one of each sort of record."""
        requests = [
            self.request(order=self.rich_order(), plan=self.plan(), send_at=at(0.0)),
            self.cancel_request(1.0),
            self.settle_request(2.0),
        ]
        decisions = [self.send(), self.poll(5.0), self.cancel(6.0), self.settle(7.0), *self.planned()]
        return {
            topics.REQUESTS.name: [encode_request(request) for request in requests],
            topics.DECISIONS.name: [encode_decision(decision) for decision in decisions],
            topics.CALLS.name: [encode_call(call) for call in self.all_calls()],
            topics.ALERTS.name: [encode_alert(self.alert(9.0)), encode_alert(self.alert(99.0, AlertState.CLOSED))],
            topics.NOTICES.name: [encode_notice(self.notice(9.0)), encode_notice(self.notice(10.0, message_id=None))],
            topics.AUDIT.name: [encode_unmasking(self.unmasking(11.0))],
        }

    def unmasking(self, second: float, **more: Any) -> Unmasking:
        told = {"unmasking_id": f"unmasking at {second}", "who": "ana", "role": "auditor", "why": "a complaint"}
        return Unmasking(**{"message_id": self.message_id, "at": at(second)} | told | more)

    def alert(self, second: float, state: AlertState = AlertState.OPENED, **more: Any) -> Alert:
        lane = Lane(self.provider, self.channel, "ES")
        told = {
            "alert_id": alert_id(AlertKind.FAILURES, lane, at(9.0)),
            "about": AlertKind.FAILURES,
            "lane": lane,
            "opened_at": at(9.0),
            "value": 0.31,
            "threshold": 0.15,
            "usual": 0.02,
            "measure": Measure(judged=100, failed=31, delivered=60, median_seconds=2.5),
            "text": "31 of 100 failed",
        }
        return Alert(state=state, at=at(second), **told | more)

    def notice(self, second: float, **more: Any) -> Notice:
        about = send_id(self.message_id, 2)
        told = {
            "notice_id": notice_id(NoticeType.FAILED_OVER, about),
            "type": NoticeType.FAILED_OVER,
            "about": about,
            "result": NoticeResult.DEAD,
            "body": '{"recipient": "+34600000001"}',
            "tries": 8,
            "status": 500,
            "why": "it answered 500 each time",
            "message_id": self.message_id,
        }
        return Notice(at=at(second), **told | more)

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
