"""What the simulators took: every message, and what they said of it. The truth that checks are held against."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from acuse.simulator.fates import Answered, Beat, Fate
from delivery.channels import Channel

MOST_KEPT: Final = 500_000


@dataclass(slots=True)
class Told:
    """One callback as it fared: ``tries`` requests were made for it, ``taken`` of them answered 2xx.

    ``lost``: the world let it fall, or nobody took it in all its tries.
    """

    code: str
    stage: str
    reason: str | None
    due: datetime
    tries: int = 0
    taken: int = 0
    lost: bool = False


@dataclass(slots=True, eq=False)
class TakenMessage:
    """One message to one recipient, taken once; a message that somebody sent twice is two of them.

    ``out_at`` is when it goes out here, ``said_out_at`` the time that is told of that: they differ for a scheduled
    message in a world whose speed is not 1.
    """

    provider: str
    channel: Channel
    id: str
    reference: str
    recipient: str
    sender: str
    text: str
    country: str | None
    taken_at: datetime
    scheduled_for: datetime | None
    fate: Fate
    speed: float
    out_at: datetime
    said_out_at: datetime
    cancelled_at: datetime | None = None
    refused: bool = False
    leg: int = 0
    """Above 0 for what the provider sent by itself, where the message that it was given failed."""
    plan: int = 0
    """Which plan of callbacks holds: those of earlier ones are not posted any more."""
    told: list[Told] = field(default_factory=list)

    def due(self, beat: Beat | Answered) -> datetime:
        """When it happens here."""
        return self.out_at + timedelta(seconds=beat.after / self.speed)

    def said(self, beat: Beat | Answered) -> datetime:
        """The time that the provider tells of it."""
        return self.said_out_at + timedelta(seconds=beat.after)

    def released(self, now: datetime) -> bool:
        """Whether it is out, so that nobody can call it back."""
        return now >= self.out_at

    def standing(self, now: datetime) -> Beat | None:
        """What happened last, None before anything has, or where it was cancelled or refused."""
        if self.cancelled_at or self.refused:
            return None
        return next((beat for beat in reversed(self.fate.beats) if self.due(beat) <= now), None)

    def schedule(self, at: datetime | None, now: datetime) -> None:
        self.scheduled_for = at
        wait = max((at - now).total_seconds(), 0.0) if at else 0.0
        self.out_at = now + timedelta(seconds=wait / self.speed)
        self.said_out_at = at or now

    def document(self) -> dict[str, Any]:
        """As the control API tells it: also its ending, and each callback's fortune."""
        last = self.fate.last
        return {
            "provider": self.provider,
            "channel": self.channel.value,
            "id": self.id,
            "reference": self.reference,
            "recipient": self.recipient,
            "sender": self.sender,
            "text": self.text,
            "country": self.country,
            "taken_at": self.taken_at.isoformat(),
            "leg": self.leg,
            "scheduled_for": self.scheduled_for.isoformat() if self.scheduled_for else None,
            "cancelled_at": self.cancelled_at.isoformat() if self.cancelled_at else None,
            "refused": self.refused,
            "refused_for": self.fate.refused.value if self.refused and self.fate.refused else None,
            "ending": self.fate.ending.value,
            "stage": last.stage.value if last else None,
            "reason": last.reason.value if last and last.reason else None,
            "seconds": last.after if last else None,
            "ends_at": self.due(last).isoformat() if last else None,
            "callbacks": [
                {
                    "code": told.code,
                    "stage": told.stage,
                    "reason": told.reason,
                    "due": told.due.isoformat(),
                    "tries": told.tries,
                    "taken": told.taken,
                    "lost": told.lost,
                }
                for told in self.told
            ],
        }


class Ledger:
    """All messages in the order in which they were taken; the oldest fall out beyond ``MOST_KEPT``."""

    def __init__(self) -> None:
        self._messages: deque[TakenMessage] = deque(maxlen=MOST_KEPT)
        self.total = 0

    def add(self, message: TakenMessage) -> None:
        self._messages.append(message)
        self.total += 1

    def __iter__(self) -> Iterator[TakenMessage]:
        return iter(self._messages)

    def page(self, *, offset: int, limit: int, **wanted: str) -> list[TakenMessage]:
        """Those whose fields are as wanted, where anything is."""
        fitting = (
            message
            for message in self._messages
            if all(str(getattr(message, name)) == value for name, value in wanted.items() if value)
        )
        return list(islice(fitting, offset, offset + limit))
