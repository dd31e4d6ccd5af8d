"""What a worker would have put on record, made by one that only looks at its watch: once a second, to its end."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
from msgspec import Struct

from delivery.backtest.courses import Course, Heard, Leg, news_of
from delivery.backtest.evidence import Evidence
from delivery.backtest.histories import History
from delivery.backtest.replaying import even
from delivery.briefs import AttemptBrief
from delivery.channels import Channel
from delivery.decisions import CancelDecision, Decision, SendDecision, Why
from delivery.failover import decide, decide_attempt, decide_request, due_at
from delivery.identities import attempt_key
from delivery.message_states import with_attempt, with_decisions, with_request
from delivery.orders import Order, OrderPersonal
from delivery.plans import Choice, Plan, PlannedStep, Success
from delivery.reasons import Reason
from delivery.requests import CancelRequest, MessageRequest
from delivery.stages import Stage

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MESSAGE = "01960000-0000-7000-8000-000000000001"


class Fate(Struct, frozen=True):
    """A course, and after how many seconds a withdrawal has effect; None where it has none."""

    course: Course
    withdrawn_after: int | None = None


def order(provider: str, channel: Channel = Channel.SMS) -> Order:
    return Order(provider=provider, channel=channel, personal=OrderPersonal(to="+34600000000"), country="ES")


def plan_of(*steps: PlannedStep) -> Plan:
    return Plan(steps=steps, version="1")


def step(*providers: str, ttl: int | None = 30, success: Success = Success.DELIVERED) -> PlannedStep:
    choices = tuple(Choice(order=order(name), cost=Decimal("0.05")) for name in providers)
    return PlannedStep(choices=choices, ttl_seconds=ttl, success=success)


def course(*heard: tuple[int, Stage], reason: Reason | None = None, ours: bool = False) -> Course:
    told = []
    for seconds, stage in heard:
        final = stage not in {Stage.SCHEDULED, Stage.QUEUED, Stage.SENT}
        after = timedelta(seconds=seconds)
        failed = final and stage not in {Stage.DELIVERED, Stage.SEEN}
        arrived = after if stage is Stage.DELIVERED else None
        told.append(Heard(after, stage, final, reason if failed else None, arrived))
    return Course(legs=(Leg(Channel.SMS, tuple(told), ours=ours),))


def request(plan: Plan | None) -> MessageRequest:
    first = plan.steps[0].choices[0].order if plan else order("one")
    return MessageRequest(message_id=MESSAGE, received_at=NOON, order=first, plan=plan)


class Worker:
    """Sends by the given fates, one after the other and round again."""

    def __init__(self, request: MessageRequest, fates: Sequence[Fate], cancelled_after: int | None = None) -> None:
        self.history = History(request=request)
        self._state = with_request(None, request, 0)
        self._fates = fates
        self._sent: dict[str, Fate] = {}
        self._waiting = list[AttemptBrief]()
        self._number = 0
        if cancelled_after is not None:
            at = request.received_at + timedelta(seconds=cancelled_after)
            self.history.add_request(CancelRequest(message_id=request.message_id, received_at=at))

    def run(self) -> History:
        now = self.history.request.received_at
        while (
            self._waiting
            or due_at(self._state) is not None
            or any(each.received_at >= now for each in self.history.told)
        ):
            self._look(now)
            now += timedelta(seconds=1)
        return self.history

    def _look(self, now: datetime) -> None:
        for told in self.history.told:
            if told.received_at == now:
                self._state = with_request(self._state, told, 1)
                self._act(decide_request(self._state, told, 1), now)
                self._act(decide(self._state, now, even), now)
        if all(brief.updated_at > now for brief in self._waiting):
            self._act(decide(self._state, now, even), now)
        while heard := [brief for brief in self._waiting if brief.updated_at <= now]:
            brief = min(heard, key=lambda brief: brief.updated_at)
            self._waiting.remove(brief)
            self.history.add_attempt(brief)
            self._state = with_attempt(self._state, self._state.message_id, brief)
            self._act(decide_attempt(self._state, brief.key), now)
            self._act(decide(self._state, now, even), now)

    def _act(self, decisions: Sequence[Decision], now: datetime) -> None:
        self._state = with_decisions(self._state, decisions)
        for decision in decisions:
            self.history.add_decision(decision)
            if isinstance(decision, SendDecision):
                self._send(decision)
            elif isinstance(decision, CancelDecision) and decision.why is Why.SUPERSEDED:
                self._withdraw(attempt_key(decision.target.provider, decision.target.ref), now)

    def _send(self, decision: SendDecision) -> None:
        fate = self._fates[self._number % len(self._fates)]
        self._number += 1
        for brief in news_of(fate.course, decision):
            self._waiting.append(brief)
            self._sent[brief.key] = fate

    def _withdraw(self, key: str, now: datetime) -> None:
        after = self._sent[key].withdrawn_after
        if after is None:
            return
        known, at = self._state.attempts[key], now + timedelta(seconds=after)
        cancelled = msgspec.structs.replace(
            known, stage=Stage.CANCELLED, final=True, updated_at=at, version=known.version + 1
        )
        self._waiting = [*(brief for brief in self._waiting if brief.key != key), cancelled]


def recorded_by_a_worker(plan: Plan, fates: Sequence[Fate], cancelled_after: int | None = None) -> History:
    return Worker(request(plan), fates, cancelled_after).run()


def evidence_of(told: Sequence[tuple[str, Course]]) -> Evidence:
    """As if it had been read."""
    evidence = Evidence()
    for provider, each in told:
        if each.legs:
            evidence._by_channels.setdefault((provider, frozenset({Channel.SMS})), []).append(each)
    return evidence
