"""How far an attempt has come: the one vocabulary every provider's codes are translated into."""

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    SCHEDULED = "scheduled"
    """The provider holds it until a time that was asked for."""
    QUEUED = "queued"
    """The provider has accepted it."""
    SENT = "sent"
    """It is on its way to the handset; also while the provider retries after a temporary trouble."""
    DELIVERED = "delivered"
    """The handset has it."""
    SEEN = "seen"
    """The person opened it, and so the handset has it."""
    REJECTED = "rejected"
    """The provider refused to try."""
    UNDELIVERED = "undelivered"
    """It was tried and failed for good."""
    EXPIRED = "expired"
    """Its time ran out before it could be delivered."""
    CANCELLED = "cancelled"
    """It was withdrawn before it went out."""
    UNKNOWN = "unknown"
    """The provider said something that we do not know, or nothing at all until the receipt window closed."""

    # Enum's own hash runs in Python; stages are dictionary keys in the hottest loop there is.
    __hash__ = str.__hash__


PROGRESS: Final = (Stage.SCHEDULED, Stage.QUEUED, Stage.SENT, Stage.DELIVERED, Stage.SEEN)
"""Going well, from the least to the furthest."""

SUCCESSES: Final = frozenset({Stage.DELIVERED, Stage.SEEN})
FAILURES: Final = frozenset({Stage.REJECTED, Stage.UNDELIVERED, Stage.EXPIRED, Stage.CANCELLED})
CONCLUSIVE: Final = SUCCESSES | FAILURES
"""Nothing more is awaited after one of these; a provider's table marks exactly these as final."""
