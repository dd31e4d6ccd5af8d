"""What `POST /v1/messages` takes: one definition, which is checked and described in OpenAPI."""

from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from delivery.channels import Channel
from delivery.orders import Media, Priority, Store, Template, Voice
from delivery.plans import OnDoubt
from ingest.plans.body import ContentBody, PlanBody

LONGEST_TEXT: Final = 20_000
LONGEST_ADDRESS: Final = 320
LONGEST_NAME: Final = 100
LONGEST_REFERENCE: Final = 200
LONGEST_URL: Final = 2_000
LONGEST_TTL_SECONDS: Final = 30 * 86_400
MOST_PARAMETERS: Final = 100


class MessageBody(Struct, frozen=True, kw_only=True):
    """A message to one recipient, on a channel through a provider, or by a plan.

    Give one of `text`, `template`, `media`, `voice`; only `media` may have a `text`. With a plan, give what its steps
    say where they say nothing of their own: each takes what its channel, or its `takes`, asks for.
    """

    to: Annotated[
        str,
        Meta(
            max_length=LONGEST_ADDRESS,
            description="The recipient's number in E.164 with its plus sign; on the channel email, the address.",
        ),
    ]
    channel: Annotated[Channel | None, Meta(description="On which channel; the steps of a plan have their own.")] = None
    provider: Annotated[
        Annotated[str, Meta(max_length=LONGEST_NAME)] | None,
        Meta(description="Through whom to send it; the steps of a plan have their own."),
    ] = None
    plan: Annotated[
        str | PlanBody | None, Meta(description="The steps to try, or the name of a plan that the settings have.")
    ] = None
    contents: Annotated[
        dict[str, ContentBody],
        Meta(description="What steps of the plan say instead, by their number (the first is 1) or their channel."),
    ] = {}
    sender: Annotated[
        str | None, Meta(description="Whom the recipient sees as its sender; without it, the provider's default.")
    ] = None
    text: Annotated[str | None, Meta(description="What to say.")] = None
    template: Annotated[Template | None, Meta(description="A text that the provider has approved.")] = None
    media: Annotated[Media | None, Meta(description="A file at an https address.")] = None
    voice: Annotated[Voice | None, Meta(description="A call, on the channel voice.")] = None
    send_at: Annotated[
        str | None, Meta(description="When to send it: ISO 8601 with a zone. Without it, or if it has come: at once.")
    ] = None
    ttl: Annotated[
        Annotated[int, Meta(ge=1, le=LONGEST_TTL_SECONDS)] | None,
        Meta(description="Seconds for which the provider may try."),
    ] = None
    reference: Annotated[str | None, Meta(description="A reference of your own, kept beside the message.")] = None
    priority: Annotated[Priority, Meta(description="Before which others it goes, where a provider can.")] = (
        Priority.REGULAR
    )
    store: Annotated[
        Store, Meta(description="What is kept of the text once it was handed over: all, its digest, nothing.")
    ] = Store.PLAINTEXT
    options: Annotated[
        dict[str, Any], Meta(description="What only this provider takes; its schema is `<Provider>Options`.")
    ] = {}
    on_doubt: Annotated[OnDoubt, Meta(description="What to do where nobody can tell whether the provider took it.")] = (
        OnDoubt.HOLD
    )
