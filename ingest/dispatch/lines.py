"""One provider account as the dispatcher uses it: what it can do, the way to it, and what carries the calls."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from delivery.orders import Order
from ingest.accounts import Account
from ingest.caller import Caller, CallOutcome, Withheld
from ingest.dispatch.config import DispatchConfig
from ingest.dispatch.gate import Gate
from ingest.dispatch.metrics import DispatchMetrics
from ingest.dispatch.remembered import Remembered
from ingest.outbound import MOST_QUESTIONS, AskNext, HttpAnswer, HttpCall, Unclear
from ingest.provider import (
    Authenticates,
    CanBePolled,
    CancelsMessages,
    FailsOver,
    ListsInbound,
    LooksUp,
    Provider,
    SendsMessages,
)

MOST_NOT_TOLD_OF: Final = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """The provider stands here once for each thing that it can do, None where it cannot: to find out takes longer than
    all else that is done for a decision.
    """

    name: str
    account: Account
    caller: Caller
    gate: Gate
    metrics: DispatchMetrics
    sender: SendsMessages | None
    polled: CanBePolled | None
    canceller: CancelsMessages | None
    looked_up: LooksUp | None
    listed: ListsInbound | None
    failing_over: FailsOver | None
    not_told_of: Remembered = field(default_factory=lambda: Remembered(MOST_NOT_TOLD_OF))
    """Refs of attempts of which it does not tell us, as it has said: to ask again and again may have us blocked."""

    def fails_over(self, order: Order) -> bool:
        """Whether the provider itself goes on to another channel with it."""
        return self.failing_over is not None and len(self.failing_over.native_legs(order)) > 1

    async def call(self, call: HttpCall, operation: str) -> CallOutcome:
        """Raises `NotConfigured`."""
        started = time.monotonic()
        try:
            return await self.caller.call(call)
        finally:
            self.metrics.call_seconds.labels(self.name, operation).observe(time.monotonic() - started)

    async def call_while(self, call: HttpCall, wanted: Callable[[], bool]) -> CallOutcome | Withheld:
        """A send that goes only while it is wanted. Raises `NotConfigured`."""
        started = time.monotonic()
        try:
            return await self.caller.call_while(call, wanted)
        finally:
            self.metrics.call_seconds.labels(self.name, "send").observe(time.monotonic() - started)


Lines: TypeAlias = Mapping[str, Line]


def open_lines(config: DispatchConfig, providers: Mapping[str, type[Provider]], metrics: DispatchMetrics) -> Lines:
    """One for each provider that we call and have an account at."""
    lines: dict[str, Line] = {}
    for name, kind in providers.items():
        provider, account = kind(), config.accounts.get(name)
        if account is None or (caller := _caller(provider, account, config)) is None:
            continue
        gate = Gate(name, config.line_of(name), config.breaker)
        lines[name] = Line(
            name=name,
            account=account,
            caller=caller,
            gate=gate,
            metrics=metrics,
            sender=provider if isinstance(provider, SendsMessages) else None,
            polled=provider if isinstance(provider, CanBePolled) else None,
            canceller=provider if isinstance(provider, CancelsMessages) else None,
            looked_up=provider if isinstance(provider, LooksUp) else None,
            listed=provider if isinstance(provider, ListsInbound) else None,
            failing_over=provider if isinstance(provider, FailsOver) else None,
        )
        _watch(gate, name, metrics)
    return lines


def _caller(provider: Provider, account: Account, config: DispatchConfig) -> Caller | None:
    return Caller(provider, account, config.limits_of(account.name)) if isinstance(provider, Authenticates) else None


def _watch(gate: Gate, name: str, metrics: DispatchMetrics) -> None:
    metrics.in_flight.labels(name).set_function(lambda: gate.in_flight)
    metrics.account_state.labels(name).set_function(lambda: gate.state.value)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange came to: the result as the provider's code reads it, the last call, and its answer if any."""

    result: object
    call: HttpCall
    answer: HttpAnswer | None = None


async def converse(line: Line, call: HttpCall, operation: str, read: Callable[[HttpAnswer], object]) -> Exchanged:
    """Ask, and ask on where the answer says what to ask next. Raises `NotConfigured`."""
    for _ in range(1 + MOST_QUESTIONS):
        outcome = await line.call(call, operation)
        if not isinstance(outcome, HttpAnswer):
            return Exchanged(outcome, call)
        result = guarded(read, outcome)
        if not isinstance(result, AskNext):
            return Exchanged(result, call, outcome)
        call = result.call
    return Exchanged(Unclear("its answers ask for ever more questions"), call)


def guarded(read: Callable[[HttpAnswer], object], answer: HttpAnswer) -> object:
    """What an answer is read as; unclear where reading fails, which is a fault of ours and no reason to lose it."""
    try:
        return read(answer)
    except Exception as error:  # noqa: BLE001 - see above
        return Unclear(f"HTTP {answer.status} that could not be read: {type(error).__name__}")
