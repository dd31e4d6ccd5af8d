"""The messages of a file: CSV with the fields as columns, or JSON lines with a message each."""

import csv
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from acuse.errors import Refusal
from acuse.sending.fields import from_texts, nested
from ingest.invalid import InvalidField

LONGEST_LINE_BYTES: Final = 256 * 1024
CSV: Final = frozenset({".csv"})
JSON_LINES: Final = frozenset({".jsonl", ".ndjson"})


class Row(NamedTuple):
    """`message` is plain JSON, or what is wrong with it. `end` is how many bytes of the file are read by then."""

    number: int
    message: dict[str, Any] | InvalidField
    end: int


def rows(path: Path, common: Mapping[str, str]) -> Iterator[Row]:
    """Line by line, so that a file may have any size. `common` are fields of all, where a row has none of its own.

    Rows are counted as lines are, from 1. Raises `Refusal` where the file as a whole cannot be read.
    """
    kind = path.suffix.lower()
    if kind not in CSV | JSON_LINES:
        raise Refusal(f"{path}: neither .csv nor .jsonl; name it by what it holds")
    try:
        with path.open("rb") as file:
            yield from _csv(file, path, common) if kind in CSV else _json_lines(file, common)
    except OSError as error:
        raise Refusal(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Refusal(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except csv.Error as error:
        raise Refusal(f"{path}: not CSV: {error}") from None


def _csv(file: BinaryIO, path: Path, common: Mapping[str, str]) -> Iterator[Row]:
    lines = (line.decode("utf-8-sig") for line in _lines(file))
    first = next(lines, "")
    # Where a comma is the decimal mark, spreadsheets write semicolons; a field's name has neither.
    delimiter = ";" if ";" in first else ","
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    header = [name.strip() for name in next(reader, [])]
    if not any(header) or len(set(header)) < len(header):
        raise Refusal(f"{path}: its first line must name each column once: to,channel,provider,text and so on")
    before = reader.line_num
    for cells in reader:
        number, before = before + 1, reader.line_num
        if cells:
            yield Row(number, _of_cells(header, cells, common), file.tell())


def _of_cells(header: list[str], cells: list[str], common: Mapping[str, str]) -> dict[str, Any] | InvalidField:
    if len(cells) > len(header):
        return InvalidField("", f"{len(cells)} cells in {len(header)} columns; quote what has commas")
    own = {name: cell for name, cell in zip(header, cells, strict=False) if name and cell.strip()}
    try:
        return from_texts({**common, **own})
    except InvalidField as error:
        return error


def _json_lines(file: BinaryIO, common: Mapping[str, str]) -> Iterator[Row]:
    shared = nested(common)
    for number, line in enumerate(_lines(file), 1):
        if not line.strip():
            continue
        try:
            own: Any = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            own = None
        message = {**shared, **own} if isinstance(own, dict) else InvalidField("", "not a JSON object")
        yield Row(number, message, file.tell())


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LONGEST_LINE_BYTES + 1):
        if len(line) > LONGEST_LINE_BYTES:
            raise Refusal(f"{file.name}: a line is over {LONGEST_LINE_BYTES} bytes; no message is so long")
        yield line
