"""Sending a file: every row is checked before any is sent, and running it again sends none twice."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, NamedTuple

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from acuse.errors import Refusal
from acuse.sending.client import SendClient
from acuse.sending.files import Row, rows
from acuse.sending.telling import Tally
from ingest.invalid import InvalidField
from ingest.orders import Orders

MOST_IN_REQUEST: Final = 200
REQUEST_BYTES: Final = 128 * 1024
FAULTS_TOLD: Final = 20


class Portion(NamedTuple):
    """The messages of one request."""

    number: int
    rows: list[int]
    body: bytes
    end: int

    def key(self, word: str) -> str:
        """What it holds, where it stands in the file, and the caller's word: the same again is the same messages."""
        digest = hashlib.blake2b(self.body, digest_size=16, key=hashlib.sha256(word.encode()).digest())
        return f"batch-{self.number}-{digest.hexdigest()}"


def checked(path: Path, common: Mapping[str, str], orders: Orders, console: Console) -> Tally:
    """What the file holds, once every row was found fit to be sent. Raises `Refusal` after telling the faulty rows."""
    tally, faults = Tally(), 0
    now = datetime.now(UTC)
    with _progress(console, "Checking", path) as bar:
        for row in rows(path, common):
            bar(row.end)
            try:
                tally.add(*orders.read(_encoded(row), now).segments)
            except InvalidField as error:
                faults += 1
                if faults <= FAULTS_TOLD:
                    where = f"{error.field}: " if error.field else ""
                    console.print(escape(f"line {row.number}: {where}{error.remedy}"), style="red", highlight=False)
    if faults:
        more = f" (the first {FAULTS_TOLD} are shown)" if faults > FAULTS_TOLD else ""
        raise Refusal(f"{path}: {faults} of {faults + tally.messages} rows are at fault{more}; nothing was sent")
    if not tally.messages:
        raise Refusal(f"{path}: there is no message in it")
    return tally


def send_all(
    path: Path, common: Mapping[str, str], client: SendClient, word: str, ids: IO[str] | None, console: Console
) -> int:
    """Sends what `checked` has found to be right; returns how many messages were accepted.

    Each row and its message's id goes to `ids`. Raises `Refusal`; what was accepted until then stays so, and is known
    again when the same file is sent with the same word.
    """
    accepted = 0
    with _progress(console, "Sending", path) as bar:
        for portion in _portions(rows(path, common)):
            try:
                receipts = client.send(portion.body, portion.key(word))["messages"]
            except Refusal as error:
                first = portion.rows[0]
                raise Refusal(
                    f"{accepted:,} messages were accepted, none from line {first} on: {error}; run it again to go on, "
                    "and none is sent twice"
                ) from None
            accepted += len(receipts)
            if ids is not None:
                for number, receipt in zip(portion.rows, receipts, strict=True):
                    told = {"line": number, "message_id": receipt["message_id"]}
                    ids.write(msgspec.json.encode(told).decode() + "\n")
            bar(portion.end)
    return accepted


def _encoded(row: Row) -> bytes:
    if isinstance(row.message, InvalidField):
        raise row.message
    return msgspec.json.encode(row.message)


def _portions(found: Iterator[Row]) -> Iterator[Portion]:
    number, numbers, encoded, size, end = 1, list[int](), list[bytes](), 0, 0
    for row in found:
        try:
            one = _encoded(row)
        except InvalidField as error:
            raise Refusal(f"line {row.number}: {error}; the file has changed since it was checked") from None
        if encoded and (len(encoded) == MOST_IN_REQUEST or size + len(one) > REQUEST_BYTES):
            yield Portion(number, numbers, b"[%s]" % b",".join(encoded), end)
            number, numbers, encoded, size = number + 1, [], [], 0
        numbers.append(row.number)
        encoded.append(one)
        size, end = size + len(one), row.end
    if encoded:
        yield Portion(number, numbers, b"[%s]" % b",".join(encoded), end)


@contextmanager
def _progress(console: Console, sentence: str, path: Path) -> Iterator["_Bar"]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Bar(progress, sentence, path.stat().st_size if path.exists() else 0)


class _Bar:
    def __init__(self, progress: Progress, sentence: str, size: int) -> None:
        self._progress = progress
        self._task = progress.add_task(sentence, total=size)

    def __call__(self, done: int) -> None:
        self._progress.update(self._task, completed=done)
