"""Asks the providers that tell of inbound messages only when asked. One member at a time does."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from delivery.events import Event
from ingest.accounts import Account, NotConfigured
from ingest.dispatch.gate import NoPassage
from ingest.dispatch.lines import Line, converse
from ingest.dispatch.remembered import Remembered
from ingest.dispatch.tools import Tools
from ingest.ending import ended
from ingest.outbound import Told
from ingest.provider import ListsInbound

logger = logging.getLogger(__name__)

REMEMBERED_EVENTS: Final = 20_000
PATIENCE_SECONDS: Final = 10.0


class InboundLists:
    """A task for each provider that lists. What was published before a restart is published once more: it is the same
    event.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for line in self._tools.lines.values():
            if line.listed is not None and _is_configured(line.listed, line.account):
                poller = _Poller(self._tools, line, line.listed)
                self._tasks.append(asyncio.create_task(poller.run(), name=f"dispatch-lists-{line.name}"))

    async def stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        await ended(*tasks)


def _is_configured(provider: ListsInbound, account: Account) -> bool:
    """An account without credentials is one that nobody has."""
    try:
        provider.headers(account)
    except NotConfigured:
        return False
    return True


class _Poller:
    def __init__(self, tools: Tools, line: Line, provider: ListsInbound) -> None:
        self._tools = tools
        self._line = line
        self._provider = provider
        self._known = Remembered(REMEMBERED_EVENTS)
        self._said = ""

    async def run(self) -> None:
        while True:
            try:
                await self._follow()
            except NotConfigured as error:
                self._say(f"not configured: {error}")
            except NoPassage as error:
                self._say(str(error))
            except Exception as error:  # noqa: BLE001 - the next round may go well
                self._say(f"a fault of ours: {type(error).__name__}")
            await asyncio.sleep(self._tools.config.lists.interval_seconds)

    async def _follow(self) -> None:
        """From the newest page on, until one brings nothing new and what comes after it is older."""
        cursor: str | None = None
        for _ in range(self._tools.config.lists.pages):
            call = self._provider.list_call(self._line.account, cursor)
            if call is None or self._line.gate.trouble is not None:
                return
            page = cursor
            async with self._line.gate.passage(PATIENCE_SECONDS, question=True) as permit:
                exchanged = await converse(
                    self._line,
                    call,
                    "list",
                    lambda answer, page=page: self._provider.read_listed(self._line.account, page, answer),  # type: ignore[misc]
                )
                permit.tell(exchanged.result, exchanged.answer)
            if not isinstance(exchanged.result, Told):
                self._say(f"its list was answered with {type(exchanged.result).__name__}")
                return
            self._say("")
            told = exchanged.result
            brought_news = await self._publish(told.events)
            if told.cursor is None or (told.ends_where_known and not brought_news):
                return
            cursor = told.cursor

    async def _publish(self, events: Sequence[Event]) -> bool:
        """Whether any was new."""
        new = [event for event in events if event.event_id not in self._known]
        if new:
            await self._tools.recorder.write([], new)
            self._tools.metrics.listed.labels(self._line.name).inc(len(new))
        for event in new:
            self._known.add(event.event_id)
        return bool(new)

    def _say(self, trouble: str) -> None:
        if trouble != self._said:
            self._said = trouble
            if trouble:
                logger.warning("inbound messages of %s: %s", self._line.name, trouble)
