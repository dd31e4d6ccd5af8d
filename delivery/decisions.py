"""What was decided to do next for a message, and why. The dispatcher does it.

A decision's id follows from what is decided, so that deciding again after a crash is the same decision: whoever acts
on decisions acts on each id once.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec
from msgspec import Struct

from delivery.channels import Channel
from delivery.events import Moment
from delivery.orders import Order
from delivery.requests import Finding, OnDoubt


class MalformedDecision(ValueError):
    """The bytes are not a decision that any version of Acuse has written."""


class Why(StrEnum):
    """The rule that a decision follows."""

    REQUESTED = "requested"
    """A caller asked for it."""
    NO_RECEIPT_YET = "no_receipt_yet"
    """Nothing final was heard for as long as the polling schedule says."""
    SETTLED = "settled"
    """A person told what became of a step in doubt."""


class Target(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attempt at its provider. ``handle`` is what the provider wants to be asked by, where that is not ``ref``."""

    provider: str
    ref: str
    channel: Channel
    handle: str | None = None
    recipient: str | None = None
    """E.164, where it is known; personal."""


class _Decided(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``decision_id`` names it for ever; ``why`` says by which rule."""

    decision_id: str
    message_id: str
    decided_at: Moment
    why: Why


class SendDecision(_Decided, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="send-decision.v1"):
    """Send this step: steps count from 1, and ``tries`` how often a person had it sent again after doubt."""

    step: int
    order: Order
    on_doubt: OnDoubt = OnDoubt.HOLD
    tries: int = 0

    @property
    def reference(self) -> str:
        """Ours, for the provider to carry back: the first callback then heals a response that was lost."""
        return step_reference(self.message_id, self.step)


class PollDecision(_Decided, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="poll-decision.v1"):
    """Ask the provider how far an attempt has come; ``round`` counts from 1."""

    target: Target
    round: int


class CancelDecision(_Decided, frozen=True, kw_only=True, tag_field="kind", tag="cancel-decision.v1"):
    """Withdraw an attempt that is not final."""

    target: Target


class SettleDecision(_Decided, frozen=True, kw_only=True, tag_field="kind", tag="settle-decision.v1"):
    """A step in doubt is in doubt no longer. Where ``resend``, a decision to send it again follows."""

    step: int
    order: Order
    finding: Finding
    ref: str | None = None
    resend: bool = False


Decision: TypeAlias = SendDecision | PollDecision | CancelDecision | SettleDecision

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Decision] = msgspec.json.Decoder(Decision)


def step_reference(message_id: str, step: int) -> str:
    """``message_id.step``: what names one step of a message wherever a provider carries a reference."""
    return f"{message_id}.{step}"


def send_id(message_id: str, step: int, tries: int = 0) -> str:
    """The id of the decision to send a step; one that a person had repeated after doubt is another decision."""
    return f"{message_id}/{step}" if tries == 0 else f"{message_id}/{step}/{tries}"


def tries_in(decision_id: str) -> int:
    """How often a step had been sent again before, as the id says that ``send_id`` made."""
    _, _, tries = decision_id.partition("/")[2].partition("/")
    return int(tries) if tries.isdecimal() else 0


def poll_id(provider: str, ref: str, number: int) -> str:
    return f"poll/{provider}/{ref}/{number}"


def cancel_id(provider: str, ref: str) -> str:
    return f"cancel/{provider}/{ref}"


def settle_id(message_id: str, step: int, tries: int = 0) -> str:
    return f"settle/{send_id(message_id, step, tries)}"


def encode_decision(decision: Decision) -> bytes:
    """One decision as JSON, the form in which it is kept for ever."""
    return _encoder.encode(decision)


def decode_decision(data: bytes) -> Decision:
    """What ``encode_decision`` wrote. Raises ``MalformedDecision`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedDecision(str(error)) from error
