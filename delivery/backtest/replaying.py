"""One message lived through again, under a plan: the rules of ``delivery.failover``, and a clock of events.

At one moment what was heard is told before what was due is decided, as the worker does.
"""

from collections.abc import Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple, TypeAlias

import msgspec

from delivery.backtest.courses import news_of
from delivery.backtest.fates import Fates
from delivery.backtest.histories import History
from delivery.briefs import AttemptBrief
from delivery.calls import Called
from delivery.choosing import Weigh
from delivery.decisions import CancelDecision, Decision, OutcomeDecision, SendDecision, Why
from delivery.failover import decide, decide_attempt, decide_request, due_at
from delivery.identities import attempt_key
from delivery.message_states import MessageState, with_attempt, with_call, with_decisions, with_request
from delivery.plans import Choice, Plan
from delivery.requests import CancelRequest, SettleRequest
from delivery.stages import Stage

News: TypeAlias = AttemptBrief | CancelRequest | SettleRequest | Called


MOST_ROUNDS: Final = 10_000
"""Things that can happen to one message; a bound all the same."""


class NeverEnding(AssertionError):
    """What is decided for a message does not come to an end: the rules are at fault."""


class Replayed(NamedTuple):
    """How the message stands when nothing more happens, and all that was decided, in order."""

    state: MessageState
    decisions: Sequence[Decision]

    @property
    def outcome(self) -> OutcomeDecision | None:
        """What came of failing over, as was decided last."""
        return next((each for each in reversed(self.decisions) if isinstance(each, OutcomeDecision)), None)


def even(choices: Sequence[Choice]) -> Sequence[int]:
    """By their weights: how well providers were at the time is not replayed."""
    return [choice.weight for choice in choices]


def replay(history: History, plan: Plan | None, fates: Fates, weigh: Weigh = even) -> Replayed:
    """With ``plan`` None, as a message without one."""
    return _Replay(history, plan, fates, weigh).run()


class _Told(NamedTuple):
    at: datetime
    number: int
    news: News


class _Replay:
    def __init__(self, history: History, plan: Plan | None, fates: Fates, weigh: Weigh) -> None:
        request = history.request
        order = plan.steps[0].choices[0].order if plan else request.order
        self._request = msgspec.structs.replace(request, plan=plan, order=order)
        self._history = history
        self._fates = fates
        self._weigh = weigh
        self._state = with_request(None, self._request, 0)
        self._decisions: list[Decision] = []
        self._pending: list[_Told] = []
        self._number = 0
        self._requests = 0

    def run(self) -> Replayed:
        now = self._request.received_at
        for told in self._history.told:
            self._await(told.received_at, told)
        for call in self._history.abandoned:
            self._await(call.at, call)
        self._take(decide_request(self._state, self._request, 0), now)
        for _ in range(MOST_ROUNDS):
            due = due_at(self._state)
            if self._pending and (due is None or self._pending[0].at <= max(due.at, now)):
                now = max(now, self._pending[0].at)
                self._take(self._tell(heappop(self._pending).news), now)
            elif due is not None:
                now = max(now, due.at)
            else:
                return Replayed(self._state, self._decisions)
            self._take(decide(self._state, now, self._weigh), now)
        raise NeverEnding(self._request.message_id)

    def _await(self, at: datetime, news: News) -> None:
        self._number += 1
        heappush(self._pending, _Told(at, self._number, news))

    def _tell(self, news: News) -> Sequence[Decision]:
        match news:
            case AttemptBrief():
                self._state = with_attempt(self._state, self._request.message_id, news)
                return decide_attempt(self._state, news.key)
            case Called():
                self._state = with_call(self._state, news)
                return []
            case SettleRequest() if not self._fates.is_recorded(news.step, news.tries):
                return []  # it is about a sending that there is not in this replay
            case _:
                self._requests += 1
                self._state = with_request(self._state, news, self._requests)
                return decide_request(self._state, news, self._requests)

    def _take(self, decisions: Sequence[Decision], now: datetime) -> None:
        """Fold what was decided, and see what it leads to. What was decided before leads to nothing more."""
        new = [each for each in decisions if all(each.decision_id != known.decision_id for known in self._decisions)]
        self._decisions += new
        self._state = with_decisions(self._state, new)
        for decision in new:
            if isinstance(decision, SendDecision):
                for brief in news_of(self._fates.of(decision, self._choice(decision)), decision):
                    self._await(max(brief.updated_at, now), brief)
            elif isinstance(decision, CancelDecision) and decision.why is Why.SUPERSEDED:
                self._withdraw(attempt_key(decision.target.provider, decision.target.ref), now)

    def _choice(self, sent: SendDecision) -> Choice:
        assert self._state.asked is not None  # noqa: S101 - nothing is sent that was not asked for
        return self._state.asked.steps[sent.step - 1].choices[sent.choice]

    def _withdraw(self, key: str, now: datetime) -> None:
        brief = self._state.attempts[key]
        after = self._fates.withdrawn_after(brief)
        if after is None:
            return
        self._pending = [
            told for told in self._pending if not (isinstance(told.news, AttemptBrief) and told.news.key == key)
        ]
        heapify(self._pending)
        cancelled = msgspec.structs.replace(
            brief, stage=Stage.CANCELLED, final=True, updated_at=now + after, version=brief.version + 1
        )
        self._await(now + after, cancelled)
