"""Messente's Omnichannel API as types and calls: what it takes and answers, field by field, and nothing of ours.

From its document: every field that is not said to be otherwise below, which of them are required, and the bounds.
From its client (messente-api 2.7): text and media of WhatsApp, `coupon_code` and `payload` of a template's parameter,
the words for `priority`, and that `components` is always there. Not here: RCS, Viber's carousels and templates,
WhatsApp's stickers, and `id` and `mime_type` of WhatsApp's media, all of which only the client has.
"""

from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct

from ingest.outbound import JSON, HttpCall

PUBLIC_BASE_URL: Final = "https://api.messente.com"
LARGEST_VIDEO_BYTES: Final = 200_000_000
LONGEST_VIDEO_SECONDS: Final = 600
_ACCEPT: Final = {"accept": JSON}

Positive = Annotated[int, Meta(gt=0)]
Url = Annotated[str, Meta(pattern="^https?://[^\\s]+$", max_length=2000)]
Words = Annotated[str, Meta(min_length=1)]


class _Leg(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="channel"):
    """One channel's part. When it has failed, or `validity` minutes or `ttl` seconds are over, the next is tried."""

    sender: str | None = None
    validity: Positive | None = None
    ttl: Positive | None = None


class Sms(_Leg, tag="sms", frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    text: Words
    autoconvert: Literal["on", "full", "off"] | None = None
    udh: Annotated[str, Meta(pattern="^([0-9A-Fa-f]{2}){1,140}$")] | None = None


class ViberVideo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`file_size` in bytes, `duration` in seconds."""

    url: Url
    thumbnail: Url
    file_size: Annotated[int, Meta(gt=0, le=LARGEST_VIDEO_BYTES)]
    duration: Annotated[int, Meta(gt=0, le=LONGEST_VIDEO_SECONDS)]


class Viber(_Leg, tag="viber", frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    text: Words | None = None
    image_url: Url | None = None
    button_url: Url | None = None
    button_text: Words | None = None
    video: ViberVideo | None = None


class Language(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    code: Words
    policy: str | None = None


class Currency(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code` is ISO 4217; `amount_1000` is the amount times a thousand."""

    fallback_value: str
    code: str
    amount_1000: str


class DateTime(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fallback_value: str


class ParameterMedia(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    id: str | None = None
    link: Url | None = None
    caption: str | None = None
    filename: str | None = None


class Parameter(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    type: Words
    text: str | None = None
    currency: Currency | None = None
    date_time: DateTime | None = None
    image: ParameterMedia | None = None
    document: ParameterMedia | None = None
    video: ParameterMedia | None = None
    coupon_code: str | None = None
    payload: str | None = None


class Component(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a template: `header`, `body`, or a `button` with its `sub_type` and `index`."""

    type: Words
    sub_type: str | None = None
    index: int | None = None
    parameters: tuple[Parameter, ...] | None = None


class WhatsAppTemplate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Words
    language: Language
    components: tuple[Component, ...] = ()


class WhatsAppText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    body: Words
    preview_url: bool = True


class WhatsAppMedia(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`file_name` is for documents alone; audio has no `caption`."""

    link: Url
    caption: Words | None = None
    file_name: Words | None = None


class WhatsApp(_Leg, tag="whatsapp", frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    template: WhatsAppTemplate | None = None
    text: WhatsAppText | None = None
    image: WhatsAppMedia | None = None
    video: WhatsAppMedia | None = None
    audio: WhatsAppMedia | None = None
    document: WhatsAppMedia | None = None


Leg: TypeAlias = Sms | Viber | WhatsApp


class Omnimessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`messages` are tried in their order. `time_to_send` is ISO 8601 with its zone.

    `text_store` is plaintext, sha256 or nostore; `priority` low, regular or high.
    """

    to: str
    messages: tuple[Leg, ...]
    dlr_url: str | None = None
    text_store: str | None = None
    time_to_send: str | None = None
    priority: str | None = None


class TakenLeg(Struct, frozen=True):
    message_id: str
    channel: str
    sender: str | None = None


class TakenOmnimessage(Struct, frozen=True):
    """The answer 201: what each leg is called, and all of them together."""

    messages: tuple[TakenLeg, ...]
    omnimessage_id: str


class Fault(Struct, frozen=True):
    """One of an answer's `errors`. `source` is the field at fault, null unless the status is 400."""

    code: str
    title: str = ""
    detail: str = ""
    source: str | None = None


class Faults(Struct, frozen=True):
    errors: tuple[Fault, ...]


def send(message: Omnimessage, secrets: tuple[str, ...] = ()) -> HttpCall:
    """Answered with 201 and `TakenOmnimessage`. `secrets` are what `dlr_url` has of them."""
    body = msgspec.json.encode(message)
    return HttpCall("POST", "/v1/omnimessage", body, JSON, headers=_ACCEPT, secrets=secrets)


def status(omnimessage_id: str) -> HttpCall:
    """Answered with 200 and a delivery report for each leg, or 404."""
    return HttpCall("GET", f"/v1/omnimessage/{quote(omnimessage_id, safe='')}/status", headers=_ACCEPT)


def cancel(omnimessage_id: str) -> HttpCall:
    """Answered with 202, or with 404 where it has been sent or never was. All of its legs are cancelled."""
    return HttpCall("DELETE", f"/v1/omnimessage/{quote(omnimessage_id, safe='')}", headers=_ACCEPT)
