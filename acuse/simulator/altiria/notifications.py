"""What the platform tells of a message, by webhook and when it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from acuse.simulator.callbacks import Callback
from acuse.simulator.fates import Answered, Beat
from acuse.simulator.messages import TakenMessage
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import Stage

FORM: Final = "form"
INBOUND: Final = "inbound"

_EVENTS: Final[Mapping[Stage, tuple[str, ...]]] = {
    Stage.SENT: ("sent",),
    Stage.DELIVERED: ("delivered",),
    Stage.SEEN: ("read",),
    Stage.EXPIRED: ("expired",),
    Stage.UNDELIVERED: ("undelivered", "failed"),
}
_REJECTED: Final = frozenset({Reason.BLOCKED, Reason.OPTED_OUT, Reason.CONTENT_REFUSED, Reason.SENDER_REFUSED})


@dataclass(frozen=True, slots=True)
class Step:
    """A beat as Altiria calls it."""

    beat: Beat
    event: str


def steps(message: TakenMessage) -> tuple[Step, ...]:
    """Draws the events; to be called once for a message. That it is held up is not told."""
    told = []
    for beat in message.fate.beats:
        if beat.reason in _REJECTED:
            told.append(Step(beat, "rejected"))
        elif beat.stage is not Stage.SENT or not beat.reason:
            told.append(Step(beat, message.fate.chance.choice(_EVENTS[beat.stage])))
    return tuple(told)


@dataclass(slots=True, eq=False)
class Sent:
    """One message of a campaign, or of a conversation (``campaign_id`` 0). ``kind`` is the endpoint's name."""

    message: TakenMessage
    kind: str
    to: str
    campaign_id: int
    contact_id: int
    notification_url: str
    answer_id: str
    steps: tuple[Step, ...]

    def standing(self, now: datetime) -> Step | None:
        return next((step for step in reversed(self.steps) if self.message.due(step.beat) <= now), None)

    @property
    def answer(self) -> Answered | None:
        """What the person answers: in WhatsApp alone are there two ways."""
        return self.message.fate.reply if self.message.channel is Channel.WHATSAPP else None

    def document(self, step: Step | None, now: datetime) -> dict[str, Any]:
        """As a status request is answered: the notification's words, and the state as `status`."""
        waits = "pending" if self.message.released(now) else "scheduled"
        told = self._told(written(self.message.said(step.beat)) if step else "")
        return {name: value for name, value in told.items() if value} | {"status": step.event if step else waits}

    def notifications(self, form: str) -> list[Callback]:
        """All that is ever to be told, in its order."""
        callbacks = []
        for step in self.steps:
            fields = {"event": step.event} | self._told(written(self.message.said(step.beat)))
            due = self.message.due(step.beat)
            callbacks.append(notification(fields, form, due, step.event, step.beat, url=self.notification_url))
        if self.answer:
            due, fields = self.message.due(self.answer), self.answer_document() | {"event": INBOUND}
            callbacks.append(notification(fields, form, due, INBOUND, self.answer, url=self.notification_url))
        return callbacks

    def answer_document(self) -> dict[str, Any]:
        assert self.answer is not None, "asked of somebody who does not answer"  # noqa: S101 - a mistake of ours
        at = self.message.said(self.answer)
        return said_by(self.answer_id, self.to, self.message.sender, self.answer.text, at)

    def _told(self, date: str) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": self.message.id,
            "channel": self.kind,
            "to": self.to,
            "from": self.message.sender,
            "date": date,
            "contactId": str(self.contact_id),
        }
        if self.campaign_id:
            told |= {"campaignId": str(self.campaign_id), "campaignName": self.message.reference}
        return told


def said_by(answer_id: str, theirs: str, ours: str, text: str, at: datetime) -> dict[str, Any]:
    """What a person wrote, as a conversation has it."""
    return {"id": answer_id, "channel": "whatsapp", "from": theirs, "to": ours, "text": text, "date": written(at)}


def notification(
    fields: Mapping[str, Any], form: str, due: datetime, code: str, beat: Beat | Answered, *, url: str = ""
) -> Callback:
    """One webhook, as JSON or as a form; ``url`` is "" for the account's address."""
    is_form = form == FORM
    return Callback(
        due=due,
        code=code,
        beat=beat,
        body=urlencode(fields).encode() if is_form else msgspec.json.encode(fields),
        content_type="application/x-www-form-urlencoded" if is_form else "application/json",
        url=url,
    )


def written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
