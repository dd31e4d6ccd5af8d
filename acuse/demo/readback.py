"""Reads back through the query API what ClickHouse has of a run."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from acuse.demo.http_client import Answer, HttpClient, NoAnswer, request, request_head
from acuse.demo.together import together
from acuse.errors import Refusal
from dashboards.answers import AttemptAnswer, AttemptSummary, DoubtAnswer, Doubts, Listing, MessageSummary
from dashboards.reports.answers import FailoverReport

PAGE: Final = 500
MOST_TRIES: Final = 8
OK: Final = 200
TRY_AGAIN: Final = frozenset({503, 504})
READERS: Final = 6

Answered = TypeVar("Answered")


class Found(Struct, frozen=True):
    """One attempt as the listing has it, and the message it belongs to."""

    message_id: str
    attempt: AttemptSummary

    @property
    def key(self) -> str:
        return f"{self.attempt.provider}/{self.attempt.ref}"


def attempts_of(messages: Iterable[MessageSummary]) -> dict[str, Found]:
    """By their keys."""
    found = [Found(message.message_id, attempt) for message in messages for attempt in message.attempts]
    return {each.key: each for each in found}


class QueryApi:
    """The query API, asked as anybody may. Raises a ``Refusal`` when it goes on not answering."""

    def __init__(self, client: HttpClient, token: str) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {token}", "accept": "application/json"}

    async def messages(self, since: datetime, read: Callable[[int], None]) -> list[MessageSummary]:
        """Every message first heard of from ``since`` on; ``read`` is told how many attempts there are so far."""
        found: list[MessageSummary] = []
        asked, attempts = {"from": since.isoformat(), "limit": str(PAGE)}, 0
        while True:
            page = await self._ask(f"/v1/messages?{urlencode(asked)}", Listing)
            found += page.messages
            attempts += sum(len(message.attempts) for message in page.messages)
            read(attempts)
            if page.next_cursor is None:
                return found
            asked["cursor"] = page.next_cursor

    async def doubts(self) -> list[DoubtAnswer]:
        """The steps of which nobody can tell whether their provider took them."""
        found: list[DoubtAnswer] = []
        asked = {"limit": str(PAGE)}
        while True:
            page = await self._ask(f"/v1/doubts?{urlencode(asked)}", Doubts)
            found += page.doubts
            if page.next_cursor is None:
                return found
            asked["cursor"] = page.next_cursor

    async def failover(self, since: datetime) -> FailoverReport:
        """What came of plans, of messages that were asked for from ``since`` on."""
        report = await self._ask(f"/v1/reports/failover?{urlencode({'from': since.isoformat()})}", FailoverReport)
        for table, problem in report.problems.items():
            raise Refusal(f"the report on failover has no '{table}': {problem.error}")
        return report

    async def details(self, keys: Iterable[str]) -> Mapping[str, AttemptAnswer]:
        """These attempts with their events. All must be there."""
        waiting = iter(keys)
        found: dict[str, AttemptAnswer] = {}

        async def work() -> None:
            for key in waiting:
                found[key] = await self._ask(f"/v1/attempts/{quote(key, safe='/:')}", AttemptAnswer)

        await together(*(work() for _ in range(READERS)))
        return found

    async def _ask(self, path: str, kind: type[Answered]) -> Answered:
        answer = await ask_patiently(self._client, path, self._headers)
        return msgspec.json.decode(answer.body, type=kind)


async def ask_patiently(client: HttpClient, path: str, headers: Mapping[str, str]) -> Answer:
    """The answer to a GET, tried again while the server is busy. Raises a ``Refusal``."""
    raw = request(request_head("GET", path, client.host, dict(headers)))
    trouble = ""
    for number in range(MOST_TRIES):
        if number:
            await asyncio.sleep(min(0.25 * 2**number, 5.0))
        try:
            answer = await client.ask(raw)
        except NoAnswer as error:
            trouble = str(error)
            continue
        if answer.status == OK:
            return answer
        trouble = f"it answers {answer.status}"
        if answer.status not in TRY_AGAIN:
            break
    raise Refusal(f"{client.host} cannot be asked for {path.partition('?')[0]}: {trouble}")


class SinkCounts(Struct, frozen=True):
    """What the sink has stored since it started, by its own metrics: rows of events, and payloads put aside."""

    events: int
    unparsed: int
    lag: int


async def sink_counts(client: HttpClient) -> SinkCounts:
    text = (await ask_patiently(client, "/metrics", {})).body.decode()
    return SinkCounts(
        events=_sum(text, r'acuse_sink_rows_total\{table="events"\}'),
        unparsed=_sum(text, r'acuse_sink_rows_total\{table="unparsed"\}'),
        lag=_sum(text, r"acuse_sink_lag\{[^}]*\}"),
    )


async def dispatched(client: HttpClient) -> int:
    """How many sends the dispatcher has done with since it started, by its own metrics: taken, refused or in doubt."""
    text = (await ask_patiently(client, "/metrics", {})).body.decode()
    return _sum(text, r'acuse_dispatch_decisions_total\{kind="send",[^}]*\}')


def _sum(exposition: str, sample: str) -> int:
    return sum(int(float(value)) for value in re.findall(rf"^{sample} (\S+)$", exposition, re.MULTILINE))
