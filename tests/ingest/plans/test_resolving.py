"""What is said of a plan becomes one that can be sent: contents, providers, legs, costs, quiet hours, versions."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from delivery.channels import Channel
from delivery.failover import decide
from delivery.message_states import with_request
from delivery.orders import Template
from delivery.plans import OnDoubt, Pick, Rule, Success, Then
from delivery.quiet import QuietHours
from delivery.reasons import Reason
from delivery.requests import MessageRequest, decode_request, encode_request
from ingest.invalid import InvalidField
from ingest.plans.resolving import LARGEST_PLAN_BYTES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SMS = {"channel": "sms", "provider": "messente"}
VIBER = {"channel": "viber", "provider": "messente"}
TALK = {"channel": "whatsapp", "provider": "ainumber"}


def one(read, step=SMS, **message):
    (planned,) = read(plan={"steps": [step]}, **message).plan.steps
    return planned


def test_a_plan_by_its_name(read):
    asked = read(plan="viber-sms", on_doubt="next", reference="r7", store="nostore")
    assert (asked.plan.name, len(asked.plan.version)) == ("viber-sms", 12)
    viber, sms = asked.plan.steps
    assert asked.order == viber.choices[0].order
    assert (viber.ttl_seconds, viber.success, viber.on_doubt) == (120, Success.DELIVERED, OnDoubt.NEXT)
    assert viber.choices[0].order.personal.text == "Hola"
    assert sms.choices[0].order.personal.text == "By SMS, then"
    assert {step.choices[0].order.reference for step in asked.plan.steps} == {"r7"}
    request = MessageRequest(message_id="m", received_at=NOON, order=asked.order, plan=asked.plan)
    assert decode_request(encode_request(request)) == request
    [send] = decide(with_request(None, request, 1), NOON, lambda choices: [1] * len(choices))
    assert (send.step, send.order, send.grounds.plan) == (1, asked.order, "viber-sms")


def test_all_that_a_step_can_say(read):
    step = {
        **SMS,
        "ttl": 90,
        "provider_ttl": 60,
        "success": "sent",
        "on": {"absent_subscriber": "stop", "opted_out": "next", "network_error": {"retry": 3, "after": 5}},
        "on_doubt": "retry",
    }
    planned = one(read, step)
    assert (planned.ttl_seconds, planned.choices[0].order.ttl_seconds) == (90, 60)
    assert (planned.success, planned.on_doubt, planned.pick) == (Success.SENT, OnDoubt.RETRY, Pick.WEIGHTED)
    assert planned.rules == {
        Reason.ABSENT_SUBSCRIBER: Rule(then=Then.STOP),
        Reason.OPTED_OUT: Rule(then=Then.NEXT),
        Reason.NETWORK_ERROR: Rule(then=Then.RETRY, times=3, after_seconds=5),
    }
    assert one(read, SMS, ttl=30).choices[0].order.ttl_seconds == 30


@pytest.mark.parametrize(
    ("provider", "weights"),
    [
        ("messente", {"messente": 1}),
        (["messente", "mensatek"], {"messente": 1, "mensatek": 1}),
        ({"messente": 3, "mensatek": 0}, {"messente": 3, "mensatek": 0}),
    ],
)
def test_who_may_send_it(read, provider, weights):
    planned = one(read, {**SMS, "provider": provider})
    assert {choice.order.provider: choice.weight for choice in planned.choices} == weights
    assert planned.pick is Pick.WEIGHTED


def test_the_best_is_chosen_of_those_who_can_send_it(read):
    best = one(read, {**SMS, "provider": "best"})
    assert best.pick is Pick.BEST
    assert [each.order.provider for each in best.choices] == ["altiria", "enviosms", "mensatek", "messente"]
    from_acme = one(read, {**SMS, "provider": "best"}, sender="ACME")  # enviosms lets nobody name the sender
    assert [each.order.provider for each in from_acme.choices] == ["altiria", "mensatek", "messente"]
    with pytest.raises(InvalidField, match=r"^sender: step 1: enviosms: "):
        one(read, {**SMS, "provider": "best", "among": ["mensatek", "enviosms"]}, sender="ACME")
    with pytest.raises(InvalidField, match=r"^plan.steps\[0\].provider: none can send it: messente: .*template"):
        one(read, {**VIBER, "provider": "best", "template": {"name": "hello"}})


def test_a_step_says_its_own_or_what_the_message_says_for_it_or_what_the_message_says(read):
    steps = [{**SMS, "sender": "PLAN", "text": "of the plan"}, SMS, VIBER, {**SMS, "sender": "LAST"}]
    contents = {"1": {"text": "first"}, "sms": {"text": "by SMS", "sender": "SMS"}}
    asked = read(plan={"steps": steps}, contents=contents, sender="MESSAGE")
    said = [(step.choices[0].order.personal.sender, step.choices[0].order.personal.text) for step in asked.plan.steps]
    assert said == [("SMS", "first"), ("SMS", "by SMS"), ("MESSAGE", "Hola"), ("SMS", "by SMS")]


def test_a_step_takes_what_it_names_of_a_message_that_says_it_in_several_ways(read):
    steps = [{**TALK, "takes": "text"}, {**TALK, "takes": "template"}, {**SMS, "takes": "text"}]
    template = {"name": "hello", "language": "es", "parameters": {"1": "Ana"}}
    session, approved, sms = read(plan={"steps": steps}, template=template).plan.steps
    assert (session.choices[0].order.personal.text, session.choices[0].order.personal.template) == ("Hola", None)
    assert approved.choices[0].order.personal.template == Template(name="hello", language="es", parameters={"1": "Ana"})
    assert (approved.choices[0].order.personal.text, sms.choices[0].order.personal.text) == (None, "Hola")


def test_a_call_takes_the_voice_that_is_there_and_an_sms_the_text(read):
    steps = [SMS, {"channel": "voice", "provider": "altiria"}]
    sms, call = read(plan={"steps": steps}, voice={"text": "Su código"}).plan.steps
    assert (sms.choices[0].order.personal.text, sms.choices[0].order.personal.voice) == ("Hola", None)
    assert (call.choices[0].order.personal.text, call.choices[0].order.personal.voice.text) == (None, "Su código")
    assert read(plan={"steps": steps}).plan.steps[1].choices[0].order.personal.text == "Hola"


def test_options_stand_under_the_names_of_those_who_take_them_and_add_up(read):
    step = {
        **SMS,
        "provider": ["messente", "mensatek"],
        "options": {"mensatek": {"report": False, "fixutf8": True}, "messente": {"autoconvert": "on"}},
    }
    messente, mensatek = one(
        read,
        step,
        options={"mensatek": {"variables": ["a"]}},
        contents={"sms": {"options": {"mensatek": {"report": True}}}},
    ).choices
    assert messente.order.personal.options == {"autoconvert": "on"}
    assert mensatek.order.personal.options == {"report": True, "fixutf8": True, "variables": ["a"]}


def test_the_providers_own_failover_is_told_by_its_legs_and_says_the_messages_text(read):
    legs = [{"channel": "sms", "text": "{text}"}]
    (choice,) = one(read, {**VIBER, "options": {"legs": legs}}, text="á" * 71).choices
    assert choice.legs == (Channel.VIBER, Channel.SMS)
    assert choice.order.personal.options == {"legs": [{"channel": "sms", "text": "á" * 71}]}
    assert choice.cost == Decimal("0.02") + 2 * Decimal("0.05")
    caller = {"fail2voice": True, "remitentevoz": "+34910000000"}
    (choice,) = one(read, {**SMS, "provider": "mensatek", "options": caller}).choices
    assert (choice.legs, choice.cost) == ((Channel.SMS, Channel.VOICE), Decimal("0.15"))
    (plain,) = one(read, {**SMS, "provider": "mensatek"}).choices
    assert plain.legs == ()


def test_a_template_may_have_the_messages_text_in_it(read):
    template = {"name": "hello", "language": "es", "parameters": {"1": "{text}", "2": "as {text}"}}
    (choice,) = one(read, {**TALK, "template": template}).choices
    assert choice.order.personal.template.parameters == {"1": "Hola", "2": "as {text}"}
    with pytest.raises(InvalidField, match=r"^text: step 1: missing"):
        one(read, {**TALK, "template": template}, text=None)


def test_what_it_costs(read):
    assert one(read).choices[0].cost == Decimal("0.05")
    assert one(read, text="á" * 71).choices[0].cost == Decimal("0.10")
    assert one(read, to="+447700900123").choices[0].cost == Decimal("0.06")
    assert one(read, {**SMS, "provider": "mensatek"}, to="+447700900123").choices[0].cost is None
    assert read(plan={"steps": [VIBER, SMS], "maximum_cost": "0.07"}).plan.maximum_cost == Decimal("0.07")


@pytest.mark.parametrize(
    ("to", "zone", "zones", "told"),
    [
        ("+34600000000", {}, ("Atlantic/Canary", "Europe/Madrid"), True),
        ("+447700900123", {"zone": "Europe/Paris"}, ("Europe/Paris",), True),
        ("+447700900123", {"zone": "recipient"}, ("Europe/Guernsey", "Europe/Isle_of_Man", "Europe/London"), True),
        ("+870773111632", {"default": "Europe/Oslo"}, ("Europe/Oslo",), False),
        ("+870773111632", {}, ("UTC",), False),
    ],
)
def test_whose_night_it_is(read, to, zone, zones, told):
    quiet = {"from": "22:00", "to": "08:00", **zone, "channels": ["sms"]}
    asked = read(to=to, plan={"steps": [SMS], "quiet": quiet})
    assert asked.plan.quiet == QuietHours(begins=time(22), ends=time(8), zones=zones, channels=(Channel.SMS,))
    assert (asked.zones.names, asked.zones.told) == (zones, told)


def test_who_has_an_address_alone_is_in_the_default_zone(read):
    step = {"channel": "email", "provider": "altiria", "sender": "a@example.com", "options": {"subject": "Hola"}}
    plan = {"steps": [step], "quiet": {"from": "22:00", "to": "08:00"}}
    assert read(to="ana@example.com", plan=plan).zones == (("UTC",), False)


def test_versions_tell_plans_apart_and_nothing_personal(read):
    def version(*steps, **plan):
        return read(plan={"steps": list(steps), **plan}, sender="ACME").plan.version

    assert version(SMS) == version({**SMS, "text": "another"}) == version(SMS, about="words")
    assert len({version(SMS), version(VIBER), version(SMS, VIBER), version({**SMS, "ttl": 5})}) == 4
    assert version(SMS, quiet={"from": "22:00", "to": "08:00"}) != version(SMS)
    assert read(plan="viber-sms").plan.version == read(plan="viber-sms", text="another").plan.version


def test_a_plan_waits_for_its_time_with_us(read):
    at = NOON + timedelta(hours=2)
    asked = read(plan={"steps": [SMS]}, send_at=at.isoformat())
    assert (asked.send_at, asked.order.send_at) == (at, None)


def test_what_a_provider_cannot_hold_waits_with_us(read):
    at = NOON + timedelta(hours=2)
    held = read(**TALK, send_at=at.isoformat())
    assert (held.send_at, held.order.send_at, held.plan) == (at, None, None)
    theirs = read(**SMS, send_at=at.isoformat())
    assert (theirs.send_at, theirs.order.send_at) == (None, at)
    twice = read(channel="sms", provider="mensatek", send_at="2026-10-25T02:30:00+02:00")  # shown twice by clocks there
    assert (twice.send_at, twice.order.send_at) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None)


def test_a_plan_is_not_larger_than_what_can_be_kept(read):
    steps = [{**SMS, "provider": "messente"}] * 10
    with pytest.raises(InvalidField, match=f"^plan: .* {LARGEST_PLAN_BYTES:,} is the most"):
        read(plan={"steps": [{**TALK}] * 10}, text="ж" * 19_000)
    assert read(plan={"steps": steps}).plan
