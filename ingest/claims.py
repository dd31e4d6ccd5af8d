"""The sending that a reference of ours names, when a provider carries it back to us."""

import re
from typing import Final, NamedTuple

_OURS: Final = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"
    r"(?:\.([0-9]{1,3})(?:\.([0-9]{1,3}))?)?",
    re.ASCII,
)
_TIME_ORDERED: Final = "7"


class Claimed(NamedTuple):
    """A message of ours, and which sending of it: the step, None if it is not said, and the tries before."""

    message_id: str | None = None
    step: int | None = None
    tries: int = 0


def claimed(reference: str | None) -> Claimed:
    """What `message_id.step`, `message_id.step.tries` or a bare UUIDv7 names; nothing for every other reference.

    A bare UUID of another version is somebody else's: callers use them as references of their own.
    """
    found = _OURS.fullmatch(reference or "")
    if found is None:
        return Claimed()
    message_id, version, step, tries = found.groups()
    if step:
        return Claimed(message_id, int(step) or None, int(tries or 0))
    return Claimed(message_id) if version == _TIME_ORDERED else Claimed()
