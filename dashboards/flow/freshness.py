"""How fresh what is stored is: when the newest of it was received.

Of two things the older counts: the newest event that is stored, and the newest one that a stored attempt knows of. So
where tracking lags, reports are as old as it, however fresh the events are.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from starlette.responses import Response

from dashboards.parameters import EARLIEST
from dashboards.reader import Reader

HEADER: Final = "Acuse-Data-As-Of"
KEPT_SECONDS: Final = 1.0
WINDOWS: Final = (timedelta(hours=1), timedelta(days=3))
"""How long before the newest event the newest attempt is looked for, before all of them are: few rows do mostly."""


class Newest(Struct, frozen=True):
    """When the newest was received of the events, and of those that attempts know of; None where there is none."""

    event: datetime | None = None
    attempt: datetime | None = None

    @property
    def data_as_of(self) -> datetime | None:
        """All that was received until then is in the reports, but for what came in later than its neighbours."""
        return min(self.event, self.attempt) if self.event and self.attempt else None


class Freshness:
    """Asks at most once a second, however many want to know."""

    def __init__(self, reader: Reader, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._asked_at = 0.0
        self._asking: asyncio.Task[Newest] | None = None

    async def newest(self) -> Newest:
        """What it was at most a second ago. Raises `Refused`."""
        asking = self._asking
        if asking is None or self._clock() - self._asked_at >= KEPT_SECONDS or _failed(asking):
            self._asked_at = self._clock()
            self._asking = asking = asyncio.create_task(self._ask())
        # Shielded: whoever goes away does not take the answer from the others.
        return await asyncio.shield(asking)

    async def _ask(self) -> Newest:
        (told,) = await self._reader.rows("newest_event")
        if not told["events"]:
            return Newest()
        return Newest(told["at"], await self._attempt(told["at"]))

    async def _attempt(self, event: datetime) -> datetime | None:
        for since in (*(event - window for window in WINDOWS), EARLIEST):
            (told,) = await self._reader.rows("newest_attempt", {"since": since})
            if told["attempts"]:
                at: datetime = told["at"]
                return at
        return None


def _failed(task: asyncio.Task[Newest]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def dated(response: Response, newest: Newest) -> Response:
    """The same, with a header that says up to when all that was received is in it."""
    if newest.data_as_of:
        response.headers[HEADER] = newest.data_as_of.isoformat().replace("+00:00", "Z")
    return response
