"""Alerts: that a way to people does worse than it should, told once when it begins and once when it is over."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from delivery.events import Moment
from delivery.health.lanes import Lane
from delivery.health.measures import Measure


class MalformedAlert(ValueError):
    """The bytes are not an alert that any version of Acuse has written."""


class AlertKind(StrEnum):
    FAILURES = "failures"
    """More of what is handed over fails than usual, for reasons that are the provider's."""
    LATENCY = "latency"
    """More of it than usual is not with the handset in time."""
    SILENCE = "silence"
    """Nothing at all is heard of what is handed over."""


class AlertState(StrEnum):
    OPENED = "opened"
    CLOSED = "closed"


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="alert.v1"):
    """One record of the alerts topic. An alert that opens and closes has two, of the same ``alert_id``.

    The same record may stand in the topic more than once, after a crash: ``record_id`` tells.
    ``value`` is the share (0 to 1) that failed, was slow, or was not heard of, when it was written; ``threshold`` is
    what that had to exceed, ``usual`` what it usually is, where enough is known to say. ``text`` says it all in words.
    """

    alert_id: str
    state: AlertState
    about: AlertKind
    lane: Lane
    at: Moment
    opened_at: Moment
    value: float
    threshold: float
    measure: Measure
    text: str
    usual: float | None = None

    @property
    def record_id(self) -> str:
        return f"{self.alert_id}/{self.state.value}"


def alert_id(kind: AlertKind, lane: Lane, opened_at: datetime) -> str:
    """Follows from what it is about and when it opened: told again after a crash, it is the same one."""
    return f"{kind.value}/{lane}/{opened_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


_encoder: Final = msgspec.json.Encoder()
_decoder: Final[msgspec.json.Decoder[Alert]] = msgspec.json.Decoder(Alert)

encode_alert: Final = _encoder.encode


def decode_alert(data: bytes) -> Alert:
    """What ``encode_alert`` wrote. Raises ``MalformedAlert`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedAlert(str(error)) from error
