"""What was decided to be sent of a message, and which of that an attempt came of."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from delivery.briefs import AttemptBrief
from delivery.channels import Channel
from delivery.decisions import Why
from delivery.marks import Mark
from delivery.plans import Choice, PlannedStep


class Sent(NamedTuple):
    """A sending that was decided: the step, how often it had been sent before, and the index of its choice.

    ``why`` is None where it was not marked that it was decided, and an attempt shows that it was.
    """

    step: int
    tries: int
    at: datetime
    why: Why | None
    choice: int
    cost: Decimal | None


def sent_by(mark: Mark) -> Sent:
    return Sent(mark.step, mark.tries, mark.at, mark.why, mark.choice, mark.cost)


def shown_by(brief: AttemptBrief, number: int, step: PlannedStep) -> Sent:
    """A sending as an attempt shows it that says it is of step ``number``."""
    by_provider = [index for index, each in enumerate(step.choices) if each.order.provider == brief.provider]
    by_channel = [index for index in by_provider if brief.channel in _channels(step.choices[index])]
    choice = next(iter([*by_channel, *by_provider]), 0)
    return Sent(number, brief.tries, brief.opened_at, None, choice, step.choices[choice].cost)


def sending_of(brief: AttemptBrief, sends: Sequence[Sent], steps: Sequence[PlannedStep]) -> Sent:
    """The one of ``sends``, of which there is one at least, that an attempt came of.

    It is as the attempt says, else the last one before it that went by its provider and its channel, or by its
    provider, or at all.
    """
    told = [sent for sent in sends if brief.step == sent.step]
    if told:
        return next((sent for sent in told if sent.tries == brief.tries), told[0])

    def likeness(sent: Sent) -> int:
        choice = steps[sent.step - 1].choices[sent.choice]
        if choice.order.provider != brief.provider:
            return 0
        return 2 if brief.channel in _channels(choice) else 1

    closest = max(map(likeness, sends))
    alike = [sent for sent in sends if likeness(sent) == closest]
    before = [sent for sent in alike if sent.at <= brief.opened_at]
    return before[-1] if before else alike[0]


def _channels(choice: Choice) -> tuple[Channel, ...]:
    return (choice.order.channel, *choice.legs)
