"""What a message's plan says: which steps are tried in what order, and what makes the next one go out.

A plan travels with its request, whole: what a name meant when the message was asked for is what it means for it ever
after. All that is personal stands in the orders' ``personal``.
"""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from delivery.channels import Channel
from delivery.orders import Order
from delivery.quiet import QuietHours
from delivery.reasons import Reason
from delivery.stages import Stage


class OnDoubt(StrEnum):
    """What to do where nobody can tell whether a provider took a message."""

    HOLD = "hold"
    """Nothing, until a callback or a person tells."""
    NEXT = "next"
    """Go on with the next step of the plan."""
    RETRY = "retry"
    """Send it again, though it may arrive twice."""


class Success(StrEnum):
    """How far a step must come for nothing more to be sent."""

    SENT = "sent"
    """On its way to the handset: the operator has it."""
    DELIVERED = "delivered"
    """The handset has it."""
    SEEN = "seen"
    """The person opened it."""


ENOUGH: Final[Mapping[Success, frozenset[Stage]]] = {
    Success.SENT: frozenset({Stage.SENT, Stage.DELIVERED, Stage.SEEN}),
    Success.DELIVERED: frozenset({Stage.DELIVERED, Stage.SEEN}),
    Success.SEEN: frozenset({Stage.SEEN}),
}
"""The stages that meet each criterion."""


class Then(StrEnum):
    STOP = "stop"
    """Send nothing more."""
    NEXT = "next"
    """Go on with the next step."""
    RETRY = "retry"
    """Send the same step again, so many times, and then go on with the next one."""


class Rule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What follows from a failure. A retry waits ``after_seconds``, twice as long each time."""

    then: Then
    times: int = 1
    after_seconds: int = 30


DEFAULT_RULES: Final[Mapping[Reason, Rule]] = {
    Reason.OPTED_OUT: Rule(then=Then.STOP),
    Reason.CANCELLED: Rule(then=Then.STOP),
    Reason.DUPLICATE: Rule(then=Then.STOP),
    Reason.RECIPIENT_REFUSED: Rule(then=Then.STOP),
}
"""Where a step has no rule of its own for a reason. Whoever opted out is not phoned; a duplicate was sent before; who
declined a contract has read it."""

NEXT: Final = Rule(then=Then.NEXT)

PROVIDER_FAULTS: Final = frozenset(
    {Reason.NO_CREDIT, Reason.PROVIDER_UNAVAILABLE, Reason.PROVIDER_ERROR, Reason.RATE_LIMITED, Reason.UNROUTABLE}
)
"""Refusals that say nothing of the message: another provider of the same step is tried before the next step is."""


PERSONS_WORD: Final = frozenset({Reason.OPTED_OUT, Reason.RECIPIENT_REFUSED})
"""Reasons that are the person's: where a step stops for one, no later step goes out either, whenever it was heard."""


class Pick(StrEnum):
    """How one of a step's choices is picked."""

    WEIGHTED = "weighted"
    """By their weights, and by the message's id: always the same one for the same message."""
    BEST = "best"
    """By the shares that the providers' health gives them."""


class Choice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way to do a step. ``cost`` is what it is expected to cost, in the settings' currency; None if unknown.

    ``legs`` are the channels that the provider itself tries one after another, where it does: its own failover.
    """

    order: Order
    weight: int = 1
    cost: Decimal | None = None
    legs: tuple[Channel, ...] = ()


class PlannedStep(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``ttl_seconds`` after it was decided, a step that has not come far enough is given up for the next one.

    ``rules`` say what follows from a failure for each reason, before ``DEFAULT_RULES`` do.
    """

    choices: tuple[Choice, ...]
    pick: Pick = Pick.WEIGHTED
    ttl_seconds: int | None = None
    success: Success = Success.DELIVERED
    rules: dict[Reason, Rule] = {}
    on_doubt: OnDoubt = OnDoubt.HOLD

    def rule(self, reason: Reason | None) -> Rule:
        if reason is None:
            return NEXT
        return self.rules.get(reason) or DEFAULT_RULES.get(reason) or NEXT


class Plan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``name`` is the settings' own, "" for one that came with the request; ``version`` follows from its content.

    ``maximum_cost`` bounds what all steps that were sent may cost together.
    """

    steps: tuple[PlannedStep, ...]
    version: str
    name: str = ""
    quiet: QuietHours | None = None
    maximum_cost: Decimal | None = None


def pick_of(message_id: str, step: int, weights: tuple[int, ...]) -> int:
    """The index of one of ``weights``, each as likely as it weighs, and always the same for the same message and step.

    The first where none weighs anything.
    """
    total = sum(weights)
    if total <= 0:
        return 0
    digest = hashlib.blake2b(f"{message_id}/{step}".encode(), digest_size=8).digest()
    at = int.from_bytes(digest) % total
    for index, weight in enumerate(weights):
        if at < weight:
            return index
        at -= weight
    raise AssertionError  # the weights are what they add up to
