"""What the providers were asked to send for one message that goes by a plan: told apart by their ledger alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from acuse.demo.ledger import FAILED, Taken
from acuse.demo.plans import PRICES, demo_plans
from acuse.demo.readback import Found
from acuse.demo.wanted import Wanted
from dashboards.answers import DoubtAnswer
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome
from delivery.reasons import Reason
from delivery.segmentation import segmentation
from delivery.stages import SUCCESSES, Stage

HELD_BACK: Final = frozenset({Reason.EXPIRED, Reason.PROVIDER_UNAVAILABLE, Reason.WINDOW_CLOSED})
"""Reasons for which Acuse itself may not ask a provider at all: a window is closed by what it knows since yesterday."""
ARRIVED: Final = frozenset(stage.value for stage in SUCCESSES)


class Place(NamedTuple):
    """Which sending of its message it is: the step, and how often it had been sent before."""

    step: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Sending:
    """``taken`` are the legs of it that its provider tried; none where Acuse asked nobody."""

    provider: str
    channel: Channel
    taken: Sequence[Taken]

    @property
    def has_arrived(self) -> bool:
        return any(each.told_end in ARRIVED for each in self.taken)

    @property
    def may_arrive(self) -> bool:
        """Whether it has or will, though nobody has been told yet."""
        return any(callback.stage in ARRIVED for each in self.taken for callback in each.callbacks)

    @property
    def has_failed(self) -> bool:
        return all(each.refused or each.told_end == FAILED for each in self.taken)

    @property
    def asked_at(self) -> datetime | None:
        return min((each.taken_at for each in self.taken), default=None)

    @property
    def arrived_at(self) -> datetime | None:
        """When the first of its callbacks that say so was to be posted."""
        told = (callback for each in self.taken for callback in each.callbacks)
        return min((callback.due for callback in told if callback.stage in ARRIVED), default=None)

    def cost(self, text: str) -> Decimal:
        price = Decimal(PRICES[self.provider][self.channel])
        return price * len(segmentation(text).parts) if self.channel is Channel.SMS else price


@dataclass(frozen=True, slots=True)
class Story:
    """All sendings of one message, in their order."""

    wanted: Wanted
    sendings: Mapping[Place, Sending]

    @property
    def went_on(self) -> bool:
        """Whether a further step was sent."""
        return len({place.step for place in self.sendings}) > 1

    @property
    def outcome(self) -> FailoverOutcome | None:
        """What came of going on; None where it did not, or where that still depends on what nobody has been told."""
        if not self.went_on:
            return None
        arrived = {place.step for place, sending in self.sendings.items() if sending.has_arrived}
        if len(arrived) > 1:
            return FailoverOutcome.BOTH
        others = [sending for place, sending in self.sendings.items() if place.step not in arrived]
        if any(sending.may_arrive for sending in others):
            return None
        if arrived:
            first = min(place.step for place in self.sendings)
            return FailoverOutcome.NEEDLESS if first in arrived else FailoverOutcome.RESCUED
        return FailoverOutcome.FAILED_TOO if all(sending.has_failed for sending in others) else None

    @property
    def added_seconds(self) -> float | None:
        """How long after the first sending was asked for a further step arrived."""
        places = sorted(self.sendings)
        further = [sending.arrived_at for place, sending in self.sendings.items() if place.step > places[0].step]
        asked_at, arrived = self.sendings[places[0]].asked_at, [at for at in further if at is not None]
        return (min(arrived) - asked_at).total_seconds() if asked_at and arrived else None

    @property
    def extra_cost(self) -> Decimal:
        """What all sendings but the first cost."""
        further = [self.sendings[place] for place in sorted(self.sendings)][1:]
        return sum((sending.cost(self.wanted.fields["text"]) for sending in further), Decimal(0))


def stories(
    planned: Mapping[str, Wanted], taken: Iterable[Taken], found: Iterable[Found], doubts: Iterable[DoubtAnswer] = ()
) -> Mapping[str, Story]:
    """By message id. Of ``found`` only what Acuse itself held back counts, since no provider can know of it; nor need
    one of what is in doubt.
    """
    ids = {wanted.reference: message_id for message_id, wanted in planned.items()}
    legs: dict[str, dict[Place, list[Taken]]] = {message_id: {} for message_id in planned}
    for each in taken:
        message_id = ids.get(each.wanted_as or "")
        if message_id is not None:
            legs[message_id].setdefault(_place(each, planned[message_id]), []).append(each)
    sendings = {
        message_id: {
            place: Sending(own[0].provider, min(own, key=lambda each: each.leg).channel, tuple(own))
            for place, own in by_place.items()
        }
        for message_id, by_place in legs.items()
    }
    for known in found:
        attempt = known.attempt
        if known.message_id in planned and attempt.stage is Stage.REJECTED and attempt.reason in HELD_BACK:
            held = Sending(attempt.provider, attempt.channel, ())
            sendings[known.message_id].setdefault(Place(attempt.step or 1, attempt.tries), held)
    for doubt in doubts:
        if doubt.message_id in planned:
            step = demo_plans()[planned[doubt.message_id].plan]["steps"][doubt.step - 1]
            unknown = Sending(doubt.provider, Channel(step["channel"]), ())
            sendings[doubt.message_id].setdefault(Place(doubt.step, doubt.tries), unknown)
    return {message_id: Story(planned[message_id], own) for message_id, own in sendings.items()}


def _place(taken: Taken, wanted: Wanted) -> Place:
    """As our reference says; where the provider carries none, free words are the first step and a template the next."""
    return _named(taken.reference) or Place(1 if taken.text == wanted.fields["text"] else 2)


def _named(reference: str) -> Place | None:
    step, _, tries = reference.partition(".")[2].partition(".")
    return Place(int(step), int(tries or 0)) if step.isdecimal() else None
