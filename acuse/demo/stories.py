"""How messages fare: a story is a few receipts, the time between them, and how it ends."""

import math
import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from acuse.demo.script import Ending
from delivery.reasons import Reason
from delivery.stages import Stage

MINUTE: Final = 60.0
HOUR: Final = 3_600.0
SHORTEST_DELIVERY: Final = 1.0
"""Providers date by the second: a shorter delivery could not be told from one before the send."""


class After(StrEnum):
    """How long after what came before it a receipt is due."""

    SOON = "soon"
    """The provider or the operator has it."""
    ARRIVAL = "arrival"
    """The handset has it, or it is known that it will not."""
    ACTING = "acting"
    """The person does something about it."""
    RETRY = "retry"
    """The provider tries once more."""
    GIVEN_UP = "given up"
    """The provider has waited long enough."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One receipt; any of ``codes`` tells the same story. ``going``: it says that the message is on its way."""

    after: After
    codes: tuple[str, ...]
    going: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """``delivered`` is the beat at which the handset has the message at a time that is told, None where none is.
    ``send`` is the stage in which a caller reports it, and ``needs_send`` that it cannot be told without. ``oddity``
    names the field failure that it plays, if any.
    """

    weight: float
    ending: Ending
    beats: tuple[Beat, ...] = ()
    delivered: int | None = None
    oddity: str = ""
    send: Stage = Stage.QUEUED
    needs_send: bool = False


def told(weight: float, ending: Ending, *beats: Beat, put: int | None = None) -> Story:
    return Story(weight, ending, beats, put)


def odd(oddity: str, weight: float, ending: Ending, *beats: Beat, put: int | None = None) -> Story:
    return Story(weight, ending, beats, put, oddity)


def failed(weight: float, stage: Stage, reason: Reason, *codes: str, after: After = After.ARRIVAL) -> Story:
    """Nothing but its end is told."""
    return Story(weight, Ending(stage, reason), (Beat(after, codes),))


def never_told(weight: float) -> Story:
    """A caller reports the send, and then nothing comes."""
    return Story(weight, Ending(Stage.QUEUED), oddity="receipt that never comes", needs_send=True)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one provider delivers on one channel: log-normal, ``median`` in seconds.

    ``switched_off`` is the share of handsets that are off or out of coverage, for which it takes a while longer.
    """

    median: float
    spread: float
    switched_off: float = 0.03

    def arrival(self, chance: random.Random) -> float:
        seconds = chance.lognormvariate(math.log(self.median), self.spread)
        if chance.random() < self.switched_off:
            seconds += chance.lognormvariate(math.log(20 * MINUTE), 0.9)
        return max(SHORTEST_DELIVERY, min(seconds, 10 * HOUR))


def delays(story: Story, pace: Pace, chance: random.Random) -> list[float]:
    """Seconds from the send to each receipt of the story, each later than the one before by a second at least."""
    passed = 0.0
    moments = []
    for beat in story.beats:
        passed += _wait(beat.after, pace, chance)
        moments.append(passed)
    return moments


def _wait(after: After, pace: Pace, chance: random.Random) -> float:
    if after is After.ARRIVAL:
        return pace.arrival(chance)
    if after is After.SOON:
        return chance.uniform(1.0, 2.5)
    if after is After.ACTING:
        return 5.0 + chance.lognormvariate(math.log(3 * MINUTE), 1.0)
    if after is After.RETRY:
        return 15 * MINUTE + chance.uniform(0, 20)
    return chance.uniform(16, 48) * HOUR
