"""What a plan does that its writer may not have meant, and whom it names that cannot do it."""

from collections.abc import Iterator, Mapping
from typing import Final

from delivery.channels import Channel
from delivery.plans import Success
from ingest.fields import known_or_near
from ingest.plans.body import PlanBody, StepBody
from ingest.plans.reading import weights_of
from ingest.provider import CanBePolled, Provider, ReceivesWebhooks, SendsMessages

NEVER_SEEN: Final = frozenset({Channel.SMS, Channel.VOICE})


def faults(plan: PlanBody, providers: Mapping[str, Provider]) -> Iterator[str]:
    """What no message could be sent by."""
    for place, step in enumerate(plan.steps):
        for name in weights_of(step):
            provider = providers.get(name)
            if provider is None:
                yield f"steps[{place}].provider: {name} is unknown; {known_or_near(name, sorted(providers))}"
            elif not (isinstance(provider, SendsMessages) and step.channel in provider.sends_on):
                yield f"steps[{place}].channel: {name} does not send {step.channel} for us"


def cautions(plan: PlanBody, providers: Mapping[str, Provider]) -> Iterator[str]:
    """What works, but perhaps not as it was meant."""
    for number, step in enumerate(plan.steps, 1):
        if step.ttl is None and number < len(plan.steps):
            yield f"Step {number} has no ttl: only a refusal or a final failure leads from it to the next one."
        if step.success is Success.SEEN and step.channel in NEVER_SEEN:
            yield f"Step {number} is never seen: nobody tells that of {step.channel}."
        yield from _silent(step, number, providers)


def _silent(step: StepBody, number: int, providers: Mapping[str, Provider]) -> Iterator[str]:
    for name in weights_of(step):
        provider: object = providers.get(name)
        told = isinstance(provider, ReceivesWebhooks) or (
            isinstance(provider, CanBePolled) and step.channel in provider.polls_on
        )
        if provider is not None and not told:
            yield f"Step {number} never succeeds through {name}, who does not tell what became of a message."
