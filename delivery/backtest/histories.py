"""What is on record of one message: what was asked, decided and heard."""

from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct, field

from delivery.backtest.courses import Course, Leg, leg_of
from delivery.briefs import AttemptBrief
from delivery.calls import Called, Result
from delivery.channels import Channel
from delivery.decisions import CancelDecision, Decision, OutcomeDecision, SendDecision, Why, step_reference
from delivery.message_states import MessageState, with_attempt, with_call, with_decisions, with_request
from delivery.requests import CancelRequest, MessageRequest, SettleRequest
from delivery.stages import Stage


class RecordedSend(NamedTuple):
    """A sending that was decided, and what became of it.

    ``legs`` are the channels that its provider fails over to by itself. ``withdrawn_at`` is when it was withdrawn for
    a later step's sake with effect: what would have become of it otherwise nobody knows. Neither is that known where it
    never went out, since ``too_late_after`` so long it was too late for it.
    """

    step: int
    tries: int
    provider: str
    channel: Channel
    legs: frozenset[Channel]
    course: Course
    decided_at: datetime
    withdrawn_at: datetime | None
    too_late_after: timedelta | None = None


class History(Struct):
    """Records are added in the order of their topics; one that is told again changes nothing."""

    request: MessageRequest
    told: list[CancelRequest | SettleRequest] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    attempts: dict[str, list[AttemptBrief]] = field(default_factory=dict)
    abandoned: list[Called] = field(default_factory=list)

    def add_request(self, request: CancelRequest | SettleRequest) -> None:
        self.told.append(request)

    def add_decision(self, decision: Decision) -> None:
        self.decisions.setdefault(decision.decision_id, decision)

    def add_attempt(self, brief: AttemptBrief) -> None:
        versions = self.attempts.setdefault(brief.key, [])
        if all(known.version != brief.version for known in versions):
            versions.append(brief)

    def add_call(self, call: Called) -> None:
        if call.result is Result.ABANDONED:
            self.abandoned.append(call)

    @property
    def begins(self) -> datetime:
        """When it was to go out."""
        request = self.request
        times = (request.received_at, request.send_at, request.order.send_at)
        return max(time for time in times if time is not None)

    @property
    def settled(self) -> bool:
        """Whether it is known how everything ended that was sent, and something was."""
        return bool(self.attempts) and all(any(each.final for each in versions) for versions in self.attempts.values())

    def state(self) -> MessageState:
        """All of it, folded."""
        state = with_request(None, self.request, 0)
        for offset, told in enumerate(self.told, start=1):
            state = with_request(state, told, offset)
        for versions in self.attempts.values():
            newest = max(versions, key=lambda brief: brief.version)
            state = with_attempt(state, self.request.message_id, newest)
        for call in self.abandoned:
            state = with_call(state, call)
        return with_decisions(state, self.decisions.values())

    @property
    def outcome(self) -> OutcomeDecision | None:
        """What came of failing over, as was decided last."""
        found = [each for each in self.decisions.values() if isinstance(each, OutcomeDecision)]
        return max(found, key=lambda each: each.decided_at, default=None)

    def sends(self) -> list[RecordedSend]:
        """What was sent, in the order in which it was decided."""
        decided = [each for each in self.decisions.values() if isinstance(each, SendDecision)]
        decided.sort(key=lambda each: (each.step, each.tries))
        attempts: dict[tuple[int, int], list[list[AttemptBrief]]] = {}
        for versions in self.attempts.values():
            sent = _sending_of(versions, decided)
            if sent is not None:
                attempts.setdefault((sent.step, sent.tries), []).append(versions)
        return [self._recorded(each, attempts.get((each.step, each.tries), [])) for each in decided]

    def _recorded(self, sent: SendDecision, attempts: list[list[AttemptBrief]]) -> RecordedSend:
        reference = step_reference(sent.message_id, sent.step, sent.tries)
        ordered = sorted(attempts, key=lambda versions: (versions[0].opened_at, versions[0].key))
        legs = [leg_of(versions, sent.decided_at, ours=versions[0].ref == reference) for versions in ordered]
        withdrawn = [
            cancel.decided_at
            for versions, leg in zip(ordered, legs, strict=True)
            if (cancel := self._withdrawal(versions[0])) and leg.heard[-1].stage is Stage.CANCELLED
        ]
        return RecordedSend(
            step=sent.step,
            tries=sent.tries,
            provider=sent.order.provider,
            channel=sent.order.channel,
            legs=self._legs(sent, legs),
            course=Course(legs=tuple(legs)),
            decided_at=sent.decided_at,
            withdrawn_at=min(withdrawn, default=None),
            too_late_after=_allowed(sent) if any(leg.too_late for leg in legs) else None,
        )

    def _withdrawal(self, brief: AttemptBrief) -> CancelDecision | None:
        for decision in self.decisions.values():
            if isinstance(decision, CancelDecision) and decision.why is Why.SUPERSEDED:
                target = decision.target
                if (target.provider, target.ref) == (brief.provider, brief.ref):
                    return decision
        return None

    def _legs(self, sent: SendDecision, legs: list[Leg]) -> frozenset[Channel]:
        plan = self.request.plan
        if plan is not None and sent.step <= len(plan.steps):
            choices = plan.steps[sent.step - 1].choices
            return frozenset(choices[sent.choice].legs if sent.choice < len(choices) else ())
        channels = frozenset(leg.channel for leg in legs)
        return channels if len(channels) > 1 else frozenset()


def _sending_of(versions: list[AttemptBrief], decided: list[SendDecision]) -> SendDecision | None:
    """The sending that an attempt came of: as it says, else the last one before it that went to its provider."""
    latest = max(versions, key=lambda brief: brief.version)
    if latest.step is not None:
        return next((each for each in decided if (each.step, each.tries) == (latest.step, latest.tries)), None)
    fitting = [each for each in decided if each.order.provider == latest.provider]
    before = [each for each in fitting if each.decided_at <= latest.opened_at]
    return before[-1] if before else next(iter(fitting), None)


def _allowed(sent: SendDecision) -> timedelta | None:
    return None if sent.expires_at is None else sent.expires_at - sent.decided_at
