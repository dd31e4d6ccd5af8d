"""What is kept of a message that a provider took."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

import pytest

from delivery.channels import Channel
from delivery.events import Source, decode, encode
from delivery.orders import Order, OrderPersonal, Store, Template, Voice
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.outbound import JSON, HttpAnswer, HttpCall, Sending
from ingest.sent import sent_event

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TEXT = "Tu código es 4711 / <año>"
SENDING = Sending("01931f7e-3c00-7abc-8def-0123456789ab", "01931f7e-3c00-7abc-8def-0123456789ab.1", Account("any"), AT)
CALL = HttpCall("POST", "/sms", json.dumps({"text": TEXT}).encode(), JSON, query=(("a", "b"),))


def order(**changes: object) -> Order:
    fields = {"provider": "any", "channel": Channel.SMS, "reference": "order 17", "country": "ES"}
    personal = OrderPersonal(to="+34600000000", sender="Acme", text=TEXT)
    return Order(**({"personal": personal} | fields | changes))  # type: ignore[arg-type] # each test knows its change


def answer(body: bytes = b'{"id": "m1"}') -> HttpAnswer:
    return HttpAnswer(200, body, AT, {"content-type": JSON})


def test_it_says_what_was_sent_and_what_was_answered() -> None:
    sent = sent_event(order(), SENDING, answer(), CALL, ref="m1", handle="omni", code="0", code_text="Fine")
    assert (sent.key, sent.handle, sent.stage, sent.final) == ("any/m1", "omni", Stage.QUEUED, False)
    assert (sent.message_id, sent.reference, sent.country) == (SENDING.message_id, "order 17", "ES")
    assert (sent.source, sent.received_at, sent.scheduled_for) == (Source.CALL, AT, None)
    assert sent.payload.sha256 == sha256(answer().body).hexdigest()
    assert (sent.personal.recipient, sent.personal.sender, sent.personal.text) == ("+34600000000", "Acme", TEXT)
    assert (sent.personal.raw, sent.personal.content_type) == (answer().body, JSON)
    assert sent.personal.request == b"POST /sms?a=b\n\n" + CALL.body
    assert decode(encode(sent)) == sent


def test_a_leg_of_native_failover_has_no_cost_of_its_own() -> None:
    priced = replace(SENDING, expected_cost=Decimal("0.15"))
    first, leg = (sent_event(order(), priced, answer(), CALL, ref="m1", channel=way) for way in (None, Channel.VOICE))
    assert (first.expected_cost, leg.expected_cost) == (Decimal("0.15"), None)


def test_only_what_is_scheduled_says_for_when() -> None:
    scheduled = sent_event(order(send_at=LATER), SENDING, answer(), CALL, ref="m1", stage=Stage.SCHEDULED)
    assert scheduled.scheduled_for == LATER
    assert sent_event(order(send_at=LATER), SENDING, answer(), CALL, ref="m1").scheduled_for is None


def test_a_rejection_is_final_and_has_a_reason() -> None:
    rejected = sent_event(order(), SENDING, answer(), CALL, ref="m1", stage=Stage.REJECTED)
    assert (rejected.final, rejected.reason) == (True, Reason.UNSPECIFIED)
    poor = sent_event(order(), SENDING, answer(), CALL, ref="m1", stage=Stage.REJECTED, reason=Reason.NO_CREDIT)
    assert poor.reason is Reason.NO_CREDIT


def test_a_leg_has_its_own_channel_sender_and_text() -> None:
    leg = sent_event(order(), SENDING, answer(), CALL, ref="m1", channel=Channel.VIBER, sender="Leg", text="Other")
    assert (leg.channel, leg.personal.sender, leg.personal.text) == (Channel.VIBER, "Leg", "Other")
    assert sent_event(order(), SENDING, answer(), CALL, ref="m1", text="").personal.text is None


@pytest.mark.parametrize(("store", "kept"), [(Store.SHA256, sha256(TEXT.encode()).hexdigest()), (Store.NOSTORE, None)])
def test_a_text_that_may_not_be_stored_is_nowhere(store: Store, kept: str | None) -> None:
    sent = sent_event(order(store=store), SENDING, answer(), CALL, ref="m1")
    assert (sent.personal.text, sent.personal.request) == (kept, b"")
    assert sent.personal.raw == answer().body, "an answer without the text is kept"
    assert b"4711" not in encode(sent)


@pytest.mark.parametrize(
    "echo",
    [
        json.dumps({"text": TEXT}).encode(),
        json.dumps({"text": TEXT}, ensure_ascii=False).encode(),
        json.dumps({"text": TEXT}).replace("/", "\\/").encode(),
        TEXT.encode("cp1252"),
        b"Tu+c%C3%B3digo+es+4711+%2F+%3Ca%C3%B1o%3E",
        "Tu código es 4711 / &lt;año&gt;".encode(),
    ],
)
def test_nor_in_an_answer_that_repeats_it(echo: bytes) -> None:
    sent = sent_event(order(store=Store.NOSTORE), SENDING, answer(echo), CALL, ref="m1")
    assert sent.personal.raw == b""
    assert sent.payload.sha256 == sha256(echo).hexdigest(), "which answer it was is known all the same"


@pytest.mark.parametrize(
    "personal",
    [
        OrderPersonal(to="+34600000000", voice=Voice(text="secret")),
        OrderPersonal(to="+34600000000", template=Template(name="t", parameters={"1": "secret"})),
        OrderPersonal(to="+34600000000", options={"legs": [{"text": "secret"}]}),
    ],
)
def test_what_is_said_in_other_ways_is_not_stored_either(personal: OrderPersonal) -> None:
    sent = sent_event(order(store=Store.NOSTORE, personal=personal), SENDING, answer(b'["secret"]'), CALL, ref="m1")
    assert (sent.personal.raw, sent.personal.text) == (b"", None)
    assert sent_event(order(personal=personal), SENDING, answer(b'["secret"]'), CALL, ref="m1").personal.raw


def test_what_a_voice_says_is_its_text() -> None:
    spoken = order(personal=OrderPersonal(to="+34600000000", voice=Voice(text="Hola")))
    assert sent_event(spoken, SENDING, answer(), CALL, ref="m1").personal.text == "Hola"


def test_it_says_which_sending_of_its_message_it_is() -> None:
    of_nothing = sent_event(order(), SENDING, answer(), CALL, ref="m1")
    again = sent_event(order(), replace(SENDING, step=2, tries=1), answer(), CALL, ref="m1")
    assert (of_nothing.step, of_nothing.tries) == (None, 0)
    assert (again.step, again.tries) == (2, 1)
