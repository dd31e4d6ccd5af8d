"""Mensatek's answers, which it writes as JSON, XML or text as `Resp` asks: each is read into the same thing.

From the document: which members an answer has, that `Resp` names the form, and one JSON array of objects for all
functions. Its own PHP library reads one object. Names are matched in any case (`Cred`, `CRED`, `idMensaje`,
`IDMENSAJE` all occur). Assumed, since no sample of them is published:
- XML has one element a member, under a root of any name; rows are elements of any name, with elements or attributes
  in them; what an element with attributes has for text is its `contenido`.
- Text has `Name:value` or `Name=value`, each on a line of its own or set apart by `;` or `&`; a value that is a list
  or an object is JSON, as form parameters are.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

import msgspec

from ingest.charsets import decode
from ingest.outbound import HttpAnswer

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_elements: Final = msgspec.json.Decoder(list[msgspec.Raw])
_string: Final = msgspec.json.Decoder(str)
_broken: Final = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError)

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.0+)?", re.ASCII)
_NAME: Final = re.compile(r"[ \t\r\n;&]*([A-Za-z_][A-Za-z0-9_ ]{0,40}?)[ \t]*[:=][ \t]*", re.ASCII)
_NEXT_NAME: Final = re.compile(r"[\r\n;&](?=[ \t]{0,8}[A-Za-z_][A-Za-z0-9_ ]{0,40}?[ \t]{0,8}[:=])", re.ASCII)
_LISTS: Final = ("[", "{")


class Resp(StrEnum):
    """The form that an answer is asked for in. The fourth, ANT, is deprecated and leaves members out."""

    JSON = "JSON"
    XML = "XML"
    TXT = "TXT"


class UnreadableAnswer(ValueError):
    """The answer is none of Mensatek's; the message says why, without quoting it."""


class Row(NamedTuple):
    """One of several things in an answer: texts by lower-case names, and exactly what came of it where that is JSON."""

    fields: Mapping[str, str]
    raw: bytes


class Answer:
    """One answer's members, whatever form it came in. What is missing, null or no such value is None or empty."""

    def __init__(self, members: Mapping[str, bytes]) -> None:
        self._members = {name.lower(): value for name, value in members.items() if value != b"null"}

    @property
    def result(self) -> int:
        """`Res`, what every function answers. Raises `UnreadableAnswer` where there is none."""
        result = self.integer("Res")
        if result is None:
            raise UnreadableAnswer("it has no Res")
        return result

    def text(self, name: str) -> str | None:
        value = self._members.get(name.lower())
        try:
            return None if value is None else _text(value)
        except _broken:
            return None

    def integer(self, name: str) -> int | None:
        written = (self.text(name) or "").strip()
        return int(written.partition(".")[0]) if _INTEGER.fullmatch(written) else None

    def number(self, name: str) -> float | None:
        try:
            return float((self.text(name) or "").strip().replace(",", "."))
        except ValueError:
            return None

    def rows(self, name: str) -> Sequence[Row]:
        return list(_rows(self._members.get(name.lower(), b"[]")))

    def texts(self, name: str) -> Mapping[str, str]:
        """The texts by name in a member that is an object of them, or a list of `Nombre` and `Contenido`."""
        named = {
            row.fields["nombre"]: row.fields.get("contenido", "") for row in self.rows(name) if "nombre" in row.fields
        }
        if named:
            return named
        try:
            value = _unquoted(self._members.get(name.lower(), b"{}"))
            return {member: _text(bytes(text)) for member, text in _members.decode(value).items()}
        except _broken:
            return {}


def read_answer(answer: HttpAnswer, resp: Resp | None = Resp.JSON) -> Answer:
    """`resp` is the form that was asked for; None has it told by how the answer begins.

    Raises `UnreadableAnswer` and nothing else, whatever the bytes.
    """
    text = decode(answer.body, answer.content_type).text.removeprefix("\ufeff").strip()
    resp = resp or _form_of(text)
    try:
        if resp is Resp.XML:
            return Answer(_of_xml(text))
        if resp is Resp.TXT:
            return Answer(_of_text(text))
        return Answer(_of_json(text.encode("utf-8", "surrogatepass")))
    except UnreadableAnswer:
        raise
    except (*_broken, ET.ParseError):
        raise UnreadableAnswer(f"it is not {resp}") from None


def _form_of(text: str) -> Resp:
    if text.startswith("<"):
        return Resp.XML
    return Resp.JSON if text.startswith(_LISTS) else Resp.TXT


def _of_json(body: bytes) -> Mapping[str, bytes]:
    if body.startswith(b"["):
        elements = _elements.decode(body)
        if not elements:
            raise UnreadableAnswer("it is an empty list")
        body = bytes(elements[0])
    return {name: bytes(value) for name, value in _members.decode(body).items()}


def _of_xml(text: str) -> Mapping[str, bytes]:
    # A document type is how XML brings entities, and with them bombs; answers have no use for one.
    if "<!DOCTYPE" in text[:2000].upper() or "<!ENTITY" in text.upper():
        raise UnreadableAnswer("it declares a document type")
    built = _built(ET.fromstring(text))  # noqa: S314 - without a document type there are no entities to expand
    while isinstance(built, dict) and len(built) == 1 and isinstance(inner := next(iter(built.values())), dict):
        built = inner
    if not isinstance(built, dict):
        raise UnreadableAnswer("it has no elements")
    return {name: msgspec.json.encode(value) for name, value in built.items()}


def _built(element: ET.Element) -> Any:
    """An element as JSON would have it: text, or an object of its attributes and children, those of one name a list."""
    if not len(element) and not element.attrib:
        return (element.text or "").strip()
    built: dict[str, Any] = dict(element.attrib)
    if not len(element) and (element.text or "").strip():
        built["contenido"] = (element.text or "").strip()
    for child in element:
        value = _built(child)
        if child.tag in built:
            known = built[child.tag]
            built[child.tag] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            built[child.tag] = value
    return built


def _of_text(text: str) -> Mapping[str, bytes]:
    members: dict[str, bytes] = {}
    position = 0
    while position < len(text):
        name = _NAME.match(text, position)
        if name is None:
            break
        value, position = _text_value(text, name.end())
        members[name[1]] = msgspec.json.encode(value)
    if not members:
        raise UnreadableAnswer("it has no Name:value")
    return members


def _text_value(text: str, start: int) -> tuple[Any, int]:
    """The value that begins at `start`, and where the next name begins."""
    if text.startswith(_LISTS, start):
        try:
            return json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            pass
    following = _NEXT_NAME.search(text, start)
    end = following.start() if following else len(text)
    return text[start:end].strip(" \t\r\n;&"), end


def _rows(value: bytes) -> Iterator[Row]:
    """The objects in a list, in an object of them, or in a text that holds either."""
    try:
        value = _unquoted(value)
        if value.startswith(b"["):
            for element in _elements.decode(value):
                yield from _rows(bytes(element))
        elif value.startswith(b"{"):
            members = {name: bytes(member) for name, member in _members.decode(value).items()}
            nested = [member for member in members.values() if member.startswith((b"[", b"{"))]
            if nested and len(nested) == len(members):
                for member in nested:
                    yield from _rows(member)
            elif members:
                yield Row({name.lower(): _text(text) for name, text in members.items() if text != b"null"}, value)
    except _broken:
        return


def _unquoted(value: bytes) -> bytes:
    """The JSON in a JSON string, where there is some; else the value itself."""
    inner = _text(value).strip().encode() if value.startswith(b'"') else value
    return inner if inner.startswith((b"[", b"{")) else value


def _text(value: bytes) -> str:
    return _string.decode(value) if value.startswith(b'"') else value.decode()
