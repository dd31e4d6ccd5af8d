"""In what order, and how often, that arrives which was told in order and once."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from acuse.demo.episodes import Episode

AHEAD: Final = 0
"""The wave of receipts that beat their own send."""
SENDS: Final = 1
FIRST: Final = 2
"""The wave of first receipts."""
LAST: Final = 5
WAVES: Final = range(LAST + 1)

BEATS_ITS_SEND: Final = 0.06
OUT_OF_ORDER: Final = 0.06
REPEATED: Final = 0.04
REPEATED_FOR_HOURS: Final = 0.0008
MOST_REPETITIONS: Final = 46
"""So often, over 29 hours, has one receipt been seen to come."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """``send`` is the wave of the episode's reported sends, and ``receipts`` has one wave for each of its receipts."""

    send: int
    receipts: Sequence[int]
    oddity: str = ""


def arrival(episode: Episode, chance: random.Random) -> Arrival:
    """When the parts of an episode arrive. Any order will do, but where only the order tells what came first: then a
    later receipt is in a later wave.
    """
    count = len(episode.receipts)
    in_order = [min(FIRST + place, LAST) for place in range(count)]
    fate = chance.random()
    if count and fate < BEATS_ITS_SEND:
        return Arrival(SENDS, [AHEAD, *in_order[1:]], "receipt before its send")
    if count > 1 and not episode.in_order and fate < BEATS_ITS_SEND + OUT_OF_ORDER:
        return Arrival(SENDS, list(reversed(in_order)), "out of order")
    return Arrival(SENDS, in_order)


def repetitions(chance: random.Random) -> int:
    """How many more times a request comes."""
    fate = chance.random()
    if fate < REPEATED_FOR_HOURS:
        return MOST_REPETITIONS - 1
    return chance.choice((1, 1, 1, 2, 3)) if fate < REPEATED_FOR_HOURS + REPEATED else 0
