"""Reading a plan: all that can be told to be wrong with it before anybody is to receive anything."""

from datetime import time
from decimal import Decimal
from typing import Any, Final

from delivery.plans import Rule, Then
from ingest.invalid import InvalidField
from ingest.plans.body import BEST, MOST_CHOICES, RECIPIENT, PlanBody, QuietBody, RetryBody, StepBody
from ingest.plans.zones import ZONES
from ingest.shapes import shaped

LARGEST_COST: Final = Decimal(1_000_000)


def read_plan(given: object) -> PlanBody:
    """A plan from plain data. Raises `InvalidField`, with the field as it stands in the plan: `steps[1].ttl`."""
    body = shaped(_without_nulls(given), PlanBody)
    check_plan(body)
    return body


def check_plan(body: PlanBody) -> None:
    """What the types alone do not say. Raises `InvalidField` as `read_plan` does."""
    for index, step in enumerate(body.steps):
        try:
            _check_step(step)
        except InvalidField as error:
            raise InvalidField(f"steps[{index}].{error.field}", error.remedy) from None
    if body.quiet is not None:
        _check_quiet(body.quiet)
    if body.maximum_cost is not None and not (body.maximum_cost.is_finite() and 0 < body.maximum_cost <= LARGEST_COST):
        raise InvalidField("maximum_cost", "give an amount above 0: 0.12")


def weights_of(step: StepBody) -> dict[str, int]:
    """Whom a step names, and what each weighs; nobody where the best of all is wanted."""
    if isinstance(step.provider, dict):
        return step.provider
    names = step.provider if isinstance(step.provider, list) else [step.provider]
    return dict.fromkeys((step.among or []) if is_best(step) else names, 1)


def is_best(step: StepBody) -> bool:
    return step.provider == BEST


def rule_of(said: str | RetryBody) -> Rule:
    if isinstance(said, RetryBody):
        return Rule(then=Then.RETRY, times=said.retry, after_seconds=said.after)
    return Rule(then=Then(said))


def time_of(field: str, text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or text != found.strftime("%H:%M"):
        raise InvalidField(field, "give a time of day as HH:MM: 22:00")
    return found


def _check_step(step: StepBody) -> None:
    weights = weights_of(step)
    if step.among is not None and not is_best(step):
        raise InvalidField("among", 'it is for provider "best" alone; leave it out')
    if not weights and (not is_best(step) or step.among is not None):
        raise InvalidField("among" if is_best(step) else "provider", "empty; name at least one provider")
    if len(weights) > MOST_CHOICES:
        raise InvalidField("provider", f"give at most {MOST_CHOICES} of them")
    if weights and not any(weights.values()):
        raise InvalidField("provider", "all weigh 0; give one of them a weight")
    named = step.provider if isinstance(step.provider, list) else step.among or []
    if len(named) > len(set(named)):
        raise InvalidField("among" if is_best(step) else "provider", "names one twice; name each once")


def _check_quiet(quiet: QuietBody) -> None:
    if time_of("quiet.from", quiet.begins) == time_of("quiet.to", quiet.ends):
        raise InvalidField("quiet.to", "the same as from; give hours that end, or leave quiet out")
    for field, zone in (("quiet.zone", quiet.zone), ("quiet.default", quiet.default)):
        if zone not in ZONES and not (field == "quiet.zone" and zone == RECIPIENT):
            allowed = f"an IANA name such as Europe/Madrid{', or recipient' if field == 'quiet.zone' else ''}"
            raise InvalidField(field, f"unknown; give {allowed}")


def _without_nulls(given: object) -> object:
    """`null` is the same as not there, in a plan and in its steps."""
    if isinstance(given, dict):
        kept: dict[Any, Any] = {name: _without_nulls(value) for name, value in given.items() if value is not None}
        return kept
    if isinstance(given, list):
        return [_without_nulls(value) for value in given]
    return given
