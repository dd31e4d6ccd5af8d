"""Messente's words for what became of a leg, in reports and in answers to status requests alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from acuse.simulator.fates import Beat
from acuse.simulator.messages import TakenMessage
from delivery.reasons import Reason
from delivery.stages import Stage

ERRORS: Final[Mapping[int, str]] = {
    0: "No error",
    1: "Delivery failure",
    2: "Sending message expired",
    3: "Invalid number",
    4: "Error crediting account",
    5: "Invalid number format",
    6: "Too many identical messages",
    7: "Sender name not allowed",
    8: "Operator blacklisted",
    9: "Unroutable",
    10: "Seen",
    999: "General temporary error",
}
SUCCESSFUL: Final = frozenset({0, 10})

_PROGRESS: Final[Mapping[Stage, tuple[tuple[str, int], ...]]] = {
    Stage.SENT: (("ACK", 0), ("ACCEPTD", 0)),
    Stage.DELIVERED: (("DELIVRD", 0),),
    Stage.SEEN: (("SEEN", 10),),
}
_HELD_UP: Final = (("ACCEPTD", 999),)
_FAILURES: Final[Mapping[Reason, tuple[tuple[str, int], ...]]] = {
    Reason.ABSENT_SUBSCRIBER: (("EXPIRED", 2),),
    Reason.EXPIRED: (("EXPIRED", 2),),
    Reason.UNKNOWN_NUMBER: (("UNDELIV", 3), ("FAILED", 3)),
    Reason.INVALID_NUMBER: (("FAILED", 5), ("FAILED", 3)),
    Reason.OPTED_OUT: (("UNDELIV", 8), ("REJECTD", 8)),
    Reason.BLOCKED: (("REJECTD", 8), ("NACK", 8)),
    Reason.CONTENT_REFUSED: (("REJECTD", 1), ("NACK", 1)),
    Reason.SENDER_REFUSED: (("REJECTD", 7),),
    Reason.UNROUTABLE: (("FAILED", 9), ("UNDELIV", 9)),
    Reason.PROVIDER_ERROR: (("FAILED", 999),),
    Reason.NO_CREDIT: (("FAILED", 4),),
    Reason.DUPLICATE: (("REJECTD", 6),),
}
_OTHERWISE: Final = (("UNDELIV", 1), ("FAILED", 1))


@dataclass(frozen=True, slots=True)
class Step:
    """A beat as Messente calls it."""

    beat: Beat
    status: str
    err: int

    @property
    def code(self) -> str:
        return f"{self.status}/{self.err}"


def steps(message: TakenMessage) -> tuple[Step, ...]:
    """Draws the codes; to be called once for a message."""
    return tuple(Step(beat, *message.fate.chance.choice(_codes(beat))) for beat in message.fate.beats)


def _codes(beat: Beat) -> tuple[tuple[str, int], ...]:
    if beat.stage in _PROGRESS:
        return _HELD_UP if beat.reason else _PROGRESS[beat.stage]
    return _FAILURES.get(beat.reason, _OTHERWISE) if beat.reason else _OTHERWISE


def result(message_id: str, channel: str, message: TakenMessage | None, step: Step | None) -> dict[str, Any]:
    """A delivery report, without what belongs to the whole. Without a step: still being processed."""
    return {
        "status": step.status if step else None,
        "channel": channel,
        "message_id": message_id,
        "error": ERRORS[step.err] if step and step.err not in SUCCESSFUL else None,
        "err": step.err if step else None,
        "timestamp": _written(message, step.beat) if message and step else None,
    }


def _written(message: TakenMessage, beat: Beat) -> str:
    return message.said(beat).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
