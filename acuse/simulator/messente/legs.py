"""Failover: which legs of an omnimessage are tried, when, and what is reported of them."""

import hashlib
import hmac
from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from acuse.simulator.callbacks import Callback, CallbackPoster, Written
from acuse.simulator.clock import Clock
from acuse.simulator.endings import Ending
from acuse.simulator.fates import Answered, Beat, Fate
from acuse.simulator.messages import TakenMessage
from acuse.simulator.messente.orders import Leg, Order
from acuse.simulator.messente.reports import Step, result, steps
from acuse.simulator.shelf import Shelf
from acuse.simulator.world import World
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import FAILURES, SUCCESSES, Stage

NAME: Final = "messente"
COST: Final = 1.0
REFUSED_AFTER: Final = 0.3
DELETED: Final = "DELETED"
MOST_COUNTED: Final = 100_000
MOST_ANSWERED: Final = 4
CHANNELS: Final = frozenset({Channel.SMS, Channel.VIBER, Channel.WHATSAPP})


@dataclass(slots=True, eq=False)
class Attempt:
    """One leg. ``message`` is None where it is never tried."""

    id: str
    leg: Leg
    message: TakenMessage | None = None
    steps: tuple[Step, ...] = ()

    def result(self, now: datetime) -> dict[str, Any]:
        """How it stands, as a status request is answered."""
        message, step = self.message, None
        if message and message.cancelled_at:
            step = Step(Beat(0.0, Stage.CANCELLED), DELETED, 0)
        elif message:
            step = next((each for each in reversed(self.steps) if message.due(each.beat) <= now), None)
        return result(self.id, self.leg.channel.value, message, step)


@dataclass(slots=True, eq=False)
class Omnimessage:
    id: str
    order: Order
    attempts: tuple[Attempt, ...]

    @property
    def tried(self) -> list[TakenMessage]:
        return [attempt.message for attempt in self.attempts if attempt.message]


class Failover:
    """Takes omnimessages. The fates of the legs are known when they are drawn, so that all that is ever to be reported
    is planned when the omnimessage is taken.
    """

    def __init__(self, world: World, post: CallbackPoster, clock: Clock) -> None:
        self._world = world
        self._post = post
        self._clock = clock
        self._sent: Counter[tuple[str, str]] = Counter()
        self._answered: Shelf[deque[TakenMessage]] = Shelf()
        post.inboxes[NAME] = self._written

    def take(self, order: Order) -> Omnimessage:
        """Without the reports, for which see ``report``. A first leg that is refused is in the ledger as that."""
        omnimessage = Omnimessage(
            self._world.uuid(NAME), order, tuple(Attempt(self._world.uuid(NAME), leg) for leg in order.legs)
        )
        at = order.send_at
        for number, attempt in enumerate(omnimessage.attempts):
            message = self._take_leg(number, attempt, order, at)
            if attempt is omnimessage.attempts[0] and message.fate.refused:
                self._world.refuse(message)
                break
            message.fate = self._bounded(message, attempt.leg, order)
            self._note_answer(message)
            attempt.steps = steps(message)
            end = _end(message.fate)
            if end is None or end.stage in SUCCESSES:
                break
            at = message.said(end)
        return omnimessage

    async def report(self, omnimessage: Omnimessage) -> None:
        for attempt in omnimessage.attempts:
            message = attempt.message
            if message is None:
                continue
            callbacks = [self._report(omnimessage, attempt, message, step) for step in attempt.steps]
            if message.fate.reply:
                callbacks.append(self._inbound(message, message.fate.reply))
            await self._post.plan(message, callbacks)

    def cancel(self, omnimessage: Omnimessage) -> bool:
        """False where it is out, or was cancelled before."""
        tried = omnimessage.tried
        if omnimessage.order.send_at is None or tried[0].released(self._clock()) or tried[0].cancelled_at:
            return False
        for message in tried:
            self._world.cancel(message)
            self._post.withdraw(message)
        return True

    def _take_leg(self, number: int, attempt: Attempt, order: Order, at: datetime | None) -> TakenMessage:
        attempt.message = self._world.take(
            NAME,
            channel=attempt.leg.channel,
            recipient=order.to,
            id=attempt.id,
            reference=order.reference,
            sender=attempt.leg.sender,
            text=attempt.leg.content,
            scheduled_for=at,
            leg=number,
        )
        return attempt.message

    def _note_answer(self, message: TakenMessage) -> None:
        if message.channel is Channel.WHATSAPP and message.fate.reply:
            answered = self._answered.get(message.recipient) or deque(maxlen=MOST_ANSWERED)
            answered.append(message)
            self._answered.put(message.recipient, answered)

    def _is_shut_out(self, message: TakenMessage, leg: Leg) -> bool:
        """Whether it is free words for somebody who has not written lately."""
        if not leg.session:
            return False
        answered = self._answered.get(message.recipient) or ()
        times = [each.due(each.fate.reply) for each in answered if each.fate.reply]
        return not self._world.window_is_open(NAME, message.recipient, times, message.out_at)

    def _bounded(self, message: TakenMessage, leg: Leg, order: Order) -> Fate:
        """The fate within the leg's time, the person's window, the account's credit and what may be said again."""
        fate = message.fate
        if fate.refused:
            return _ended(fate, Beat(REFUSED_AFTER, Stage.UNDELIVERED, fate.refused), ending=Ending.INVALID_NUMBER)
        if self._is_shut_out(message, leg):
            return _ended(
                fate, Beat(REFUSED_AFTER, Stage.UNDELIVERED, Reason.WINDOW_CLOSED), ending=Ending.WINDOW_CLOSED
            )
        if self._is_one_too_many(order.to, leg.content):
            return _ended(fate, Beat(REFUSED_AFTER, Stage.REJECTED, Reason.DUPLICATE), ending=Ending.CONTENT_REFUSED)
        if not self._world.charge(NAME, COST):
            return _ended(fate, Beat(REFUSED_AFTER, Stage.UNDELIVERED, Reason.NO_CREDIT), ending=Ending.PROVIDER_ERROR)
        end = _end(fate)
        bound = leg.bound.total_seconds() if leg.bound else None
        if bound is None or (end is not None and end.after <= bound):
            return fate
        expiry = Beat(bound, Stage.EXPIRED, Reason.EXPIRED)
        return _ended(fate, *(beat for beat in fate.beats if beat.after < bound), expiry, ending=Ending.EXPIRED)

    def _is_one_too_many(self, to: str, content: str) -> bool:
        most = int(self._world.account(NAME).options.get("most_identical", 0))
        if not most:
            return False
        if len(self._sent) > MOST_COUNTED:
            self._sent.clear()
        self._sent[to, content] += 1
        return self._sent[to, content] > most

    def _report(self, omnimessage: Omnimessage, attempt: Attempt, message: TakenMessage, step: Step) -> Callback:
        document = {
            **result(attempt.id, attempt.leg.channel.value, message, step),
            "sender": attempt.leg.sender,
            "to": omnimessage.order.to,
            "omnimessage_id": omnimessage.id,
        }
        url = omnimessage.order.dlr_url
        return self._callback(document, "password", due=message.due(step.beat), code=step.code, beat=step.beat, url=url)

    def _inbound(self, message: TakenMessage, reply: Answered) -> Callback:
        written = Written(message.channel, message.recipient, reply.text)
        document = self._inbound_document(written, message.said(reply))
        return self._callback(document, "inbound_secret", due=message.due(reply), code="reply", beat=reply, url="")

    def _written(self, written: Written) -> list[Callback]:
        if written.channel not in CHANNELS:
            return []
        now = self._clock()
        document, beat = self._inbound_document(written, now), Answered(0.0, written.text)
        return [self._callback(document, "inbound_secret", due=now, code="reply", beat=beat, url="")]

    def _inbound_document(self, written: Written, at: datetime) -> dict[str, Any]:
        return {
            "msg_id": self._world.uuid(NAME),
            "sub_msg_id": self._world.uuid(NAME),
            "channel": written.channel.value,
            "recipient": str(self._world.account(NAME).options.get("inbound_number", "+37259120000")),
            "time": at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
            "text": written.text,
            "sender": written.contact,
        }

    def _callback(
        self, document: Any, secret: str, *, due: datetime, code: str, beat: Beat | Answered, url: str
    ) -> Callback:
        body = msgspec.json.encode(document)
        key = self._world.account(NAME).credentials[secret].encode()
        signature = hmac.new(key, body, hashlib.sha256).hexdigest()
        headers = {"x-messente-signature": signature}
        return Callback(due=due, code=code, beat=beat, body=body, url=url, headers=headers, basic=not url)


def _end(fate: Fate) -> Beat | None:
    """What decides whether the next leg is tried: the first success or failure, whatever is said after it."""
    return next((beat for beat in fate.beats if beat.stage in SUCCESSES or beat.stage in FAILURES), None)


def _ended(fate: Fate, *beats: Beat, ending: Ending) -> Fate:
    return replace(fate, beats=beats, ending=ending, refused=None, reply=None)
