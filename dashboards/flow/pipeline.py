"""How the pipeline stands now: how far behind its parts are, what is stored, and what somebody should look at."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.alerts import AlertFilters, list_alerts
from dashboards.doubts import read_doubts
from dashboards.errors import Refused, Unreadable
from dashboards.filters import Page
from dashboards.flow.freshness import Freshness, Newest, dated
from dashboards.flow.lag import GroupLag, LagUnknown, ReadLag
from dashboards.flow.pipeline_answers import Pipeline
from dashboards.flow.stored_tables import StoredTables, read_stored
from dashboards.parameters import LONGEST_TEXT
from dashboards.problems import answer_or_refusal, problem_of
from dashboards.reader import Reader
from dashboards.responses import answer

SHOWN: Final = 50
"""Alerts, and doubts, at most."""


class Standing:
    """The handler, over one reader and whoever can tell of Kafka."""

    def __init__(
        self,
        reader: Reader,
        freshness: Freshness,
        read_lag: ReadLag,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._reader = reader
        self._read_lag = read_lag
        self._clock = clock
        self._freshness = freshness

    async def answer(self, request: Request) -> Response:
        """Raises `Unreadable` for any parameter, and `Refused` where ClickHouse cannot be asked; Kafka may be away."""
        for name in request.query_params:
            raise Unreadable(name[:LONGEST_TEXT], "this takes no parameters; of a period, /v1/reports/pipeline tells")
        dates = await answer_or_refusal(self._freshness.newest())
        newest = Newest() if isinstance(dates, Refused) else dates
        (lag, unknown), stored, alerts, doubts = await asyncio.gather(
            self._lag(),
            answer_or_refusal(read_stored(self._reader, newest.attempt)),
            answer_or_refusal(list_alerts(self._reader, AlertFilters(open=True), Page(limit=SHOWN))),
            answer_or_refusal(read_doubts(self._reader, Page(limit=SHOWN))),
        )
        if isinstance(stored, Refused) and isinstance(alerts, Refused) and isinstance(doubts, Refused):
            raise stored
        asked = {"data_as_of": dates, "stored": stored, "alerts": alerts, "doubts": doubts}
        standing = Pipeline(
            as_of=self._clock(),
            data_as_of=newest.data_as_of,
            lag=list(lag),
            lag_unknown=unknown,
            stored=[] if isinstance(stored, Refused) else stored,
            alerts=[] if isinstance(alerts, Refused) else alerts.alerts,
            doubts=[] if isinstance(doubts, Refused) else doubts.doubts,
            more_doubts=not isinstance(doubts, Refused) and doubts.next_cursor is not None,
            problems={name: problem_of(why) for name, why in asked.items() if isinstance(why, Refused)},
        )
        return dated(answer(standing), newest)

    async def _lag(self) -> tuple[Sequence[GroupLag], str | None]:
        try:
            return await self._read_lag(), None
        except LagUnknown as unknown:
            return [], str(unknown)


def pipeline_routes(reader: Reader, freshness: Freshness, read_lag: ReadLag) -> list[Route]:
    return [
        Route("/v1/pipeline", Standing(reader, freshness, read_lag).answer),
        Route("/v1/stored", StoredTables(reader, freshness).answer),
    ]
