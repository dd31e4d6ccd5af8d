"""Whether a failure for a reason would come again if the same were sent to the same person later."""

from typing import Final

from delivery.reasons import Reason

PERMANENT: Final = frozenset(
    {
        Reason.UNKNOWN_NUMBER,
        Reason.INVALID_NUMBER,
        Reason.OPTED_OUT,
        Reason.BLOCKED,
        Reason.CONTENT_REFUSED,
        Reason.SENDER_REFUSED,
        Reason.TEMPLATE_REFUSED,
        Reason.NOT_ON_CHANNEL,
        Reason.UNROUTABLE,
        Reason.DUPLICATE,
        Reason.CANCELLED,
        Reason.RECIPIENT_REFUSED,
    }
)
TEMPORARY: Final = frozenset(
    {
        Reason.ABSENT_SUBSCRIBER,
        Reason.NO_CREDIT,
        Reason.WINDOW_CLOSED,
        Reason.EXPIRED,
        Reason.HANDSET_ERROR,
        Reason.HANDSET_FULL,
        Reason.NETWORK_ERROR,
        Reason.CONGESTION,
        Reason.RATE_LIMITED,
        Reason.PROVIDER_ERROR,
        Reason.PROVIDER_UNAVAILABLE,
    }
)
NOBODY_KNOWS: Final = frozenset({Reason.NO_RECEIPT, Reason.UNKNOWN_CODE, Reason.UNSPECIFIED})
