"""Text as a provider encoded it, read so that its exact bytes can be had back."""

import codecs
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

_WINDOWS: Final = "windows-1252"
_WINDOWS_TABLE: Final = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
"""All 256 bytes: the five that Windows leaves undefined stand for themselves, as browsers have it. It cannot fail."""

_INTO_WINDOWS: Final = codecs.charmap_build(_WINDOWS_TABLE)

_STATED: Final = re.compile(r"charset\s*=\s*\"?([a-z0-9._-]+)", re.ASCII | re.IGNORECASE)
_KNOWN: Final[Mapping[str, str]] = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    # Who says Latin-1 means Windows-1252, as everywhere on the web: the two differ only in control characters.
    "iso-8859-1": _WINDOWS,
    "latin1": _WINDOWS,
    "windows-1252": _WINDOWS,
    "cp1252": _WINDOWS,
    "iso-8859-15": "iso-8859-15",
    "latin9": "iso-8859-15",
}
"""The charsets that providers use. Python knows more, some of which are traps (`unicode_escape`, `utf-7`)."""


class Decoded(NamedTuple):
    text: str
    charset: str

    def encoded(self, part: str) -> bytes:
        """The exact bytes that `part` of the text came as."""
        if self.charset == _WINDOWS:
            return codecs.charmap_encode(part, "strict", _INTO_WINDOWS)[0]
        return part.encode(self.charset)


def decode(data: bytes, content_type: str) -> Decoded:
    """`data` by the charset that the content type names; where that is missing, unknown or wrong, UTF-8.

    Where it is not UTF-8 either: Windows-1252, which is what Spanish systems that do not say send. Never fails.
    """
    stated = _STATED.search(content_type)
    charset = _KNOWN.get(stated[1].lower(), "utf-8") if stated else "utf-8"
    if charset != _WINDOWS:
        try:
            return Decoded(data.decode(charset), charset)
        except UnicodeDecodeError:
            pass
    return Decoded(codecs.charmap_decode(data, "strict", _WINDOWS_TABLE)[0], _WINDOWS)
