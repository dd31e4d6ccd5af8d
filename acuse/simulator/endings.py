"""What can become of a message, by name: the words of world files, and the numbers that force them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from delivery.reasons import Reason
from delivery.stages import Stage


class Ending(StrEnum):
    DELIVERED = "delivered"
    SEEN = "seen"
    """Delivered and read, where the channel tells that; else delivered."""
    UNTIMED = "untimed"
    """Delivered, and the provider does not know when, where it can say so."""
    RETRIED = "retried"
    """Held up for a quarter of an hour, then delivered."""
    REVISED = "revised"
    """Told as failed, then delivered after all."""
    CONTRADICTED = "contradicted"
    """Delivered, then told as failed."""
    SILENT = "silent"
    """On its way, and nothing is ever heard again."""
    REFUSED = "refused"
    """The provider does not take it, for the number's sake."""
    ABSENT = "absent_subscriber"
    """The handset stays off until the provider gives up."""
    UNKNOWN_NUMBER = "unknown_number"
    INVALID_NUMBER = "invalid_number"
    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    CONTENT_REFUSED = "content_refused"
    SENDER_REFUSED = "sender_refused"
    WINDOW_CLOSED = "window_closed"
    TEMPLATE_REFUSED = "template_refused"
    NOT_ON_CHANNEL = "not_on_channel"
    EXPIRED = "expired"
    HANDSET_ERROR = "handset_error"
    HANDSET_FULL = "handset_full"
    NETWORK_ERROR = "network_error"
    UNROUTABLE = "unroutable"
    PROVIDER_ERROR = "provider_error"


FAILED: Final[Mapping[Ending, tuple[Stage, Reason]]] = {
    Ending.ABSENT: (Stage.EXPIRED, Reason.ABSENT_SUBSCRIBER),
    Ending.EXPIRED: (Stage.EXPIRED, Reason.EXPIRED),
    Ending.UNKNOWN_NUMBER: (Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER),
    Ending.INVALID_NUMBER: (Stage.UNDELIVERED, Reason.INVALID_NUMBER),
    Ending.OPTED_OUT: (Stage.UNDELIVERED, Reason.OPTED_OUT),
    Ending.BLOCKED: (Stage.UNDELIVERED, Reason.BLOCKED),
    Ending.CONTENT_REFUSED: (Stage.UNDELIVERED, Reason.CONTENT_REFUSED),
    Ending.SENDER_REFUSED: (Stage.UNDELIVERED, Reason.SENDER_REFUSED),
    Ending.WINDOW_CLOSED: (Stage.UNDELIVERED, Reason.WINDOW_CLOSED),
    Ending.TEMPLATE_REFUSED: (Stage.UNDELIVERED, Reason.TEMPLATE_REFUSED),
    Ending.NOT_ON_CHANNEL: (Stage.UNDELIVERED, Reason.NOT_ON_CHANNEL),
    Ending.HANDSET_ERROR: (Stage.UNDELIVERED, Reason.HANDSET_ERROR),
    Ending.HANDSET_FULL: (Stage.UNDELIVERED, Reason.HANDSET_FULL),
    Ending.NETWORK_ERROR: (Stage.UNDELIVERED, Reason.NETWORK_ERROR),
    Ending.UNROUTABLE: (Stage.UNDELIVERED, Reason.UNROUTABLE),
    Ending.PROVIDER_ERROR: (Stage.UNDELIVERED, Reason.PROVIDER_ERROR),
}
"""Stage and reason of the endings that are plain failures. A provider may call the stage otherwise."""


class CallbackFault(StrEnum):
    LOST = "lost"
    DUPLICATED = "duplicated"
    LATE = "late"
    EARLY = "early"
    """The first one is posted, and answered, before the send is."""
    REORDERED = "reordered"


class HttpFault(StrEnum):
    BUSY = "busy"
    """429 with Retry-After; never taken."""
    ERROR = "error"
    """500."""
    UNAVAILABLE = "unavailable"
    """503 with Retry-After; never taken."""
    HANG = "hang"
    """Silence for ``hang_seconds``, then the connection is reset."""
    RESET = "reset"
    """The connection is reset without an answer."""
    HTML = "html"
    """200 with a page for people in the place of an answer."""
    TRUNCATED = "truncated"
    """The answer's first half, then the end of the connection."""


NEVER_TAKEN: Final = frozenset({HttpFault.BUSY, HttpFault.UNAVAILABLE})

MAGIC_ENDINGS: Final[Mapping[str, Ending]] = {
    "9900": Ending.DELIVERED,
    "9901": Ending.UNKNOWN_NUMBER,
    "9902": Ending.ABSENT,
    "9903": Ending.BLOCKED,
    "9904": Ending.OPTED_OUT,
    "9905": Ending.CONTENT_REFUSED,
    "9906": Ending.NOT_ON_CHANNEL,
    "9907": Ending.UNROUTABLE,
    "9908": Ending.HANDSET_FULL,
    "9909": Ending.NETWORK_ERROR,
    "9910": Ending.WINDOW_CLOSED,
    "9911": Ending.TEMPLATE_REFUSED,
    "9912": Ending.SENDER_REFUSED,
    "9913": Ending.PROVIDER_ERROR,
    "9914": Ending.HANDSET_ERROR,
    "9915": Ending.EXPIRED,
    "9916": Ending.INVALID_NUMBER,
    "9920": Ending.SILENT,
    "9921": Ending.RETRIED,
    "9922": Ending.REVISED,
    "9923": Ending.CONTRADICTED,
    "9924": Ending.SEEN,
    "9925": Ending.UNTIMED,
    "9926": Ending.DELIVERED,
    "9930": Ending.REFUSED,
    **{f"993{digit}": Ending.DELIVERED for digit in range(1, 6)},
    **{f"99{number}": Ending.DELIVERED for number in range(40, 53)},
}
"""By the last four digits of the number, in any country."""

MAGIC_REPLY: Final = "9926"
"""The person answers."""

MAGIC_CALLBACKS: Final[Mapping[str, CallbackFault]] = {
    "9931": CallbackFault.LOST,
    "9932": CallbackFault.DUPLICATED,
    "9933": CallbackFault.LATE,
    "9934": CallbackFault.EARLY,
    "9935": CallbackFault.REORDERED,
}
"""What happens to all callbacks of the message, which is delivered."""

MAGIC_HTTP: Final[Mapping[str, tuple[HttpFault, bool]]] = {
    "9940": (HttpFault.BUSY, False),
    "9941": (HttpFault.ERROR, False),
    "9942": (HttpFault.ERROR, True),
    "9943": (HttpFault.UNAVAILABLE, False),
    "9944": (HttpFault.HANG, False),
    "9945": (HttpFault.HANG, True),
    "9946": (HttpFault.RESET, False),
    "9947": (HttpFault.RESET, True),
    "9948": (HttpFault.HTML, False),
    "9949": (HttpFault.HTML, True),
    "9950": (HttpFault.TRUNCATED, False),
    "9951": (HttpFault.TRUNCATED, True),
}
"""What happens to the first request with that number, and whether the provider takes the message all the same.
Later requests with it go through."""
