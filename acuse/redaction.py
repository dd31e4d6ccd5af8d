"""Takes secrets and phone numbers out of whatever is about to be written."""

import re
from collections.abc import Iterable
from typing import Final

HIDDEN: Final = "[secret]"
NUMBER: Final = "[number]"
SHORTEST_SECRET: Final = 6
"""A shorter one is found in ordinary words too, and is no secret."""
_NUMBER: Final = re.compile(
    r"\+\d[\d ().-]{6,18}\d"  # international, however it is spaced
    r"|(?<![0-9A-Za-z_.+-])\d{9,15}(?![0-9A-Za-z_])"  # bare digits; those in a UUID or a fraction stay
)


class Redactor:
    """``secrets`` are the values that must not show; whatever could be a phone number doesn't either."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first, since one may begin with another.
        hidden = sorted({secret for secret in secrets if len(secret) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, hidden))) if hidden else None

    def __call__(self, text: str) -> str:
        if self._secrets is not None:
            text = self._secrets.sub(HIDDEN, text)
        return _NUMBER.sub(NUMBER, text)
