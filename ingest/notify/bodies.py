"""The bodies of notices, as our caller's application reads them. This is their one definition and their schema.

``version`` is 1 for as long as fields are only added. What is not known or not asked for is left out.
"""

from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from delivery.channels import Channel
from delivery.decisions import SeenStep, Why
from delivery.events import Moment
from delivery.health.alerts import AlertKind
from delivery.notices import NoticeType
from delivery.reasons import Reason


class _Decided(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every notice of a decision says.

    ``reference`` is the caller's own. ``rule`` says in words what of the plan was followed, ``reason`` why an attempt
    failed. ``attempts`` are those that it rests on, as they stood. ``recipient`` stands here only where asked for.
    """

    message_id: str
    decision_id: str
    why: Why
    step: int
    rule: str = ""
    reason: Reason | None = None
    reference: str | None = None
    recipient: str | None = None
    plan: str = ""
    plan_version: str = ""
    attempts: tuple[SeenStep, ...] = ()


class Ended(_Decided, frozen=True, kw_only=True, omit_defaults=True):
    """``step`` is the one that succeeded, else the last one sent, 0 where none was."""


class FailedOver(_Decided, frozen=True, kw_only=True, omit_defaults=True):
    """``step`` is sent now, on this channel through this provider; ``tries`` is how often it had been sent before."""

    provider: str
    channel: Channel
    tries: int = 0
    cost: Decimal | None = None


class Replied(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person wrote to us. Where ``answers_attempt``, ``ref`` is the attempt that it answers; otherwise it names only
    what was written. ``sender`` and ``text`` stand here only where they are asked for; a longer text is cut.
    """

    event_id: str
    provider: str
    ref: str
    channel: Channel
    received_at: Moment
    answers_attempt: bool = False
    reply_id: str = ""
    message_id: str | None = None
    reference: str | None = None
    country: str | None = None
    sender: str | None = None
    text: str | None = None
    text_cut: bool = False


class Alerted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A way to people, ``country`` being left out where it is all of them. ``value`` is the share (0 to 1) that failed,
    was slow or was not heard of, ``threshold`` what that had to exceed, ``usual`` what it usually is.
    """

    alert_id: str
    about: AlertKind
    provider: str
    channel: Channel
    opened_at: Moment
    value: float
    threshold: float
    text: str
    country: str = ""
    usual: float | None = None


class _Body(Struct, frozen=True, kw_only=True, tag_field="type"):
    """``timestamp`` is when it happened; when it was told stands in the header ``webhook-timestamp``."""

    timestamp: Moment
    version: Literal[1] = 1


class DeliveredBody(_Body, frozen=True, kw_only=True, tag=NoticeType.DELIVERED.value):
    data: Ended


class FailedBody(_Body, frozen=True, kw_only=True, tag=NoticeType.FAILED.value):
    data: Ended


class FailedOverBody(_Body, frozen=True, kw_only=True, tag=NoticeType.FAILED_OVER.value):
    data: FailedOver


class RepliedBody(_Body, frozen=True, kw_only=True, tag=NoticeType.REPLIED.value):
    data: Replied


class AlertOpenedBody(_Body, frozen=True, kw_only=True, tag=NoticeType.ALERT_OPENED.value):
    data: Alerted


class AlertClosedBody(_Body, frozen=True, kw_only=True, tag=NoticeType.ALERT_CLOSED.value):
    data: Alerted


Body: TypeAlias = DeliveredBody | FailedBody | FailedOverBody | RepliedBody | AlertOpenedBody | AlertClosedBody

_encoder: Final = msgspec.json.Encoder()


def encode_body(body: Body) -> bytes:
    return _encoder.encode(body)


@cache
def body_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of every body."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Body)}
