"""As much of an attempt as health needs, read from the attempts topic without reading the rest.

Two clocks are used: when we handed the attempt over, as its Send says, and how long the handset waited for it, by the
best clock that is known (``delivery.standing``). A callback that comes late tells of a handset that may have had it in
time: such an attempt looks slow only until then.
"""

from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from delivery.channels import Channel
from delivery.events import MalformedEvent, Moment
from delivery.health.rules import NOT_THE_PROVIDERS
from delivery.reasons import Reason
from delivery.stages import FAILURES, SUCCESSES, Stage


class End(StrEnum):
    ARRIVED = "arrived"
    FAILED = "failed"
    """For a reason that may be the provider's."""
    EXCUSED = "excused"
    """For one that is not."""


class Sighting(Struct, frozen=True, kw_only=True, gc=False):
    """How an attempt stands, for its provider's health. Moments are in seconds since 1970.

    ``begun`` is when it was handed over, or was to go out; None while it waits for its turn. ``handed``: we did, and it
    was taken. ``heard``: something came of it later. ``seconds`` is how long the handset waited for it, where known.
    ``updated`` is when anything was last heard of it.
    """

    provider: str
    channel: Channel
    ref: str
    version: int
    updated: float
    country: str = ""
    begun: float | None = None
    handed: bool = False
    heard: bool = False
    end: End | None = None
    seconds: float | None = None


class _Fact(Struct, frozen=True, array_like=True, gc=False):
    at: Moment
    received_at: Moment


class _Facts(Struct, frozen=True, gc=False):
    send: _Fact | None = None
    scheduled_for: Moment | None = None


class _Times(Struct, frozen=True, gc=False):
    scheduled: Moment | None = None
    queued: Moment | None = None
    sent: Moment | None = None


class _Attempt(Struct, frozen=True, gc=False, tag_field="kind", tag="attempt.v1"):
    provider: str
    ref: str
    channel: Channel
    stage: Stage
    opened_at: Moment
    updated_at: Moment
    version: int
    state: _Facts
    times: _Times = _Times()
    reason: Reason | None = None
    country: str | None = None
    delivery_seconds: float | None = None

    @property
    def end(self) -> End | None:
        if self.stage in SUCCESSES:
            return End.ARRIVED
        if self.stage not in FAILURES:
            return None
        withdrawn = self.stage is Stage.CANCELLED or self.reason in NOT_THE_PROVIDERS
        return End.EXCUSED if withdrawn else End.FAILED

    def begun(self, *, ended: bool) -> float | None:
        send, times = self.state.send, self.times
        if send is None:
            known = [moment for moment in (times.queued, times.sent) if moment is not None]
            return min(known, default=self.opened_at).timestamp()
        # A provider's clock may be ahead of ours.
        sent = min(send.at, send.received_at)
        if self.state.scheduled_for is not None:
            return max(sent, self.state.scheduled_for).timestamp()
        if times.scheduled is None:
            return sent.timestamp()
        # A leg that waits for another to fail begins when it is first heard to be on its way.
        begins = times.sent or (self.updated_at if ended else None)
        return None if begins is None else begins.timestamp()


class _Alias(Struct, frozen=True, tag_field="kind", tag="alias.v1"):
    pass


_decoder: Final[msgspec.json.Decoder[_Attempt | _Alias]] = msgspec.json.Decoder(_Attempt | _Alias)


def decode_sighting(data: bytes) -> Sighting | None:
    """What ``delivery.standing.encode_record`` wrote, in brief; None for an alias.

    Raises ``MalformedEvent`` with the place.
    """
    try:
        seen = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedEvent(str(error)) from error
    return None if isinstance(seen, _Alias) else _sighting(seen)


def _sighting(seen: _Attempt) -> Sighting:
    send, end = seen.state.send, seen.end
    heard = send is not None and seen.updated_at > send.received_at
    return Sighting(
        provider=seen.provider,
        channel=seen.channel,
        ref=seen.ref,
        version=seen.version,
        updated=seen.updated_at.timestamp(),
        country=seen.country or "",
        begun=seen.begun(ended=end is not None),
        handed=send is not None and (heard or end is None),
        heard=heard,
        end=end,
        seconds=seen.delivery_seconds,
    )
