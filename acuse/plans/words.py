"""A plan in words: what goes out when, and what makes the next step go out."""

from collections.abc import Iterable, Iterator
from typing import Final

from delivery.plans import DEFAULT_RULES, PROVIDER_FAULTS, OnDoubt, Rule, Success, Then
from ingest.plans.body import RECIPIENT, PlanBody, QuietBody, StepBody
from ingest.plans.reading import is_best, rule_of, weights_of

ENOUGH: Final = {
    Success.SENT: "the operator has it",
    Success.DELIVERED: "the handset has it",
    Success.SEEN: "the person has opened it",
}
DOUBT: Final = {
    OnDoubt.HOLD: "nothing more is sent until somebody can",
    OnDoubt.NEXT: "the next step goes out",
    OnDoubt.RETRY: "it is sent again, though it may arrive twice",
}
UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def in_words(plan: PlanBody, currency: str) -> Iterator[str]:
    """Lines for people."""
    last = len(plan.steps)
    for number, step in enumerate(plan.steps, 1):
        yield f"{number}. {step.channel} through {_providers(step)}{_content(step)}"
        yield from (f"   {sentence}" for sentence in _step(step, number, last))
    yield from _usual(plan)
    if plan.quiet is not None:
        yield _quiet(plan.quiet)
    if plan.maximum_cost is not None:
        yield f"Nothing is sent that would bring the cost above {plan.maximum_cost} {currency}."


def span(seconds: int) -> str:
    """`5400` as `1 h 30 min`."""
    said = []
    for unit, size in UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            said.append(f"{count} {unit}")
    return " ".join(said)


def _providers(step: StepBody) -> str:
    weights = weights_of(step)
    if is_best(step):
        among = f" of {_listed(weights)}" if weights else ""
        return f"whoever does best at the time{among}"
    if len(weights) == 1:
        return next(iter(weights))
    if len(set(weights.values())) == 1:
        return f"{_listed(weights, 'or')}, each as often"
    total = sum(weights.values())
    shares = [f"{name} ({100 * weight / total:.0f} %)" for name, weight in weights.items() if weight]
    spare = [name for name, weight in weights.items() if not weight]
    return _listed(shares, "or") + (f"; {_listed(spare)} only in their place" if spare else "")


def _content(step: StepBody) -> str:
    own = [kind for kind in ("text", "template", "media", "voice") if getattr(step, kind) is not None]
    if own:
        return f", with a {_listed(own)} of its own"
    return f", with the message's {step.takes}" if step.takes else ""


def _step(step: StepBody, number: int, last: int) -> Iterator[str]:
    onwards = "nothing more is sent" if number == last else "the next step goes out"
    yield f"It is enough that {ENOUGH[step.success]}."
    if step.ttl is not None:
        yield f"When that has not come within {span(step.ttl)}, {onwards}."
    if step.provider_ttl is not None:
        yield f"The provider is told to try for {span(step.provider_ttl)}."
    rules: dict[Rule, list[str]] = {}
    for reason, said in step.on.items():
        rules.setdefault(rule_of(said), []).append(reason.value)
    for rule, reasons in rules.items():
        yield f"On {_listed(reasons, 'or')}: {_rule(rule, onwards)}."
    if step.on_doubt is not None:
        yield f"Where nobody can tell whether it was taken, {DOUBT[step.on_doubt]}."


def _rule(rule: Rule, onwards: str) -> str:
    if rule.then is Then.STOP:
        return "nothing more is sent"
    if rule.then is Then.NEXT:
        return onwards
    times = "once" if rule.times == 1 else f"up to {rule.times} times, twice as long in between each time"
    return f"the same step again after {span(rule.after_seconds)}, {times}; then {onwards}"


def _usual(plan: PlanBody) -> Iterator[str]:
    if len(plan.steps) > 1:
        yield (
            "Otherwise the next step goes out as soon as one is refused (a conversation that is not open and a "
            "provider that is left alone count as that) or has failed for good."
        )
    stops = [reason for reason, rule in DEFAULT_RULES.items() if rule.then is Then.STOP]
    yield f"Nothing more is sent on {_listed(stops, 'or')}, unless a step says otherwise."
    if any(is_best(step) or len(weights_of(step)) > 1 for step in plan.steps):
        yield f"On {_listed(sorted(PROVIDER_FAULTS), 'or')}, another provider of the same step is tried first."


def _quiet(quiet: QuietBody) -> str:
    where = quiet.zone
    if quiet.zone == RECIPIENT:
        where = f"where the recipient may be ({quiet.default} where the number does not tell)"
    on = f" by {_listed(quiet.channels, 'or')}" if quiet.channels else ""
    return f"Nothing goes out{on} from {quiet.begins} to {quiet.ends}, {where}; it waits until then."


def _listed(names: Iterable[str], word: str = "and") -> str:
    *others, last = [str(name) for name in names]
    return f"{', '.join(others)} {word} {last}" if others else last
