"""An auditor is shown the numbers and texts of one message, once it is recorded that he asked for them, and why."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

import msgspec
import uuid_utils
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.access.forms import body_of
from dashboards.access.people import Role, not_allowed, visitor_of
from dashboards.answers import MessageAnswer
from dashboards.api import message_id_in
from dashboards.errors import Refused, Unreadable
from dashboards.messages import read_message
from dashboards.reader import Reader
from dashboards.responses import answer
from dashboards.unmasked_answers import UnmaskedAnswer, UnmaskingAnswer, personal_answer
from delivery.unmaskings import Unmasking

RecordUnmasking: TypeAlias = Callable[[Unmasking], Awaitable[None]]
"""Returns once it is kept for good. Raises `NotRecorded`."""

SHORTEST_WHY: Final = 8
LONGEST_WHY: Final = 500
MOST_SHOWN: Final = 1000
MOST_BEFORE: Final = 100


class NotRecorded(Exception):
    """The unmasking could not be recorded, or nobody can tell; the message says why."""


async def unrecorded(_unmasking: Unmasking) -> None:
    """Where nothing records unmaskings, there are none."""
    raise NotRecorded("nothing records unmaskings here")


class Unmaskings:
    """The handler. It answers what is posted only, so that no link, no reload and no prefetching unmasks anything."""

    def __init__(self, reader: Reader, record: RecordUnmasking) -> None:
        self._reader = reader
        self._record = record

    async def show(self, request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor is None or not visitor.signed_in:
            raise Refused(403, "sign in: it is recorded who was shown a number")
        if not visitor.may(Role.AUDITOR):
            raise not_allowed(visitor, Role.AUDITOR)
        asked = message_id_in(request)
        why = _why(await body_of(request))
        message = await read_message(self._reader, asked)
        unmasking = Unmasking(
            unmasking_id=str(uuid_utils.uuid7()),
            message_id=message.message_id,
            at=datetime.now(UTC),
            who=visitor.name,
            role=visitor.role,
            why=why,
        )
        try:
            await self._record(unmasking)
        except NotRecorded as error:
            raise Refused(
                503, f"nothing is shown, since it cannot be recorded that you asked: {error}", retry_after=5
            ) from None
        return answer(await self._unmasked(message, unmasking))

    async def _unmasked(self, message: MessageAnswer, unmasking: Unmasking) -> UnmaskedAnswer:
        keys = [(attempt.provider, attempt.ref) for attempt in message.attempts]
        asked = {"message_id": message.message_id}
        rows = await self._reader.rows("message_personal", {**asked, "keys": keys, "most": MOST_SHOWN + 1})
        before = await self._reader.rows("unmaskings", {**asked, "most": MOST_BEFORE})
        return UnmaskedAnswer(
            message_id=message.message_id,
            unmasking=msgspec.convert(unmasking, UnmaskingAnswer, from_attributes=True),
            personal=[personal_answer(row) for row in rows[:MOST_SHOWN]],
            left_off=len(rows) > MOST_SHOWN,
            before=[
                msgspec.convert(row, UnmaskingAnswer) for row in before if row["unmasking_id"] != unmasking.unmasking_id
            ],
        )


def unmask_routes(reader: Reader, record: RecordUnmasking) -> list[Route]:
    return [Route("/v1/messages/{message_id}/unmasked", Unmaskings(reader, record).show, methods=["POST"])]


class Asking(Struct):
    why: str


def _why(body: bytes) -> str:
    try:
        why = msgspec.json.decode(body, type=Asking).why.strip()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unreadable("body", 'send a JSON object, {"why": "a complaint of the recipient\'s"} for example') from None
    if not SHORTEST_WHY <= len(why) <= LONGEST_WHY or not why.isprintable():
        raise Unreadable("why", f"say in one line of {SHORTEST_WHY} to {LONGEST_WHY} characters what it is for")
    return why
