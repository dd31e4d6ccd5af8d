"""Why WhatsApp refuses or loses a message: Meta's own error codes, which the providers in between hand on.

From Meta's public list of Cloud API error codes, and of the older on-premises ones (470, 1013). Only those that say why
one message failed; a code that is not here leaves the reason open.
"""

from collections.abc import Mapping
from typing import Final

from delivery.reasons import Reason

FAILURES: Final[Mapping[str, tuple[Reason, str]]] = {
    "470": (Reason.WINDOW_CLOSED, "Message sent outside the 24-hour window"),
    "1013": (Reason.NOT_ON_CHANNEL, "Recipient is not a WhatsApp user"),
    "130429": (Reason.RATE_LIMITED, "Rate limit hit"),
    "130472": (Reason.BLOCKED, "Recipient is part of an experiment"),
    "131000": (Reason.PROVIDER_ERROR, "Something went wrong"),
    "131016": (Reason.PROVIDER_ERROR, "Service unavailable"),
    "131026": (Reason.NOT_ON_CHANNEL, "Message undeliverable"),
    "131031": (Reason.BLOCKED, "Account has been locked"),
    "131042": (Reason.NO_CREDIT, "Business eligibility payment issue"),
    "131045": (Reason.SENDER_REFUSED, "Phone number is not registered by its certificate"),
    "131047": (Reason.WINDOW_CLOSED, "Re-engagement message: more than 24 hours since the last reply"),
    "131048": (Reason.RATE_LIMITED, "Spam rate limit hit"),
    "131049": (Reason.BLOCKED, "Held back to keep a healthy ecosystem"),
    "131050": (Reason.OPTED_OUT, "Recipient has stopped marketing messages"),
    "131051": (Reason.CONTENT_REFUSED, "Unsupported message type"),
    "131052": (Reason.CONTENT_REFUSED, "Media download error"),
    "131053": (Reason.CONTENT_REFUSED, "Media upload error"),
    "131056": (Reason.RATE_LIMITED, "Too many messages to the same recipient"),
    "132000": (Reason.TEMPLATE_REFUSED, "Template parameters do not match"),
    "132001": (Reason.TEMPLATE_REFUSED, "Template does not exist"),
    "132005": (Reason.TEMPLATE_REFUSED, "Template text too long"),
    "132007": (Reason.TEMPLATE_REFUSED, "Template content policy violated"),
    "132012": (Reason.TEMPLATE_REFUSED, "Template parameter format does not match"),
    "132015": (Reason.TEMPLATE_REFUSED, "Template is paused"),
    "132016": (Reason.TEMPLATE_REFUSED, "Template is disabled"),
    "133010": (Reason.SENDER_REFUSED, "Phone number is not registered"),
}
