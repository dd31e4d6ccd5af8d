"""What only Altiria takes: `options` of a message through it."""

from typing import Annotated

from msgspec import Meta, Struct

from ingest.providers.altiria.client import Gender, SmsEncoding

Short = Annotated[str, Meta(min_length=1, max_length=100)]
Subject = Annotated[str, Meta(min_length=1, max_length=500)]
Retries = Annotated[int, Meta(ge=0, le=10)]


class AltiriaOptions(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Options that the channel does not have are refused."""

    campaign_name: Annotated[
        Short | None, Meta(description="Name of the campaign; then our reference cannot travel in it")
    ] = None
    encoding: Annotated[SmsEncoding | None, Meta(description="Of an SMS; what its text needs unless given")] = None
    flash: Annotated[bool, Meta(description="An SMS that is shown at once and not kept")] = False
    certified: Annotated[bool, Meta(description="Have the delivery of an SMS or an e-mail certified")] = False
    landing: Annotated[
        Short | None, Meta(description="Id of the landing page's template, for an SMS that links to one")
    ] = None
    gender: Annotated[Gender | None, Meta(description="Of the voice that reads a text out: F or M")] = None
    retries: Annotated[Retries | None, Meta(description="How often to call again where nobody answers")] = None
    subject: Annotated[Subject | None, Meta(description="Of an e-mail, which needs one")] = None
    from_name: Annotated[str | None, Meta(description="Who an e-mail is from, beside the address")] = None
    reply_to: Annotated[str | None, Meta(description="Address to which an e-mail is answered")] = None
