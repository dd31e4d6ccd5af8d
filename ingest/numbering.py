"""What a number's plan says of it: what kind of line it is, and whose it first was.

The carrier is a *guess*: the one that the number's range was given to. A number that was ported keeps its range.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, carrier

from delivery.events import Event, Reply
from delivery.number_types import NumberType

CACHED_NUMBERS: Final = 65_536
"""An attempt is heard of several times within minutes; looking its number up again would cost as much as the first."""

TYPES: Final[Mapping[int, NumberType]] = {
    PhoneNumberType.MOBILE: NumberType.MOBILE,
    PhoneNumberType.FIXED_LINE: NumberType.FIXED,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: NumberType.FIXED_OR_MOBILE,
    PhoneNumberType.TOLL_FREE: NumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: NumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST: NumberType.SHARED_COST,
    PhoneNumberType.VOIP: NumberType.VOIP,
    PhoneNumberType.PERSONAL_NUMBER: NumberType.PERSONAL,
    PhoneNumberType.PAGER: NumberType.PAGER,
    PhoneNumberType.UAN: NumberType.COMPANY,
    PhoneNumberType.VOICEMAIL: NumberType.VOICEMAIL,
    PhoneNumberType.UNKNOWN: NumberType.UNKNOWN,
}


class Numbering(NamedTuple):
    """``carrier`` is None where the plan names none, as of most lines that are no mobiles."""

    number_type: NumberType
    carrier: str | None


def numbered(event: Event) -> Event:
    """The event with what the plan says of the person's number, where it has one; else the event itself.

    The one place where this is filled in, for every provider and every way in.
    """
    # Who wrote a reply is the person; of all else it is the recipient.
    number = event.personal.sender if isinstance(event, Reply) else event.personal.recipient
    found = numbering(number) if number and number.startswith("+") else None
    if found is None:
        return event
    return msgspec.structs.replace(event, number_type=found.number_type, carrier=found.carrier)


def numbering(e164: str) -> Numbering | None:
    """Of a number with its `+`; None for what cannot be one."""
    known = _known.get(e164)
    if known is not None:
        return known
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    return note(e164, numbering_of(number))


def numbering_of(number: PhoneNumber) -> Numbering:
    """Its type is UNKNOWN where no plan has given it out, that is where it is not valid."""
    return Numbering(TYPES[phonenumbers.number_type(number)], carrier.name_for_valid_number(number, "en") or None)


def note(e164: str, found: Numbering) -> Numbering:
    """Keep what was found of a number when it was read: to read it again, as its E.164, would cost as much as that."""
    if len(_known) >= CACHED_NUMBERS:
        _known.popitem(last=False)
    _known[e164] = found
    return found


_known: Final[OrderedDict[str, Numbering]] = OrderedDict()
"""A cache and nothing else: whatever is in it follows from the number."""
