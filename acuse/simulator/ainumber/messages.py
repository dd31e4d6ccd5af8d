"""One message in a conversation, and what a person answered to it."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from acuse.simulator.fates import Answered, Beat
from acuse.simulator.messages import TakenMessage
from acuse.simulator.whatsapp import TITLES, code_of
from delivery.stages import FAILURES, Stage

_STATUSES: Final = {Stage.SENT: "sent", Stage.DELIVERED: "delivered", Stage.SEEN: "read"}


@dataclass(frozen=True, slots=True)
class Step:
    """A beat as AI Number tells it; ``error`` is WhatsApp's code of a failure."""

    beat: Beat
    status: str
    error: int | None = None

    @property
    def code(self) -> str:
        return f"{self.status}/{self.error}" if self.error else self.status


def steps(message: TakenMessage) -> tuple[Step, ...]:
    """Draws the codes; to be called once for a message. WhatsApp does not tell that it is held up."""
    told = []
    for beat in message.fate.beats:
        if beat.stage in FAILURES:
            told.append(Step(beat, "failed", code_of(message.fate, beat.reason)))
        elif not beat.reason:
            told.append(Step(beat, _STATUSES[beat.stage]))
    return tuple(told)


@dataclass(slots=True, eq=False)
class Sent:
    """``answer_id`` is the id of the person's answer, if there is to be one."""

    id: str
    reference_id: str
    message: TakenMessage
    steps: Sequence[Step]
    media_url: str
    is_template: bool
    answer_id: str

    @property
    def at(self) -> datetime:
        return self.message.said_out_at

    def standing(self, now: datetime) -> Step | None:
        return next((step for step in reversed(self.steps) if self.message.due(step.beat) <= now), None)

    def document(self, now: datetime) -> dict[str, Any]:
        """As a conversation's list has it."""
        return {
            "id": self.id,
            "body": self.message.text,
            "media_type": (mimetypes.guess_type(self.media_url)[0] or "").partition("/")[0] or None,
            "media_url": self.media_url or None,
            "direction": "outbound",
            **self.status(self.standing(now)),
        }

    def status(self, step: Step | None) -> dict[str, Any]:
        """What list and webhook say alike."""
        told: dict[str, Any] = {
            "status": step.status if step else "queued",
            "sent_at": _unix(self.at),
            "updated_at": _unix(self.message.said(step.beat) if step else self.at),
        }
        if step and step.error:
            told |= {"error_code": step.error, "fail_reason": TITLES[step.error]}
        return told

    @property
    def answer(self) -> Answered:
        assert self.message.fate.reply is not None, "asked of somebody who does not answer"  # noqa: S101 - a mistake of ours
        return self.message.fate.reply

    @property
    def answered_at(self) -> datetime:
        return self.message.said(self.answer)

    def has_answered(self, now: datetime) -> bool:
        return self.message.fate.reply is not None and self.message.due(self.answer) <= now

    def answer_document(self) -> dict[str, Any]:
        return received(self.answer_id, self.answer.text, self.answered_at)


def received(message_id: str, text: str, at: datetime) -> dict[str, Any]:
    """What a person wrote, as a conversation's list has it."""
    return {
        "id": message_id,
        "body": text,
        "media_type": None,
        "media_url": None,
        "direction": "inbound",
        "status": "received",
        "sent_at": _unix(at),
    }


def written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _unix(at: datetime) -> float:
    return round(at.timestamp(), 3)
