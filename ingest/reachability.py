"""Which kinds of number cannot receive what is to be sent, as far as the numbering plans say."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from delivery.channels import Channel

_CACHED_NUMBERS: Final = 65_536
_COSTLY: Final = {
    PhoneNumberType.PREMIUM_RATE: "premium-rate",
    PhoneNumberType.SHARED_COST: "shared-cost",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_REFUSED: Final[Mapping[Channel, Mapping[int, str]]] = {
    Channel.SMS: {**_COSTLY, PhoneNumberType.FIXED_LINE: "fixed-line"},
    Channel.VOICE: {**_COSTLY, PhoneNumberType.PAGER: "pager"},
    Channel.VIBER: _COSTLY,
    Channel.WHATSAPP: _COSTLY,
    Channel.EMAIL: {},
}
"""Businesses are on WhatsApp with fixed lines. A number of a plan that does not tell mobiles apart is never refused."""


@lru_cache(maxsize=_CACHED_NUMBERS)
def why_unreachable(e164: str, channel: Channel) -> str | None:
    """The kind of number that this is, where it is sure that the channel does not reach such; else None."""
    refused = _REFUSED[channel]
    if not refused:
        return None
    return refused.get(phonenumbers.number_type(phonenumbers.parse(e164)))
