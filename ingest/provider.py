"""What a provider is to us, one Protocol for each ability. An ability that a provider lacks is a method it lacks."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol, runtime_checkable

from delivery.channels import Channel
from delivery.events import Event
from delivery.outcomes import Outcome
from ingest.accounts import Account
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
