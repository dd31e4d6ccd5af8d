"""What an order asks for as Messente's legs, and what of it Messente's document does not allow."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from delivery.channels import Channel
from delivery.orders import Media, MediaKind, Order, Template
from ingest.given_options import given_options
from ingest.invalid import InvalidField
from ingest.providers.messente.callbacks import CHANNELS
from ingest.providers.messente.client import (
    LARGEST_VIDEO_BYTES,
    LONGEST_VIDEO_SECONDS,
    Component,
    Language,
    Leg,
    Parameter,
    Positive,
    Sms,
    Url,
    Viber,
    ViberVideo,
    WhatsApp,
    WhatsAppMedia,
    WhatsAppTemplate,
    WhatsAppText,
    Words,
)
from ingest.shapes import shaped
from ingest.unsendable import Unsendable

MOST_LEGS: Final = 10


class Video(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Viber wants of the video in `media`, beside its address."""

    thumbnail: Annotated[str, Meta(description="Address of the picture that stands for the video")]
    file_size: Annotated[int, Meta(gt=0, le=LARGEST_VIDEO_BYTES, description="Bytes, at most 200 MB")]
    duration: Annotated[int, Meta(gt=0, le=LONGEST_VIDEO_SECONDS, description="Seconds, at most 600")]


class MessenteOptions(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What only Messente takes. Each is for the channel that it stands under in `BELONGING`."""

    validity: Annotated[Positive | None, Meta(description="Minutes for the first leg, instead of ttl")] = None
    autoconvert: Annotated[
        Literal["on", "full", "off"] | None,
        Meta(description="SMS: what becomes of characters that are not in GSM 03.38"),
    ] = None
    udh: Annotated[str | None, Meta(description="SMS: user data header in hex")] = None
    button_text: Annotated[Words | None, Meta(description="Viber: what the button says")] = None
    button_url: Annotated[Url | None, Meta(description="Viber: where the button leads")] = None
    video: Annotated[Video | None, Meta(description="Viber: what it wants of a video, beside its address")] = None
    components: Annotated[
        tuple[Component, ...], Meta(description="WhatsApp: parts of the template other than the text's parameters")
    ] = ()
    language_policy: Annotated[str | None, Meta(description="WhatsApp: policy for the template's language")] = None
    preview_url: Annotated[bool | None, Meta(description="WhatsApp: whether a link in the text is previewed")] = None
    legs: Annotated[
        tuple[Leg, ...], Meta(max_length=MOST_LEGS, description="Legs to try next, as Messente's document has them")
    ] = ()


BELONGING: Final[Mapping[Channel, tuple[str, ...]]] = {
    Channel.SMS: ("autoconvert", "udh"),
    Channel.VIBER: ("button_text", "button_url", "video"),
    Channel.WHATSAPP: ("components", "language_policy", "preview_url"),
}
VIBER_CONTENT: Final = ("text", "image_url", "button_text", "button_url", "video")
WHATSAPP_CONTENT: Final = ("template", "text", "image", "video", "audio", "document")
VIBER_COMBINATIONS: Final = tuple(
    frozenset(together.split())
    for together in (
        "text",
        "image_url",
        "text button_text button_url",
        "text image_url button_text button_url",
        "video",
        "video text",
        "video text button_text",
        "video text button_text button_url",
    )
)
IN_AN_ORDER: Final[Mapping[str, str]] = {
    "text": "text",
    "ttl": "ttl",
    "template": "template",
    **dict.fromkeys(("image_url", "image", "audio", "document"), "media"),
}
"""Where the fields of a leg stand in an order; the others are options of the same name."""


def legs_of(order: Order) -> tuple[Leg, ...]:
    """The order's own leg, and those that Messente is to try after it. Raises `Unsendable`."""
    personal = order.personal
    if order.channel not in CHANNELS:
        raise Unsendable("channel", f"Messente does not have it; give one of {', '.join(sorted(CHANNELS))}")
    if personal.voice:
        raise Unsendable("voice", "Messente makes no calls; leave it out")
    options = given_options(order, MessenteOptions)
    _check_belonging(options, order.channel)
    own = _OWN_LEG[order.channel](order, options)
    _check(own, lambda field: IN_AN_ORDER.get(field, f"options.{field}"))
    for index, leg in enumerate(options.legs):
        _check(leg, partial(_in_leg, index))
    return own, *options.legs


def channel_of(leg: Leg) -> Channel:
    return Channel(str(leg.__struct_config__.tag))


def words_of(leg: Leg) -> str | None:
    """What a leg says in words of its own; None for a template or bare media."""
    if not isinstance(leg, WhatsApp):
        return leg.text
    captioned = leg.image or leg.video or leg.document
    caption = captioned.caption if captioned else None
    return leg.text.body if leg.text else caption


def _check_belonging(options: MessenteOptions, channel: Channel) -> None:
    for owner, names in BELONGING.items():
        for name in names:
            if owner is not channel and getattr(options, name) not in (None, ()):
                raise Unsendable(f"options.{name}", f"it is for {owner} alone; leave it out")


def _sms(order: Order, options: MessenteOptions) -> Sms:
    personal = order.personal
    if personal.template or personal.media:
        raise Unsendable("template" if personal.template else "media", "an SMS has text alone; leave it out")
    return Sms(
        text=personal.text or "",
        sender=personal.sender,
        validity=options.validity,
        ttl=order.ttl_seconds,
        autoconvert=options.autoconvert,
        udh=options.udh,
    )


def _viber(order: Order, options: MessenteOptions) -> Viber:
    personal, media, video = order.personal, order.personal.media, options.video
    if personal.template:
        raise Unsendable("template", "Messente has none for Viber; leave it out")
    if media and media.kind not in (MediaKind.IMAGE, MediaKind.VIDEO):
        raise Unsendable("media.kind", "give image or video, since the channel is viber")
    is_video = media is not None and media.kind is MediaKind.VIDEO
    if is_video and video is None:
        raise Unsendable("options.video", "Viber wants thumbnail, file_size in bytes and duration in seconds of it")
    if video is not None and not is_video:
        raise Unsendable("media", "give the address of the video, with kind video")
    return Viber(
        text=personal.text or None,
        sender=personal.sender,
        validity=options.validity,
        ttl=order.ttl_seconds,
        image_url=media.url if media and not is_video else None,
        button_url=options.button_url,
        button_text=options.button_text,
        video=_viber_video(media, video) if media and video else None,
    )


def _viber_video(media: Media, video: Video) -> ViberVideo:
    return ViberVideo(url=media.url, thumbnail=video.thumbnail, file_size=video.file_size, duration=video.duration)


def _whatsapp(order: Order, options: MessenteOptions) -> WhatsApp:
    personal = order.personal
    media = personal.media
    if personal.template and (personal.text or media):
        raise Unsendable("text" if personal.text else "media", "a template has it already; leave it or template out")
    if personal.template is None and (options.components or options.language_policy):
        raise Unsendable("template", "name the template that options are given for")
    if options.preview_url is not None and (media or not personal.text):
        raise Unsendable("options.preview_url", "it is for text without media; leave it out")
    attached = {media.kind.value: _attached(media, personal.text)} if media else {}
    return WhatsApp(
        sender=personal.sender,
        validity=options.validity,
        ttl=order.ttl_seconds,
        template=_template(personal.template, options) if personal.template else None,
        text=_text(personal.text, options) if personal.text and not media else None,
        image=attached.get("image"),
        video=attached.get("video"),
        audio=attached.get("audio"),
        document=attached.get("document"),
    )


def _text(text: str, options: MessenteOptions) -> WhatsAppText:
    return WhatsAppText(body=text, preview_url=options.preview_url is not False)


def _attached(media: Media, caption: str | None) -> WhatsAppMedia:
    if media.kind is MediaKind.AUDIO and caption:
        raise Unsendable("text", "audio has no caption on WhatsApp; send it as a message of its own")
    if media.kind is not MediaKind.DOCUMENT and media.file_name:
        raise Unsendable("media.file_name", "only documents have one on WhatsApp; leave it out")
    return WhatsAppMedia(link=media.url, caption=caption or None, file_name=media.file_name or None)


def _template(template: Template, options: MessenteOptions) -> WhatsAppTemplate:
    if not template.language:
        raise Unsendable("template.language", "missing; give the language that it was approved in: es, en_US")
    filled = [template.parameters.get(str(place)) for place in range(1, len(template.parameters) + 1)]
    texts = [text for text in filled if text is not None]
    if len(texts) != len(template.parameters):
        raise Unsendable("template.parameters", 'Messente has no named ones; number them from "1" on, leaving none out')
    if texts and any(component.type.lower() == "body" for component in options.components):
        raise Unsendable("options.components", "template.parameters fill the body already; leave one of them out")
    body = [Component(type="body", parameters=tuple(Parameter(type="text", text=text) for text in texts))]
    return WhatsAppTemplate(
        name=template.name,
        language=Language(code=template.language, policy=options.language_policy),
        components=(*(body if texts else ()), *options.components),
    )


_OWN_LEG: Final[Mapping[Channel, Callable[[Order, MessenteOptions], Leg]]] = {
    Channel.SMS: _sms,
    Channel.VIBER: _viber,
    Channel.WHATSAPP: _whatsapp,
}

Named: TypeAlias = Callable[[str], str]
"""What a caller calls the field of a leg."""


def _in_leg(index: int, field: str) -> str:
    return f"options.legs[{index}].{field}"


def _check(leg: Leg, named: Named) -> None:
    if leg.validity is not None and leg.ttl is not None:
        raise Unsendable(named("validity"), "minutes for what ttl says in seconds; give one of them")
    try:
        shaped(msgspec.to_builtins(leg), type(leg))
    except InvalidField as error:
        field, dot, rest = error.field.partition(".")
        raise Unsendable(f"{named(field)}{dot}{rest}", error.remedy) from None
    if isinstance(leg, Viber):
        _check_viber(leg, named)
    elif isinstance(leg, WhatsApp):
        _check_whatsapp(leg, named)


def _check_viber(leg: Viber, named: Named) -> None:
    given = frozenset(field for field in VIBER_CONTENT if getattr(leg, field) is not None)
    if given in VIBER_COMBINATIONS:
        return
    allowed = "; ".join(" + ".join(sorted(together)) for together in VIBER_COMBINATIONS)
    wider = [together for together in VIBER_COMBINATIONS if given < together]
    missing = min(wider, key=len) - given if wider else given - {"text"}
    raise Unsendable(named(min(missing)), f"Viber takes these together and no others: {allowed}")


def _check_whatsapp(leg: WhatsApp, named: Named) -> None:
    given = [field for field in WHATSAPP_CONTENT if getattr(leg, field) is not None]
    if len(given) != 1:
        raise Unsendable(named(given[1] if given else "template"), f"give one of {', '.join(WHATSAPP_CONTENT)}")
    if leg.audio and leg.audio.caption:
        raise Unsendable(named("audio"), "audio has no caption; leave it out")
    if any(media and media.file_name for media in (leg.image, leg.video, leg.audio)):
        raise Unsendable(named(given[0]), "only documents have a file_name; leave it out")
