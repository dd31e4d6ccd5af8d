"""Answers what became of one message, also where it is asked for under an id that was retired."""

from typing import Final

from dashboards.answers import AttemptAnswer, EventKind, MessageAnswer, ReplyAnswer
from dashboards.attempts import read_attempts
from dashboards.errors import NotFound
from dashboards.reader import Reader
from dashboards.sending import (
    Sending,
    call_answers,
    decision_answers,
    doubt_answers,
    notice_answers,
    read_sending,
    request_answers,
)
from delivery.messages import message_outcome

MOST_ATTEMPTS: Final = 200
"""At one message; failover plans have a handful of steps."""
MOST_RETIREMENTS: Final = 4
"""An id leads to another at most this often: it is retired when it is claimed, and a claim can be overtaken by one
that was received earlier."""


async def read_message(reader: Reader, message_id: str) -> MessageAnswer:
    """The message, its attempts in the order in which they were first heard of. Raises `NotFound`.

    One that we were asked to send is found before there is any attempt at it.
    """
    current = message_id
    for _ in range(MOST_RETIREMENTS):
        rows = await reader.rows("message_keys", {"message_id": current, "most": MOST_ATTEMPTS})
        found = await read_attempts(reader, [(row["provider"], row["ref"]) for row in rows])
        attempts = [attempt for attempt in found.values() if attempt.message_id == current]
        sending = await read_sending(reader, current)
        if attempts or sending.known:
            return _answer(message_id, current, attempts, sending)
        leads_to = await _leads_to(reader, current, list(found.values()))
        if leads_to is None or leads_to == current:
            break
        current = leads_to
    raise NotFound("there is no such message: nothing that has come in belongs to it")


async def _leads_to(reader: Reader, message_id: str, former: list[AttemptAnswer]) -> str | None:
    """The id that replaced this one: as its alias says, else as the attempts say that it once named."""
    rows = await reader.rows("alias", {"message_id": message_id})
    if rows:
        return str(rows[0]["message_id"])
    return min(attempt.message_id for attempt in former) if former else None


def _answer(asked: str, message_id: str, attempts: list[AttemptAnswer], sending: Sending) -> MessageAnswer:
    attempts.sort(key=lambda attempt: (attempt.opened_at, attempt.provider, attempt.ref))
    steps = sending.steps(attempts)
    course = sending.course
    return MessageAnswer(
        message_id=message_id,
        outcome=message_outcome(attempts, [step.standing for step in steps], course),
        plan=sending.plan,
        failover=course.failover,
        attempts=attempts,
        requests=request_answers(sending),
        decisions=decision_answers(sending, steps),
        calls=call_answers(sending),
        doubts=doubt_answers(sending, steps),
        notices=notice_answers(sending),
        records_left_off=sending.left_off,
        replies=sorted(
            (reply for attempt in attempts for reply in _replies(attempt)),
            key=lambda reply: (reply.received_at, reply.event_id),
        ),
        alias_of=message_id if message_id != asked else None,
    )


def _replies(attempt: AttemptAnswer) -> list[ReplyAnswer]:
    return [
        ReplyAnswer(
            event_id=event.event_id,
            provider=attempt.provider,
            ref=attempt.ref,
            channel=attempt.channel,
            occurred_at=event.occurred_at,
            received_at=event.received_at,
            copies=event.copies,
        )
        for event in attempt.events
        if event.kind is EventKind.REPLY
    ]
