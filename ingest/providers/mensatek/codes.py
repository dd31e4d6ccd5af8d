"""What Mensatek's results (`Resultado`) mean, in its callbacks and in the rows of its reports alike."""

from collections.abc import Mapping
from typing import Final

from delivery.outcomes import Outcome
from delivery.reasons import Reason
from delivery.stages import Stage


def _going(stage: Stage, text: str) -> Outcome:
    return Outcome(stage, text=text)


def _held_up(reason: Reason, text: str) -> Outcome:
    return Outcome(Stage.SENT, reason, text=text)


def _delivered(text: str, *, timed: bool = True) -> Outcome:
    return Outcome(Stage.DELIVERED, final=True, timed=timed, text=text)


def _acted_on(text: str, reason: Reason | None = None) -> Outcome:
    """The person did something with the message: seen. When says nothing of when it was delivered."""
    return Outcome(Stage.SEEN, reason, final=True, timed=False, text=text)


def _failed(stage: Stage, reason: Reason, text: str) -> Outcome:
    return Outcome(stage, reason, final=True, text=text)


_WAITING: Final = _going(Stage.SENT, "Awaiting delivery")
_SCHEDULED: Final = _going(Stage.SCHEDULED, "Scheduled")
_NOT_TIMED: Final = _delivered("Delivered to the phone. Delivery time not available", timed=False)
# Its cause is that the phone stayed off: the stage already says that time ran out.
_EXPIRED: Final = _failed(
    Stage.EXPIRED, Reason.ABSENT_SUBSCRIBER, "The message has expired. (The phone remains non-operational)"
)
# "The message is held to ensure deliveries": an incident at the operator, not an end.
_HELD: Final = _held_up(Reason.NETWORK_ERROR, "Failure in the destination SMSC")
_NO_WAY: Final = _failed(Stage.UNDELIVERED, Reason.UNROUTABLE, "Destination error, contact support")

CODES: Final[Mapping[str, Outcome]] = {
    "0": _WAITING,
    "2": _WAITING,
    "10": _WAITING,
    "1000": _WAITING,
    "1": _SCHEDULED,
    "1001": _SCHEDULED,
    "1002": _going(Stage.SENT, "Sending"),
    "11": _delivered("Delivered to the phone"),
    "13": _delivered("Delivered to the phone"),
    "14": _delivered("Certified SMS Delivered and Certified"),
    "70": _NOT_TIMED,
    "106": _NOT_TIMED,
    # Contracts. 15 says that the SMS was delivered; what follows says that the person answered, opened, read or signed.
    # Their dates and seconds are of those acts.
    "15": _delivered("Awaiting response in SMS Contract via YES/I Accept reply", timed=False),
    "16": _acted_on("Response received. Certifying"),
    "17": _acted_on("SMS Contract via certified response"),
    "160": _acted_on("SMS Contract. The user has accessed the Contract/PDF"),
    "161": _acted_on("SMS Contract. Contract Read"),
    "162": _acted_on("SMS Contract. Contract Accepted"),
    "163": _acted_on("SMS Contract. Contract signed"),
    "180": _acted_on("SMS Contract. Final Status. Contract Accepted by basic acceptance"),
    "181": _acted_on("SMS Contract. Final Status. Contract Accepted and signed with biometric signature"),
    "190": _acted_on("SMS Contract. Contract rejected", Reason.RECIPIENT_REFUSED),
    # It comes of a contract in any state, also one whose SMS never arrived: no word on delivery, so no end either.
    "195": _going(Stage.SENT, "SMS Contract. Contract expired"),
    # Only a signer who agrees to it is located.
    "5000": _acted_on("SMS Contract. GPS location of the signer."),
    # Being retried, or waiting for the handset: not an end.
    "120": _HELD,
    "122": _HELD,
    "121": _held_up(Reason.CONGESTION, "Congestion in the destination SMSC"),
    "123": _held_up(Reason.ABSENT_SUBSCRIBER, "Phone turned off or out of coverage"),
    "126": _held_up(Reason.ABSENT_SUBSCRIBER, "Phone busy"),
    "134": _held_up(Reason.HANDSET_ERROR, "Problem in the destination mobile. Retrying..."),
    "135": _held_up(Reason.NETWORK_ERROR, "Problem in the destination network. Retrying..."),
    "1003": _held_up(Reason.HANDSET_ERROR, "Problem in the destination mobile. Retrying..."),
    # "Temporarily closed": the way may open again, and nothing says that this message is lost.
    "150": _held_up(Reason.UNROUTABLE, "The destination network has temporarily closed message delivery"),
    # Nobody has that number, or no longer. 130's title blames the phone, its meaning says that it no longer exists.
    "50": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "The Network responds that the phone does not exist"),
    "110": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "The phone does not exist"),
    "111": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Phone unsubscribed"),
    "112": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Phone without service"),
    "130": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Error in the destination Phone"),
    "133": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Failure in destination mobile (unsubscribed)."),
    "136": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Phone without service"),
    "137": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Phone unsubscribed"),
    # Tried until given up. 51 and 132 add that the phone "in all likelihood" no longer exists: not known, not said.
    "51": _failed(Stage.UNDELIVERED, Reason.HANDSET_ERROR, "Delivery to the phone failed"),
    "52": _failed(Stage.UNDELIVERED, Reason.NETWORK_ERROR, "Delivery to the network failed"),
    "131": _failed(
        Stage.UNDELIVERED,
        Reason.HANDSET_FULL,
        "The Mobile has exceeded the memory capacity (the message does not fit)",
    ),
    "132": _failed(Stage.UNDELIVERED, Reason.HANDSET_ERROR, "The Mobile cannot receive messages"),
    "124": _failed(Stage.UNDELIVERED, Reason.NOT_ON_CHANNEL, "Phone without SMS service"),
    "125": _failed(Stage.UNDELIVERED, Reason.BLOCKED, "Phone Blocked or restricted"),
    "140": _NO_WAY,
    "141": _NO_WAY,
    "53": _EXPIRED,
    "101": _EXPIRED,
    "103": _EXPIRED,
    "113": _EXPIRED,
    # Refused before it was tried. 102 says "user" where 111 and 137 say "phone", so it is the person who left; were it
    # the line all the same, nobody is phoned who may have said no.
    "54": _failed(Stage.REJECTED, Reason.OPTED_OUT, "Number on Blacklist"),
    "55": _failed(Stage.REJECTED, Reason.BLOCKED, "Number Blocked"),
    "102": _failed(Stage.REJECTED, Reason.OPTED_OUT, "User unsubscribed"),
    "104": _failed(Stage.REJECTED, Reason.INVALID_NUMBER, "The phone is not correct"),
}
