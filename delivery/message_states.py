"""What is known of one message that we were asked to send: what was asked, and how its attempts stand.

Each topic's records are told in their order, the two topics in any. What was told before changes nothing, so a worker
that reads some of it again arrives at the same state, and two workers' states of one message join to what one of them
would know.
"""

from datetime import UTC, datetime
from typing import TypeAlias

import msgspec
from msgspec import Struct

from delivery.briefs import AttemptBrief
from delivery.events import Moment
from delivery.requests import CancelRequest, MessageRequest, SettleRequest


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, and its offset in the requests topic, by which its repetition by a restarted worker is known."""

    offset: int
    request: MessageRequest


class MessageState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``requests_read`` is the offset of the newest request that was folded in, received at ``requested_at``."""

    message_id: str
    asked: Asked | None = None
    cancel_requested_at: Moment | None = None
    attempts: dict[str, AttemptBrief] = {}
    requests_read: int = -1
    requested_at: Moment | None = None

    @property
    def recipient(self) -> str | None:
        return self.asked.request.order.personal.to if self.asked else None

    @property
    def under_way(self) -> list[AttemptBrief]:
        """The attempts of which more is awaited, in the order of their keys."""
        return [brief for _, brief in sorted(self.attempts.items()) if not brief.final]

    @property
    def last_heard(self) -> datetime | None:
        """When the latest request or receipt came, or the time that it is to be sent at, if that is later."""
        heard = [brief.updated_at for brief in self.attempts.values()]
        if self.requested_at is not None:
            heard.append(self.requested_at)
        if self.asked is not None and self.asked.request.order.send_at is not None:
            heard.append(self.asked.request.order.send_at)
        return max(heard).astimezone(UTC) if heard else None


Told: TypeAlias = MessageRequest | CancelRequest | SettleRequest


def with_request(state: MessageState | None, request: Told, offset: int) -> MessageState:
    """The state after a request at ``offset``; the very same object where it had been folded in before.

    The first message request stays: a later one of the same id is a repetition, whatever it says.
    """
    state = state or MessageState(message_id=request.message_id)
    if offset <= state.requests_read:
        return state
    changed: dict[str, object] = {"requests_read": offset, "requested_at": request.received_at}
    match request:
        case MessageRequest():
            if state.asked is None:
                changed["asked"] = Asked(offset=offset, request=request)
        case CancelRequest():
            changed["cancel_requested_at"] = state.cancel_requested_at or request.received_at
        case SettleRequest():
            pass
    return msgspec.structs.replace(state, **changed)


def with_attempt(state: MessageState | None, message_id: str, brief: AttemptBrief) -> MessageState:
    """The state after an attempt's newest version; the very same object where that one or a newer one is known."""
    state = state or MessageState(message_id=message_id)
    known = state.attempts.get(brief.key)
    if known is not None and known.version >= brief.version:
        return state
    return msgspec.structs.replace(state, attempts={**state.attempts, brief.key: brief})


def without_attempt(state: MessageState, key: str) -> MessageState:
    """The state once an attempt belongs to another message; the very same object where it is not known."""
    if key not in state.attempts:
        return state
    others = {other: brief for other, brief in state.attempts.items() if other != key}
    return msgspec.structs.replace(state, attempts=others)


def join(one: MessageState, other: MessageState) -> MessageState:
    """What two states of the same message know together.

    Requests are folded in one order by everybody, so the state that has read further knows all that the other does.
    """
    further, behind = (one, other) if one.requests_read >= other.requests_read else (other, one)
    attempts = dict(behind.attempts)
    for key, brief in further.attempts.items():
        known = attempts.get(key)
        if known is None or known.version < brief.version:
            attempts[key] = brief
    return msgspec.structs.replace(further, attempts=attempts)
