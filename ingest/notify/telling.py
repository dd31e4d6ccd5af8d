"""Which notice follows from which record, and what it says. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from delivery.decisions import EndDecision, Grounds, MalformedDecision, SendDecision, Why, decode_decision
from delivery.events import MalformedEvent, Reply, decode
from delivery.health.alerts import Alert, AlertState, MalformedAlert, decode_alert
from delivery.notices import NoticeType, notice_id
from ingest.notify.bodies import (
    AlertClosedBody,
    Alerted,
    AlertOpenedBody,
    Body,
    DeliveredBody,
    Ended,
    FailedBody,
    FailedOver,
    FailedOverBody,
    Replied,
    RepliedBody,
    encode_body,
)

LONGEST_TEXT: Final = 4_000
"""Characters of a reply. Receivers want bodies to be small."""
THE_SAME_AGAIN: Final = frozenset({Why.BACK_OFF, Why.SETTLED})
"""Why a step is sent again though nothing is changed to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the application wants to be told; ``recipient`` and ``reply_text`` let persons be known to it."""

    types: Collection[NoticeType] = frozenset(NoticeType)
    recipient: bool = False
    reply_text: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """A notice to be sent; ``body`` is exactly what is signed. ``about`` is the id of what it tells of."""

    notice_id: str
    type: NoticeType
    about: str
    message_id: str | None
    body: bytes


class Unreadable(ValueError):
    """The record is not what its topic holds."""


class _Kind(Struct):
    """As much of a record as tells whether to read the rest."""

    kind: str
    step: int | None = None
    tries: int = 0


_kind_decoder: Final[msgspec.json.Decoder[_Kind]] = msgspec.json.Decoder(_Kind)
_SEND: Final = SendDecision.__struct_config__.tag
_END: Final = EndDecision.__struct_config__.tag
_REPLY: Final = Reply.__struct_config__.tag


def of_decision_record(value: bytes, wanted: Wanted) -> Telling | None:
    """Raises `Unreadable`."""
    kind = _kind(value)
    if kind.kind != _END and (kind.kind != _SEND or (kind.step == 1 and not kind.tries)):
        return None
    try:
        decision = decode_decision(value)
    except MalformedDecision as error:
        raise Unreadable(str(error)) from error
    return of_decision(decision, wanted) if isinstance(decision, EndDecision | SendDecision) else None


def of_event_record(value: bytes, wanted: Wanted) -> Telling | None:
    """Raises `Unreadable`."""
    if _kind(value).kind != _REPLY:
        return None
    try:
        event = decode(value)
    except MalformedEvent as error:
        raise Unreadable(str(error)) from error
    return of_reply(event, wanted) if isinstance(event, Reply) else None


def of_alert_record(value: bytes, wanted: Wanted) -> Telling | None:
    """Raises `Unreadable`."""
    try:
        return of_alert(decode_alert(value), wanted)
    except MalformedAlert as error:
        raise Unreadable(str(error)) from error


def of_decision(decision: EndDecision | SendDecision, wanted: Wanted) -> Telling | None:
    if isinstance(decision, EndDecision):
        type_ = NoticeType.DELIVERED if decision.why is Why.SUCCEEDED else NoticeType.FAILED
        body: Body = _ended(decision, type_, wanted)
    elif _fails_over(decision):
        type_, body = NoticeType.FAILED_OVER, _failed_over(decision, wanted)
    else:
        return None
    return _telling(type_, decision.decision_id, decision.message_id, body, wanted)


def of_reply(event: Reply, wanted: Wanted) -> Telling | None:
    personal = event.personal
    text = personal.text if wanted.reply_text else None
    data = Replied(
        event_id=event.event_id,
        provider=event.provider,
        ref=event.ref,
        channel=event.channel,
        received_at=event.received_at,
        answers_attempt=event.answers_attempt,
        reply_id=event.reply_id,
        message_id=event.message_id,
        reference=event.reference,
        country=event.country,
        sender=personal.sender if wanted.recipient else None,
        text=text[:LONGEST_TEXT] if text is not None else None,
        text_cut=text is not None and len(text) > LONGEST_TEXT,
    )
    body = RepliedBody(timestamp=event.received_at, data=data)
    return _telling(NoticeType.REPLIED, event.event_id, event.message_id, body, wanted)


def of_alert(alert: Alert, wanted: Wanted) -> Telling | None:
    data = Alerted(
        alert_id=alert.alert_id,
        about=alert.about,
        provider=alert.lane.provider,
        channel=alert.lane.channel,
        country=alert.lane.country,
        opened_at=alert.opened_at,
        value=alert.value,
        threshold=alert.threshold,
        usual=alert.usual,
        text=alert.text,
    )
    if alert.state is AlertState.OPENED:
        opened = AlertOpenedBody(timestamp=alert.at, data=data)
        return _telling(NoticeType.ALERT_OPENED, alert.record_id, None, opened, wanted)
    closed = AlertClosedBody(timestamp=alert.at, data=data)
    return _telling(NoticeType.ALERT_CLOSED, alert.record_id, None, closed, wanted)


def _kind(value: bytes) -> _Kind:
    try:
        return _kind_decoder.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error


def _fails_over(decision: SendDecision) -> bool:
    """A later step, or another provider at the same one; not the same sent again."""
    return decision.step > 1 if decision.tries == 0 else decision.why not in THE_SAME_AGAIN


def _ended(decision: EndDecision, type_: NoticeType, wanted: Wanted) -> DeliveredBody | FailedBody:
    grounds = decision.grounds or Grounds(rule="")
    data = Ended(
        message_id=decision.message_id,
        decision_id=decision.decision_id,
        why=decision.why,
        step=decision.step,
        rule=grounds.rule,
        reason=grounds.reason,
        reference=decision.reference,
        recipient=decision.recipient if wanted.recipient else None,
        plan=grounds.plan,
        plan_version=grounds.plan_version,
        attempts=grounds.seen,
    )
    kind = DeliveredBody if type_ is NoticeType.DELIVERED else FailedBody
    return kind(timestamp=decision.decided_at, data=data)


def _failed_over(decision: SendDecision, wanted: Wanted) -> FailedOverBody:
    grounds, order = decision.grounds or Grounds(rule=""), decision.order
    data = FailedOver(
        message_id=decision.message_id,
        decision_id=decision.decision_id,
        why=decision.why,
        step=decision.step,
        tries=decision.tries,
        rule=grounds.rule,
        reason=grounds.reason,
        reference=order.reference,
        recipient=order.personal.to if wanted.recipient else None,
        plan=grounds.plan,
        plan_version=grounds.plan_version,
        attempts=grounds.seen,
        provider=order.provider,
        channel=order.channel,
        cost=decision.cost,
    )
    return FailedOverBody(timestamp=decision.decided_at, data=data)


def _telling(type_: NoticeType, about: str, message_id: str | None, body: Body, wanted: Wanted) -> Telling | None:
    if type_ not in wanted.types:
        return None
    return Telling(notice_id(type_, about), type_, about, message_id, encode_body(body))
