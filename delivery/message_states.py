"""What is known of one message that we were asked to send: what was asked, and how its attempts stand.

Requests and attempts are told in the order of their topics. What was told before changes nothing, so a worker that
reads some of it again arrives at the same state.
"""

from typing import TypeAlias

import msgspec
from msgspec import Struct

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.identities import attempt_key
from delivery.orders import Moment
from delivery.requests import CancelRequest, MessageRequest, SettleRequest
from delivery.stages import Stage
from delivery.standing import Attempt


class AttemptBrief(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As much of an attempt as deciding needs. ``version`` is the attempt's own."""

    provider: str
    ref: str
    channel: Channel
    stage: Stage
    final: bool
    opened_at: Moment
    version: int
    handle: str | None = None

    @property
    def key(self) -> str:
        return attempt_key(self.provider, self.ref)

    def target(self, recipient: str | None) -> Target:
        return Target(
            provider=self.provider, ref=self.ref, channel=self.channel, handle=self.handle, recipient=recipient
        )


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, and its offset in the requests topic, by which its repetition by a restarted worker is known."""

    offset: int
    request: MessageRequest


class MessageState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``settled`` has, for each step, how often a person had it sent again, and ``requests_read`` the offset of the
    newest request that was folded in.
    """

    message_id: str
    asked: Asked | None = None
    cancel_requested_at: Moment | None = None
    settled: dict[int, int] = {}
    attempts: dict[str, AttemptBrief] = {}
    requests_read: int = -1
    updated_at: Moment | None = None

    @property
    def recipient(self) -> str | None:
        return self.asked.request.order.personal.to if self.asked else None

    @property
    def under_way(self) -> list[AttemptBrief]:
        """The attempts of which more is awaited, in the order of their keys."""
        return [brief for _, brief in sorted(self.attempts.items()) if not brief.final]


Told: TypeAlias = MessageRequest | CancelRequest | SettleRequest


def with_request(state: MessageState | None, request: Told, offset: int) -> MessageState:
    """The state after a request at ``offset``; the very same object where it had been folded in before.

    The first message request stays: a later one of the same id is a repetition, whatever it says.
    """
    state = state or MessageState(message_id=request.message_id)
    if offset <= state.requests_read:
        return state
    changed: dict[str, object] = {"requests_read": offset, "updated_at": request.received_at}
    match request:
        case MessageRequest():
            if state.asked is None:
                changed["asked"] = Asked(offset=offset, request=request)
        case CancelRequest():
            changed["cancel_requested_at"] = state.cancel_requested_at or request.received_at
        case SettleRequest():
            if request.resend:
                changed["settled"] = {**state.settled, request.step: state.settled.get(request.step, 0) + 1}
    return msgspec.structs.replace(state, **changed)


def with_attempt(state: MessageState | None, attempt: Attempt) -> MessageState:
    """The state after an attempt's newest version; the very same object where that one or a newer one is known."""
    state = state or MessageState(message_id=attempt.message_id)
    key = attempt_key(attempt.provider, attempt.ref)
    known = state.attempts.get(key)
    if known is not None and known.version >= attempt.version:
        return state
    brief = AttemptBrief(
        provider=attempt.provider,
        ref=attempt.ref,
        channel=attempt.channel,
        stage=attempt.stage,
        final=attempt.final,
        opened_at=attempt.opened_at,
        version=attempt.version,
        handle=attempt.handle,
    )
    return msgspec.structs.replace(
        state,
        attempts={**state.attempts, key: brief},
        updated_at=max(attempt.updated_at, state.updated_at or attempt.updated_at),
    )
