"""The message that a reference of ours names, when a provider carries it back to us."""

import re
from typing import Final

_OURS: Final = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})(\.[0-9]{1,3})?",
    re.ASCII,
)
_TIME_ORDERED: Final = "7"


def claimed_message_id(reference: str | None) -> str | None:
    """The message id in `message_id.step`, or in a bare UUIDv7; None for every other reference.

    A bare UUID of another version is somebody else's: callers use them as references of their own.
    """
    found = _OURS.fullmatch(reference or "")
    if found is None:
        return None
    message_id, version, step = found.groups()
    return message_id if step or version == _TIME_ORDERED else None
