"""What is told of messages before they are sent: how many SMS they take, and what made them more."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from delivery.segmentation import Encoding, Segmentation

NAMES: Final = {Encoding.GSM: "GSM 03.38", Encoding.UCS2: "Unicode"}
MOST_CHARACTERS: Final = 12


def told(steps: Sequence[Segmentation | None]) -> Iterator[str]:
    """Lines for people: how each step's text is sent where it is SMS; steps that say the same are told together."""
    if len(steps) == 1:
        yield from described(steps[0]) if steps[0] else ()
        return
    alike: dict[tuple[str, ...], tuple[Segmentation, list[int]]] = {}
    for number, segments in enumerate(steps, 1):
        if segments is not None:
            alike.setdefault(segments.parts, (segments, []))[1].append(number)
    for segments, numbers in alike.values():
        yield from (f"step {', '.join(map(str, numbers))}: {line}" for line in described(segments))


def described(segments: Segmentation) -> Iterator[str]:
    """The count, what forced Unicode, and each part where there are several."""
    count = len(segments.parts)
    yield f"{count} SMS in {NAMES[segments.encoding]}, {segments.units_left} characters left"
    if segments.forced_by:
        yield forcing(Counter({forced.character: forced.count for forced in segments.forced_by}))
    if count > 1:
        for number, part in enumerate(segments.parts, 1):
            yield f"{number}/{count} {part}"


def forcing(characters: Counter[str]) -> str:
    """The characters, the most frequent first; what cannot be seen by its code point."""
    told = [f"{shown(character)} ({count}x)" for character, count in characters.most_common(MOST_CHARACTERS)]
    more = len(characters) - len(told)
    return f"Unicode because of {' '.join(told)}" + (f" and {more} more" if more else "")


def shown(character: str) -> str:
    return character if character.isprintable() and not character.isspace() else f"U+{ord(character):04X}"


class Tally:
    """Counts the messages of a batch and the SMS that they take, at the most: all steps of a plan are counted."""

    def __init__(self) -> None:
        self.messages = 0
        self.parts = 0
        self.in_unicode = 0
        self._characters: Counter[str] = Counter()

    def add(self, *steps: Segmentation | None) -> None:
        self.messages += 1
        found = [segments for segments in steps if segments is not None]
        self.parts += sum(len(segments.parts) for segments in found)
        unicode = [segments for segments in found if segments.encoding is Encoding.UCS2]
        self.in_unicode += bool(unicode)
        # Steps mostly say the same: what forced the first on is what the caller looks for.
        self._characters.update({forced.character: forced.count for each in unicode[:1] for forced in each.forced_by})

    def described(self) -> Iterator[str]:
        yield f"{self.messages:,} messages" + (f", {self.parts:,} SMS" if self.parts else "")
        if self.in_unicode:
            yield f"{self.in_unicode:,} of them in {forcing(self._characters)}"
