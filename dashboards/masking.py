"""How a phone number is shown to somebody who has no need to know it."""

from typing import Final

HIDDEN: Final = "•"
SHOWN_AT_START: Final = 3
SHOWN_AT_END: Final = 2


def masked(number: str | None) -> str | None:
    """`+34600000000` as `+34•••••••00`: enough to recognise one's own, not enough to call anybody else's.

    What is too short to hide anything that way is hidden wholly.
    """
    if not number:
        return None
    hidden = len(number) - SHOWN_AT_START - SHOWN_AT_END
    if hidden < SHOWN_AT_START + SHOWN_AT_END:
        return HIDDEN * len(number)
    return number[:SHOWN_AT_START] + HIDDEN * hidden + number[-SHOWN_AT_END:]
