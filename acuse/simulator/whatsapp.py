"""What is WhatsApp's own, whoever is in between: the 24-hour window and the error codes.

The codes are from Meta's public list of Cloud API errors.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from acuse.simulator.fates import Fate
from delivery.reasons import Reason

WINDOW: Final = timedelta(hours=24)
OUT_OF_WINDOW: Final = 131047
NO_TEMPLATE: Final = 132001

_CODES: Final[Mapping[Reason, tuple[int, ...]]] = {
    Reason.WINDOW_CLOSED: (OUT_OF_WINDOW,),
    Reason.NOT_ON_CHANNEL: (131026,),
    Reason.UNKNOWN_NUMBER: (131026,),
    Reason.INVALID_NUMBER: (131026,),
    Reason.OPTED_OUT: (131050,),
    Reason.BLOCKED: (130472, 131049),
    Reason.TEMPLATE_REFUSED: (NO_TEMPLATE, 132007, 132015, 132016),
    Reason.CONTENT_REFUSED: (131051, 131053),
    Reason.SENDER_REFUSED: (131045, 133010),
    Reason.NETWORK_ERROR: (131016,),
    Reason.PROVIDER_ERROR: (131000, 131016),
    Reason.NO_CREDIT: (131042,),
}
_OTHERWISE: Final = (131026, 131000)

TITLES: Final[Mapping[int, str]] = {
    130472: "User's number is part of an experiment",
    131000: "Something went wrong",
    131016: "Service unavailable",
    131026: "Message undeliverable",
    131042: "Business eligibility payment issue",
    131045: "Incorrect certificate",
    131047: "Re-engagement message",
    131049: "Message not delivered to maintain healthy ecosystem engagement",
    131050: "User has stopped marketing messages",
    131051: "Unsupported message type",
    131053: "Media upload error",
    132000: "Template parameter count mismatch",
    132001: "Template does not exist",
    132007: "Template format character policy violated",
    132015: "Template is paused",
    132016: "Template is disabled",
    133010: "Phone number not registered",
}


def code_of(fate: Fate, reason: Reason | None) -> int:
    """One of the codes that say why; drawn, so to be asked once."""
    return fate.chance.choice(_CODES.get(reason, _OTHERWISE) if reason else _OTHERWISE)


def is_open(wrote_at: Iterable[datetime], now: datetime, speed: float) -> bool:
    """Whether the person wrote within the last 24 hours, which pass faster by the world's speed."""
    return any(at <= now < at + WINDOW / speed for at in wrote_at)
