"""As much of an attempt as deciding needs, read from the attempts topic without reading the rest.

Nearly all attempts are of messages that others sent, of which only webhooks tell: nothing is decided about those, so
they are told apart before anything else is read of them.
"""

from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import MalformedEvent, Moment
from delivery.identities import attempt_key
from delivery.reasons import Reason
from delivery.stages import Stage


class AttemptBrief(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``version`` is the attempt's own; ``arrived_at`` is when the handset had it, as ``delivered`` or ``seen`` say.

    ``closed``: its receipt window is over, so nothing more is awaited of it, whatever its stage.
    """

    provider: str
    ref: str
    channel: Channel
    stage: Stage
    final: bool
    opened_at: Moment
    updated_at: Moment
    version: int
    handle: str | None = None
    reason: Reason | None = None
    step: int | None = None
    tries: int = 0
    arrived_at: Moment | None = None
    closed: bool = False

    @property
    def key(self) -> str:
        return attempt_key(self.provider, self.ref)

    def target(self, recipient: str | None) -> Target:
        return Target(
            provider=self.provider, ref=self.ref, channel=self.channel, handle=self.handle, recipient=recipient
        )


class _Facts(Struct, frozen=True):
    send: msgspec.Raw = msgspec.Raw()


class _Times(Struct, frozen=True):
    delivered: Moment | None = None
    seen: Moment | None = None


class SeenAttempt(Struct, frozen=True, tag_field="kind", tag="attempt.v1"):
    """An attempt's record, but for what deciding does not need."""

    provider: str
    ref: str
    channel: Channel
    message_id: str
    derived_message_id: str
    stage: Stage
    final: bool
    opened_at: Moment
    updated_at: Moment
    version: int
    state: _Facts
    handle: str | None = None
    reason: Reason | None = None
    step: int | None = None
    tries: int = 0
    times: _Times = _Times()
    closed_at: Moment | None = None
    country: str | None = None

    @property
    def ours(self) -> bool:
        """Whether we sent it, or somebody told that he did: either a message claims it or its Send is known."""
        return self.message_id != self.derived_message_id or bool(bytes(self.state.send))

    def brief(self) -> AttemptBrief:
        return AttemptBrief(
            provider=self.provider,
            ref=self.ref,
            channel=self.channel,
            stage=self.stage,
            final=self.final,
            opened_at=self.opened_at,
            updated_at=self.updated_at,
            version=self.version,
            handle=self.handle,
            reason=self.reason,
            step=self.step,
            tries=self.tries,
            arrived_at=self.times.delivered or self.times.seen,
            closed=self.closed_at is not None,
        )


class SeenAlias(Struct, frozen=True, tag_field="kind", tag="alias.v1"):
    retired: str
    provider: str
    ref: str


Seen: TypeAlias = SeenAttempt | SeenAlias

_decoder: Final[msgspec.json.Decoder[Seen]] = msgspec.json.Decoder(Seen)


def decode_seen(data: bytes) -> Seen:
    """What ``delivery.standing.encode_record`` wrote, in brief. Raises ``MalformedEvent`` with the place."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedEvent(str(error)) from error
