"""Our providers against the simulators: orders go out, callbacks come in, polls and lists agree with them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event, Send, Status
from delivery.orders import Order, OrderPersonal
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.caller import Caller
from ingest.outbound import AskNext, HttpAnswer, HttpCall, Sending, Taken, Told
from ingest.providers import PROVIDERS

_NUMBERS = count(1)


class Side:
    """Ours. `receiver` is where the simulator calls back to."""

    def __init__(self, name: str, simulation: Any, receiver: Any, path: str = "") -> None:
        simulated = simulation.world.account(name)
        self.provider: Any = PROVIDERS[name]()
        self.account = Account(
            name,
            base_url=f"{simulation.url}/{name}{path}",
            callback_url=receiver.url,
            callback_username="us",
            callback_password="pass",
            credentials=simulated.credentials,
        )
        self.caller = Caller(self.provider, self.account)
        self.receiver = receiver

    async def ask(self, call: HttpCall) -> HttpAnswer:
        answer = await self.caller.call(call)
        assert isinstance(answer, HttpAnswer)
        return answer

    async def send(self, channel: Channel, to: str, *, send_at: datetime | None = None, **personal: Any) -> Any:
        """The result, of an order that passes the check."""
        others = {name: personal.pop(name) for name in ("ttl_seconds",) if name in personal}
        order = Order(
            provider=self.account.name,
            channel=channel,
            personal=OrderPersonal(to=to, **personal),
            send_at=send_at,
            country="ES",
            **others,
        )
        message_id = f"01931f7e-3c00-7abc-8def-{next(_NUMBERS):012x}"
        sending = Sending(message_id, f"{message_id}.1", self.account, datetime.now(UTC))
        self.provider.check(order)
        answer = await self.ask(self.provider.send_call(order, sending))
        return self.provider.read_sent(order, sending, answer)

    async def taken(self, channel: Channel, to: str, **others: Any) -> list[Send]:
        result = await self.send(channel, to, **others)
        assert isinstance(result, Taken), result
        return list(result.sends)

    async def told(self, count: int) -> list[Event]:
        """The events of so many callbacks, each of them proven."""
        events: list[Event] = []
        for received in (await self.receiver.wait_for(count))[:count]:
            request = received.webhook()
            assert self.provider.verify(request, self.account)
            events += self.provider.parse(request)
        return events

    @staticmethod
    def facts(events: list[Event]) -> set[str]:
        return {event.event_id for event in events}

    @staticmethod
    def stages(events: list[Event]) -> list[Stage]:
        return [event.stage for event in events if isinstance(event, Status)]

    def target(self, send: Send) -> Target:
        recipient = send.personal.recipient
        return Target(
            provider=send.provider, ref=send.ref, channel=send.channel, handle=send.handle, recipient=recipient
        )

    async def polled(self, send: Send) -> list[Event]:
        target = self.target(send)
        call = self.provider.poll_call(target, self.account)
        for _ in range(4):
            result = self.provider.read_polled(target, await self.ask(call))
            if not isinstance(result, AskNext):
                break
            call = result.call
        assert isinstance(result, Told), result
        return list(result.events)

    async def listed(self) -> list[Event]:
        """The whole walk through a list."""
        events: list[Event] = []
        cursor: str | None = None
        for _ in range(20):
            call = self.provider.list_call(self.account, cursor)
            if call is None:
                break
            result = self.provider.read_listed(self.account, cursor, await self.ask(call))
            assert isinstance(result, Told), result
            events += result.events
            cursor = result.cursor
            if cursor is None:
                break
        return events


Connect = Callable[..., Awaitable[tuple[Side, Any]]]


@pytest.fixture
async def connect(simulate: Any, receiver: Any) -> AsyncIterator[Connect]:
    """Our side and a simulation, whose world has what is given for the provider."""
    async with AsyncExitStack() as stack:

        async def start(name: str, *, path: str = "", **own: Any) -> tuple[Side, Any]:
            simulation = await simulate(
                {
                    "speed": 20_000.0,
                    "delivery": {"median_seconds": 3.0, "spread": 0.0, "off_share": 0.0},
                    "providers": {
                        name: {
                            "callback_url": receiver.url,
                            "callback_username": "us",
                            "callback_password": "pass",
                            "mix": {"delivered": 1.0},
                            **own,
                        }
                    },
                }
            )
            side = Side(name, simulation, receiver, path)
            await stack.enter_async_context(side.caller)
            return side, simulation

        yield start
