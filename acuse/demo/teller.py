"""What every dialect needs to tell its stories: one source of chance, the time, and names that no other run has."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from acuse.demo.stories import Pace, Story, delays
from delivery.channels import Channel
from delivery.stages import Stage

HISTORY: Final = timedelta(hours=3)
"""How far apart the messages lie that were sent first and last."""
REPORTED: Final = 0.85
"""The share of messages that a caller reports; of the others only webhooks tell."""
NAMES_THE_MESSAGE: Final = 0.6
"""The share of callers who give their messages ids of their own."""
HELD_BACK: Final = timedelta(minutes=30)
STILL_HELD_BACK: Final = timedelta(days=2)
SENDERS: Final = ("ACME", "CLINICA", "BANCO", "TIENDA")


@dataclass(frozen=True, slots=True)
class Telling:
    """One story with its times.

    ``starts_at`` is when delivery begins: later than ``sent_at`` for a scheduled message. ``moments`` has one time a
    beat. ``reported`` says that a caller tells of the send too.
    """

    story: Story
    reported: bool
    sent_at: datetime
    starts_at: datetime
    moments: tuple[datetime, ...]
    reference: str
    message_id: str | None

    @property
    def delivered_at(self) -> datetime | None:
        return None if self.story.delivered is None else self.moments[self.story.delivered]

    @property
    def lasting(self) -> timedelta:
        return (self.moments[-1] if self.moments else self.starts_at) - self.sent_at

    def claimed_seconds(self, as_written: Callable[[datetime], datetime]) -> float | None:
        """The delivery time by what is claimed, each time ``as_written`` by the provider.

        From the reported send (or the time that it was scheduled for), else from the first receipt that says it is on
        its way. None without both ends.
        """
        if self.delivered_at is None:
            return None
        on_its_way = [at for beat, at in zip(self.story.beats, self.moments, strict=True) if beat.going]
        begun = self.starts_at if self.reported else min(map(as_written, on_its_way), default=None)
        return None if begun is None else (as_written(self.delivered_at) - begun).total_seconds()

    def moved(self, by: timedelta) -> "Telling":
        by = by - by % timedelta(milliseconds=1)
        return replace(
            self,
            sent_at=self.sent_at + by,
            starts_at=self.starts_at + by,
            moments=tuple(moment + by for moment in self.moments),
        )

    def of_message(self, other: "Telling") -> "Telling":
        """The same story as another attempt at the other's message, reported as the other is."""
        return replace(self, reported=other.reported, message_id=other.message_id, reference=other.reference)


@dataclass(slots=True)
class Teller:
    """``run`` and ``prefix`` make names that are a run's and a dialect's own; ``at`` is when everything is over."""

    run: str
    at: datetime
    chance: random.Random
    prefix: str
    told: int = field(default=0)

    def telling(self, stories: tuple[Story, ...], pace: Pace) -> Telling:
        story = self.chance.choices(stories, weights=[story.weight for story in stories])[0]
        self.told += 1
        held_back = timedelta(0)
        if story.send is Stage.SCHEDULED:
            held_back = HELD_BACK if story.beats else STILL_HELD_BACK
        waits = [timedelta(seconds=seconds) for seconds in delays(story, pace, self.chance)]
        lasting = held_back + waits[-1] if waits else timedelta(0)
        sent_at = _to_millisecond(self.at - lasting - timedelta(seconds=2) - self.chance.random() * HISTORY)
        starts_at = sent_at + held_back
        reported = story.needs_send or self.chance.random() < REPORTED
        return Telling(
            story=story,
            reported=reported,
            sent_at=sent_at,
            starts_at=starts_at,
            moments=tuple(starts_at + wait for wait in waits),
            reference=f"demo-{self.run}-{self.prefix}{self.told}",
            message_id=self.uuid7() if reported and self.chance.random() < NAMES_THE_MESSAGE else None,
        )

    def send(self, telling: Telling, *, provider: str, ref: str, channel: Channel, to: str) -> dict[str, str] | None:
        """What a caller posts to ``/v1/sends``, None where nobody reports the send."""
        if not telling.reported:
            return None
        told = {
            "provider": provider,
            "ref": ref,
            "channel": channel.value,
            "to": to,
            "from": self.chance.choice(SENDERS),
            "sent_at": telling.sent_at.isoformat(timespec="milliseconds"),
            "reference": telling.reference,
        }
        if telling.message_id:
            told["message_id"] = telling.message_id
        if telling.story.send is not Stage.QUEUED:
            told["stage"] = telling.story.send.value
        if telling.story.send is Stage.SCHEDULED:
            told["scheduled_for"] = telling.starts_at.isoformat(timespec="milliseconds")
        return told

    def uuid7(self) -> str:
        milliseconds = int(self.at.timestamp() * 1000)
        bits = (milliseconds << 80) | (7 << 76) | (self.chance.getrandbits(12) << 64) | (2 << 62)
        return str(uuid.UUID(int=bits | self.chance.getrandbits(62)))

    def uuid4(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))


def _to_millisecond(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
