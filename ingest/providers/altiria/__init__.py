"""Altiria (SMS, voice, e-mail, WhatsApp). Each file says where its facts are from, and what it assumes.

Two gateways bear the name. An account whose `base_url` ends in `/apirest/ws` is at the SMS gateway (`gateway.py`),
which sends SMS alone; every other is at the platform whose API the document describes (`client.py`, `platform.py`).
Neither can withdraw a message, and neither can be asked whether it took one of which it gave no id.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from msgspec import Struct

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event
from delivery.orders import Order
from delivery.outcomes import Outcome
from ingest.accounts import Account, NotConfigured
from ingest.answered import as_webhook, by_status
from ingest.credentials import proves_basic
from ingest.given_options import given_options
from ingest.operations import Operation
from ingest.outbound import (
    AskResult,
    HttpAnswer,
    HttpCall,
    NotFound,
    NothingToAsk,
    Sending,
    SendResult,
    Told,
    Unclear,
)
from ingest.provider import Provider
from ingest.providers.altiria import callbacks, client, conversations, gateway, platform
from ingest.providers.altiria.operations import OPERATIONS
from ingest.providers.altiria.options import AltiriaOptions
from ingest.webhook import Unreadable, WebhookRequest

NOT_FOUND: Final = 404


class Altiria:
    name: ClassVar[str] = callbacks.NAME
    title: ClassVar[str] = "Altiria"
    credential_fields: ClassVar[tuple[str, ...]] = ("login", "password")
    channels: ClassVar[frozenset[Channel]] = frozenset(callbacks.CHANNELS.values())
    codes: ClassVar[Mapping[str, Outcome]] = callbacks.CODES
    webhook_methods: ClassVar[frozenset[str]] = frozenset({"GET", "POST"})
    public_base_url: ClassVar[str] = client.PUBLIC_BASE_URL
    sends_on: ClassVar[frozenset[Channel]] = frozenset(platform.CONTENT)
    options: ClassVar[type[Struct]] = AltiriaOptions
    polls_on: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    operations: ClassVar[Mapping[str, Operation]] = OPERATIONS

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:  # noqa: ARG002
        return callbacks.attempt_ref(reported)

    def verify(self, request: WebhookRequest, account: Account) -> bool:
        return proves_basic(request.headers, account)

    def parse(self, request: WebhookRequest) -> Sequence[Event]:
        return callbacks.parse(request)

    def headers(self, account: Account) -> Mapping[str, str]:
        """HTTP Basic for the platform; the SMS gateway takes credentials in the body."""
        if gateway.is_gateway(account):
            return {}
        login, password = (account.credentials.get(name, "") for name in self.credential_fields)
        if not login or not password:
            raise NotConfigured(f"[providers.{account.name}] login and password: Altiria wants both")
        return {"authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}

    def body_with_credentials(self, call: HttpCall, account: Account) -> bytes:
        return gateway.with_credentials(call, account) if gateway.is_gateway(account) else call.body

    def check(self, order: Order) -> None:
        platform.check(order)

    def send_call(self, order: Order, sending: Sending) -> HttpCall:
        """Raises `Unsendable` where the account is at the SMS gateway and that cannot send it."""
        options = given_options(order, AltiriaOptions)
        if not gateway.is_gateway(sending.account):
            return platform.send_call(order, options, sending)
        gateway.check(order, options, sending)
        return gateway.send_call(order, options, sending.reference)

    def read_sent(self, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        call = self.send_call(order, sending)
        read = gateway.read_sent if gateway.is_gateway(sending.account) else platform.read_sent
        return read(order, sending, call, answer)

    def poll_call(self, target: Target, account: Account) -> HttpCall:
        if gateway.is_gateway(account) or ":" in target.ref:
            raise NothingToAsk(
                "Altiria's SMS gateway cannot be asked what became of a message; it confirms by callback"
            )
        return client.get_sms(target.ref)

    def read_polled(self, target: Target, answer: HttpAnswer) -> AskResult:
        if answer.status == NOT_FOUND:
            return NotFound(f"HTTP {NOT_FOUND}")
        if not answer.succeeded:
            return by_status(answer)
        try:
            return Told((callbacks.read_polled_status(as_webhook(answer), target.ref),))
        except Unreadable as error:
            return Unclear(str(error))

    def list_call(self, account: Account, cursor: str | None) -> HttpCall | None:
        return None if gateway.is_gateway(account) else conversations.list_call(conversations.Cursor.read(cursor))

    def read_listed(self, account: Account, cursor: str | None, answer: HttpAnswer) -> AskResult:  # noqa: ARG002
        return conversations.read_listed(conversations.Cursor.read(cursor), answer)


PROVIDER: Final[type[Provider]] = Altiria
