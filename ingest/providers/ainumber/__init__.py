"""AI Number, formerly Sendbee (WhatsApp Business). Each file says where its facts are from, and what it assumes.

It cannot schedule or withdraw, and no field of it carries a reference of ours; whether it took a message is read from
the person's conversation.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from msgspec import Struct

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event
from delivery.orders import Order
from delivery.outcomes import Outcome
from ingest.accounts import Account, NotConfigured
from ingest.identifiers import identifier
from ingest.operations import Operation
from ingest.outbound import AskResult, HttpAnswer, HttpCall, LookupResult, Sending, SendResult
from ingest.provider import Provider
from ingest.providers.ainumber import asking, callbacks, client, inbound
from ingest.providers.ainumber import sending as messages
from ingest.providers.ainumber.operations import OPERATIONS
from ingest.providers.ainumber.options import AiNumberOptions
from ingest.webhook import WebhookRequest


class AiNumber:
    name: ClassVar[str] = callbacks.NAME
    title: ClassVar[str] = "AI Number"
    credential_fields: ClassVar[tuple[str, ...]] = ("api_key", "api_secret", "webhook_secret")
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.WHATSAPP})
    codes: ClassVar[Mapping[str, Outcome]] = callbacks.CODES
    webhook_methods: ClassVar[frozenset[str]] = frozenset({"POST"})
    public_base_url: ClassVar[str] = client.PUBLIC_BASE_URL
    sends_on: ClassVar[frozenset[Channel]] = channels
    polls_on: ClassVar[frozenset[Channel]] = channels
    options: ClassVar[type[Struct]] = AiNumberOptions
    operations: ClassVar[Mapping[str, Operation]] = OPERATIONS

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:  # noqa: ARG002
        return identifier(reported, "ref")

    def verify(self, request: WebhookRequest, account: Account) -> bool:
        return callbacks.verify(request, account)

    def parse(self, request: WebhookRequest) -> Sequence[Event]:
        return callbacks.parse(request)

    def headers(self, account: Account) -> Mapping[str, str]:
        """A token of this moment, under the name of the document and that of its clients, and the key."""
        key, secret = (account.credentials.get(name, "") for name in ("api_key", "api_secret"))
        if not key or not secret:
            raise NotConfigured(f"[providers.{account.name}] api_key and api_secret: AI Number wants both")
        token = client.auth_token(secret, datetime.now(UTC))
        return {"x-auth-token": token, "authtoken": token, "x-api-key": key, "accept": "application/json"}

    def check(self, order: Order) -> None:
        messages.check(order)

    def send_call(self, order: Order, sending: Sending) -> HttpCall:  # noqa: ARG002
        return messages.send_call(order)

    def read_sent(self, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        return messages.read_sent(order, sending, answer)

    def poll_call(self, target: Target, account: Account) -> HttpCall:  # noqa: ARG002
        return asking.poll_call(target)

    def read_polled(self, target: Target, answer: HttpAnswer) -> AskResult:
        return asking.read_polled(target, answer)

    def lookup_call(self, order: Order, sending: Sending, since: datetime) -> HttpCall:  # noqa: ARG002
        return asking.lookup_call(order)

    def read_looked_up(self, order: Order, sending: Sending, since: datetime, answer: HttpAnswer) -> LookupResult:
        return asking.read_looked_up(order, sending, since, answer)

    def list_call(self, account: Account, cursor: str | None) -> HttpCall | None:  # noqa: ARG002
        return inbound.list_call(inbound.Cursor.read(cursor))

    def read_listed(self, account: Account, cursor: str | None, answer: HttpAnswer) -> AskResult:  # noqa: ARG002
        return inbound.read_listed(inbound.Cursor.read(cursor), answer)


PROVIDER: Final[type[Provider]] = AiNumber
