"""Pigeon Post: a provider that is nowhere but here, with every ability that a provider can have, in one file.

Its protocol (there is no other document): JSON; `x-api-key`. `POST /messages` takes `to`, `from`, `text`, `at`, `loft`,
`reference` and `tell` (where reports go), and answers 202 `{"id"}`. `GET /messages/{id}` and each report have `id`,
`to`, `state`, `at`, `reference`; `DELETE /messages/{id}` answers likewise, 409 once it has flown.
`GET /messages?reference=` lists those of a reference, `GET /inbox?after=` what people wrote, `GET /grain` what is left.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import Meta, Struct

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event, Personal, Reply, Source, Status
from delivery.orders import Order
from delivery.outcomes import UNKNOWN, Outcome
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account, NotConfigured
from ingest.answered import answered, as_webhook, by_status, mapping, text
from ingest.claims import claimed
from ingest.clocks import read_time
from ingest.credentials import proves_basic
from ingest.given_options import given_options
from ingest.identifiers import identifier
from ingest.operations import Operation, OperationFailed
from ingest.outbound import (
    JSON,
    AskResult,
    HttpAnswer,
    HttpCall,
    LookupResult,
    NotFound,
    Refused,
    Sending,
    SendResult,
    Taken,
    Told,
    Unclear,
)
from ingest.phone import read_phone
from ingest.provider import Provider
from ingest.reports import Report, read_reports
from ingest.sent import sent_event
from ingest.statuses import called_back, status_event
from ingest.unsendable import Unsendable
from ingest.webhook import Unreadable, WebhookRequest

NAME: Final = "pigeon"
CODES: Final[Mapping[str, Outcome]] = {
    "waiting": Outcome(Stage.QUEUED, text="Waits in the loft"),
    "flying": Outcome(Stage.SENT, text="On the wing"),
    "landed": Outcome(Stage.DELIVERED, final=True, text="Landed on the sill"),
    "lost": Outcome(Stage.UNDELIVERED, Reason.NETWORK_ERROR, final=True, text="Met a hawk"),
    "kept": Outcome(Stage.CANCELLED, Reason.CANCELLED, final=True, text="Kept at home"),
}
REFUSALS: Final[Mapping[int, Reason]] = {400: Reason.INVALID_NUMBER, 402: Reason.NO_CREDIT}


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    loft: Annotated[str, Meta(description="Where it flies from", max_length=20)] = ""


class Letter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    to: str
    text: str
    reference: str
    tell: str = ""
    loft: str = ""
    at: str = ""


class Nothing(Struct, frozen=True):
    """No parameters."""


def _grain(answer: HttpAnswer) -> Any:
    if not answer.succeeded or "grain" not in mapping(answered(answer)):
        raise OperationFailed(f"HTTP {answer.status}")
    return answered(answer)


class Pigeon:
    name: ClassVar[str] = NAME
    title: ClassVar[str] = "Pigeon Post"
    credential_fields: ClassVar[tuple[str, ...]] = ("api_key",)
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    codes: ClassVar[Mapping[str, Outcome]] = CODES
    webhook_methods: ClassVar[frozenset[str]] = frozenset({"POST"})
    public_base_url: ClassVar[str] = "https://pigeon.example"
    sends_on: ClassVar[frozenset[Channel]] = channels
    options: ClassVar[type[Struct]] = Options
    polls_on: ClassVar[frozenset[Channel]] = channels
    cancels_on: ClassVar[frozenset[Channel]] = channels

    # callbacks

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:
        del recipient, channel  # an id is one recipient's
        return identifier(reported, "ref")

    def verify(self, request: WebhookRequest, account: Account) -> bool:
        return proves_basic(request.headers, account)

    def parse(self, request: WebhookRequest) -> Sequence[Event]:
        return [_status(report, request, Source.WEBHOOK) for report in read_reports(request)]

    # sending

    def headers(self, account: Account) -> Mapping[str, str]:
        if not account.credentials.get("api_key"):
            raise NotConfigured(f"[providers.{account.name}] api_key: give the key that is carved above the loft")
        return {"x-api-key": account.credentials["api_key"]}

    def check(self, order: Order) -> None:
        given_options(order, Options)
        for field in ("template", "media", "voice"):
            if getattr(order.personal, field):
                raise Unsendable(field, "a pigeon carries text alone; leave it out")
        if not order.personal.text:
            raise Unsendable("text", "missing; a pigeon carries nothing else")
        if order.ttl_seconds:
            raise Unsendable("ttl", "nobody calls a pigeon back; leave it out")

    def send_call(self, order: Order, sending: Sending) -> HttpCall:
        letter = Letter(
            to=order.personal.to,
            text=order.personal.text or "",
            reference=sending.reference,
            tell=sending.account.callback_url,
            loft=given_options(order, Options).loft,
            at=order.send_at.isoformat() if order.send_at else "",
        )
        return HttpCall("POST", "/messages", msgspec.json.encode(letter), JSON)

    def read_sent(self, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        if answer.status in REFUSALS:
            return Refused(REFUSALS[answer.status], str(answer.status), text(mapping(answered(answer)).get("error")))
        if not answer.succeeded:
            return by_status(answer)
        return self._taken(order, sending, answer, answered(answer)) or Unclear("taken without an id")

    def _taken(self, order: Order, sending: Sending, answer: HttpAnswer, said: Any) -> Taken | None:
        try:
            ref = identifier(text(mapping(said).get("id")), "id")
        except Unreadable:
            return None
        stage = Stage.SCHEDULED if order.send_at else Stage.QUEUED
        return Taken([sent_event(order, sending, answer, self.send_call(order, sending), ref=ref, stage=stage)])

    # asking

    def poll_call(self, target: Target, account: Account) -> HttpCall:
        del account  # its address is all that there is
        return HttpCall("GET", f"/messages/{target.ref}")

    def read_polled(self, target: Target, answer: HttpAnswer) -> AskResult:
        return self._told(target, answer, Source.POLL)

    def cancel_call(self, target: Target, account: Account) -> HttpCall:
        del account
        return HttpCall("DELETE", f"/messages/{target.ref}")

    def read_cancelled(self, target: Target, answer: HttpAnswer) -> AskResult:
        return self._told(target, answer, Source.CALL)

    def _told(self, target: Target, answer: HttpAnswer, source: Source) -> AskResult:
        if answer.status == 404:
            return NotFound("no such pigeon")
        if not answer.succeeded:
            return by_status(answer)
        try:
            told = [_status(report, as_webhook(answer), source) for report in read_reports(as_webhook(answer))]
        except Unreadable as error:
            return Unclear(str(error))
        return Told(told) if [event.ref for event in told] == [target.ref] else Unclear("it tells of another")

    def lookup_call(self, order: Order, sending: Sending, since: datetime) -> HttpCall:
        del order, since  # the reference is enough
        return HttpCall("GET", "/messages", query=(("reference", sending.reference),))

    def read_looked_up(self, order: Order, sending: Sending, since: datetime, answer: HttpAnswer) -> LookupResult:
        del since
        found = answered(answer)
        if not answer.succeeded or not isinstance(found, list):
            failed = by_status(answer)
            return Unclear(failed.text) if isinstance(failed, Refused) else failed
        if not found:
            return NotFound("it never left the loft")
        return self._taken(order, sending, answer, found[0]) or Unclear("found without an id")

    def list_call(self, account: Account, cursor: str | None) -> HttpCall:
        del account
        return HttpCall("GET", "/inbox", query=(("after", cursor),) if cursor else ())

    def read_listed(self, account: Account, cursor: str | None, answer: HttpAnswer) -> AskResult:
        del account, cursor
        if not answer.succeeded:
            return by_status(answer)
        found = mapping(answered(answer))
        if not isinstance(found.get("letters"), list):
            return Unclear("no list of letters")
        return Told([_reply(letter, answer) for letter in found["letters"]], text(found.get("next")) or None)

    # what is no message

    operations: ClassVar[Mapping[str, Operation]] = {
        "grain": Operation("How much grain is left.", Nothing, lambda _: HttpCall("GET", "/grain"), _grain)
    }


def _status(report: Report, request: WebhookRequest, source: Source) -> Status:
    wire = report.fields
    code = identifier(wire.get("state"), "state")
    reference = wire.get("reference") or None
    return status_event(
        CODES.get(code, UNKNOWN),
        called_back(report, request, source),
        provider=NAME,
        ref=identifier(wire.get("id"), "id"),
        channel=Channel.SMS,
        code=code,
        occurred=read_time(wire.get("at", ""), assumed=UTC),
        ours=claimed(reference),
        reference=reference,
        phone=read_phone(wire.get("to", "")),
    )


def _reply(said: Any, answer: HttpAnswer) -> Reply:
    letter = {name: text(value) for name, value in mapping(said).items()}
    person = read_phone(letter.get("from", ""))
    return Reply(
        provider=NAME,
        ref=letter.get("id", "") or "unnamed",
        reply_id=letter.get("id", ""),
        channel=Channel.SMS,
        received_at=answer.received_at,
        source=Source.POLL,
        occurred=read_time(letter.get("at", ""), assumed=UTC),
        country=person.country if person else None,
        payload=answer.payload,
        personal=Personal(sender=person.e164 if person else None, text=letter.get("text"), raw=answer.body),
    )


PROVIDER: Final[type[Provider]] = Pigeon
