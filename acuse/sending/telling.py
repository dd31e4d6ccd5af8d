"""What is told of messages before they are sent: how many SMS they take, and what made them more."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from delivery.segmentation import Encoding, Segmentation

NAMES: Final = {Encoding.GSM: "GSM 03.38", Encoding.UCS2: "Unicode"}
MOST_CHARACTERS: Final = 12


def described(segments: Segmentation) -> Iterator[str]:
    """Lines for people: the count, what forced Unicode, and each part where there are several."""
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
    """Counts the messages of a batch and the SMS that they take."""

    def __init__(self) -> None:
        self.messages = 0
        self.parts = 0
        self.in_unicode = 0
        self._characters: Counter[str] = Counter()

    def add(self, segments: Segmentation | None) -> None:
        self.messages += 1
        if segments is not None:
            self.parts += len(segments.parts)
            self.in_unicode += segments.encoding is Encoding.UCS2
            self._characters.update({forced.character: forced.count for forced in segments.forced_by})

    def described(self) -> Iterator[str]:
        yield f"{self.messages:,} messages" + (f", {self.parts:,} SMS" if self.parts else "")
        if self.in_unicode:
            yield f"{self.in_unicode:,} of them in {forcing(self._characters)}"
