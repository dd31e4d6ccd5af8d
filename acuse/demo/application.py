"""The demo's application: most of its messages it has Acuse send, and a few it sends by itself and reports."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeAlias

import msgspec

from acuse.demo.edge import Edge
from acuse.demo.together import together
from acuse.demo.wanted import Wanted
from delivery.events import Send
from ingest.accounts import Account
from ingest.caller import Caller, utc_now
from ingest.orders import Orders
from ingest.outbound import Busy, HttpAnswer, Sending, Taken
from ingest.provider import SendsMessages
from ingest.providers import PROVIDERS

AT_ONCE: Final = 2
BATCH: Final = 100
"""Messages in one request to the send API: checking them keeps ingest from webhooks for so long."""
OWN_AT_ONCE: Final = 4
MOST_TRIES: Final = 5
ACCEPTED: Final = 202
REPORTED: Final = 202

Accepted: TypeAlias = Callable[[int], Awaitable[None]]


@dataclass(slots=True)
class Application:
    """Raises a ``Refusal`` when Acuse does not accept what it sends.

    ``accepted`` has what Acuse is to send, by message id; ``reported`` the message id of what it sent by itself, by
    attempt key.
    """

    edge: Edge
    accounts: Mapping[str, Account]
    accepted: dict[str, Wanted] = field(default_factory=dict)
    reported: dict[str, str] = field(default_factory=dict)

    async def have_sent(self, wanted: Iterable[Wanted], accepted: Accepted) -> None:
        """Has Acuse send them. ``accepted`` is told how many it has accepted in all, and returns when more may come."""
        batches = _batches(iter(wanted), BATCH)
        await together(*(self._have_batches_sent(batches, accepted) for _ in range(AT_ONCE)))

    async def send_itself(self, wanted: Sequence[Wanted]) -> None:
        """Sends them through the providers' own APIs, then reports them all to Acuse at once."""
        sends: list[dict[str, Any]] = []
        callers = {name: Caller(PROVIDERS[name](), account) for name, account in self.accounts.items()}  # type: ignore[arg-type] # all of these send
        try:
            waiting = iter(wanted)
            await together(*(self._send_some(waiting, callers, sends) for _ in range(OWN_AT_ONCE)))
        finally:
            for caller in callers.values():
                await caller.close()
        if sends:
            answer = await self.edge.ask("/v1/sends", msgspec.json.encode(sends), status=REPORTED)
            ids = msgspec.json.decode(answer.body)
            for send, message_id in zip(sends, _message_ids(ids), strict=True):
                self.reported[f"{send['provider']}/{send['ref']}"] = message_id

    async def _have_batches_sent(self, batches: Iterator[Sequence[Wanted]], accepted: Accepted) -> None:
        for batch in batches:
            body = msgspec.json.encode([each.fields for each in batch])
            answer = await self.edge.ask("/v1/messages", body, status=ACCEPTED, key=batch[0].reference)
            ids = [each["message_id"] for each in msgspec.json.decode(answer.body)["messages"]]
            self.accepted.update(zip(ids, batch, strict=True))
            await accepted(len(self.accepted))

    async def _send_some(
        self, waiting: Iterator[Wanted], callers: Mapping[str, Caller], sends: list[dict[str, Any]]
    ) -> None:
        for each in waiting:
            sends += [_report(send, each) for send in await self._send_one(each, callers[each.provider])]

    async def _send_one(self, wanted: Wanted, caller: Caller) -> Sequence[Send]:
        """Nothing where it was refused, or nobody can tell."""
        provider = PROVIDERS[wanted.provider]()
        assert isinstance(provider, SendsMessages)  # noqa: S101 - all of these send
        now = utc_now()
        order = Orders({provider.name: provider}).read(msgspec.json.encode(wanted.fields), now).order
        sending = Sending(wanted.reference, wanted.reference, self.accounts[provider.name], now)
        for _ in range(MOST_TRIES):
            answer = await caller.call(provider.send_call(order, sending))
            result = provider.read_sent(order, sending, answer) if isinstance(answer, HttpAnswer) else answer
            if isinstance(result, Taken):
                return result.sends
            if not isinstance(result, Busy):
                break
            await asyncio.sleep(result.retry_after_seconds or 1.0)
        return ()


def _report(send: Send, wanted: Wanted) -> dict[str, Any]:
    return {
        "provider": send.provider,
        "ref": send.ref,
        "channel": send.channel.value,
        "to": wanted.fields["to"],
        "sent_at": send.received_at.isoformat(timespec="milliseconds"),
        "reference": wanted.reference,
    }


def _message_ids(answer: Any) -> list[str]:
    return [each["message_id"] for each in answer["sends"]]


def _batches(wanted: Iterator[Wanted], size: int) -> Iterator[Sequence[Wanted]]:
    while batch := list(islice(wanted, size)):
        yield batch
