"""What a plan is as callers and settings write it: one definition, which is checked and described in OpenAPI."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field

from delivery.channels import Channel
from delivery.orders import Media, Template, Voice
from delivery.plans import OnDoubt, Success
from delivery.reasons import Reason

MOST_STEPS: Final = 10
MOST_CHOICES: Final = 10
MOST_RETRIES: Final = 10
LONGEST_TTL_SECONDS: Final = 7 * 86_400
LONGEST_BACK_OFF_SECONDS: Final = 86_400
LONGEST_PROVIDER_TTL_SECONDS: Final = 30 * 86_400
LARGEST_WEIGHT: Final = 1_000
LONGEST_ZONE: Final = 64
BEST: Final = "best"
RECIPIENT: Final = "recipient"

Kind = Literal["text", "template", "media", "voice"]
Weight = Annotated[int, Meta(ge=0, le=LARGEST_WEIGHT)]
ProviderTtl = Annotated[int, Meta(ge=1, le=LONGEST_PROVIDER_TTL_SECONDS)]


class ContentBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step says of its own; what it leaves out is the message's."""

    sender: Annotated[str | None, Meta(description="Whom the recipient sees as its sender.")] = None
    text: Annotated[str | None, Meta(description="What to say.")] = None
    template: Annotated[Template | None, Meta(description="A text that the provider has approved.")] = None
    media: Annotated[Media | None, Meta(description="A file at an https address.")] = None
    voice: Annotated[Voice | None, Meta(description="A call, on the channel voice.")] = None
    options: Annotated[
        dict[str, Any],
        Meta(description="What only a provider takes; or, under providers' names, what each of them takes."),
    ] = {}


class RetryBody(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The same step again, and the next one when that has not helped either."""

    retry: Annotated[int, Meta(ge=1, le=MOST_RETRIES, description="How often.")]
    after: Annotated[
        int,
        Meta(
            ge=1,
            le=LONGEST_BACK_OFF_SECONDS,
            description="Seconds before the first time, twice as long before each other.",
        ),
    ] = 30


class StepBody(ContentBody, frozen=True, kw_only=True, omit_defaults=True):
    """One step: a channel, who sends on it, what is said, and when it is given up for the next one."""

    channel: Annotated[Channel, Meta(description="On which channel.")]
    provider: Annotated[
        str | list[str] | dict[str, Weight],
        Meta(
            description="Through whom: a name; several of equal weight; several with their weights, where one of 0 "
            'only stands in for the others; or "best", whichever does best at the time.'
        ),
    ]
    among: Annotated[
        list[str] | None,
        Meta(description='Of whom "best" is chosen; without it, of all that can send it on the accounts configured.'),
    ] = None
    takes: Annotated[
        Kind | None, Meta(description="What of the message this step sends, where the message has more than one thing.")
    ] = None
    ttl: Annotated[
        Annotated[int, Meta(ge=1, le=LONGEST_TTL_SECONDS)] | None,
        Meta(description="Seconds after which the step is given up, if it has not come far enough by then."),
    ] = None
    provider_ttl: Annotated[
        ProviderTtl | None,
        Meta(description="Seconds for which the provider may try, where it can be told; without it, the message's."),
    ] = None
    success: Annotated[Success, Meta(description="How far it must come for nothing more to be sent.")] = (
        Success.DELIVERED
    )
    on: Annotated[
        dict[Reason, Literal["stop", "next"] | RetryBody],
        Meta(description="What follows from a failure, by its reason, instead of what is usual."),
    ] = {}
    on_doubt: Annotated[
        OnDoubt | None,
        Meta(description="What to do where nobody can tell whether it was taken; without it, as the message says."),
    ] = None


class QuietBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hours in which nothing goes out."""

    begins: Annotated[str, Meta(description="Time of day, HH:MM, from which it is quiet.")] = field(name="from")
    ends: Annotated[str, Meta(description="Time of day, HH:MM, from which it no longer is.")] = field(name="to")
    zone: Annotated[
        str, Meta(max_length=LONGEST_ZONE, description='Whose time: "recipient", or an IANA name: Europe/Madrid.')
    ] = RECIPIENT
    default: Annotated[
        str, Meta(max_length=LONGEST_ZONE, description="The zone where the recipient's number tells none.")
    ] = "UTC"
    channels: Annotated[list[Channel], Meta(description="On which channels it is quiet; without any, on all.")] = []


class PlanBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps, tried one after another until one has come far enough."""

    steps: Annotated[list[StepBody], Meta(min_length=1, max_length=MOST_STEPS)]
    quiet: Annotated[QuietBody | None, Meta(description="When people are not to be disturbed.")] = None
    maximum_cost: Annotated[
        Decimal | None,
        Meta(
            description="What all that is sent may cost together, in the currency of the settings' prices.",
            extra_json_schema={
                "anyOf": [{"type": "string", "format": "decimal"}, {"type": "number"}, {"type": "null"}]
            },
        ),
    ] = None
    about: Annotated[str, Meta(max_length=300, description="What it is for, in words.")] = ""
