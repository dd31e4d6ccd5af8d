"""Phone numbers as callers write them."""

import phonenumbers


def e164(written: object) -> str | None:
    """With or without `+`; None where it is no possible international number."""
    digits = str(written).removeprefix("+")
    if not digits.isascii() or not digits.isdecimal():
        return None
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
