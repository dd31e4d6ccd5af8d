"""What the health topic holds: how each lane does, and how each group's messages are shared out.

The topic has one partition and one writer, the judge. Whoever else takes himself for it, for a moment, writes in vain:
of two records of a key with the same ``version`` the first one holds, and he finds out by reading on.
"""

from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from delivery.events import Moment
from delivery.health.alerts import AlertKind
from delivery.health.lanes import Group, Lane
from delivery.health.measures import Measure, Usual


class MalformedHealth(ValueError):
    """The bytes are not a record of health that any version of Acuse has written."""


class Watch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one kind of alert stands for a lane.

    ``since`` is when it began to look as though the alert should open, or close where it is open. ``threshold`` and
    ``usual`` are those by which it opened; ``last_seen_at`` is when there was evidence last.
    """

    since: Moment | None = None
    opened_at: Moment | None = None
    closed_at: Moment | None = None
    last_seen_at: Moment | None = None
    threshold: float = 0.0
    usual: float | None = None
    value: float = 0.0

    @property
    def open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None


class LaneHealth(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="lane-health.v1"):
    """``judge`` is the worker that wrote it."""

    lane: Lane
    version: int
    judge: str
    at: Moment
    measure: Measure
    handed_at: Moment
    """When something was last handed over."""
    usual: Usual = Usual()
    watches: dict[AlertKind, Watch] = {}

    @property
    def key(self) -> str:
        return f"lane/{self.lane}"


class GroupShares(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="group-shares.v1"):
    """``shares`` are points by provider and add up to 100; ``resting`` is where they drift to while all are well.

    ``changed_at`` is when points last moved; None while they never have. ``why`` says in words what moved them.
    """

    group: Group
    version: int
    judge: str
    at: Moment
    shares: dict[str, int]
    resting: dict[str, int]
    changed_at: Moment | None = None
    why: str = ""

    @property
    def key(self) -> str:
        return f"shares/{self.group}"


HealthRecord: TypeAlias = LaneHealth | GroupShares

_encoder: Final = msgspec.json.Encoder()
_decoder: Final[msgspec.json.Decoder[HealthRecord]] = msgspec.json.Decoder(HealthRecord)

encode_health: Final = _encoder.encode


def decode_health(data: bytes) -> HealthRecord:
    """What ``encode_health`` wrote. Raises ``MalformedHealth`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedHealth(str(error)) from error
