"""Against figures worked out by hand, and against a computation of its own: the octets, counted after encoding."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.segmentation import BASIC, EXTENSION, LIMITS, MOST_POSITIONS, Encoding, segmentation

gsm_texts = st.text(alphabet=st.sampled_from(BASIC + EXTENSION), max_size=700)
any_texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)
hard_texts = st.text(alphabet=st.sampled_from("a€ñ[Ж😀\U0010ffff\uffff"), max_size=700)
texts = st.one_of(gsm_texts, any_texts, hard_texts)


def test_the_tables_are_those_of_the_standard() -> None:
    """3GPP TS 23.038: 128 codes, the escape among them; ten more with it."""
    assert len(BASIC) == len(set(BASIC)) == 127
    assert len(EXTENSION) == len(set(EXTENSION)) == 10
    assert not set(BASIC) & set(EXTENSION)
    codes = BASIC[:0x1B] + "\x1b" + BASIC[0x1B:]
    for code, character in ((0x00, "@"), (0x09, "Ç"), (0x10, "Δ"), (0x1C, "Æ"), (0x1F, "É"), (0x24, "¤"), (0x40, "¡")):
        assert codes[code] == character
    for code, character in ((0x20, " "), (0x30, "0"), (0x41, "A"), (0x5B, "Ä"), (0x60, "¿"), (0x61, "a"), (0x7F, "à")):
        assert codes[code] == character


@pytest.mark.parametrize(
    ("text", "encoding", "lengths", "left"),
    [
        ("", Encoding.GSM, [0], 160),
        ("a" * 160, Encoding.GSM, [160], 0),
        ("a" * 161, Encoding.GSM, [153, 8], 145),
        ("a" * 306, Encoding.GSM, [153, 153], 0),
        ("a" * 307, Encoding.GSM, [153, 153, 1], 152),
        ("€" * 80, Encoding.GSM, [80], 0),
        ("€" * 81, Encoding.GSM, [76, 5], 143),
        ("a" * 152 + "€" + "b" * 10, Encoding.GSM, [152, 11], 141),
        ("a" * 158 + "€", Encoding.GSM, [159], 0),
        ("a" * 159 + "€", Encoding.GSM, [153, 7], 145),
        ("á" * 70, Encoding.UCS2, [70], 0),
        ("á" * 71, Encoding.UCS2, [67, 4], 63),
        ("á" * 66 + "😀" + "b" * 10, Encoding.UCS2, [66, 11], 55),
        ("😀" * 35, Encoding.UCS2, [35], 0),
        ("😀" * 36, Encoding.UCS2, [33, 3], 61),
    ],
)
def test_by_hand(text: str, encoding: Encoding, lengths: list[int], left: int) -> None:
    found = segmentation(text)
    assert (found.encoding, [len(part) for part in found.parts], found.units_left) == (encoding, lengths, left)


def test_what_forced_unicode_is_told_in_the_order_it_is_met() -> None:
    found = segmentation("“Hola” — “adiós”")
    assert [(forced.character, forced.count, forced.positions) for forced in found.forced_by] == [
        ("“", 2, (0, 9)),
        ("”", 2, (5, 15)),
        ("—", 1, (7,)),
        ("ó", 1, (13,)),
    ]
    (many,) = segmentation("ж" * 100).forced_by
    assert (many.count, many.positions) == (100, tuple(range(MOST_POSITIONS)))


@given(texts)
def test_the_parts_joined_are_the_text(text: str) -> None:
    assert "".join(segmentation(text).parts) == text


@given(texts)
def test_the_encoding_and_what_forced_it(text: str) -> None:
    found = segmentation(text)
    outside = {character for character in text if not _septets(character)}
    assert {forced.character for forced in found.forced_by} == outside
    assert sum(forced.count for forced in found.forced_by) == sum(character in outside for character in text)
    assert (found.encoding is Encoding.UCS2) == bool(outside)
    for forced in found.forced_by:
        assert all(text[position] == forced.character for position in forced.positions)


@given(texts)
def test_the_octets_of_every_part_fit_and_no_pair_is_split(text: str) -> None:
    """Encoded as it goes over the air: 140 octets with the header, of which 6 where there are several parts."""
    found = segmentation(text)
    room = 140 if len(found.parts) == 1 else 134
    for part in found.parts:
        assert _octets(part, found.encoding) <= room
        assert part or text == ""
        if found.encoding is Encoding.UCS2:
            assert part.encode("utf-16-be").decode("utf-16-be") == part
    limits = LIMITS[found.encoding]
    limit = limits.alone if len(found.parts) == 1 else limits.in_parts
    assert found.units_left == limit - _units(found.parts[-1], found.encoding)


@given(texts)
def test_there_are_no_fewer_parts(text: str) -> None:
    """One part if at all possible; else each is so full that the next one's first character would not fit."""
    found = segmentation(text)
    limits = LIMITS[found.encoding]
    assert (len(found.parts) == 1) == (_units(text, found.encoding) <= limits.alone)
    for part, following in pairwise(found.parts):
        assert _units(part + following[0], found.encoding) > limits.in_parts


def _septets(character: str) -> list[int]:
    """The code or codes of a character, looked up by what it is called and not in our tables."""
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    same_as_ascii = code in {0x0A, 0x0D} or (0x20 <= code < 0x7B and character not in "$@[\\]^_`")
    return [code] if same_as_ascii else []


_NAMED = {
    unicodedata.lookup(name): [code]
    for code, name in {
        0x00: "COMMERCIAL AT",
        0x01: "POUND SIGN",
        0x02: "DOLLAR SIGN",
        0x03: "YEN SIGN",
        0x04: "LATIN SMALL LETTER E WITH GRAVE",
        0x05: "LATIN SMALL LETTER E WITH ACUTE",
        0x06: "LATIN SMALL LETTER U WITH GRAVE",
        0x07: "LATIN SMALL LETTER I WITH GRAVE",
        0x08: "LATIN SMALL LETTER O WITH GRAVE",
        0x09: "LATIN CAPITAL LETTER C WITH CEDILLA",
        0x0B: "LATIN CAPITAL LETTER O WITH STROKE",
        0x0C: "LATIN SMALL LETTER O WITH STROKE",
        0x0E: "LATIN CAPITAL LETTER A WITH RING ABOVE",
        0x0F: "LATIN SMALL LETTER A WITH RING ABOVE",
        0x10: "GREEK CAPITAL LETTER DELTA",
        0x11: "LOW LINE",
        0x12: "GREEK CAPITAL LETTER PHI",
        0x13: "GREEK CAPITAL LETTER GAMMA",
        0x14: "GREEK CAPITAL LETTER LAMDA",
        0x15: "GREEK CAPITAL LETTER OMEGA",
        0x16: "GREEK CAPITAL LETTER PI",
        0x17: "GREEK CAPITAL LETTER PSI",
        0x18: "GREEK CAPITAL LETTER SIGMA",
        0x19: "GREEK CAPITAL LETTER THETA",
        0x1A: "GREEK CAPITAL LETTER XI",
        0x1C: "LATIN CAPITAL LETTER AE",
        0x1D: "LATIN SMALL LETTER AE",
        0x1E: "LATIN SMALL LETTER SHARP S",
        0x1F: "LATIN CAPITAL LETTER E WITH ACUTE",
        0x24: "CURRENCY SIGN",
        0x40: "INVERTED EXCLAMATION MARK",
        0x5B: "LATIN CAPITAL LETTER A WITH DIAERESIS",
        0x5C: "LATIN CAPITAL LETTER O WITH DIAERESIS",
        0x5D: "LATIN CAPITAL LETTER N WITH TILDE",
        0x5E: "LATIN CAPITAL LETTER U WITH DIAERESIS",
        0x5F: "SECTION SIGN",
        0x60: "INVERTED QUESTION MARK",
        0x7B: "LATIN SMALL LETTER A WITH DIAERESIS",
        0x7C: "LATIN SMALL LETTER O WITH DIAERESIS",
        0x7D: "LATIN SMALL LETTER N WITH TILDE",
        0x7E: "LATIN SMALL LETTER U WITH DIAERESIS",
        0x7F: "LATIN SMALL LETTER A WITH GRAVE",
    }.items()
} | {
    "\f": [0x1B, 0x0A],
    "^": [0x1B, 0x14],
    "{": [0x1B, 0x28],
    "}": [0x1B, 0x29],
    "\\": [0x1B, 0x2F],
    "[": [0x1B, 0x3C],
    "~": [0x1B, 0x3D],
    "]": [0x1B, 0x3E],
    "|": [0x1B, 0x40],
    "€": [0x1B, 0x65],
}


def _units(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.UCS2:
        return len(text.encode("utf-16-be")) // 2
    return sum(len(_septets(character)) for character in text)


def _octets(text: str, encoding: Encoding) -> int:
    units = _units(text, encoding)
    return units * 2 if encoding is Encoding.UCS2 else (units * 7 + 7) // 8
