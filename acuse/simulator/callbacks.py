"""Posts what providers report, when it is due, as the world wants it: lost, twice, late, early or out of order."""

import asyncio
import base64
import heapq
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, TypeAlias

from acuse.simulator.clock import Clock
from acuse.simulator.endings import CallbackFault
from acuse.simulator.fates import Answered, Beat
from acuse.simulator.messages import TakenMessage, Told
from acuse.simulator.outgoing import Outgoing
from acuse.simulator.world import World
from delivery.channels import Channel

AT_ONCE: Final = 16
MOST_WAITING: Final = 500_000
TIMEOUT_SECONDS: Final = 10.0
EARLY_SECONDS: Final = 5.0
AGAIN_SECONDS: Final = 2.0
SUCCESS: Final = range(200, 300)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One request that a provider makes.

    ``due``: when, by our clock. ``code``: the provider's own, for the ledger. ``url``: "" for the account's address.
    ``basic``: with the account's callback credentials, where it has any. ``sign`` makes further headers when it is
    posted, from that time and the body.
    """

    due: datetime
    code: str
    beat: Beat | Answered
    body: bytes = b""
    content_type: str = "application/json"
    method: str = "POST"
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    basic: bool = True
    sign: Callable[[datetime, bytes], Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a person writes to the account, in answer to nothing. ``contact`` is E.164."""

    channel: Channel
    contact: str
    text: str


Inbox: TypeAlias = Callable[[Written], Sequence[Callback]]
"""Makes what a provider tells of it; nothing where its account cannot be written to on that channel."""


@dataclass(slots=True, eq=False)
class _Posting:
    """``message`` is None for what is about none, and is posted in any case."""

    provider: str
    callback: Callback
    told: Told
    message: TakenMessage | None = None
    plan: int = 0
    tries: int = 0


@dataclass(slots=True)
class Tally:
    """Requests made, those answered 2xx, and callbacks that nobody took in all their tries or for which there was no
    room.
    """

    posted: int = 0
    taken: int = 0
    given_up: int = 0
    no_room: int = 0


class CallbackPoster:
    """One heap of what is due and ``at_once`` workers. Holds at most ``MOST_WAITING`` callbacks; what does not fit is
    given up, and the ledger says that it is lost.

    A callback not answered 2xx is tried again after the world's ``retry_seconds``, and then given up.
    """

    def __init__(self, world: World, clock: Clock, *, at_once: int = AT_ONCE) -> None:
        self._world = world
        self._clock = clock
        self._at_once = at_once
        self._heap: list[tuple[float, int, _Posting]] = []
        self._count = 0
        self._changed = asyncio.Event()
        self._ready: asyncio.Queue[_Posting] = asyncio.Queue(maxsize=at_once)
        self._busy = 0
        self._outgoing: Outgoing | None = None
        self.tally = Tally()
        self.inboxes: dict[str, Inbox] = {}
        """By provider, of those to whom people can write."""

    @property
    def waiting(self) -> int:
        """Callbacks not yet posted, those under way included."""
        return len(self._heap) + self._ready.qsize() + self._busy

    @property
    def overdue(self) -> int:
        """Callbacks that should have been posted by now, those under way included."""
        now = self._clock().timestamp()
        return sum(due <= now for due, _, _ in self._heap) + self._ready.qsize() + self._busy

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Posts until the block is left; what is not due by then is never posted."""
        # Those that are posted before a send's own answer are beside the workers'.
        self._outgoing = Outgoing(connections=self._at_once * 2, timeout_seconds=TIMEOUT_SECONDS)
        tasks = [asyncio.create_task(self._feed())]
        tasks += [asyncio.create_task(self._work()) for _ in range(self._at_once)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._outgoing.close()
            self._outgoing = None

    async def plan(self, message: TakenMessage, callbacks: Sequence[Callback]) -> None:
        """Takes the callbacks of one message, in the order in which things happen.

        Returns when those are answered that the world wants before the send's own answer. Without an address to go to,
        they count as lost.
        """
        account = self._world.account(message.provider)
        dues = [callback.due for callback in callbacks]
        faults = [message.fate.faults[min(place, len(message.fate.faults) - 1)] for place in range(len(callbacks))]
        if any(CallbackFault.REORDERED in each for each in faults):
            dues.reverse()
        early: list[_Posting] = []
        for callback, due, fault in zip(callbacks, dues, faults, strict=True):
            told = _told(callback, due)
            message.told.append(told)
            posting = _Posting(message.provider, callback, told, message, message.plan)
            if CallbackFault.LOST in fault or not (callback.url or account.callback_url):
                told.lost = True
                continue
            if CallbackFault.EARLY in fault and not early and message.scheduled_for is None:
                early.append(posting)
                continue
            if CallbackFault.LATE in fault:
                told.due = due + timedelta(seconds=message.fate.late_seconds / message.speed)
            self._push(posting, told.due)
            if CallbackFault.DUPLICATED in fault:
                self._push(posting, told.due + timedelta(seconds=AGAIN_SECONDS / message.speed))
        for posting in early:
            await self._before_the_answer(posting)

    def tell(self, provider: str, callbacks: Sequence[Callback]) -> None:
        """Takes callbacks that are about no message, such as what a person writes; none of the world's faults befall
        them.
        """
        for callback in callbacks:
            if callback.url or self._world.account(provider).callback_url:
                self._push(_Posting(provider, callback, _told(callback, callback.due)), callback.due)

    def withdraw(self, message: TakenMessage) -> None:
        """Nothing planned for the message so far is posted any more, and the ledger forgets what was not."""
        message.plan += 1
        message.told = [told for told in message.told if told.tries]

    def _push(self, posting: _Posting, due: datetime) -> None:
        if self.waiting >= MOST_WAITING:
            self.tally.no_room += 1
            posting.told.lost = True
            return
        self._count += 1
        heapq.heappush(self._heap, (due.timestamp(), self._count, posting))
        if self._heap[0][1] == self._count:
            self._changed.set()

    async def _before_the_answer(self, posting: _Posting) -> None:
        try:
            async with asyncio.timeout(EARLY_SECONDS):
                await self._post(posting)
        except TimeoutError:
            self._again(posting)

    async def _feed(self) -> None:
        """Moves what is due to the workers."""
        while True:
            self._changed.clear()
            wait = self._heap[0][0] - self._clock().timestamp() if self._heap else None
            if wait is not None and wait <= 0:
                await self._ready.put(heapq.heappop(self._heap)[2])
                continue
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _work(self) -> None:
        while True:
            posting = await self._ready.get()
            self._busy += 1
            try:
                await self._post(posting)
            finally:
                self._busy -= 1

    async def _post(self, posting: _Posting) -> None:
        if posting.message and posting.plan != posting.message.plan:
            return
        posting.tries += 1
        posting.told.tries += 1
        self.tally.posted += 1
        if await self._taken(posting):
            self.tally.taken += 1
            posting.told.taken += 1
        else:
            self._again(posting)

    async def _taken(self, posting: _Posting) -> bool:
        assert self._outgoing is not None, "post within `running`"  # noqa: S101 - a mistake of ours, not of the world
        callback = posting.callback
        account = self._world.account(posting.provider)
        headers = {"content-type": callback.content_type, **callback.headers}
        if callback.basic and account.callback_username:
            headers["authorization"] = _basic(account.callback_username, account.callback_password)
        if callback.sign:
            headers.update(callback.sign(self._clock(), callback.body))
        url = callback.url or account.callback_url
        status = await self._outgoing.ask(callback.method, url, headers, callback.body)
        if status not in SUCCESS:
            _log.info("a callback of %s was answered %s", posting.provider, status or "nothing")
        return status in SUCCESS

    def _again(self, posting: _Posting) -> None:
        waits = self._world.callback_faults(posting.provider).retry_seconds
        if posting.tries > len(waits):
            self.tally.given_up += 1
            posting.told.lost = posting.told.taken == 0
            return
        self._push(posting, self._clock() + timedelta(seconds=waits[posting.tries - 1]))


def _told(callback: Callback, due: datetime) -> Told:
    beat = callback.beat
    if isinstance(beat, Answered):
        return Told(code=callback.code, stage="reply", reason=None, due=due)
    return Told(code=callback.code, stage=beat.stage.value, reason=beat.reason.value if beat.reason else None, due=due)


@lru_cache(maxsize=16)
def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
