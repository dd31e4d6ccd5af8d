"""The children's log files: appended to by the children themselves, kept from growing by the supervisor."""

import shutil
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 10 * 1024 * 1024
KEPT: Final = 5
TAIL_BYTES: Final = 64 * 1024


def rotate_when_large(log: Path, *, max_bytes: int = MAX_BYTES) -> bool:
    """Moves the content to ``name.1`` (what was there to ``.2``, and so on) and empties the file that is written to.

    The child keeps its open file, so that it need not know; a line written just between may be lost.
    """
    if not log.exists() or log.stat().st_size < max_bytes:
        return False
    for number in range(KEPT - 1, 0, -1):
        older = _numbered(log, number)
        if older.exists():
            older.replace(_numbered(log, number + 1))
    shutil.copyfile(log, _numbered(log, 1))
    with log.open("r+b") as file:
        file.truncate(0)
    return True


def last_lines(log: Path, count: int = 15) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])


def _numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")
