"""Answers what was asked, decided and called about one message, before and beside its attempts."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from dashboards.answers import CallAnswer, DoubtAnswer, RequestAnswer, RequestKind
from dashboards.decision_answers import DecisionAnswer, DecisionKind, GroundsAnswer, ListedDecision
from dashboards.masking import masked
from dashboards.money import plain
from dashboards.reader import Reader, Row
from dashboards.stored import stored_call, stored_mark
from dashboards.telling_answers import NoticeAnswer
from delivery.courses import Course, course_of
from delivery.decisions import FailoverOutcome
from delivery.outlines import PlanOutline, decode_outline
from delivery.steps import Heard, Step, StepStanding, steps_of

MOST_RECORDS: Final = 1000
"""Of each sort, of one message; what is left off is said."""


class Asked(Struct, frozen=True):
    """A decision to send."""

    decision_id: str
    step: int
    provider: str


class Sending(Struct, frozen=True, kw_only=True):
    """The rows of each sort, in their order."""

    message_id: str
    requests: Sequence[Row] = ()
    decisions: Sequence[Row] = ()
    calls: Sequence[Row] = ()
    notices: Sequence[Row] = ()

    @property
    def known(self) -> bool:
        return bool(self.requests or self.decisions or self.calls)

    @property
    def left_off(self) -> bool:
        return max(map(len, (self.requests, self.decisions, self.calls, self.notices))) > MOST_RECORDS

    @property
    def plan(self) -> PlanOutline | None:
        """That of the first request, which is the one that counts."""
        outlines = [row["outline"] for row in self.requests if row["kind"] == RequestKind.MESSAGE]
        return decode_outline(outlines[0]) if outlines and outlines[0] else None

    @property
    def course(self) -> Course:
        return self.course_by(planned=self.plan is not None)

    def course_by(self, *, planned: bool) -> Course:
        marks = [mark for row in self.decisions if (mark := stored_mark(row))]
        outcomes = [FailoverOutcome(row["outcome"]) for row in self.decisions if row["outcome"]]
        return course_of(marks, planned=planned, failover=outcomes[-1] if outcomes else None)

    def steps(self, attempts: Collection[Heard]) -> list[Step]:
        """How each step stands; judged by all calls, since the last may settle the first."""
        asked = [
            Asked(row["decision_id"], row["step"], row["provider"])
            for row in self.decisions
            if row["kind"] == DecisionKind.SEND
        ]
        return steps_of(asked, map(stored_call, self.calls), attempts)


async def read_sending(reader: Reader, message_id: str) -> Sending:
    """What is known of sending it; nothing of a message that others sent."""
    asked = {"message_id": message_id, "most": MOST_RECORDS + 1}
    sorts = ("requests", "decisions", "calls", "notices")
    rows = await asyncio.gather(*(reader.rows(f"message_{sort}", asked) for sort in sorts))
    return Sending(message_id=message_id, **dict(zip(sorts, rows, strict=True)))


def request_answers(sending: Sending) -> list[RequestAnswer]:
    return [
        msgspec.convert({**row, "recipient": masked(row["recipient"])}, RequestAnswer)
        for row in sending.requests[:MOST_RECORDS]
    ]


def decision_answers(sending: Sending, steps: Sequence[Step]) -> list[DecisionAnswer]:
    standings = {step.decision_id: step.standing for step in steps}
    return [decision_answer(row, standings.get(row["decision_id"])) for row in sending.decisions[:MOST_RECORDS]]


def decision_answer(row: Row, standing: StepStanding | None) -> DecisionAnswer:
    return msgspec.convert({**_decided(row), "standing": standing}, DecisionAnswer)


def listed_decision(row: Row) -> ListedDecision:
    return msgspec.convert(_decided(row), ListedDecision)


def _decided(row: Row) -> Row:
    grounds = msgspec.json.decode(row["grounds"], type=GroundsAnswer) if row["grounds"] else None
    return {**row, "cost": plain(row["cost"]), "extra_cost": plain(row["extra_cost"]), "grounds": grounds}


def call_answers(sending: Sending) -> list[CallAnswer]:
    return [msgspec.convert(row, CallAnswer) for row in sending.calls[:MOST_RECORDS]]


def notice_answers(sending: Sending) -> list[NoticeAnswer]:
    return [msgspec.convert(row, NoticeAnswer) for row in sending.notices[:MOST_RECORDS]]


def doubt_answers(sending: Sending, steps: Sequence[Step]) -> list[DoubtAnswer]:
    return [
        DoubtAnswer(
            message_id=sending.message_id,
            step=step.step,
            tries=step.tries,
            provider=step.provider,
            since=step.since,
            why=step.why,
        )
        for step in steps
        if step.standing is StepStanding.IN_DOUBT and step.since
    ]
