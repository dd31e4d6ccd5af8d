"""What a plan leads to, rule by rule; what holds for all plans together is the model's (``test_failover_model``)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.briefs import AttemptBrief
from delivery.calls import Called, Result
from delivery.channels import Channel
from delivery.decisions import (
    CancelDecision,
    Decision,
    EndDecision,
    FailoverOutcome,
    OutcomeDecision,
    SendDecision,
    SettleDecision,
    WaitDecision,
    Why,
    decode_decision,
    encode_decision,
    step_reference,
)
from delivery.failover import decide, decide_request, due_at
from delivery.message_states import MessageState, join, with_attempt, with_call, with_decisions, with_request
from delivery.moves import Due
from delivery.plans import DEFAULT_RULES, Choice, OnDoubt, Pick, Rule, Success, Then, pick_of
from delivery.quiet import QuietHours
from delivery.reasons import Reason
from delivery.requests import CancelRequest, Finding, MessageRequest, Request, SettleRequest
from delivery.stages import FAILURES, Stage
from tests.delivery.planned import MESSAGE, NOON, brief, choice, request, requests, step

SMS, VOICE, VIBER = Channel.SMS, Channel.VOICE, Channel.VIBER
MENSATEK = choice("mensatek", VOICE)


def seconds(number: float) -> datetime:
    return NOON + timedelta(seconds=number)


def even(choices: Sequence[Choice]) -> Sequence[int]:
    return [1] * len(choices)


class Course:
    """A message under way, with all that is decided for it."""

    def __init__(self, asked: MessageRequest) -> None:
        self.state = with_request(None, asked, 0)
        self.decisions: list[Decision] = []
        self.requests = 1
        self.versions = 2

    def at(self, number: float, heard: float | None = None) -> list[Decision]:
        """What is decided then."""
        decided = decide(self.state, seconds(number), even, None if heard is None else seconds(heard))
        self.state = with_decisions(self.state, decided)
        self.decisions += decided
        return decided

    def hears(self, told: AttemptBrief) -> "Course":
        self.versions += 2
        self.state = with_attempt(self.state, MESSAGE, msgspec.structs.replace(told, version=self.versions))
        return self

    def asks(self, told: Request) -> Sequence[Decision]:
        self.requests += 1
        self.state = with_request(self.state, told, self.requests)
        return decide_request(self.state, told, self.requests)

    def sent(self) -> list[tuple[int, int]]:
        return [(each.step, each.tries) for each in self.decisions if isinstance(each, SendDecision)]


def begun(*steps: object, **more: object) -> Course:
    course = Course(request(*steps, **more))
    course.at(0)
    return course


def whys(decisions: Sequence[Decision]) -> list[tuple[str, str]]:
    return [(type(each).__name__.removesuffix("Decision"), each.why) for each in decisions]


def refused(reason: Reason, place: tuple[int, int] = (1, 0), at: float = 1, **more: object) -> AttemptBrief:
    number, tries = place
    ref = step_reference(MESSAGE, number, tries)
    return brief(Stage.REJECTED, at=seconds(at), ref=ref, step=number, tries=tries, reason=reason, **more)


# What makes the next step go out, and what does not.


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (refused(Reason.CONTENT_REFUSED), Why.REJECTED),
        (refused(Reason.WINDOW_CLOSED), Why.WINDOW_CLOSED),
        (refused(Reason.PROVIDER_UNAVAILABLE), Why.CIRCUIT_OPEN),
        (refused(Reason.NO_CREDIT), Why.NO_CREDIT),
        (refused(Reason.EXPIRED), Why.REJECTED),
        (brief(Stage.UNDELIVERED, reason=Reason.ABSENT_SUBSCRIBER), Why.FAILED),
        (brief(Stage.EXPIRED, reason=Reason.EXPIRED), Why.FAILED),
    ],
)
def test_the_next_step_goes_out_upon_a_failure_and_says_which(told: AttemptBrief, why: Why) -> None:
    course = begun(step(), step(MENSATEK, ttl_seconds=60)).hears(told)
    [send] = course.at(2)
    assert isinstance(send, SendDecision)
    assert (send.decision_id, send.why, send.order.provider) == (f"{MESSAGE}/2", why, "mensatek")
    assert (send.decided_at, send.expires_at) == (seconds(2), seconds(62))
    assert send.grounds is not None
    assert (send.grounds.reason, [seen.ref for seen in send.grounds.seen]) == (told.reason, [told.ref])


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (Stage.SENT, Reason.ABSENT_SUBSCRIBER),  # the provider retries: Mensatek's 134, 135 and 1003
        (Stage.SENT, None),  # the operator's receipt
        (Stage.QUEUED, None),
        (Stage.SCHEDULED, None),
        (Stage.UNKNOWN, Reason.UNKNOWN_CODE),
    ],
)
def test_what_is_not_conclusive_makes_nothing_go_out_before_the_time_is_over(
    stage: Stage, reason: Reason | None
) -> None:
    course = begun(step(ttl_seconds=120), step(MENSATEK)).hears(brief(stage, at=seconds(1), reason=reason))
    assert course.at(119.999999) == []
    assert due_at(course.state) == Due(seconds(120), heard=True)
    assert whys(course.at(120))[0] == ("Send", Why.TTL)


def test_without_a_time_nothing_goes_out_for_what_is_not_conclusive() -> None:
    for stage in (Stage.SENT, Stage.UNKNOWN):
        course = begun(step(), step(MENSATEK)).hears(brief(stage, at=seconds(1)))
        assert due_at(course.state) is None
        assert course.at(10**7) == []


def test_a_time_is_over_only_once_all_that_was_received_by_then_is_taken_in() -> None:
    course = begun(step(ttl_seconds=120), step(MENSATEK)).hears(brief(Stage.SENT, at=seconds(1)))
    assert course.at(500, heard=119) == []
    assert course.at(119, heard=500) == [], "nor before, whatever was heard"
    assert whys(course.at(500, heard=120)) == [("Send", Why.TTL)]


@pytest.mark.parametrize(
    ("success", "arrives"),
    [(Success.SENT, Stage.SENT), (Success.DELIVERED, Stage.DELIVERED), (Success.SEEN, Stage.SEEN)],
)
def test_nothing_goes_out_after_what_the_step_asks_for(success: Success, arrives: Stage) -> None:
    course = begun(step(ttl_seconds=60, success=success), step(MENSATEK))
    course.hears(brief(arrives, at=seconds(5)))
    assert whys(course.at(6)) == [("End", Why.SUCCEEDED)]
    assert course.at(10**6) == []
    course.hears(brief(Stage.UNDELIVERED, at=seconds(9), ref="r-2"))
    assert course.at(10**6 + 1) == []


@pytest.mark.parametrize(("success", "short"), [(Success.DELIVERED, Stage.SENT), (Success.SEEN, Stage.DELIVERED)])
def test_what_falls_short_of_it_does_not_hold_the_next_step_back(success: Success, short: Stage) -> None:
    course = begun(step(ttl_seconds=60, success=success), step(MENSATEK))
    course.hears(brief(short, at=seconds(5)))
    assert whys(course.at(60))[0] == ("Send", Why.TTL)


def test_a_sending_that_nobody_can_tell_of_is_held_until_somebody_can() -> None:
    course = begun(step(ttl_seconds=60), step(MENSATEK))
    [held] = course.at(60)
    assert isinstance(held, WaitDecision)
    assert (held.why, held.step, held.until) == (Why.HELD, 1, None)
    assert due_at(course.state) is None
    course.hears(brief(Stage.QUEUED, at=seconds(100)))
    assert whys(course.at(100))[0] == ("Send", Why.TTL)


def test_in_doubt_a_plan_may_go_on_once_it_is_given_up_to_ask_or_the_time_is_over() -> None:
    course = begun(step(on_doubt=OnDoubt.NEXT), step(MENSATEK))
    assert due_at(course.state) is None
    course.state = with_call(course.state, given_up(f"{MESSAGE}/1"))
    assert whys(course.at(31)) == [("Send", Why.IN_DOUBT)]
    timed = begun(step(on_doubt=OnDoubt.NEXT, ttl_seconds=60), step(MENSATEK))
    assert whys(timed.at(60)) == [("Send", Why.TTL)]
    holds = begun(step(), step(MENSATEK))
    holds.state = with_call(holds.state, given_up(f"{MESSAGE}/1"))
    assert holds.at(31) == []


def given_up(decision_id: str) -> Called:
    return Called(
        decision_id=decision_id,
        message_id=MESSAGE,
        provider="messente",
        claim="c",
        at=seconds(30),
        decision_offset=0,
        step=1,
        result=Result.ABANDONED,
    )


# Rules for reasons.


@pytest.mark.parametrize("reason", sorted(DEFAULT_RULES))
def test_some_reasons_stop_everything_unless_the_plan_says_otherwise(reason: Reason) -> None:
    course = begun(step(), step(MENSATEK)).hears(refused(reason))
    assert whys(course.at(2)) == [("End", Why.STOPPED)]
    told = begun(step(rules={reason: Rule(then=Then.NEXT)}), step(MENSATEK)).hears(refused(reason))
    assert whys(told.at(2)) == [("Send", Why.REJECTED)]


def test_who_opts_out_of_a_step_that_was_given_up_is_not_phoned_by_a_later_one() -> None:
    course = begun(step(ttl_seconds=60), step(choice("altiria")), step(MENSATEK))
    course.hears(brief(Stage.SENT, at=seconds(1))).at(60)
    course.hears(brief(Stage.UNDELIVERED, at=seconds(61), reason=Reason.OPTED_OUT))
    assert course.at(62) == [], "the second step may still arrive"
    course.hears(brief(Stage.UNDELIVERED, at=seconds(70), ref="r-2", provider="altiria", step=2))
    [end, _] = course.at(71)
    assert (end.why, course.sent()) == (Why.STOPPED, [(1, 0), (2, 0)])
    assert end.grounds is not None
    assert "opted_out" in end.grounds.rule


def test_a_step_that_we_withdrew_does_not_stop_those_after_it() -> None:
    course = begun(step(ttl_seconds=60), step(choice("altiria")), step(MENSATEK))
    assert whys(course.hears(brief(Stage.QUEUED, at=seconds(1))).at(60)) == [
        ("Send", Why.TTL),
        ("Cancel", Why.SUPERSEDED),
    ]
    course.hears(brief(Stage.CANCELLED, at=seconds(61), reason=Reason.CANCELLED))
    course.hears(refused(Reason.UNROUTABLE, (2, 0), 62, provider="altiria"))
    assert ("Send", Why.REJECTED) in whys(course.at(63))


def test_a_retry_waits_twice_as_long_each_time_and_then_the_next_step_goes_out() -> None:
    again = Rule(then=Then.RETRY, times=2, after_seconds=30)
    course = begun(step(rules={Reason.CONGESTION: again}), step(MENSATEK))
    course.hears(refused(Reason.CONGESTION, (1, 0), 1))
    [wait] = course.at(2)
    assert isinstance(wait, WaitDecision)
    assert (wait.why, wait.tries, wait.until) == (Why.BACK_OFF, 1, seconds(31))
    course.hears(refused(Reason.CONGESTION, (1, 0), 20))
    assert due_at(course.state) == Due(seconds(31)), "what is reported again does not make it longer"
    assert whys(course.at(31)) == [("Send", Why.BACK_OFF)]
    course.hears(refused(Reason.CONGESTION, (1, 1), 32))
    course.at(32)
    assert due_at(course.state) == Due(seconds(92))
    assert course.at(91) == []
    course.at(92)
    course.hears(refused(Reason.CONGESTION, (1, 2), 93))
    assert whys(course.at(94)) == [("Send", Why.REJECTED)]
    assert course.sent() == [(1, 0), (1, 1), (1, 2), (2, 0)]


# Choices.


def test_another_provider_of_a_step_is_tried_before_the_next_step_where_the_fault_is_the_providers() -> None:
    either = step(choice("messente"), choice("altiria"))
    course = begun(either, step(MENSATEK))
    [first] = course.decisions
    assert isinstance(first, SendDecision)
    assert not first.waits, "there is another to be tried"
    course.hears(refused(Reason.NO_CREDIT, provider=first.order.provider))
    [second] = course.at(2)
    assert isinstance(second, SendDecision)
    assert (second.step, second.tries, {first.choice, second.choice}) == (1, 1, {0, 1})
    assert second.grounds is not None
    assert sorted(second.grounds.weights.values()) == [0, 1]
    course.hears(refused(Reason.NO_CREDIT, (1, 1), 3, provider=second.order.provider))
    [third] = course.at(4)
    assert isinstance(third, SendDecision)
    assert (third.step, third.waits) == (2, True)
    content = begun(either, step(MENSATEK)).hears(refused(Reason.CONTENT_REFUSED))
    content.at(2)
    assert content.sent() == [(1, 0), (2, 0)]


def test_a_retry_goes_by_the_same_provider_and_waits_for_no_one_where_there_is_another() -> None:
    again = {Reason.CONGESTION: Rule(then=Then.RETRY, after_seconds=1)}
    course = begun(step(choice("messente"), choice("altiria"), rules=again))
    course.hears(refused(Reason.CONGESTION))
    course.at(2)
    first, _, second = course.decisions
    assert isinstance(first, SendDecision)
    assert isinstance(second, SendDecision)
    assert (second.choice, second.tries, second.waits) == (first.choice, 1, False)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_the_same_message_always_picks_the_same_and_never_what_weighs_nothing(number: int, weights: list[int]) -> None:
    picked = pick_of(str(number), 1, tuple(weights))
    assert picked == pick_of(str(number), 1, tuple(weights))
    assert weights[picked] > 0 or not any(weights)


def test_each_is_picked_as_often_as_it_weighs() -> None:
    picked = [pick_of(str(number), 1, (70, 0, 30)) for number in range(4_000)]
    assert 0.67 < picked.count(0) / 4_000 < 0.73
    assert picked.count(1) == 0


def test_the_best_is_picked_by_the_shares_at_the_time() -> None:
    course = Course(request(step(choice("messente", weight=9), choice("altiria", weight=0), pick=Pick.BEST)))
    [send] = decide(course.state, NOON, lambda _: (0, 100))
    assert isinstance(send, SendDecision)
    assert (send.choice, send.grounds and send.grounds.weights) == (1, {"messente/sms": 0, "altiria/sms": 100})


# Cost, quiet hours and times that were asked for.


def test_what_would_cost_too_much_is_not_sent() -> None:
    dear, cheap = choice("mensatek", cost=Decimal("0.10")), choice("altiria", cost=Decimal("0.01"))
    course = begun(step(choice(cost=Decimal("0.05"))), step(dear, cheap), step(dear), maximum_cost=Decimal("0.12"))
    course.hears(refused(Reason.CONTENT_REFUSED)).at(2)
    second = course.decisions[-1]
    assert isinstance(second, SendDecision)
    assert (second.order.provider, second.grounds and second.grounds.spent) == ("altiria", Decimal("0.05"))
    course.hears(refused(Reason.CONTENT_REFUSED, (2, 0), 3, provider="altiria"))
    end = course.at(4)[0]
    assert (end.why, end.grounds and end.grounds.spent) == (Why.TOO_COSTLY, Decimal("0.06"))


def test_nobody_is_disturbed_in_quiet_hours_and_what_arrives_meanwhile_is_enough() -> None:
    night = QuietHours(begins=time(13, 1), ends=time(14), zones=("Europe/Madrid",), channels=(VOICE,))  # 12:01 in UTC
    course = begun(step(ttl_seconds=60), step(MENSATEK), quiet=night)
    course.hears(brief(Stage.SENT, at=seconds(1)))
    [wait] = course.at(60)
    assert isinstance(wait, WaitDecision)
    assert (wait.why, wait.until) == (Why.QUIET_HOURS, seconds(3600))
    assert course.at(3599) == []
    assert whys(Course.at(copy_of(course), 3600)) == [("Send", Why.TTL)]
    course.hears(brief(Stage.DELIVERED, at=seconds(600)))
    assert whys(course.at(3600)) == [("End", Why.SUCCEEDED)]


def test_a_provider_that_phones_by_itself_is_not_given_a_message_in_quiet_hours() -> None:
    night = QuietHours(begins=time(13), ends=time(14), zones=("Europe/Madrid",), channels=(VOICE,))
    course = begun(step(choice("mensatek", SMS, legs=(SMS, VOICE))), quiet=night)
    assert whys(course.decisions) == [("Wait", Why.QUIET_HOURS)]
    assert whys(begun(step(choice("mensatek", SMS)), quiet=night).decisions) == [("Send", Why.REQUESTED)]


def copy_of(course: Course) -> Course:
    copied = Course.__new__(Course)
    copied.__dict__.update(course.__dict__, decisions=[])
    return copied


def test_a_message_for_later_goes_out_then_and_can_be_withdrawn_till_then() -> None:
    course = begun(step(), send_at=seconds(600))
    [wait] = course.decisions
    assert isinstance(wait, WaitDecision)
    assert (wait.why, wait.until, due_at(course.state)) == (Why.SCHEDULED, seconds(600), Due(seconds(600)))
    assert whys(Course.at(copy_of(course), 600)) == [("Send", Why.REQUESTED)]
    course.asks(CancelRequest(message_id=MESSAGE, received_at=seconds(100)))
    assert whys(course.at(100)) == [("End", Why.CANCELLED)]
    assert course.at(600) == []


# Failing over at the provider itself.


def test_a_step_that_the_provider_fails_over_itself_has_failed_once_every_leg_has() -> None:
    legs = choice("messente", VIBER, legs=(VIBER, SMS))
    course = begun(step(legs, ttl_seconds=600), step(MENSATEK))
    course.hears(brief(Stage.UNDELIVERED, at=seconds(1), ref="leg-1", channel=VIBER))
    assert course.at(2) == [], "the other leg is not heard of yet"
    course.hears(brief(Stage.SCHEDULED, at=seconds(1), ref="leg-2"))
    assert course.at(2) == [], "it is the provider's to go on, and nothing of it is withdrawn"
    course.hears(brief(Stage.UNDELIVERED, at=seconds(3), ref="leg-2"))
    assert whys(course.at(4)) == [("Send", Why.FAILED)]
    refused_whole = begun(step(legs), step(MENSATEK)).hears(refused(Reason.CONTENT_REFUSED, channel=VIBER))
    assert whys(refused_whole.at(2)) == [("Send", Why.REJECTED)]


# How it ends.


@pytest.mark.parametrize("stage", [Stage.UNKNOWN, Stage.DELIVERED])
def test_what_is_heard_no_more_of_ends_without_a_receipt(stage: Stage) -> None:
    course = begun(step(success=Success.SEEN), step(MENSATEK))
    course.hears(brief(stage, at=seconds(1), closed=True))
    assert whys(course.at(2)) == [("End", Why.NO_RECEIPT)]
    course.hears(brief(Stage.SEEN, at=seconds(9)))
    assert whys(course.at(10)) == [("End", Why.SUCCEEDED)], "a receipt that comes later still counts"


def test_legs_of_which_one_failed_and_one_was_never_heard_of_again_end_without_a_receipt() -> None:
    course = begun(step(choice("messente", VIBER, legs=(VIBER, SMS))), step(MENSATEK))
    course.hears(brief(Stage.UNDELIVERED, at=seconds(1), ref="leg-1", channel=VIBER))
    course.hears(brief(Stage.UNKNOWN, at=seconds(9), ref="leg-2", closed=True))
    assert whys(course.at(10)) == [("End", Why.NO_RECEIPT)]


def test_the_last_step_that_fails_or_takes_too_long_is_the_end() -> None:
    for told in (refused(Reason.CONTENT_REFUSED), brief(Stage.SENT, at=seconds(1))):
        assert whys(begun(step(ttl_seconds=60)).hears(told).at(60)) == [("End", Why.EXHAUSTED)]


def test_what_came_of_failing_over_is_told_and_told_anew_when_more_is_known() -> None:
    price = Decimal("0.07")
    course = begun(
        step(choice(cost=price), ttl_seconds=60, rules={Reason.CONGESTION: Rule(then=Then.RETRY, after_seconds=1)}),
        step(choice("mensatek", VOICE, cost=Decimal("0.10"))),
    )
    course.hears(refused(Reason.CONGESTION))
    course.at(2)
    course.hears(brief(Stage.SENT, at=seconds(3), ref="r-2", tries=1)).at(62)
    assert course.sent() == [(1, 0), (1, 1), (2, 0)]
    course.hears(brief(Stage.DELIVERED, at=seconds(90), ref="r-3", provider="mensatek", channel=VOICE, step=2))
    [rescued, _] = course.at(91)
    assert isinstance(rescued, OutcomeDecision)
    assert (rescued.outcome, rescued.step, rescued.extra_cost, rescued.added_seconds) == (
        FailoverOutcome.RESCUED,
        2,
        Decimal("0.17"),
        90,
    )
    course.hears(brief(Stage.DELIVERED, at=seconds(95), ref="r-2", tries=1))
    [both] = course.at(96)
    assert isinstance(both, OutcomeDecision)
    assert both.outcome is FailoverOutcome.BOTH
    needless = begun(step(ttl_seconds=60), step(MENSATEK)).hears(brief(Stage.SENT, at=seconds(1)))
    needless.at(60)
    needless.hears(brief(Stage.DELIVERED, at=seconds(61)))
    assert [each.outcome for each in needless.at(62) if isinstance(each, OutcomeDecision)] == ["needless"]


def test_an_earlier_leg_is_withdrawn_when_a_later_one_goes_out_and_a_later_one_when_an_earlier_arrives() -> None:
    course = begun(step(ttl_seconds=60), step(MENSATEK)).hears(brief(Stage.QUEUED, at=seconds(1)))
    _, withdrawn = course.at(60)
    assert isinstance(withdrawn, CancelDecision)
    assert (withdrawn.target.ref, withdrawn.why) == ("r-1", Why.SUPERSEDED)
    late = begun(step(ttl_seconds=60), step(MENSATEK)).hears(brief(Stage.SENT, at=seconds(1)))
    late.at(60)
    late.hears(brief(Stage.DELIVERED, at=seconds(62)))
    late.hears(brief(Stage.QUEUED, at=seconds(61), ref="r-2", provider="mensatek", channel=VOICE, step=2))
    assert ("Cancel", Why.SUPERSEDED) in whys(late.at(63))


# What persons find out.


def settle(finding: Finding, place: tuple[int, int] = (1, 0), *, resend: bool = False) -> SettleRequest:
    return SettleRequest(
        message_id=MESSAGE, received_at=seconds(50), step=place[0], tries=place[1], finding=finding, resend=resend
    )


def test_what_was_found_not_sent_is_refused_or_sent_again_by_the_same_way() -> None:
    course = begun(step(choice("messente"), choice("altiria")), step(MENSATEK))
    course.asks(settle(Finding.NOT_SENT))
    assert whys(course.at(51)) == [("Send", Why.REJECTED)]
    course = begun(step(choice("messente", weight=0), choice("altiria", cost=Decimal("0.05"))), step(MENSATEK))
    settled, again = course.asks(settle(Finding.NOT_SENT, resend=True))
    assert isinstance(settled, SettleDecision)
    assert settled.cost == Decimal("0.05")
    assert isinstance(again, SendDecision)
    assert (again.tries, again.choice, again.order.provider, again.why) == (1, 1, "altiria", Why.SETTLED)
    course.state = with_decisions(course.state, [again])
    assert course.at(52) == []


def test_nobody_settles_what_was_never_sent_nor_has_sent_again_what_has_arrived() -> None:
    course = begun(step(), step(MENSATEK))
    assert course.asks(settle(Finding.NOT_SENT, (2, 0), resend=True)) == []
    assert course.state.settlements == {}
    course.hears(refused(Reason.CONTENT_REFUSED)).at(2)
    course.hears(brief(Stage.DELIVERED, ref="r-9", at=seconds(3)))
    [settled] = course.asks(settle(Finding.NOT_SENT, (2, 0), resend=True))
    assert not getattr(settled, "resend", None)


# Whose attempt it is.


def test_an_attempt_that_says_nothing_is_of_the_step_that_goes_by_its_provider_and_channel() -> None:
    course = begun(step(choice("messente"), ttl_seconds=60), step(MENSATEK), step(choice("altiria")))
    course.hears(brief(Stage.SENT, at=seconds(1), ref="r-0")).at(60)
    course.hears(brief(Stage.UNDELIVERED, at=seconds(61), ref="late", step=None))
    assert course.at(62) == [], "the second step has not failed"
    course.hears(brief(Stage.UNDELIVERED, at=seconds(63), ref="x", provider="mensatek", channel=VOICE, step=None))
    assert course.at(64)[0].decision_id == f"{MESSAGE}/3"


def test_a_sending_that_was_decided_and_not_marked_is_known_by_its_attempt() -> None:
    course = begun(step(ttl_seconds=60), step(MENSATEK)).hears(brief(Stage.SENT, at=seconds(1)))
    unmarked = course.state
    course.at(60)
    course.state = unmarked
    course.hears(brief(Stage.UNDELIVERED, at=seconds(61)))
    course.hears(brief(Stage.QUEUED, at=seconds(61), ref="r-2", provider="mensatek", channel=VOICE, step=2))
    assert course.at(62) == []
    assert [(sent.step, sent.tries, sent.why) for sent in course.state.sends] == [
        (1, 0, Why.REQUESTED),
        (2, 0, None),
    ]


def test_a_reference_to_a_step_that_no_plan_has_is_nobodys() -> None:
    course = begun(step()).hears(brief(Stage.QUEUED, at=seconds(1), step=7, tries=3))
    assert [(sent.step, sent.tries) for sent in course.state.sends] == [(1, 0)]
    assert course.at(2) == []


# Order, repetition, and reading it all again.

stages = st.sampled_from((*Stage, Stage.SENT, Stage.UNDELIVERED))
attempts = st.lists(
    st.builds(
        lambda stage, ref, number, at, reason, closed: brief(
            stage,
            at=seconds(at),
            ref=f"r-{ref}",
            step=number,
            reason=reason if stage in FAILURES else None,
            closed=closed,
        ),
        stages,
        st.integers(1, 3),
        st.sampled_from((None, 1, 2, 3)),
        st.integers(1, 300),
        st.sampled_from((None, Reason.OPTED_OUT, Reason.NO_CREDIT)),
        st.sampled_from((False, False, True)),
    ),
    max_size=6,
)


@given(requests, attempts, st.randoms(use_true_random=False), st.integers(0, 10))
def test_topics_may_be_read_in_any_order_among_each_other_and_again(asked, told, random, cut) -> None:
    versioned = [msgspec.structs.replace(each, version=2 * n + 2) for n, each in enumerate(told)]
    cancel = CancelRequest(message_id=MESSAGE, received_at=seconds(200))

    def folded(order: list[int]) -> MessageState:
        state = None
        its_requests, its_attempts = iter([asked, cancel]), iter(versioned)
        offset = 0
        for topic in order:
            if topic == 0:
                state = with_request(state, next(its_requests), offset)
                offset += 1
            else:
                state = with_attempt(state, MESSAGE, next(its_attempts))
        assert state is not None
        return state

    order = [0, 0, *[1] * len(versioned)]
    straight = folded(order)
    random.shuffle(order)
    mixed = folded(order)
    for each in versioned[:cut]:
        mixed = with_attempt(mixed, MESSAGE, each)
    assert mixed == straight
    assert join(mixed, straight) == straight
    assert decide(mixed, seconds(400), even) == decide(straight, seconds(400), even)


@given(requests, attempts, st.lists(st.integers(0, 400), min_size=7, max_size=7).map(sorted))
def test_reading_the_recorded_history_again_decides_the_same(asked, told, times) -> None:
    def run(decided_before: Sequence[bytes] | None) -> list[bytes]:
        state = with_request(None, asked, 0)
        recorded: list[bytes] = []
        for number, at in enumerate(times):
            if number:
                for each in told[number - 1 : number]:
                    state = with_attempt(state, MESSAGE, msgspec.structs.replace(each, version=2 * number))
            decisions = decide(state, seconds(at), even)
            recorded += map(encode_decision, decisions)
            # What is marked is what was recorded, as it is read from its topic.
            marked = decisions if decided_before is None else map(decode_decision, decided_before[: len(recorded)])
            state = with_decisions(state, marked)
        return recorded

    once = run(None)
    assert run(once) == once


def test_of_what_two_workers_decided_the_first_counts_and_what_either_heard_is_known() -> None:
    course = begun(step(on_doubt=OnDoubt.NEXT), step(MENSATEK))
    again = Course(request(step(on_doubt=OnDoubt.NEXT), step(MENSATEK)))
    again.at(9)
    again.state = with_call(again.state, given_up(f"{MESSAGE}/1"))
    for joined in (join(course.state, again.state), join(again.state, course.state)):
        assert [(sent.step, sent.at) for sent in joined.sends] == [(1, NOON)]
        assert whys(decide(joined, seconds(40), even)) == [("Send", Why.IN_DOUBT)]


def test_the_end_names_what_it_rests_on() -> None:
    course = begun(step()).hears(refused(Reason.CONTENT_REFUSED))
    [end] = course.at(2)
    assert isinstance(end, EndDecision)
    assert end.grounds is not None
    assert (end.step, end.grounds.plan_version, [seen.reason for seen in end.grounds.seen]) == (
        1,
        "1",
        [Reason.CONTENT_REFUSED],
    )
