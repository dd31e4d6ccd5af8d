"""What may be asked of Messente: an omnimessage, read from a request and checked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from acuse.simulator.messente.errors import INVALID, MISSING, Failed, Problem
from acuse.simulator.messente.rules import HEX, PHONE, TEXT, URL, YES_OR_NO, Rule, each, either, shape, whole
from acuse.simulator.numbers import e164
from delivery.channels import Channel

BAD_REQUEST: Final = 400
LONGEST_MINUTES: Final = 60 * 24 * 365
LONGEST_VIDEO_SECONDS: Final = 600
LARGEST_VIDEO_BYTES: Final = 200_000_000
PAST: Final = timedelta(minutes=1)

COMMON: Final[Mapping[str, Rule]] = {
    "sender": TEXT,
    "validity": whole(1, LONGEST_MINUTES),
    "ttl": whole(1, LONGEST_MINUTES * 60),
}
SMS: Final = shape(
    "text",
    **COMMON,
    channel=either("sms"),
    text=TEXT,
    autoconvert=either("on", "full", "off", "true", "false"),
    udh=HEX,
)
VIDEO: Final = shape(
    "url",
    "thumbnail",
    "file_size",
    "duration",
    url=URL,
    thumbnail=URL,
    file_size=whole(1, LARGEST_VIDEO_BYTES),
    duration=whole(1, LONGEST_VIDEO_SECONDS),
)
VIBER: Final = shape(
    **COMMON, channel=either("viber"), text=TEXT, image_url=URL, button_url=URL, button_text=TEXT, video=VIDEO
)
MEDIA: Final = shape(id=TEXT, link=URL, caption=TEXT, filename=TEXT)
AUDIO: Final = {"id": TEXT, "link": URL, "mime_type": TEXT}
ATTACHED: Final = {**AUDIO, "caption": TEXT}
PARAMETER: Final = shape(
    "type",
    type=TEXT,
    text=TEXT,
    currency=shape("fallback_value", "code", "amount_1000", fallback_value=TEXT, code=TEXT, amount_1000=TEXT),
    date_time=shape("fallback_value", fallback_value=TEXT),
    image=MEDIA,
    document=MEDIA,
    video=MEDIA,
    coupon_code=TEXT,
    payload=TEXT,
)
COMPONENT: Final = shape("type", type=TEXT, sub_type=TEXT, index=whole(0, 9), parameters=each(PARAMETER))
TEMPLATE: Final = shape(
    "name",
    "language",
    name=TEXT,
    language=shape("code", code=TEXT, policy=TEXT),
    components=each(COMPONENT),
)
WHATSAPP: Final = shape(
    **COMMON,
    channel=either("whatsapp"),
    template=TEMPLATE,
    text=shape("body", body=TEXT, preview_url=YES_OR_NO),
    image=shape(**ATTACHED),
    video=shape(**ATTACHED),
    audio=shape(**AUDIO),
    document=shape(**ATTACHED, file_name=TEXT),
)
LEGS: Final = {"sms": SMS, "viber": VIBER, "whatsapp": WHATSAPP}
WHATSAPP_CONTENT: Final = ("template", "text", "image", "video", "audio", "document")
VIBER_COMBINATIONS: Final = frozenset(
    frozenset(names.split())
    for names in (
        "text",
        "image_url",
        "text button_url button_text",
        "text image_url button_url button_text",
        "video",
        "video text",
        "video text button_text",
        "video text button_text button_url",
    )
)


NOT_SEEN: Final = frozenset({*COMMON, "channel", "autoconvert", "udh"})


@dataclass(frozen=True, slots=True)
class Leg:
    """``content`` is what the person reads, or names what the person sees. ``session``: free words of WhatsApp, which
    only go out while the person's window is open.
    """

    channel: Channel
    sender: str
    content: str
    bound: timedelta | None
    session: bool


@dataclass(frozen=True, slots=True)
class Order:
    """``reference`` is what `dlr_url` has of that name in its query, or the query itself."""

    to: str
    legs: Sequence[Leg]
    dlr_url: str
    send_at: datetime | None
    reference: str


def read_order(body: bytes, default_sender: str, now: datetime) -> Order:
    """Raises ``Failed`` with every problem."""
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise Failed(BAD_REQUEST, Problem(INVALID, "The request body is not valid JSON", "")) from None
    problems = list(ORDER(document, ""))
    send_at = _time(document, now, problems)
    if problems:
        raise Failed(BAD_REQUEST, *problems)
    dlr_url = document.get("dlr_url") or ""
    query = urlsplit(dlr_url).query
    return Order(
        to=e164(document["to"]) or "",
        legs=[_read_leg(leg, default_sender) for leg in document["messages"]],
        dlr_url=dlr_url,
        send_at=send_at if send_at and send_at > now else None,
        reference=parse_qs(query).get("reference", [query])[-1],
    )


def _leg(value: Any, place: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(INVALID, "Not a valid object", place)
        return
    channel = value.get("channel")
    if channel is None:
        yield Problem(MISSING, "Missing data for required field", f"{place}.channel")
        return
    rule = LEGS.get(channel) if isinstance(channel, str) else None
    if rule is None:
        yield Problem(INVALID, f"Must be one of: {', '.join(LEGS)}", f"{place}.channel")
        return
    yield from rule(value, place)
    given = frozenset(name for name, inner in value.items() if inner is not None)
    if {"validity", "ttl"} <= given:
        yield Problem(INVALID, 'Only one of "ttl" and "validity" can be used', f"{place}.ttl")
    content = given - {*COMMON, "channel"}
    if channel == "viber" and content not in VIBER_COMBINATIONS:
        yield Problem(INVALID, "Not a valid combination of fields", place)
    if channel == "whatsapp" and len(content & set(WHATSAPP_CONTENT)) != 1:
        yield Problem(MISSING, "Exactly one kind of content is required", f"{place}.template")


ORDER: Final = shape(
    "to",
    "messages",
    to=PHONE,
    messages=each(_leg, least=1),
    dlr_url=URL,
    text_store=either("plaintext", "sha256", "nostore"),
    time_to_send=TEXT,
    priority=either("low", "regular", "high"),
)


def _time(document: Any, now: datetime, problems: list[Problem]) -> datetime | None:
    written = document.get("time_to_send") if isinstance(document, dict) else None
    if not isinstance(written, str):
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        problems.append(Problem(INVALID, "Not a valid datetime", "time_to_send"))
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if at < now - PAST:
        problems.append(Problem(INVALID, "Must be in the future", "time_to_send"))
    return at


def _read_leg(leg: Mapping[str, Any], default_sender: str) -> Leg:
    seconds = leg.get("ttl") or (leg.get("validity") or 0) * 60
    text = leg.get("text")
    shown = {name: value for name, value in leg.items() if name not in NOT_SEEN}
    return Leg(
        channel=Channel(leg["channel"]),
        sender=leg.get("sender") or default_sender,
        content=text if isinstance(text, str) and len(shown) == 1 else msgspec.json.encode(shown).decode(),
        bound=timedelta(seconds=seconds) if seconds else None,
        session=leg["channel"] == Channel.WHATSAPP and leg.get("template") is None,
    )
