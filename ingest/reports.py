"""The reports in one request, each as named texts beside the exact bytes that it came as.

Providers send the same report as JSON, as a form or as a multipart form, numbers quoted or not, names in any case.
Here all of that becomes one thing. A number keeps the text that it was written with, however long.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from delivery.events import Payload
from ingest.charsets import Decoded, decode
from ingest.webhook import Unreadable, WebhookRequest

_MOST_FIELDS: Final = 200
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WHITESPACE: Final = b" \t\r\n"

_objects: Final = msgspec.json.Decoder(list[msgspec.Raw])
_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_string: Final = msgspec.json.Decoder(str)


class Report(NamedTuple):
    """One report. `fields` has lower-case names; what is missing or null is not in it. A nested value is its JSON text.

    `raw` is exactly what came of this report, and `payload` says of which request, and which of its reports it is.
    """

    fields: Mapping[str, str]
    raw: bytes
    payload: Payload


def read_reports(request: WebhookRequest) -> Sequence[Report]:
    """The reports in the body, in its order: several for a JSON array, else one.

    The content type decides how the body is read, except that a body which looks like JSON is JSON.
    Raises `Unreadable`.
    """
    body = request.body
    if not body:
        raise Unreadable("body", "it is empty; send the report in the body of the request")
    kind = request.content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return [_single(_multipart(request), body)]
    start = body.lstrip(_WHITESPACE).removeprefix(_BYTE_ORDER_MARK).lstrip(_WHITESPACE)[:1]
    if start in (b"{", b"[") or kind.endswith("json"):
        return _json(request)
    return [_single(_form(decode(body, request.content_type).text), body)]


def read_query(request: WebhookRequest) -> Report:
    """The report in the query string, for providers that call by GET."""
    raw = request.query.encode("latin-1", "replace")
    return _single(_form(decode(raw, "").text), raw)


def members(text: str, field: str) -> Mapping[str, str]:
    """The members of a JSON object given as text, by lower-case names. Raises `Unreadable` naming `field`."""
    return _texts(text.encode("utf-8", "replace"), field)


def elements(text: str, field: str) -> Sequence[str]:
    """The elements of a JSON array given as text. Raises `Unreadable` naming `field`."""
    try:
        return [bytes(element).decode() for element in _objects.decode(text)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Unreadable(field, "it is not a JSON array; send it as one") from None


def _single(fields: Mapping[str, str], raw: bytes) -> Report:
    return Report(fields, raw, Payload(sha256=hashlib.sha256(raw).hexdigest()))


def _json(request: WebhookRequest) -> Sequence[Report]:
    body, exact = _as_utf8(request)
    digest = hashlib.sha256(request.body).hexdigest()
    if not body.lstrip(_WHITESPACE).startswith(b"["):
        return [Report(_texts(body, "body"), request.body, Payload(sha256=digest))]
    try:
        slices = [bytes(element) for element in _objects.decode(body)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Unreadable("body", "it is not valid JSON; send a JSON object or an array of them") from None
    return [
        Report(
            _texts(element, f"body[{index}]"),
            exact(element),
            Payload(sha256=digest, index=index, count=len(slices)),
        )
        for index, element in enumerate(slices)
    ]


def _as_utf8(request: WebhookRequest) -> tuple[bytes, Callable[[bytes], bytes]]:
    """The body as JSON must be encoded, and how to have a part of it back as it came."""
    body = request.body.lstrip(_WHITESPACE).removeprefix(_BYTE_ORDER_MARK)
    decoded: Decoded = decode(body, request.content_type)
    if decoded.charset == "utf-8":
        return body, bytes
    return decoded.text.encode(), lambda part: decoded.encoded(part.decode())


def _texts(data: bytes, field: str) -> Mapping[str, str]:
    try:
        # A loop and not a comprehension: this is what a webhook's time goes into.
        texts = {}
        for name, value in _members.decode(data).items():
            raw = bytes(value)
            if raw == b"null":
                continue
            texts[name.lower()] = _string.decode(raw) if raw.startswith(b'"') else raw.decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Unreadable(field, "it is not a valid JSON object; send one with named members") from None
    return texts


def _form(text: str) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except UnicodeDecodeError:
        # Percent-encoded bytes that are not UTF-8 come from the same Spanish systems as unencoded ones.
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, encoding="cp1252")
    except ValueError:
        raise Unreadable("body", f"it has more than {_MOST_FIELDS} fields; send one report at a time") from None
    return {name.lower(): value for name, value in pairs}


class _Parts:
    """Collects a multipart form's text fields. Files are no part of any report, and are skipped."""

    def __init__(self, content_type: str) -> None:
        self.fields: dict[str, str] = {}
        self._form_type = content_type
        self._header = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._data = bytearray()
        self._count = 0

    def on_part_begin(self) -> None:
        self._count += 1
        if self._count > _MOST_FIELDS:
            raise FormParserError("too many fields")
        self._headers = {}
        self._data = bytearray()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def on_part_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"name" not in options or b"filename" in options:
            return
        own_type = self._headers.get(b"content-type", b"").decode("latin-1")
        name = options[b"name"].decode("utf-8", "replace").lower()
        self.fields[name] = decode(bytes(self._data), own_type or self._form_type).text


def _multipart(request: WebhookRequest) -> Mapping[str, str]:
    _, options = parse_options_header(request.content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Unreadable("content-type", "it names no boundary; send multipart/form-data with one")
    parts = _Parts(request.content_type)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.on_part_begin,
                "on_header_field": parts.on_header_field,
                "on_header_value": parts.on_header_value,
                "on_header_end": parts.on_header_end,
                "on_part_data": parts.on_part_data,
                "on_part_end": parts.on_part_end,
            },
        )
        parser.write(request.body)
        parser.finalize()
    except FormParserError:
        raise Unreadable("body", "it is not valid multipart/form-data; send it as its boundary says") from None
    if not parts.fields:
        raise Unreadable("body", "it has no named fields; send the report as form fields")
    return parts.fields
