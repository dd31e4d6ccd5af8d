"""The ready-made plans, with times of the demo's own: its people have their messages within seconds.

What a plan gives minutes has seconds here, and nobody waits for the morning.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import msgspec

from acuse.plans.ready_made import ready_made_text

TTL_SECONDS: Final = 12
"""Of a step that another one follows: longer than most deliveries take, and shorter than some."""
LAST_TTL_SECONDS: Final = 60
PROVIDER_TTL_SECONDS: Final = 10
BACK_OFF_SECONDS: Final = 2

PRICES: Final[Mapping[str, Mapping[str, str]]] = {
    "mensatek": {"sms": "0.05", "voice": "0.12"},
    "messente": {"sms": "0.06", "viber": "0.02", "whatsapp": "0.05"},
    "altiria": {"sms": "0.05", "voice": "0.11", "whatsapp": "0.05", "email": "0.001"},
    "ainumber": {"whatsapp": "0.04"},
    "enviosms": {"sms": "0.01"},
}
"""Euros that nobody is charged, by provider and channel; an SMS costs its price for each of its parts."""


@cache
def demo_plans() -> Mapping[str, Mapping[str, Any]]:
    """By name, as settings write them."""
    ready_made: dict[str, Any] = tomllib.loads(ready_made_text())["plans"]
    return MappingProxyType({name: _hurried(plan) for name, plan in ready_made.items()})


def plan_settings() -> dict[str, str]:
    """The plans and the prices, by their dotted keys."""
    plans = {f"plans.{name}": msgspec.json.encode(plan).decode() for name, plan in demo_plans().items()}
    prices = {
        f"prices.{provider}.{channel}": price for provider, own in PRICES.items() for channel, price in own.items()
    }
    return plans | prices


def _hurried(plan: Mapping[str, Any]) -> dict[str, Any]:
    *others, last = plan["steps"]
    steps = [_hurried_step(step, TTL_SECONDS) for step in others] + [_hurried_step(last, LAST_TTL_SECONDS)]
    return {name: said for name, said in plan.items() if name != "quiet"} | {"steps": steps}


def _hurried_step(step: Mapping[str, Any], ttl: int) -> dict[str, Any]:
    hurried = {**step, "ttl": ttl}
    if "provider_ttl" in step:
        hurried["provider_ttl"] = PROVIDER_TTL_SECONDS
    if "on" in step:
        hurried["on"] = {
            reason: {**rule, "after": BACK_OFF_SECONDS} if isinstance(rule, dict) else rule
            for reason, rule in step["on"].items()
        }
    return hurried
