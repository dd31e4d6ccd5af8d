"""`/v1/messages`: what we are asked to send, to cancel, to settle. 202 means that Kafka has the request.

Nothing is kept here, so whether a request was heard before is not known. An `Idempotency-Key` makes the message's id
instead, and whoever decides on messages decides on each id once: the same key again is the same message, also with
another body, and then it is sent as it was asked for first.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from delivery.requests import CancelRequest, Finding, MessageRequest, Request, SettleRequest
from delivery.segmentation import segmentation
from ingest import responses
from ingest.accounts import Account
from ingest.answers import Answer
from ingest.api_route import ApiRequest, Done, one_label
from ingest.fields import message_id_of, one_line
from ingest.intake import Intake
from ingest.invalid import InvalidField
from ingest.items import items, one_item
from ingest.message_body import LONGEST_REFERENCE, LONGEST_TEXT
from ingest.message_ids import keyed_message_id, new_message_id
from ingest.message_receipts import receipt_of
from ingest.metrics import Outcome
from ingest.orders import Asked, Orders
from ingest.plans.resolving import PlanBook
from ingest.provider import Provider
from ingest.publisher import NothingPublished, NotPublished
from ingest.sending_accounts import SendingAccounts
from ingest.shapes import shaped

MOST_AT_ONCE: Final = 1_000
MESSAGES_BETWEEN_BREATHS: Final = 20
"""Checking a message takes long enough that webhooks must get their turn in between."""
LONGEST_KEY: Final = 200
MOST_PLAN_BYTES: Final = 16 * 1024 * 1024
"""Of all messages of a request: a plan holds what each of its steps says through everybody who may send it."""
KEY_HEADER: Final = "Idempotency-Key"


class SettleBody(Struct, frozen=True, kw_only=True):
    """What a person has found out of a step in doubt."""

    step: Annotated[int, Meta(ge=1, le=999, description="Which step of the message; the first is 1.")]
    finding: Annotated[Finding, Meta(description="Whether the provider had taken it.")]
    ref: Annotated[str | None, Meta(description="The provider's own id, where it was sent.")] = None
    resend: Annotated[bool, Meta(description="Whether to send again what was not sent.")] = False
    tries: Annotated[
        int, Meta(ge=0, le=999, description="Of which sending it was found: how often it had been sent again before.")
    ] = 0


class SegmentsBody(Struct, frozen=True, kw_only=True):
    text: Annotated[str, Meta(max_length=LONGEST_TEXT, description="What to say in an SMS.")]


class Messages:
    """The work of the routes."""

    def __init__(
        self,
        providers: Mapping[str, type[Provider]],
        accounts: Mapping[str, Account],
        *,
        intake: Intake,
        clock: Callable[[], datetime],
        book: PlanBook | None = None,
    ) -> None:
        self._orders = Orders({name: provider() for name, provider in providers.items()}, book)
        self._accounts = SendingAccounts(self._orders.senders, accounts)
        self._intake = intake
        self._clock = clock

    async def send(self, request: ApiRequest) -> Done:
        key = _idempotency_key(request.headers)
        raws, is_list = items(request.body, at_most=MOST_AT_ONCE)
        ids = [new_message_id() if key is None else keyed_message_id(request.token, key, at) for at in range(len(raws))]
        now = self._clock()
        asked, total = list[Asked](), 0
        for index, (message_id, raw) in enumerate(zip(ids, raws, strict=True)):
            if index % MESSAGES_BETWEEN_BREATHS == MESSAGES_BETWEEN_BREATHS - 1 or (asked and asked[-1].plan):
                await asyncio.sleep(0)
            try:
                asked.append(self._read(raw, message_id, now))
            except InvalidField as error:
                raise (error.within(index) if is_list else error) from None
            total += asked[-1].size
            if total > MOST_PLAN_BYTES:
                raise InvalidField("", f"{len(asked)} of them take too much with their plans; give fewer at once")
        receipts = [receipt_of(*each) for each in zip(ids, asked, strict=True)]
        content = {"messages": receipts} if is_list else receipts[0]
        requests = [_message_request(*each, now) for each in zip(ids, asked, strict=True)]
        answer = await self._ask(requests, content, repeatable=key is not None)
        return Done(answer, one_label(one.order.provider for one in asked))

    async def cancel(self, request: ApiRequest) -> Done:
        message_id = message_id_of(request.parameters["message_id"])
        cancel = CancelRequest(message_id=message_id, received_at=self._clock())
        return Done(await self._ask([cancel], {"message_id": message_id}, repeatable=True))

    async def settle(self, request: ApiRequest) -> Done:
        message_id = message_id_of(request.parameters["message_id"])
        body = shaped(_one_object(request.body), SettleBody)
        check_settlement(body)
        settle = SettleRequest(
            message_id=message_id,
            received_at=self._clock(),
            step=body.step,
            finding=body.finding,
            ref=None if body.ref is None else one_line("ref", body.ref, LONGEST_REFERENCE),
            resend=body.resend,
            tries=body.tries,
        )
        return Done(await self._ask([settle], {"message_id": message_id, "step": body.step}, repeatable=True))

    async def segments(self, request: ApiRequest) -> Done:
        body = shaped(_one_object(request.body), SegmentsBody)
        return Done(Answer(Outcome.ACCEPTED, responses.document(segmentation(body.text))))

    def _read(self, raw: bytes, message_id: str, now: datetime) -> Asked:
        return self._orders.read(raw, now, lambda order, step: self._accounts.check(order, message_id, now, step))

    async def _ask(self, requests: Sequence[Request], content: Mapping[str, Any], *, repeatable: bool) -> Answer:
        """`repeatable`: whether the same request once more asks for nothing more."""
        try:
            await self._intake.ask(requests)
        except NothingPublished:
            raise
        except NotPublished as error:
            if repeatable:
                again = "it may have been accepted, and can be sent again as it is"
            else:
                again = (
                    f"it may be sent all the same: look it up before you repeat it; with {KEY_HEADER} just repeat it"
                )
            return Answer(Outcome.UNAVAILABLE, responses.undecided(f"{error}; {again}", content))
        return Answer(Outcome.ACCEPTED, responses.document(content, 202))


def _idempotency_key(headers: Mapping[str, str]) -> str | None:
    given = headers.get(KEY_HEADER.lower())
    return None if given is None else one_line(KEY_HEADER, given, LONGEST_KEY)


def _one_object(body: bytes) -> dict[str, Any]:
    given: Any = msgspec.json.decode(one_item(body))
    if not isinstance(given, dict):
        raise InvalidField("", "give an object")
    return {name: value for name, value in given.items() if value is not None}


def check_settlement(body: SettleBody) -> None:
    if body.finding is Finding.SENT and body.resend:
        raise InvalidField("resend", "it was sent; only what was not sent is sent again")
    if body.finding is Finding.NOT_SENT and body.ref is not None:
        raise InvalidField("ref", "it was not sent; leave the provider's id out")


def _message_request(message_id: str, asked: Asked, received_at: datetime) -> MessageRequest:
    return MessageRequest(
        message_id=message_id,
        received_at=received_at,
        order=asked.order,
        on_doubt=asked.on_doubt,
        plan=asked.plan,
        send_at=asked.send_at,
    )
