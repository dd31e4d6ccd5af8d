"""Which notice follows from which record, and that it tells nobody's number unless it is asked for."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.decisions import (
    EndDecision,
    FailoverOutcome,
    Grounds,
    OutcomeDecision,
    PollDecision,
    SeenStep,
    SendDecision,
    Target,
    WaitDecision,
    Why,
    encode_decision,
    end_id,
    send_id,
)
from delivery.events import Payload, Personal, Reply, Source, Status, encode
from delivery.health.alerts import Alert, AlertKind, AlertState, alert_id, encode_alert
from delivery.health.lanes import Lane
from delivery.health.measures import Measure
from delivery.notices import NoticeType
from delivery.orders import Order, OrderPersonal
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.notify.bodies import body_schema
from ingest.notify.telling import (
    LONGEST_TEXT,
    Telling,
    Unreadable,
    Wanted,
    of_alert_record,
    of_decision_record,
    of_event_record,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MESSAGE = "01960000-0000-7000-8000-000000000001"
NUMBER = "+34600000001"
ALL = Wanted()
PERSONAL = Wanted(recipient=True, reply_text=True)
SEEN = SeenStep(
    provider="messente", ref="leg-1", channel=Channel.VIBER, stage=Stage.REJECTED, heard_at=NOON, final=True, step=1
)
GROUNDS = Grounds(
    rule="step 1 was rejected: the next step",
    plan="viber-then-sms",
    plan_version="5f2b",
    seen=(SEEN,),
    reason=Reason.NOT_ON_CHANNEL,
)


def ends(why: Why = Why.SUCCEEDED, step: int = 1) -> EndDecision:
    return EndDecision(
        decision_id=end_id(MESSAGE, why),
        message_id=MESSAGE,
        decided_at=NOON,
        why=why,
        grounds=GROUNDS,
        step=step,
        reference="order-17",
        recipient=NUMBER,
    )


def sends(step: int = 2, tries: int = 0, why: Why = Why.REJECTED) -> SendDecision:
    personal = OrderPersonal(to=NUMBER, text="Your code is 1234")
    return SendDecision(
        decision_id=send_id(MESSAGE, step, tries),
        message_id=MESSAGE,
        decided_at=NOON,
        why=why,
        grounds=GROUNDS,
        step=step,
        tries=tries,
        order=Order(provider="mensatek", channel=Channel.SMS, personal=personal, reference="order-17"),
        cost=Decimal("0.045"),
    )


def reply(text: str | None = "Yes, thank you") -> Reply:
    return Reply(
        provider="mensatek",
        ref="7:h1",
        channel=Channel.SMS,
        received_at=NOON,
        source=Source.WEBHOOK,
        payload=Payload(sha256="0"),
        personal=Personal(sender=NUMBER, recipient="+34999999999", text=text, raw=b"Movil=34600000001"),
        reply_id="r-9",
        answers_attempt=True,
        reference="order-17",
    )


def alert(state: AlertState) -> Alert:
    lane = Lane("mensatek", Channel.SMS, "ES")
    return Alert(
        alert_id=alert_id(AlertKind.FAILURES, lane, NOON),
        state=state,
        about=AlertKind.FAILURES,
        lane=lane,
        at=NOON,
        opened_at=NOON,
        value=0.4,
        threshold=0.2,
        usual=0.05,
        measure=MEASURE,
        text="40 % fail",
    )


MEASURE = Measure()


def told(telling: Telling | None) -> dict:
    assert telling is not None
    body = json.loads(telling.body)
    jsonschema.Draft202012Validator(body_schema()).validate(body)
    assert (body["type"], body["version"]) == (telling.type, 1)
    return body


def test_a_success_is_told_with_what_it_rests_on() -> None:
    telling = of_decision_record(encode_decision(ends()), ALL)
    assert told(telling) == {
        "type": "message.delivered",
        "timestamp": "2026-11-22T12:00:00Z",
        "version": 1,
        "data": {
            "message_id": MESSAGE,
            "decision_id": f"end/{MESSAGE}/succeeded",
            "why": "succeeded",
            "step": 1,
            "rule": "step 1 was rejected: the next step",
            "reason": "not_on_channel",
            "reference": "order-17",
            "plan": "viber-then-sms",
            "plan_version": "5f2b",
            "attempts": [
                {
                    "provider": "messente",
                    "ref": "leg-1",
                    "channel": "viber",
                    "stage": "rejected",
                    "heard_at": "2026-11-22T12:00:00Z",
                    "final": True,
                    "step": 1,
                }
            ],
        },
    }
    assert telling is not None
    assert (telling.about, telling.message_id) == (f"end/{MESSAGE}/succeeded", MESSAGE)


@pytest.mark.parametrize("why", [Why.EXHAUSTED, Why.STOPPED, Why.TOO_COSTLY, Why.CANCELLED, Why.NO_RECEIPT])
def test_every_other_end_is_a_failure(why: Why) -> None:
    body = told(of_decision_record(encode_decision(ends(why)), ALL))
    assert (body["type"], body["data"]["why"]) == ("message.failed", why)


@pytest.mark.parametrize(
    ("decision", "is_told"),
    [
        (sends(step=1), False),
        (sends(step=2), True),
        (sends(step=3, why=Why.TTL), True),
        (sends(step=1, tries=1), True),  # another provider at the same step
        (sends(step=2, tries=1, why=Why.BACK_OFF), False),
        (sends(step=1, tries=1, why=Why.SETTLED), False),
    ],
)
def test_going_over_to_something_else_is_told_and_the_same_again_is_not(decision: SendDecision, is_told: bool) -> None:
    telling = of_decision_record(encode_decision(decision), ALL)
    assert (telling is not None) == is_told
    if telling is not None:
        body = told(telling)
        assert body["type"] == "message.failed_over"
        assert {"provider": "mensatek", "channel": "sms", "cost": "0.045", "step": decision.step}.items() <= body[
            "data"
        ].items()


def test_of_nothing_else_that_is_decided_or_heard_anybody_is_told() -> None:
    target = Target(provider="mensatek", ref="7:h1", channel=Channel.SMS)
    common = {"message_id": MESSAGE, "decided_at": NOON}
    for decision in (
        PollDecision(decision_id="p", why=Why.NO_RECEIPT_YET, target=target, round=2, **common),
        WaitDecision(decision_id="w", why=Why.QUIET_HOURS, step=2, **common),
        OutcomeDecision(decision_id="o", why=Why.SUCCEEDED, outcome=FailoverOutcome.RESCUED, step=2, **common),
    ):
        assert of_decision_record(encode_decision(decision), ALL) is None
    status = Status(
        provider="mensatek",
        ref="7:h1",
        channel=Channel.SMS,
        received_at=NOON,
        source=Source.WEBHOOK,
        payload=Payload(sha256="0"),
        personal=Personal(),
        stage=Stage.DELIVERED,
    )
    assert of_event_record(encode(status), ALL) is None


def test_a_reply_is_told_without_who_wrote_and_what() -> None:
    body = told(of_event_record(encode(reply()), ALL))
    assert body["type"] == "message.replied"
    assert body["data"] == {
        "event_id": reply().event_id,
        "provider": "mensatek",
        "ref": "7:h1",
        "channel": "sms",
        "received_at": "2026-11-22T12:00:00Z",
        "answers_attempt": True,
        "reply_id": "r-9",
        "reference": "order-17",
    }


def test_who_wrote_and_what_is_told_where_it_is_asked_for() -> None:
    data = told(of_event_record(encode(reply()), PERSONAL))["data"]
    assert (data["sender"], data["text"]) == (NUMBER, "Yes, thank you")
    long = told(of_event_record(encode(reply("ñ" * (LONGEST_TEXT + 1))), PERSONAL))["data"]
    assert (len(long["text"]), long["text_cut"]) == (LONGEST_TEXT, True)
    assert told(of_decision_record(encode_decision(ends()), PERSONAL))["data"]["recipient"] == NUMBER
    assert told(of_decision_record(encode_decision(sends()), PERSONAL))["data"]["recipient"] == NUMBER


@given(st.sampled_from([*(ends(why) for why in Why), sends(), sends(1, 1), sends(3)]))
def test_without_being_asked_for_no_number_and_no_text_is_told(decision: EndDecision | SendDecision) -> None:
    telling = of_decision_record(encode_decision(decision), ALL)
    assert telling is not None
    assert b"34600000001" not in telling.body
    assert b"1234" not in telling.body
    heard = of_event_record(encode(reply()), ALL)
    assert heard is not None
    assert b"34600000001" not in heard.body
    assert b"thank you" not in heard.body


@pytest.mark.parametrize("state", AlertState)
def test_an_alert_is_told_when_it_opens_and_when_it_closes(state: AlertState) -> None:
    body = told(of_alert_record(encode_alert(alert(state)), ALL))
    assert body["type"] == f"alert.{state}"
    assert body["data"] == {
        "alert_id": alert(state).alert_id,
        "about": "failures",
        "provider": "mensatek",
        "channel": "sms",
        "country": "ES",
        "opened_at": "2026-11-22T12:00:00Z",
        "value": 0.4,
        "threshold": 0.2,
        "usual": 0.05,
        "text": "40 % fail",
    }


def test_what_is_not_wanted_is_not_told() -> None:
    wanted = Wanted(types={NoticeType.FAILED})
    assert of_decision_record(encode_decision(ends()), wanted) is None
    assert of_decision_record(encode_decision(ends(Why.EXHAUSTED)), wanted) is not None
    assert of_event_record(encode(reply()), wanted) is None


def test_an_id_follows_from_what_is_told_of_and_from_nothing_else() -> None:
    """These are what receivers go by: a new way to derive them would have everything done twice."""
    first = of_decision_record(encode_decision(ends()), ALL)
    again = of_decision_record(encode_decision(ends()), PERSONAL)
    assert first is not None
    assert again is not None
    assert first.notice_id == again.notice_id == "ntc_1eb61ed185cb709c1210877951edb36f"
    others = [of_decision_record(encode_decision(other), ALL) for other in (ends(Why.EXHAUSTED), sends(), sends(3))]
    heard = [of_event_record(encode(reply()), ALL), *(of_alert_record(encode_alert(alert(s)), ALL) for s in AlertState)]
    ids = {telling.notice_id for telling in (first, *others, *heard) if telling is not None}
    assert len(ids) == 7
    assert all(one.replace("_", "").isalnum() for one in ids)


@pytest.mark.parametrize("read", [of_decision_record, of_event_record, of_alert_record])
@pytest.mark.parametrize("value", [b"", b"[]", b"{}", b"\xff", b'{"kind":7}'])
def test_what_is_no_record_is_unreadable(read, value: bytes) -> None:
    with pytest.raises(Unreadable):
        read(value, ALL)


def test_what_only_begins_as_a_record_is_unreadable_too() -> None:
    for read, value in ((of_decision_record, b'{"kind":"end-decision.v1"}'), (of_event_record, b'{"kind":"reply.v1"}')):
        with pytest.raises(Unreadable):
            read(value, ALL)
