"""A phone number as a provider wrote it, read as E.164 and a country."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

from delivery.number_types import NumberType
from ingest.numbering import Numbering, note, numbering_of

_CACHED_NUMBERS: Final = 65_536
_LONGEST: Final = 32
_WRITTEN: Final = re.compile(r"\+?[0-9][0-9 ().\-/]*", re.ASCII)
_DECORATION: Final = str.maketrans("", "", " ().-/")
_OLD_MEXICAN_MOBILE: Final = re.compile(r"\+521([0-9]{10})", re.ASCII)
"""Until 2019 mobiles took a 1 after the country code; WhatsApp still writes them so."""


class Phone(NamedTuple):
    """`e164` with its plus sign; `country` is ISO 3166-1 alpha-2, None for numbers of no one country."""

    e164: str
    country: str | None


@lru_cache(maxsize=_CACHED_NUMBERS)
def read_phone(text: str, home: str | None = None) -> Phone | None:
    """The number that `text` is, or None when it is none: an odd number is never a reason to refuse a receipt.

    Providers write numbers with `+`, with `00` or with neither, and decorate them; all of these are the same number.
    `home` is the country (alpha-2) in which a provider's numbers may be written without their country code.
    A number that no numbering plan has given out yet, but that has a possible length, is taken as it is.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST or not _WRITTEN.fullmatch(stripped):
        return None
    marked = stripped.startswith(("+", "00"))
    if home is not None and not marked:
        domestic = _parsed(stripped, home)
        if domestic is not None and (found := numbering_of(domestic)).number_type is not NumberType.UNKNOWN:
            return _phone(domestic, found)
    abroad = _international(stripped)
    return None if abroad is None else _phone(abroad, numbering_of(abroad))


def read_sender(text: str | None, home: str | None = None) -> str | None:
    """Who sent: E.164 where it is a number, else the name as written, None where there is none."""
    written = (text or "").strip()
    phone = read_phone(written, home)
    return phone.e164 if phone else written or None


def _international(stripped: str) -> PhoneNumber | None:
    if stripped.startswith("+"):
        written = stripped
    elif stripped.startswith("00"):
        written = f"+{stripped[2:].lstrip()}"
    else:
        written = f"+{stripped}"
    number = _parsed(written, None)
    if number is not None and phonenumbers.is_possible_number(number):
        return number
    old_mexican = _OLD_MEXICAN_MOBILE.fullmatch(written.translate(_DECORATION))
    return _parsed(f"+52{old_mexican[1]}", None) if old_mexican else None


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _phone(number: PhoneNumber, found: Numbering) -> Phone:
    country = phonenumbers.region_code_for_number(number)
    if country is None:
        # Not given out yet: the country code still says where, unless several countries share it.
        sharing = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(number.country_code or 0, ())
        country = sharing[0] if len(sharing) == 1 else None
    is_country = country is not None and len(country) == len("ES") and country.isalpha()
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if found.number_type is not NumberType.UNKNOWN:
        # One that no plan has given out may be another number once it is read as E.164.
        note(e164, found)
    return Phone(e164, country if is_country else None)
