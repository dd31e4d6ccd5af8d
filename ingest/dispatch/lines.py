"""One provider account as the dispatcher uses it: what it can do, the way to it, and what carries the calls."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ingest.accounts import Account
from ingest.caller import Caller, CallOutcome, Withheld
from ingest.dispatch.config import DispatchConfig
from ingest.dispatch.gate import Gate
from ingest.dispatch.metrics import DispatchMetrics
from ingest.outbound import MOST_QUESTIONS, AskNext, HttpAnswer, HttpCall, Unclear
from ingest.provider import Authenticates, Provider


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    provider: Provider
    account: Account
    caller: Caller
    gate: Gate
    metrics: DispatchMetrics

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
        if account is None or not isinstance(provider, Authenticates):
            continue
        gate = Gate(name, config.line_of(name), config.breaker)
        caller = Caller(provider, account, config.limits_of(name))
        lines[name] = Line(name, provider, account, caller, gate, metrics)
        _watch(gate, name, metrics)
    return lines


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
