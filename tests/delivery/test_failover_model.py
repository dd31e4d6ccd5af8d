"""A model of one message under way: a worker that crashes, topics read in any order, providers that do as they like.

The worker reads requests, attempts and calls, each in its order and in any order among them; it decides, tells, and
marks what it told. It may die in between: then its successor has the state as it was at any time since the last commit,
or two of those joined, and reads on from that commit. Whoever acts on decisions acts on the first of an id. What holds
is checked by rules of this file's own, at every decision to send, and in the end.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from delivery.briefs import AttemptBrief
from delivery.calls import Called, Result
from delivery.channels import Channel
from delivery.decisions import Decision, EndDecision, OutcomeDecision, SendDecision, Why, encode_decision
from delivery.failover import MOST_AT_ONCE, decide, decide_attempt, decide_request, due_at
from delivery.marks import Decided
from delivery.message_states import (
    MessageState,
    Told,
    join,
    with_attempt,
    with_call,
    with_decisions,
    with_request,
)
from delivery.plans import Choice, OnDoubt, Pick, PlannedStep, Success, Then
from delivery.reasons import Reason
from delivery.requests import CancelRequest, Finding, MessageRequest, SettleRequest
from delivery.stages import FAILURES, Stage
from tests.delivery.planned import MESSAGE, NOON, brief, reasons, requests, standing

MET = {
    Success.SENT: {Stage.SENT, Stage.DELIVERED, Stage.SEEN},
    Success.DELIVERED: {Stage.DELIVERED, Stage.SEEN},
    Success.SEEN: {Stage.SEEN},
}
MICROSECOND = timedelta(microseconds=1)
PLANLESS = (PlannedStep(choices=()),)


fates = st.sampled_from(("taken", "taken", "fails", "fails", "refused", "refused", "doubt", "silent"))


class Attempt(msgspec.Struct):
    """What a provider has of a sending, and what we were told of it."""

    provider: str
    channel: Channel
    ref: str
    step: int
    tries: int
    opened_at: datetime
    heard_at: datetime
    heard: list[tuple[Stage, Reason | None]]
    closed: bool = False

    def brief(self, version: int) -> AttemptBrief:
        stage, reason = standing(self.heard, closed=self.closed)
        return brief(
            stage,
            at=self.heard_at,
            ref=self.ref,
            version=version,
            provider=self.provider,
            channel=self.channel,
            step=self.step,
            tries=self.tries,
            reason=reason,
            closed=self.closed,
            opened_at=self.opened_at,
        )


class Record(msgspec.Struct):
    at: datetime
    what: Any


class Message(RuleBasedStateMachine):
    @initialize(
        asked=requests,
        without=st.sampled_from((*[False] * 9, True)),
        end=st.lists(st.tuples(fates, reasons), min_size=1, max_size=4),
    )
    def ask(self, asked: MessageRequest, without: bool, end: list[tuple[str, Reason]]) -> None:
        self.end = end
        self.now = NOON
        self.asked = msgspec.structs.replace(asked, plan=None) if without else asked
        self.steps = self.asked.plan.steps if self.asked.plan else PLANLESS
        self.shares: Sequence[int] = (1, 1, 1)
        self.topics: dict[str, list[Record]] = {"requests": [], "attempts": [], "calls": []}
        self.read: dict[str, int] = dict.fromkeys(self.topics, 0)
        self.state: MessageState | None = None
        self.committed = dict(self.read)
        self.snapshots: list[MessageState | None] = [None]
        self.decisions: list[Decision] = []
        self.sent: dict[tuple[int, int], SendDecision] = {}
        self.at_the_dispatcher: list[SendDecision] = []
        self.in_doubt: list[SendDecision] = []
        self.attempts: list[Attempt] = []
        self.put("requests", self.asked)

    def put(self, topic: str, what: object) -> None:
        self.topics[topic].append(Record(self.now, what))

    # What goes on outside.

    @rule(seconds=st.sampled_from((0.5, 5, 29, 31, 119, 600, 3_600, 30_000)))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.state is not None and due_at(self.state) is not None)
    @rule()
    def the_moment_comes(self) -> None:
        due = due_at(self.state)
        assert due is not None
        self.now = max(self.now, due.at)

    @rule(shares=st.lists(st.integers(0, 100), min_size=3, max_size=3))
    def health_changes(self, shares: list[int]) -> None:
        self.shares = shares

    @precondition(lambda self: self.at_the_dispatcher)
    @rule(index=st.integers(0, 9), fate=fates, why=reasons)
    def dispatched(self, index: int, fate: str, why: Reason) -> None:
        send = self.at_the_dispatcher.pop(index % len(self.at_the_dispatcher))
        if send.expires_at is not None and self.now > send.expires_at:
            fate, why = "refused", Reason.EXPIRED
        if fate == "refused":
            self.hears(send, send.order.channel, send.reference, Stage.REJECTED, why)
        elif fate == "doubt":
            self.in_doubt.append(send)
        elif fate in {"taken", "fails"}:
            self.taken(send)
            for attempt in self.attempts:
                if fate == "fails" and (attempt.step, attempt.tries) == (send.step, send.tries):
                    attempt.heard.append((Stage.UNDELIVERED, why))
                    self.tell(attempt)
        # Else nobody will ever hear of it again.

    def taken(self, send: SendDecision) -> None:
        choice = self.choice_of(send)
        for number, channel in enumerate(choice.legs or (send.order.channel,)):
            first = Stage.SCHEDULED if number else Stage.QUEUED
            self.hears(send, channel, f"{send.step}-{send.tries}-{number}", first)

    def choice_of(self, send: SendDecision) -> Choice:
        return self.steps[send.step - 1].choices[send.choice] if self.asked.plan else Choice(order=send.order)

    def hears(self, send: SendDecision, channel: Channel, ref: str, stage: Stage, reason: Reason | None = None) -> None:
        self.attempts.append(
            Attempt(send.order.provider, channel, ref, send.step, send.tries, self.now, self.now, [(stage, reason)])
        )
        self.tell(self.attempts[-1])

    def tell(self, attempt: Attempt) -> None:
        self.put("attempts", attempt.brief(version=2 * len(self.topics["attempts"]) + 2))

    @precondition(lambda self: self.attempts)
    @rule(
        index=st.integers(0, 9),
        stage=st.sampled_from((*Stage, Stage.DELIVERED, Stage.UNDELIVERED, Stage.UNDELIVERED)),
        reason=reasons,
        lost=st.sampled_from((False, False, False, True)),
    )
    def reported(self, index: int, stage: Stage, reason: Reason, lost: bool) -> None:
        attempt = self.attempts[index % len(self.attempts)]
        if not lost and not attempt.closed:
            attempt.heard.append((stage, reason if stage in FAILURES else None))
            attempt.heard_at = self.now
            self.tell(attempt)

    @precondition(lambda self: self.attempts)
    @rule(index=st.integers(0, 9))
    def told_again(self, index: int) -> None:
        self.tell(self.attempts[index % len(self.attempts)])

    @precondition(lambda self: self.attempts)
    @rule(index=st.integers(0, 9))
    def window_closes(self, index: int) -> None:
        attempt = self.attempts[index % len(self.attempts)]
        attempt.closed, attempt.heard_at = True, self.now
        self.tell(attempt)

    @precondition(lambda self: self.in_doubt)
    @rule(index=st.integers(0, 9), how=st.sampled_from(("heals", "given_up", "sent", "not_sent", "again")))
    def doubt_ends(self, index: int, how: str) -> None:
        send = self.in_doubt[index % len(self.in_doubt)]
        if how == "heals":
            self.in_doubt.remove(send)
            self.taken(send)
        elif how == "given_up":
            if send.on_doubt is OnDoubt.NEXT:
                self.in_doubt.remove(send)
                self.put("calls", abandoned(send, self.now))
        else:
            finding = Finding.SENT if how == "sent" else Finding.NOT_SENT
            self.settle(send.step, send.tries, finding, resend=how == "again")

    def settle(self, step: int, tries: int, finding: Finding, *, resend: bool = False) -> None:
        self.put(
            "requests",
            SettleRequest(
                message_id=MESSAGE, received_at=self.now, step=step, tries=tries, finding=finding, resend=resend
            ),
        )

    @rule(step=st.integers(1, 4), tries=st.integers(0, 2))
    def somebody_settles_what_never_was(self, step: int, tries: int) -> None:
        assume((step, tries) not in self.sent)
        self.settle(step, tries, Finding.NOT_SENT, resend=True)

    @rule(chance=st.integers(0, 9))
    def withdrawn(self, chance: int) -> None:
        if chance == 0:
            self.put("requests", CancelRequest(message_id=MESSAGE, received_at=self.now))

    @rule()
    def asked_again(self) -> None:
        self.put("requests", msgspec.structs.replace(self.asked, received_at=self.now))

    # What mostly happens, at once.

    @rule(fate=fates, why=reasons, seconds=st.sampled_from((0.5, 29, 31, 600)))
    def goes_on(self, fate: str, why: Reason, seconds: float) -> None:
        self.reads_all()
        self.decides(False, 0)
        if self.at_the_dispatcher:
            self.dispatched(0, fate, why)
        self.now += timedelta(seconds=seconds)

    @rule(fate=fates, why=reasons)
    def goes_on_later(self, fate: str, why: Reason) -> None:
        self.goes_on(fate, why, 1)
        self.reads_all()
        due = None if self.state is None else due_at(self.state)
        if due is not None:
            self.now = max(self.now, due.at)
            self.decides(False, 0)

    @precondition(lambda self: self.attempts)
    @rule(index=st.integers(0, 9), stage=st.sampled_from((Stage.SENT, Stage.DELIVERED, Stage.SEEN)))
    def arrives(self, index: int, stage: Stage) -> None:
        self.reported(index, stage, Reason.UNSPECIFIED, lost=False)
        self.goes_on("doubt", Reason.UNSPECIFIED, 1)

    # What the worker does.

    @rule(topic=st.sampled_from(("requests", "attempts", "attempts", "calls")), dies=st.integers(0, 19))
    def reads(self, topic: str, dies: int) -> None:
        assume(self.read[topic] < len(self.topics[topic]))
        offset = self.read[topic]
        what = self.topics[topic][offset].what
        before = self.state
        if topic == "requests":
            self.reads_request(what, offset, tells=dies > 0)
        elif topic == "attempts":
            self.state = with_attempt(before, MESSAGE, what)
            self.told(decide_attempt(self.state, what.key), settled=False)
        elif before is not None:
            self.state = with_call(before, what)
        self.read[topic] = offset + 1
        self.snapshots.append(self.state)
        if dies == 0:
            self.dies(0, len(self.snapshots) - 1, joined=False)

    def reads_request(self, what: Told, offset: int, *, tells: bool) -> None:
        if isinstance(what, SettleRequest) and (self.state is None or self.state.asked is None):
            return
        self.state = with_request(self.state, what, offset)
        if tells:
            self.told(decide_request(self.state, what, offset), settled=True)

    @rule()
    def reads_all(self) -> None:
        for topic, records in self.topics.items():
            while self.read[topic] < len(records):
                self.reads(topic, 1)

    @rule(dies=st.sampled_from((False, False, False, True)), told=st.integers(0, 3))
    def decides(self, dies: bool, told: int) -> None:
        if self.state is None:
            return
        state, heard_until = self.state, self.heard_until()
        decisions = decide(state, self.now, self.weigh, heard_until)
        assert decisions == decide(state, self.now, self.weigh, heard_until), "state and time alone decide"
        assert len(decisions) < MOST_AT_ONCE
        if dies:
            self.told(decisions[:told], settled=False)
            self.dies(0, len(self.snapshots) - 1, joined=False)
            return
        self.told(decisions, settled=False)
        self.state = with_decisions(state, decisions)
        assert decide(self.state, self.now, self.weigh, heard_until) == [], "what was decided is not decided again"
        self.snapshots.append(self.state)

    @rule()
    def commits(self) -> None:
        self.committed = dict(self.read)
        self.snapshots = [self.state]

    @rule(one=st.integers(0, 99), other=st.integers(0, 99), joined=st.booleans())
    def dies(self, one: int, other: int, joined: bool) -> None:
        found = self.snapshots[other % len(self.snapshots)]
        behind = self.snapshots[one % len(self.snapshots)]
        if joined and found is not None and behind is not None:
            assert join(found, behind) == join(behind, found)
            found = join(found, behind)
        self.state = found if found is None else survived(found)
        self.read = dict(self.committed)

    def weigh(self, choices: Sequence[Choice]) -> Sequence[int]:
        return self.shares[: len(choices)]

    def heard_until(self) -> datetime:
        unread = [self.topics[topic][self.read[topic]].at for topic in self.topics if self.unread(topic)]
        return min([self.now, *(at - MICROSECOND for at in unread)])

    def unread(self, topic: str) -> bool:
        return self.read[topic] < len(self.topics[topic])

    # What holds.

    def told(self, decisions: Sequence[Decision], *, settled: bool) -> None:
        state = self.state
        assert state is not None
        for decision in decisions:
            self.decisions.append(decision)
            if isinstance(decision, SendDecision):
                place = (decision.step, decision.tries)
                if not settled:
                    self.holds(state, decision)
                if place not in self.sent:
                    self.sent[place] = decision
                    self.at_the_dispatcher.append(decision)
                assert decision.decision_id == self.sent[place].decision_id
            state = with_decisions(state, [decision])

    def holds(self, state: MessageState, send: SendDecision) -> None:
        """What must be so for a send to be decided, by what the worker knew."""
        place = (send.step, send.tries)
        assert send.decided_at == self.now
        assert not any(mark.kind is Decided.ENDED for mark in state.marks.values()), "it is over"
        assert state.cancel_requested_at is None, "it was withdrawn"
        for known in state.attempts.values():
            assert known.stage not in MET[self.steps[known.step - 1].success], "it had succeeded"
            assert known.reason is not Reason.OPTED_OUT or known.stage not in FAILURES, "who opted out is left alone"
            assert (known.step, known.tries) <= place
        known_before = [mark for mark in state.marks.values() if mark.kind is Decided.SENT]
        earlier = {(mark.step, mark.tries) for mark in known_before} | {
            (known.step, known.tries) for known in state.attempts.values()
        }
        assert place not in {(mark.step, mark.tries) for mark in known_before}
        if send.step == 1 and send.tries == 0:
            assert self.now >= (self.asked.send_at or NOON)
        else:
            self.follows(state, send, max(earlier | settled_again(state)))
        self.is_allowed(state, send)

    def follows(self, state: MessageState, send: SendDecision, last: tuple[int, int]) -> None:
        """There was a reason to give up the sending before."""
        assert (send.step, send.tries) in {(last[0] + 1, 0), (last[0], last[1] + 1)}
        step = self.steps[last[0] - 1]
        its = [known for known in state.attempts.values() if (known.step, known.tries) == last]
        failed = bool(its) and all(known.stage in FAILURES for known in its)
        settlement = state.settlements.get(f"{MESSAGE}/{last[0]}" + (f"/{last[1]}" if last[1] else ""))
        not_sent = not its and settlement is not None and settlement.finding is Finding.NOT_SENT
        if send.step > last[0] and send.why is Why.TTL:
            assert step.ttl_seconds is not None
            first_sent = self.sent[last].decided_at
            over = first_sent + timedelta(seconds=step.ttl_seconds)
            assert over <= self.now, "its time is not over"
            assert over <= self.heard_until(), "something that was received before may still show that it arrived"
            assert its or settlement is not None or step.on_doubt is OnDoubt.NEXT
        elif send.why is Why.IN_DOUBT:
            assert step.on_doubt is OnDoubt.NEXT
            assert not its
            assert state.abandoned
        else:
            assert failed or not_sent, "it has not failed"
        if send.why is Why.BACK_OFF:
            heard = max(known.opened_at for known in its)
            assert min(r.after_seconds for r in step.rules.values() if r.then is Then.RETRY) <= (
                (self.now - heard).total_seconds()
            )

    def is_allowed(self, state: MessageState, send: SendDecision) -> None:
        plan = self.asked.plan
        if plan is None:
            return
        choice = plan.steps[send.step - 1].choices[send.choice]
        assert choice.order == send.order
        if plan.quiet is not None:
            for channel in {send.order.channel, *choice.legs}:
                if not plan.quiet.channels or channel in plan.quiet.channels:
                    assert not any(shown_quiet(plan.quiet, zone, self.now) for zone in plan.quiet.zones)
        unmarked = [place for place in self.sent if place not in {(s.step, s.tries) for s in state.sends}]
        if plan.maximum_cost is not None and not unmarked:
            costs = [each.cost or Decimal(0) for place, each in self.sent.items() if place != (send.step, send.tries)]
            # What was sent first counts, though a worker that died may have picked another choice of equal right.
            if all(self.steps[place[0] - 1].pick is Pick.WEIGHTED for place in self.sent):
                assert sum(costs, send.cost or Decimal(0)) <= plan.maximum_cost or any(
                    each.why is Why.SETTLED for each in self.sent.values()
                )

    @invariant()
    def due_at_says_when(self) -> None:
        state = getattr(self, "state", None)
        if state is None:
            return
        due = due_at(state)
        times = [self.now + timedelta(days=365)] if due is None else [due.at - MICROSECOND]
        for at in times:
            assert decide(state, at, self.weigh, at) == []
        if due is not None:
            assert decide(state, due.at, self.weigh, due.at)
            if due.heard:
                assert decide(state, due.at + timedelta(days=9), self.weigh, due.at - MICROSECOND) == []

    def teardown(self) -> None:
        """In the end everything is told, and every receipt window closes: it is over, and said so, or held."""
        if not hasattr(self, "state"):
            return
        for turn in range(80):
            self.reads_all()
            self.decides(False, 0)
            while self.at_the_dispatcher:
                fate, why = self.end[turn % len(self.end)]
                self.dispatched(0, "fails" if fate == "doubt" else fate, why)
            for attempt in self.attempts:
                if not attempt.closed:
                    attempt.closed, attempt.heard_at = True, self.now
                    self.tell(attempt)
            self.reads_all()
            due = due_at(self.state) if self.state is not None else None
            if due is None:
                break
            self.now = max(self.now, due.at)
        else:
            raise AssertionError("it never ends")
        state = self.state
        assert state is not None
        heard_of = {(attempt.step, attempt.tries) for attempt in self.attempts}
        last = max(self.sent, default=(0, 0))
        if not state.ended():
            assert last in self.sent, "nothing was sent, and nothing is due"
            assert last not in heard_of, "it waits for nothing"
        else:
            self.is_told(state)

    def is_told(self, state: MessageState) -> None:
        ends = [each for each in self.decisions if isinstance(each, EndDecision)]
        assert ends
        met = any(known.stage in MET[self.steps[known.step - 1].success] for known in state.attempts.values())
        assert met == any(each.why is Why.SUCCEEDED for each in ends) or not met
        if len({known.step for known in state.attempts.values()}) > 1:
            assert any(isinstance(each, OutcomeDecision) for each in self.decisions)
        for each in self.decisions:
            encode_decision(each)


def settled_again(state: MessageState) -> set[tuple[int, int]]:
    """The sendings that a person had made."""
    again = set()
    for decision_id, settlement in state.settlements.items():
        if settlement.resend:
            _, step, *tries = decision_id.split("/")
            again.add((int(step), int(tries[0]) + 1 if tries else 1))
    return again


def shown_quiet(quiet: Any, zone: str, at: datetime) -> bool:
    clock = at.astimezone(ZoneInfo(zone)).time()
    if quiet.begins <= quiet.ends:
        return bool(quiet.begins <= clock < quiet.ends)
    return bool(clock >= quiet.begins or clock < quiet.ends)


def abandoned(send: SendDecision, at: datetime) -> Called:
    return Called(
        decision_id=send.decision_id,
        message_id=MESSAGE,
        provider=send.order.provider,
        claim="c",
        at=at,
        decision_offset=0,
        step=send.step,
        result=Result.ABANDONED,
    )


def survived(state: MessageState) -> MessageState:
    """As it comes back from where it was stored."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=MessageState)


Message.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestMessage = Message.TestCase
