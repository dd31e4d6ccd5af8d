"""Counts what is amiss at the moment, whatever the period: of nobody in particular, so that every visitor is told."""

from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.parameters import EARLIEST, LATEST
from dashboards.reader import Reader
from dashboards.responses import answer

AMISS_PATH: Final = "/v1/amiss"
ALL: Final = 2**32 - 1
"""So many at most: all of them."""


class Amiss(Struct, kw_only=True):
    """How many alerts are open at `as_of`, and of how many messages nobody can tell whether a provider took them."""

    as_of: datetime
    open_alerts: int
    messages_in_doubt: int


async def read_amiss(reader: Reader, now: datetime) -> Amiss:
    any_alert = {"about": "", "provider": "", "channel": "", "country": "", "since": EARLIEST, "until": LATEST}
    from_the_first = {"before": LATEST, "before_id": "", "after": EARLIEST, "after_id": "", "limit": ALL}
    (row,) = await reader.rows("amiss", {**any_alert, "open": 1, **from_the_first})
    return Amiss(as_of=now, open_alerts=row["open_alerts"], messages_in_doubt=row["messages_in_doubt"])


def amiss_routes(reader: Reader) -> list[Route]:
    async def told(_request: Request) -> Response:
        return answer(await read_amiss(reader, datetime.now(UTC)))

    return [Route(AMISS_PATH, told)]
