"""The dispatcher's write-ahead: that it is about to call a provider, and what came of it.

Of several claims to one decision the first in the topic's order holds: a dispatcher calls only once it has read its
own claim back and found none before it. A claim without an outcome whose dispatcher is gone is in doubt.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec
from msgspec import Struct

from delivery.events import Moment
from delivery.reasons import Reason


class MalformedCall(ValueError):
    """The bytes are not a call that any version of Acuse has written."""


class Result(StrEnum):
    TAKEN = "taken"
    """The provider took it; its Send events are in the events topic."""
    REFUSED = "refused"
    """The provider refused it for good."""
    NOT_TAKEN = "not_taken"
    """Certainly not taken, and given up: busy, unreachable or refusing our credentials for too long."""
    ANSWERED = "answered"
    """A poll or a cancellation was answered; what it told is in the events topic."""
    IMPOSSIBLE = "impossible"
    """There is nothing to call: the provider cannot do this, or its account is not configured."""
    ABANDONED = "abandoned"
    """Nobody can tell whether it was taken, it is not asked after any more, and the plan goes on to its next step.
    It is never sent again; a receipt may still show that it was."""
    RELEASED = "released"
    """This claim holds no more, and another may be made: nothing was taken under it, or the plan says to send again
    in doubt. It settles nothing: what is in doubt stays so until a new claim or another result follows."""


class CallPersonal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was exchanged where no event holds it; neither credentials nor a text that may not be stored."""

    request: bytes = b""
    raw: bytes = b""
    content_type: str = ""


class _Call(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``claim`` is one dispatcher's own word for one try at one decision; ``decision_offset`` finds the decision."""

    decision_id: str
    message_id: str
    provider: str
    claim: str
    at: Moment
    decision_offset: int
    step: int | None = None


class Calling(_Call, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="calling.v1"):
    """Written, acknowledged and read back before the provider is called."""


class Called(_Call, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="called.v1"):
    """What came of it. ``tries`` counts HTTP requests; ``status`` is the last one's, None without an answer."""

    result: Result
    refs: tuple[str, ...] = ()
    code: str = ""
    text: str = ""
    reason: Reason | None = None
    tries: int = 1
    status: int | None = None
    looked_up: bool = False
    """Whether it had been in doubt, and the provider was asked."""
    personal: CallPersonal | None = None


class InDoubt(_Call, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="doubt.v1"):
    """Nobody can tell whether the provider took it; ``why`` says how that came about."""

    why: str
    personal: CallPersonal | None = None


Call: TypeAlias = Calling | Called | InDoubt

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Call] = msgspec.json.Decoder(Call)


def encode_call(call: Call) -> bytes:
    """One call as JSON, the form in which it is kept for ever."""
    return _encoder.encode(call)


def decode_call(data: bytes) -> Call:
    """What ``encode_call`` wrote. Raises ``MalformedCall`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedCall(str(error)) from error
