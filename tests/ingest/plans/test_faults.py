"""Each fault of a plan names its field, as the caller has it, and what to do about it."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.orders import Order
from delivery.reasons import Reason
from delivery.requests import MessageRequest, decode_request, encode_request
from ingest.invalid import InvalidField
from ingest.orders import Asked, Orders
from ingest.providers import PROVIDERS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SMS = {"channel": "sms", "provider": "messente"}
QUIET = {"from": "22:00", "to": "08:00"}


def plan(*steps: object, **more: object) -> dict[str, object]:
    return {"plan": {"steps": list(steps), **more}}


def step(**fields: object) -> dict[str, object]:
    return plan(SMS, {**SMS, **fields})


@pytest.mark.parametrize(
    ("message", "field", "remedy"),
    [
        ({"plan": "viber-sm"}, "plan", "did you mean viber-sms?"),
        ({"plan": 7}, "plan", "a string or an object"),
        ({"plan": {}}, "plan.steps", "missing"),
        (plan(), "plan.steps", "length >= 1"),
        (plan(*[SMS] * 11), "plan.steps", "length <= 10"),
        (plan({"provider": "messente"}), "plan.steps[0].channel", "missing"),
        (plan({"channel": "sms"}), "plan.steps[0].provider", "missing"),
        (plan(SMS, maximum_costs=1), "plan.maximum_costs", "did you mean maximum_cost?"),
        ({**plan(SMS), "channel": "sms"}, "channel", "leave it out"),
        ({**plan(SMS), "provider": "messente"}, "provider", "leave it out"),
        (step(channel="pigeon"), "plan.steps[1].channel", "give one of sms, voice"),
        (step(tttl=1), "plan.steps[1].tttl", "did you mean ttl?"),
        (step(ttl=0), "plan.steps[1].ttl", ">= 1"),
        (step(ttl=604_801), "plan.steps[1].ttl", "<= 604800"),
        (step(provider="carrier"), "plan.steps[1].provider", "unknown; give one of"),
        (step(provider="ainumber"), "plan.steps[1].channel", "sms is sent by"),
        (step(provider=[]), "plan.steps[1].provider", "name at least one"),
        (step(provider=["messente"] * 2), "plan.steps[1].provider", "twice"),
        (step(provider=["messente", "nobody"]), "plan.steps[1].provider", "nobody: unknown"),
        (step(provider=[f"p{number}" for number in range(11)]), "plan.steps[1].provider", "at most 10"),
        (step(provider={"messente": 0}), "plan.steps[1].provider", "give one of them a weight"),
        (step(provider={"messente": -1}), "plan.steps[1].provider", ">= 0"),
        (step(among=["messente"]), "plan.steps[1].among", "leave it out"),
        (step(provider="best", among=[]), "plan.steps[1].among", "at least one"),
        (step(success="read"), "plan.steps[1].success", "give one of sent, delivered, seen"),
        (step(on_doubt="ask"), "plan.steps[1].on_doubt", "give one of hold, next, retry"),
        (step(on={"absent": "stop"}), "plan.steps[1].on", "absent_subscriber"),
        (step(on={"opted_out": "halt"}), "plan.steps[1].on", "give one of next, stop"),
        (step(on={"opted_out": {"retri": 1}}), "plan.steps[1].on.opted_out.retri", "did you mean retry?"),
        (step(on={"opted_out": {"retry": 11}}), "plan.steps[1].on.retry", "<= 10"),
        (step(on={"opted_out": {"retry": 1, "after": 0}}), "plan.steps[1].on.after", ">= 1"),
        (step(takes="words"), "plan.steps[1].takes", "give one of"),
        (step(takes="template"), "plan.steps[1].template", "missing; the step takes template"),
        (step(text=" "), "plan.steps[1].text", "empty"),
        (step(media={"kind": "image", "url": "http://a"}), "plan.steps[1].media.url", "https"),
        (step(options={"udhh": 1}), "plan.steps[1].options.udhh", "did you mean udh?"),
        (step(options={"messente": {"legs": [{"channel": "viber", "text": ""}]}}), None, "length >= 1"),
        (step(provider_ttl=60, provider="mensatek"), "plan.steps[1].provider_ttl", "leave it out"),
        ({**step(provider="mensatek"), "ttl": 60}, "ttl", "step 2: Mensatek takes no time limit"),
        ({**step(), "to": "+34912345678"}, "to", "step 1: a fixed-line number"),
        ({**step(), "to": "ana@example.com"}, "to", "E.164"),
        ({**step(), "text": None}, "plan.steps[0].text", "missing; give a text"),
        ({**step(), "text": "ж" * 20_000}, "text", "step 1"),
        ({**step(), "sender": "x" * 101}, "sender", "step 1: give at most 100"),
        ({**step(), "template": {"name": "x"}}, "template", "say with takes"),
        ({**step(), "contents": {"3": {"text": "a"}}}, "contents", "1, 2, sms"),
        ({**step(), "contents": {"2": {"text": ""}}}, "contents.2.text", "empty"),
        ({**step(), "contents": {"sms": {"options": {"udhh": 1}}}}, "contents.sms.options.udhh", "did you mean udh?"),
        ({**step(), "contents": {"sms": {"txt": "a"}}}, "contents.sms.txt", "did you mean text?"),
        ({**step(), "options": {"mensatek": {}}}, "options.mensatek", "no step of the plan goes through it"),
        ({**step(), "options": {"messente": {"udhh": 1}}}, "options.messente.udhh", "did you mean udh?"),
        (plan(SMS, quiet={"from": "22:00"}), "plan.quiet.to", "missing"),
        (plan(SMS, quiet={**QUIET, "from": "10pm"}), "plan.quiet.from", "HH:MM"),
        (plan(SMS, quiet={**QUIET, "to": "24:00"}), "plan.quiet.to", "HH:MM"),
        (plan(SMS, quiet={**QUIET, "to": "22:00"}), "plan.quiet.to", "hours that end"),
        (plan(SMS, quiet={**QUIET, "zone": "Europe/Madrit"}), "plan.quiet.zone", "IANA"),
        (plan(SMS, quiet={**QUIET, "default": "recipient"}), "plan.quiet.default", "IANA"),
        (plan(SMS, quiet={**QUIET, "channels": ["fax"]}), "plan.quiet.channels[0]", "give one of"),
        (plan(SMS, maximum_cost="0"), "plan.maximum_cost", "above 0"),
        (plan(SMS, maximum_cost="NaN"), "plan.maximum_cost", "above 0"),
        (plan(SMS, maximum_cost="much"), "plan.maximum_cost", ""),
        (plan(SMS, maximum_cost="0.04"), "plan.maximum_cost", "the first step alone costs 0.05"),
        (
            plan(SMS, {"channel": "voice", "provider": "altiria"}, maximum_cost="1"),
            "plan.maximum_cost",
            "step 2: no price for voice to ES through altiria; say voice.ES or voice.default in [prices.altiria]",
        ),
        ({"plan": "viber-sms", "sender": "x" * 101}, "sender", "step 1"),
        ({"plan": "viber-sms", "text": None}, "plan.steps[0].text", "(in the plan viber-sms)"),
        ({**SMS, "contents": {"sms": {"text": "a"}}}, "contents", "give a plan"),
    ],
)
def test_a_fault_names_its_field_and_the_remedy(read, message, field, remedy):
    with pytest.raises(InvalidField) as caught:
        read(**message)
    assert caught.value.field == (field or "plan.steps[1].options.messente.legs[0].text")
    assert remedy in caught.value.remedy


def test_an_account_that_cannot_send_it_is_a_fault_of_its_step():
    orders = Orders({name: kind() for name, kind in PROVIDERS.items()})
    asked = []

    def check(order: Order, number: int) -> None:
        asked.append((order.provider, number))
        if order.provider == "mensatek":
            raise InvalidField("provider", "its account is not configured")

    def read(**message: object) -> object:
        return orders.read(json.dumps({"to": "+34600000000", "text": "a", **message}).encode(), NOW, check)

    with pytest.raises(InvalidField, match=r"^plan.steps\[1\].provider: its account is not configured"):
        read(**step(provider="mensatek"))
    assert asked == [("messente", 1), ("mensatek", 2)]
    best = read(**step(provider="best")).plan.steps[1]
    assert "mensatek" not in {choice.order.provider for choice in best.choices}


names = st.sampled_from(sorted(PROVIDERS))
channels = st.sampled_from([channel.value for channel in Channel])
contents = {
    "text": st.sampled_from(["Hola", "á" * 71, "{text}", ""]),
    "sender": st.sampled_from(["ACME", "+34600000001"]),
    "template": st.just({"name": "hello", "language": "es", "parameters": {"1": "{text}"}}),
    "voice": st.just({"text": "uno"}),
    "options": st.sampled_from([{}, {"messente": {"legs": [{"channel": "sms", "text": "{text}"}]}}, {"flash": True}]),
}
rules = st.sampled_from(["stop", "next", {"retry": 2, "after": 5}, {"retry": 0}, "halt"])
steps = st.fixed_dictionaries(
    {
        "channel": channels,
        "provider": names | st.just("best") | st.lists(names, max_size=3) | st.dictionaries(names, st.integers(-1, 5)),
    },
    optional={
        **contents,
        "among": st.lists(names, max_size=3),
        "takes": st.sampled_from(["text", "template", "voice"]),
        "ttl": st.sampled_from([1, 60, 10**6]),
        "provider_ttl": st.sampled_from([60, 3_600]),
        "success": st.sampled_from(["sent", "delivered", "seen"]),
        "on": st.dictionaries(st.sampled_from([reason.value for reason in Reason] + ["x"]), rules, max_size=2),
        "on_doubt": st.sampled_from(["hold", "next", "retry"]),
    },
)
hours = st.sampled_from(["22:00", "08:00", "8", "24:00"])
quiets = st.fixed_dictionaries(
    {"from": hours, "to": hours}, optional={"zone": st.sampled_from(["recipient", "Europe/Madrid", "x"])}
)
inline = st.fixed_dictionaries(
    {"steps": st.lists(steps, max_size=3)},
    optional={"quiet": quiets, "maximum_cost": st.sampled_from(["0.12", 3, 0, "x"])},
)
messages = st.fixed_dictionaries(
    {
        "to": st.sampled_from(["+34600000000", "+870773111632", "ana@example.com"]),
        "plan": inline | st.sampled_from(["viber-sms", "nobody's"]),
    },
    optional={
        **contents,
        "ttl": st.just(60),
        "send_at": st.sampled_from(["2026-03-02T00:00:00Z", "2026-02-02T00:00:00Z"]),
        "contents": st.dictionaries(
            st.sampled_from(["1", "2", "sms", "whatsapp"]), st.fixed_dictionaries({}, optional=contents), max_size=2
        ),
    },
)


def outcome(orders: Orders, raw: bytes) -> Asked | InvalidField:
    try:
        return orders.read(raw, NOW)
    except InvalidField as fault:
        return fault


@settings(max_examples=300)
@given(messages)
def test_whatever_plan_is_asked_for_can_be_kept_or_is_a_named_fault(orders, message):
    raw = json.dumps(message).encode()
    asked = outcome(orders, raw)
    if isinstance(asked, InvalidField):
        assert asked.field.partition(".")[0].partition("[")[0] in {*message, "text", "template", "voice", "plan"}
        assert asked.remedy
        return
    request = MessageRequest(message_id="m", received_at=NOW, order=asked.order, plan=asked.plan, send_at=asked.send_at)
    assert decode_request(encode_request(request)) == request
    assert outcome(orders, raw) == asked
    assert asked.order == asked.plan.steps[0].choices[0].order
    for planned in asked.plan.steps:
        assert any(choice.weight for choice in planned.choices)
        assert {choice.order.personal.to for choice in planned.choices} == {asked.order.personal.to}
