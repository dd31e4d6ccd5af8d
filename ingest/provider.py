"""What a provider is to us, one Protocol for each ability. An ability that a provider lacks is a method it lacks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from msgspec import Struct

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event
from delivery.orders import Order
from delivery.outcomes import Outcome
from ingest.accounts import Account
from ingest.operations import Operation
from ingest.outbound import AskResult, HttpAnswer, HttpCall, LookupResult, Sending, SendResult
from ingest.webhook import WebhookRequest


class Provider(Protocol):
    """What every provider has. Providers hold no state and take no arguments: one instance serves all requests.

    `name` is the word in URLs, settings and attempt keys; `title` is for people. `credential_fields` are the settings
    in `[providers.<name>]`, beside the common ones, that end up in `Account.credentials`. `codes` maps the provider's
    own codes, exactly as they stand in an event's `code`, to what they mean.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    credential_fields: ClassVar[tuple[str, ...]]
    channels: ClassVar[frozenset[Channel]]
    codes: ClassVar[Mapping[str, Outcome]]

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:
        """The ref by which callbacks will speak of a send that somebody reports as `reported`, the provider's own id.

        `recipient` is E.164, or an e-mail address; it matters where one id covers many recipients, and `channel` where
        one id covers several legs. A ref that is already complete (`batch:number`, or as a callback made it) names the
        same attempt. Raises `Unreadable`, naming field and remedy.
        """


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """A provider that calls us. `webhook_methods` are the HTTP methods that it may use."""

    webhook_methods: ClassVar[frozenset[str]]

    def verify(self, request: WebhookRequest, account: Account) -> bool:
        """Whether the request proves that the account's provider sent it, in time independent of the secret.

        An account without configured credentials is never proven.
        """

    def parse(self, request: WebhookRequest) -> Sequence[Event]:
        """The events of the request, in its order; none when it tells nothing of a message.

        Raises `Unreadable` and nothing else, whatever the bytes. A code that is in no table is an event of stage
        `unknown`, not an error. Several reports in one request are all read, or the request is unreadable.
        """


@runtime_checkable
class WithoutWebhooks(Protocol):
    """A provider that never calls us; `no_webhooks_because` says why, as one sentence for whoever asks."""

    no_webhooks_because: ClassVar[str]


@runtime_checkable
class Authenticates(Protocol):
    """A provider that we call. `public_base_url` is its address where the account names none, "" if it has no one."""

    public_base_url: ClassVar[str]

    def headers(self, account: Account) -> Mapping[str, str]:
        """What proves us to the provider. Raises `NotConfigured` with the credential that is missing."""


@runtime_checkable
class AuthenticatesInBody(Authenticates, Protocol):
    """A provider that wants credentials in the body too. Only what carries calls out asks for it."""

    def body_with_credentials(self, call: HttpCall, account: Account) -> bytes:
        """The call's body as it goes out, never to be kept. Raises `NotConfigured` as `headers` does."""


@runtime_checkable
class SendsMessages(Authenticates, Protocol):
    """`sends_on` are the channels; `options` the type of what only this provider takes (`Order.personal.options`)."""

    sends_on: ClassVar[frozenset[Channel]]
    options: ClassVar[type[Struct]]

    def check(self, order: Order) -> None:
        """Raises `Unsendable`, naming the field of `POST /v1/messages` and what to give instead.

        What passes can be made a call; the provider may still refuse it.
        """

    def send_call(self, order: Order, sending: Sending) -> HttpCall:
        """The request that sends it, with our reference where the provider carries one."""

    def read_sent(self, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        """What the answer means, whatever the bytes. A `Send` has source `call`, our message id and the answer raw."""


class NativeLeg(NamedTuple):
    """One of the channels that a provider tries by itself. `text` is what it says in words of its own there."""

    channel: Channel
    text: str | None = None


@runtime_checkable
class FailsOver(Protocol):
    """A provider that itself goes on to another channel, where a message asks for it."""

    def native_legs(self, order: Order) -> Sequence[NativeLeg]:
        """What it will try for an order that `check` has passed, in turn; the order's own channel is the first."""


@runtime_checkable
class CanBePolled(Authenticates, Protocol):
    """A provider that can be asked how far an attempt has come, on the channels `polls_on`."""

    polls_on: ClassVar[frozenset[Channel]]

    def poll_call(self, target: Target, account: Account) -> HttpCall: ...

    def read_polled(self, target: Target, answer: HttpAnswer) -> AskResult:
        """Events of source `poll`; what a webhook says the same of must come out as the same event."""


@runtime_checkable
class CancelsMessages(Authenticates, Protocol):
    """A provider that takes back what it has not sent, on the channels `cancels_on`."""

    cancels_on: ClassVar[frozenset[Channel]]

    def cancel_call(self, target: Target, account: Account) -> HttpCall: ...

    def read_cancelled(self, target: Target, answer: HttpAnswer) -> AskResult:
        """A `Status` of stage `cancelled` and source `call`, or why it cannot be taken back."""


@runtime_checkable
class LooksUp(Authenticates, Protocol):
    """A provider that can be asked whether it took a message of which it gave us no id."""

    def lookup_call(self, order: Order, sending: Sending, since: datetime) -> HttpCall: ...

    def read_looked_up(self, order: Order, sending: Sending, since: datetime, answer: HttpAnswer) -> LookupResult: ...


@runtime_checkable
class ListsInbound(Authenticates, Protocol):
    """A provider whose inbound messages must be asked for."""

    def list_call(self, account: Account, cursor: str | None) -> HttpCall | None:
        """The next page, from the newest (`None`) on; None where there is nothing to ask for."""

    def read_listed(self, account: Account, cursor: str | None, answer: HttpAnswer) -> AskResult: ...


@runtime_checkable
class HasOperations(Authenticates, Protocol):
    """What a provider can do beside messages, for `acuse provider <name> <operation>`."""

    operations: ClassVar[Mapping[str, Operation]]
