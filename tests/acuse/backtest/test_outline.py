"""The plan that a recorded message would have had."""

from datetime import UTC, datetime, time
from decimal import Decimal
from types import MappingProxyType

from acuse.backtest.outline import Outline
from delivery.channels import Channel
from delivery.orders import Order, OrderPersonal
from delivery.plans import Pick
from delivery.requests import MessageRequest
from ingest.plans.prices import Prices
from ingest.plans.reading import read_plan
from ingest.providers import PROVIDERS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PRICES = Prices(
    table=MappingProxyType(
        {
            "altiria": {Channel.SMS: {"ES": Decimal("0.05")}},
            "mensatek": {Channel.SMS: {"default": Decimal("0.07")}, Channel.VOICE: {"default": Decimal("0.20")}},
        }
    ),
    currency="EUR",
)


def outline(*steps: dict[str, object], **said: object) -> Outline:
    providers = {name: kind() for name, kind in PROVIDERS.items()}
    return Outline("mine", read_plan({"steps": list(steps), **said}), PRICES, providers)


def request(text: str | None = "Hola", **personal: object) -> MessageRequest:
    order = Order(
        provider="altiria",
        channel=Channel.SMS,
        personal=OrderPersonal(to="+34600123456", text=text, sender="ACME", **personal),
        country="ES",
    )
    return MessageRequest(message_id="m", received_at=NOON, order=order)


SMS = {"channel": "sms", "provider": "altiria", "ttl": 60}


def test_with_the_content_of_the_message_it_is_the_plan_that_ingest_would_make() -> None:
    made = outline(SMS, {"channel": "sms", "provider": {"mensatek": 3, "altiria": 1}})
    plan = made.plan_of(request("x" * 200))
    first, second = plan.steps
    assert (first.ttl_seconds, first.choices[0].order.personal.text, first.choices[0].cost) == (
        60,
        "x" * 200,
        Decimal("0.10"),  # in two parts
    )
    assert [(each.order.provider, each.weight, each.cost) for each in second.choices] == [
        ("mensatek", 3, Decimal("0.14")),
        ("altiria", 1, Decimal("0.10")),
    ]
    assert made.without_content == 0


def test_without_what_its_steps_need_it_has_all_but_the_content() -> None:
    viber = {"channel": "viber", "provider": "messente", "ttl": 30, "takes": "media", "success": "seen"}
    made = outline(viber, SMS, quiet={"from": "22:00", "to": "08:00"}, maximum_cost="0.50")
    plan = made.plan_of(request())
    assert made.without_content == 1
    assert [(each.ttl_seconds, each.success) for each in plan.steps] == [(30, "seen"), (60, "delivered")]
    assert [each.choices[0].cost for each in plan.steps] == [None, Decimal("0.05")]
    assert plan.maximum_cost == Decimal("0.50")
    assert plan.quiet is not None
    assert (plan.quiet.begins, plan.quiet.ends, plan.quiet.zones) == (
        time(22),
        time(8),
        ("Atlantic/Canary", "Europe/Madrid"),
    )


def test_best_is_of_all_who_can() -> None:
    made = outline({"channel": "voice", "provider": "best", "takes": "media"}, SMS)
    (first, _) = made.plan_of(request()).steps
    assert first.pick is Pick.BEST
    able = {name for name, kind in PROVIDERS.items() if Channel.VOICE in getattr(kind(), "sends_on", ())}
    assert {each.order.provider for each in first.choices} == able


def test_who_was_sent_by_this_very_plan_keeps_it() -> None:
    made = outline(SMS, {"channel": "sms", "provider": "mensatek"})
    first = made.plan_of(request())
    planned = MessageRequest(message_id="m", received_at=NOON, order=first.steps[0].choices[0].order, plan=first)
    assert made.plan_of(planned) is first
    other = outline({**SMS, "ttl": 61}, {"channel": "sms", "provider": "mensatek"})
    assert other.plan_of(planned) is not first


def test_the_price_is_of_all_that_a_provider_may_try() -> None:
    made = outline(SMS)
    order = request().order
    assert made.price(order) == Decimal("0.05")
    personal = OrderPersonal(
        to="+34600123456", text="Hola", options={"fail2voice": True, "remitentevoz": "+34910000000"}
    )
    legs = Order(provider="mensatek", channel=Channel.SMS, personal=personal, country="ES")
    assert made.price(legs) == Decimal("0.27")
    older = OrderPersonal(to="+34600123456", text="Hola", options={"no": "longer"})
    assert made.price(Order(provider="mensatek", channel=Channel.SMS, personal=older)) == Decimal("0.07")
    assert made.price(Order(provider="nobody", channel=Channel.SMS, personal=personal)) is None
