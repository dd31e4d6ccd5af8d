"""Messente (Omnichannel API: SMS, Viber, WhatsApp with failover that Messente runs itself).

From its document: `POST /v1/omnimessage` with a leg for each channel in `messages`, tried in their order; its answer
has an `omnimessage_id` and a `message_id` for each leg. Status and cancellation ask by the `omnimessage_id`; only what
is scheduled can be cancelled, and then all of it. `validity` counts minutes and `ttl` seconds: one of them for each
leg. Errors 101 to 107. The delivery report: statuses, `err` and their meanings; null means "still being processed";
`timestamp` is when Messente learned of it.
From its public documentation (Delivery Report; Inbound Messages; Security):
- A report is POSTed as JSON to the message's `dlr_url` at each change: one status as in the document, with `to`,
  `omnimessage_id` and `sender` beside it. Any answer from 200 to 399 is taken; otherwise it is sent again.
- `timestamp` has microseconds and no zone. Of another time without a zone the document says that it is UTC; it is
  assumed of this one.
- Every callback bears `X-Messente-Signature`, the hex HMAC-SHA256 of the body: keyed with the API password for
  reports, and with a shared secret of the number for inbound messages.
- An inbound message has `msg_id`, `sub_msg_id`, `channel`, `sender`, `recipient`, `text`, `time`; nothing in it says
  what it answers.
From its client (messente-api 2.7): WhatsApp's text and media, which the document does not have (it knows templates
alone); Viber's text alone and with a button; the words for `priority`. `channel` may also be `rcs`, which Acuse does
not track. Where the two differ (the client has `true` and `false` for `autoconvert`), the document holds.
Assumed: credentials in `dlr_url` itself arrive as HTTP Basic, and a query on it comes back unchanged, which is how a
reference of ours travels (`?reference=`). The answer lists legs in the order in which they are tried. A leg that waits
for another is scheduled until a report says more: Messente holds it, and says null of it as of one under way.
Nothing finds a message by a reference of ours, so one in doubt cannot be looked up: the first report settles it.
The older SMS API calls by GET with other names; it is not read here.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event, Source
from delivery.orders import Order
from delivery.outcomes import Outcome
from ingest.accounts import Account, NotConfigured
from ingest.identifiers import identifier
from ingest.operations import Operation
from ingest.outbound import AskResult, HttpAnswer, HttpCall, NothingToAsk, Sending, SendResult
from ingest.provider import (
    CanBePolled,
    CancelsMessages,
    HasOperations,
    NativeLeg,
    Provider,
    ReceivesWebhooks,
    SendsMessages,
)
from ingest.providers.messente import asking, callbacks, client, legs, operations
from ingest.providers.messente.sending import read_sent, send_call
from ingest.webhook import WebhookRequest


class Messente(ReceivesWebhooks, SendsMessages, CanBePolled, CancelsMessages, HasOperations):
    name: ClassVar[str] = callbacks.NAME
    title: ClassVar[str] = "Messente"
    credential_fields: ClassVar[tuple[str, ...]] = ("username", "password", "inbound_secret")
    channels: ClassVar[frozenset[Channel]] = callbacks.CHANNELS
    codes: ClassVar[Mapping[str, Outcome]] = callbacks.CODES
    webhook_methods: ClassVar[frozenset[str]] = frozenset({"POST"})
    public_base_url: ClassVar[str] = client.PUBLIC_BASE_URL
    sends_on: ClassVar[frozenset[Channel]] = callbacks.CHANNELS
    options: ClassVar[type[legs.MessenteOptions]] = legs.MessenteOptions
    polls_on: ClassVar[frozenset[Channel]] = callbacks.CHANNELS
    cancels_on: ClassVar[frozenset[Channel]] = callbacks.CHANNELS
    operations: ClassVar[Mapping[str, Operation]] = operations.OPERATIONS

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:  # noqa: ARG002
        return identifier(reported, "ref")

    def verify(self, request: WebhookRequest, account: Account) -> bool:
        return callbacks.proves(request, account)

    def parse(self, request: WebhookRequest) -> Sequence[Event]:
        return callbacks.read_events(request, Source.WEBHOOK)

    def headers(self, account: Account) -> Mapping[str, str]:
        proof = []
        for name in ("username", "password"):
            if not account.credentials.get(name):
                raise NotConfigured(f"[providers.{account.name}] {name}: give that of Messente's API settings")
            proof.append(account.credentials[name])
        return {"authorization": f"Basic {base64.b64encode(_bytes(':'.join(proof))).decode()}"}

    def check(self, order: Order) -> None:
        legs.legs_of(order)

    def native_legs(self, order: Order) -> Sequence[NativeLeg]:
        return [NativeLeg(legs.channel_of(leg), legs.words_of(leg)) for leg in legs.legs_of(order)]

    def send_call(self, order: Order, sending: Sending) -> HttpCall:
        return send_call(order, sending)

    def read_sent(self, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        return read_sent(order, sending, answer)

    def poll_call(self, target: Target, account: Account) -> HttpCall:  # noqa: ARG002 - Messente has one address
        return client.status(_handle(target))

    def read_polled(self, target: Target, answer: HttpAnswer) -> AskResult:  # noqa: ARG002 - all legs are news
        return asking.read_polled(answer)

    def cancel_call(self, target: Target, account: Account) -> HttpCall:  # noqa: ARG002 - Messente has one address
        return client.cancel(_handle(target))

    def read_cancelled(self, target: Target, answer: HttpAnswer) -> AskResult:
        return asking.read_cancelled(target, answer)


def _bytes(credentials: str) -> bytes:
    """As Messente's client writes them, in Latin-1; it cannot write what is not in it."""
    try:
        return credentials.encode("latin-1")
    except UnicodeEncodeError:
        return credentials.encode()


def _handle(target: Target) -> str:
    if target.handle is None:
        raise NothingToAsk("Messente is asked by the omnimessage_id, which neither an answer nor a report has told yet")
    return target.handle


PROVIDER: Final[type[Provider]] = Messente
