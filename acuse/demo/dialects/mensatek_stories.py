"""How messages fare at Mensatek, in its own codes.

Their meanings are read here from its document, and not from ``ingest.providers``: what the demo expects is worth
checking only where it comes from another reading.
"""

from typing import Final

from acuse.demo.script import Ending
from acuse.demo.stories import After, Beat, Story, failed, never_told, odd, told
from delivery.reasons import Reason
from delivery.stages import Stage

SOON, ARRIVAL, ACTING, RETRY, GIVEN_UP = After.SOON, After.ARRIVAL, After.ACTING, After.RETRY, After.GIVEN_UP

PUT: Final = ("11", "13")
WAITING: Final = ("0", "2", "10", "1000", "1002")
OFF: Final = ("123", "126")
GONE: Final = ("50", "110", "111", "112", "130", "133", "136", "137")
OUT_OF_TIME: Final = ("53", "101", "103", "113")
NEW: Final = ("888", "2001")
"""Codes that are in no document."""

DELIVERED: Final = Ending(Stage.DELIVERED)
SEEN: Final = Ending(Stage.SEEN)
STAYED_OFF: Final = Ending(Stage.EXPIRED, Reason.ABSENT_SUBSCRIBER)


GOING_WELL: Final = (
    told(560, DELIVERED, Beat(ARRIVAL, PUT), put=0),
    told(90, DELIVERED, Beat(SOON, WAITING), Beat(ARRIVAL, PUT), put=1),
    told(20, DELIVERED, Beat(SOON, ("134", "135", "1003", "121")), Beat(RETRY, PUT), put=1),
    told(20, DELIVERED, Beat(SOON, OFF), Beat(RETRY, PUT), put=1),
    told(10, Ending(Stage.SENT), Beat(SOON, WAITING)),
    told(5, Ending(Stage.SENT, Reason.ABSENT_SUBSCRIBER), Beat(SOON, OFF)),
    told(4, Ending(Stage.SENT, Reason.CONGESTION), Beat(SOON, ("121",))),
    told(3, Ending(Stage.SENT, Reason.NETWORK_ERROR), Beat(SOON, ("120", "122", "135"))),
    odd("one receipt a part", 10, DELIVERED, Beat(ARRIVAL, ("13",)), Beat(SOON, ("13",)), put=0),
    odd("delivered at an unknown time", 15, DELIVERED, Beat(ARRIVAL, ("70", "106"))),
)

CONTRACTS: Final = (
    told(60, DELIVERED, Beat(ARRIVAL, ("13",)), Beat(SOON, ("14",)), put=0),
    told(12, SEEN, Beat(ARRIVAL, ("13",)), Beat(SOON, ("15",)), Beat(ACTING, ("16",)), Beat(SOON, ("17",)), put=0),
    told(
        12,
        SEEN,
        Beat(ARRIVAL, ("13",)),
        Beat(ACTING, ("160",)),
        Beat(ACTING, ("161",)),
        Beat(ACTING, ("162", "163")),
        Beat(SOON, ("180", "181")),
        put=0,
    ),
    told(5, Ending(Stage.SEEN, Reason.RECIPIENT_REFUSED), Beat(ARRIVAL, ("13",)), Beat(ACTING, ("190",)), put=0),
    told(4, DELIVERED, Beat(ARRIVAL, ("11",)), Beat(GIVEN_UP, ("195",)), put=0),
    odd("seen without delivered", 6, SEEN, Beat(ACTING, ("160", "161"))),
)

FAILURES: Final = (
    failed(35, Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, *GONE),
    failed(8, Stage.REJECTED, Reason.INVALID_NUMBER, "104", after=SOON),
    failed(9, Stage.REJECTED, Reason.OPTED_OUT, "54", "102", after=SOON),
    failed(5, Stage.REJECTED, Reason.BLOCKED, "55", after=SOON),
    failed(5, Stage.UNDELIVERED, Reason.BLOCKED, "125"),
    failed(8, Stage.UNDELIVERED, Reason.HANDSET_ERROR, "51", "132", after=RETRY),
    failed(4, Stage.UNDELIVERED, Reason.NETWORK_ERROR, "52"),
    failed(4, Stage.UNDELIVERED, Reason.HANDSET_FULL, "131"),
    failed(4, Stage.UNDELIVERED, Reason.NOT_ON_CHANNEL, "124"),
    failed(3, Stage.UNDELIVERED, Reason.UNROUTABLE, "140", "141"),
    told(12, STAYED_OFF, Beat(GIVEN_UP, OUT_OF_TIME)),
    told(10, STAYED_OFF, Beat(SOON, OFF), Beat(GIVEN_UP, OUT_OF_TIME)),
)

AT_ODDS: Final = (
    odd(
        "failed after delivered",
        8,
        Ending(Stage.DELIVERED, contradictions=1),
        Beat(ARRIVAL, PUT),
        Beat(RETRY, ("51", "52")),
        put=0,
    ),
    odd(
        "delivered after failed",
        8,
        Ending(Stage.DELIVERED, revised=True),
        Beat(ARRIVAL, ("51",)),
        Beat(RETRY, PUT),
        put=1,
    ),
    odd("unknown code", 5, DELIVERED, Beat(SOON, NEW), Beat(ARRIVAL, PUT), put=1),
)

TOLD_BY_CALLERS: Final = (
    never_told(25),
    Story(3, Ending(Stage.QUEUED, Reason.UNKNOWN_CODE), (Beat(SOON, NEW),), oddity="unknown code", needs_send=True),
    Story(4, Ending(Stage.REJECTED, Reason.UNSPECIFIED), send=Stage.REJECTED, needs_send=True),
    Story(4, Ending(Stage.SCHEDULED), send=Stage.SCHEDULED, needs_send=True),
    Story(6, DELIVERED, (Beat(SOON, ("1002",)), Beat(ARRIVAL, PUT)), 1, send=Stage.SCHEDULED, needs_send=True),
)

STORIES: Final = (*GOING_WELL, *CONTRACTS, *FAILURES, *AT_ODDS, *TOLD_BY_CALLERS)

CALLED_INSTEAD: Final = (
    Story(1, DELIVERED, (Beat(ARRIVAL, ("11",)),), 0),
    Story(0.1, Ending(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER), (Beat(ARRIVAL, ("50",)),)),
)
"""The voice leg of Fail2voice, after its SMS failed."""
