"""Spanish time, which Mensatek reads and writes without saying so."""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

SPAIN: Final = ZoneInfo("Europe/Madrid")
_MINUTE: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", re.ASCII)


def read_minute(written: str) -> datetime | None:
    """Year-Month-day hour:minute, in UTC; None where it is not that."""
    if not _MINUTE.fullmatch(written):
        return None
    try:
        local = datetime.strptime(written, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - its zone is known and not written
    except ValueError:
        return None
    return local.replace(tzinfo=SPAIN).astimezone(UTC)


def written(at: datetime) -> str:
    """As in reports, by the second."""
    return at.astimezone(SPAIN).strftime("%Y-%m-%d %H:%M:%S")
