"""What becomes of one message: drawn once, from the seed, the provider, the number and how many it has had before."""

import hashlib
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from acuse.simulator.endings import (
    FAILED,
    MAGIC_CALLBACKS,
    MAGIC_ENDINGS,
    MAGIC_REPLY,
    CallbackFault,
    Ending,
)
from acuse.simulator.world_file import Behaviour, CallbackFaults, NumberWorld, Pace, WorldFile
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import Stage

MINUTE: Final = 60.0
HOUR: Final = 3_600.0
DAY: Final = 24 * HOUR
SHORTEST_DELIVERY: Final = 1.0
"""Providers date by the second: a shorter delivery could not be told from one before the send."""
LONGEST_DELIVERY: Final = 10 * HOUR
LATEST_SENT: Final = 0.9
VOICE: Final = Pace(median_seconds=32.0, spread=0.35, off_share=0.0)
TELL_SEEN: Final = frozenset({Channel.WHATSAPP, Channel.VIBER})
ANSWERS: Final = ("SI", "Sí, mañana", "NO", "Confirmo", "¿A qué hora?", "BAJA")


@dataclass(frozen=True, slots=True)
class Beat:
    """Something happens, ``after`` so many seconds since the message went out (not compressed by the world's speed).

    ``reason`` says why it failed, or with stage SENT why it is held up.
    """

    after: float
    stage: Stage
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The person answers, ``after`` so many seconds since the message went out."""

    after: float
    text: str


@dataclass(frozen=True, slots=True)
class Fate:
    """``beats`` are in the order in which they happen; the last is how it ends. ``refused``: the provider does not take
    it, for this reason, and there are no beats. ``timed``: False where the provider does not know when it came.
    ``faults`` are what happens to its callbacks, one set for each beat and one for the reply. ``chance`` is for the
    provider's own choices.
    """

    ending: Ending
    beats: tuple[Beat, ...]
    refused: Reason | None
    timed: bool
    reply: Answered | None
    faults: tuple[frozenset[CallbackFault], ...]
    late_seconds: float
    chance: random.Random

    @property
    def last(self) -> Beat | None:
        return self.beats[-1] if self.beats else None


def chance_of(*parts: object) -> random.Random:
    """A source of chance that is these parts' own."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(digest))


class Fates:
    """Draws fates from a world file. The same arguments, the same fate; ``seed`` is the run's."""

    def __init__(self, world: WorldFile, seed: int) -> None:
        self._world = world
        self._seed = seed

    def draw(self, provider: str, channel: Channel, recipient: str, country: str | None, nth: int) -> Fate:
        """``nth``: how many messages this provider has had for this recipient before."""
        chance = chance_of(self._seed, provider, channel, recipient, nth)
        behaviours = self._behaviours(provider, country)
        number = self._world.numbers.get(recipient)
        digits = recipient[-4:] if self._world.magic_numbers else ""
        ending = self._ending(number, digits, behaviours, chance)
        if number is None and digits not in MAGIC_ENDINGS and self._lacks(channel, recipient, behaviours):
            ending = Ending.NOT_ON_CHANNEL
        pace = next((each.delivery for each in behaviours if each.delivery), self._world.delivery)
        if channel is Channel.VOICE and pace is self._world.delivery:
            pace = VOICE
        arrival = number.after_seconds if number and number.after_seconds is not None else _arrival(pace, chance)
        beats = _beats(ending, channel, arrival, self._world, chance)
        reply = self._reply(number, digits, behaviours, beats, chance)
        faults = self._faults(provider, digits, len(beats) + 1, chance)
        return Fate(
            ending=ending,
            beats=beats,
            refused=Reason.INVALID_NUMBER if ending is Ending.REFUSED else None,
            timed=ending is not Ending.UNTIMED,
            reply=reply,
            faults=faults,
            late_seconds=self._callbacks(provider).late_seconds,
            chance=chance,
        )

    def wrote_before(self, provider: str, contact: str, country: str | None) -> float | None:
        """How many seconds before the start the person wrote, None where that was not within 24 hours."""
        behaviours = self._behaviours(provider, country)
        share = next((each.windows for each in behaviours if each.windows is not None), self._world.windows)
        chance = chance_of(self._seed, provider, "window", contact)
        return chance.uniform(0, DAY) if chance.random() < share else None

    def _lacks(self, channel: Channel, recipient: str, behaviours: Sequence[Behaviour]) -> bool:
        """Whether the person does not have the channel, at no provider and never."""
        own = (each.not_on_channel for each in behaviours if each.not_on_channel is not None)
        share = next(own, self._world.not_on_channel).get(channel, 0.0)
        return share > 0 and chance_of(self._seed, "lacks", channel, recipient).random() < share

    def _behaviours(self, provider: str, country: str | None) -> Sequence[Behaviour]:
        """From the narrowest to the widest, but for the world itself."""
        own = self._world.providers.get(provider)
        at_home = own.countries.get(country) if own and country else None
        everywhere = self._world.countries.get(country) if country else None
        return [each for each in (at_home, everywhere, own) if each is not None]

    def _ending(
        self, number: NumberWorld | None, digits: str, behaviours: Sequence[Behaviour], chance: random.Random
    ) -> Ending:
        drawn = _weighed(next((each.mix for each in behaviours if each.mix is not None), self._world.mix), chance)
        if number:
            return number.ending
        return MAGIC_ENDINGS.get(digits, drawn)

    def _reply(
        self,
        number: NumberWorld | None,
        digits: str,
        behaviours: Sequence[Behaviour],
        beats: Sequence[Beat],
        chance: random.Random,
    ) -> Answered | None:
        share = next((each.replies for each in behaviours if each.replies is not None), self._world.replies)
        answers, text, wait = chance.random() < share, chance.choice(ANSWERS), 5 + chance.expovariate(1 / MINUTE)
        if number and number.reply is not None:
            answers, text = True, number.reply
        if digits in MAGIC_ENDINGS:
            answers = digits == MAGIC_REPLY
        delivered = bool(beats) and beats[-1].stage in (Stage.DELIVERED, Stage.SEEN)
        return Answered(beats[-1].after + wait, text) if answers and delivered else None

    def _callbacks(self, provider: str) -> CallbackFaults:
        own = self._world.providers.get(provider)
        return own.callbacks if own and own.callbacks else self._world.callbacks

    def _faults(
        self, provider: str, digits: str, count: int, chance: random.Random
    ) -> tuple[frozenset[CallbackFault], ...]:
        if digits in MAGIC_CALLBACKS:
            return (frozenset({MAGIC_CALLBACKS[digits]}),) * count
        if digits in MAGIC_ENDINGS:
            return (frozenset(),) * count
        shares = self._callbacks(provider)
        of_message = {
            fault
            for fault, share in ((CallbackFault.EARLY, shares.early), (CallbackFault.REORDERED, shares.reordered))
            if chance.random() < share
        }
        of_each = (
            (CallbackFault.LOST, shares.lost),
            (CallbackFault.DUPLICATED, shares.duplicated),
            (CallbackFault.LATE, shares.late),
        )
        return tuple(
            frozenset(of_message | {fault for fault, share in of_each if chance.random() < share}) for _ in range(count)
        )


def _weighed(mix: Mapping[Ending, float], chance: random.Random) -> Ending:
    return chance.choices(list(mix), weights=list(mix.values()))[0]


def _arrival(pace: Pace, chance: random.Random) -> float:
    seconds = chance.lognormvariate(math.log(pace.median_seconds), pace.spread)
    if chance.random() < pace.off_share:
        seconds += chance.lognormvariate(math.log(pace.off_median_seconds), 0.9)
    return max(SHORTEST_DELIVERY, min(seconds, LONGEST_DELIVERY))


def _beats(
    ending: Ending, channel: Channel, arrival: float, world: WorldFile, chance: random.Random
) -> tuple[Beat, ...]:
    sent = Beat(min(chance.uniform(0.2, LATEST_SENT), arrival / 2), Stage.SENT)
    acted = arrival + 5 + chance.lognormvariate(math.log(3 * MINUTE), 1.0)
    again = arrival + world.held_up_seconds + chance.uniform(0, 20)
    given_up = max(chance.uniform(*world.given_up_seconds), arrival)
    delivered = Beat(arrival, Stage.DELIVERED)
    trouble = Beat(arrival, Stage.UNDELIVERED, Reason.HANDSET_ERROR)
    if ending in FAILED:
        stage, reason = FAILED[ending]
        if stage is Stage.EXPIRED:
            return (sent, Beat(arrival, Stage.SENT, Reason.ABSENT_SUBSCRIBER), Beat(given_up, stage, reason))
        return (sent, Beat(arrival, stage, reason))
    if ending is Ending.SEEN and channel in TELL_SEEN:
        return (sent, delivered, Beat(acted, Stage.SEEN))
    stories: Mapping[Ending, tuple[Beat, ...]] = {
        Ending.REFUSED: (),
        Ending.SILENT: (sent,),
        Ending.RETRIED: (
            sent,
            Beat(arrival, Stage.SENT, Reason.ABSENT_SUBSCRIBER),
            Beat(again, Stage.DELIVERED),
        ),
        Ending.REVISED: (sent, trouble, Beat(again, Stage.DELIVERED)),
        Ending.CONTRADICTED: (sent, delivered, Beat(again, Stage.UNDELIVERED, Reason.HANDSET_ERROR)),
    }
    return stories.get(ending, (sent, delivered))
