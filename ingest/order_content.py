"""What a message says: one thing, and nothing that no provider could send."""

from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from delivery.channels import Channel
from delivery.orders import Media, Order, Template, Voice
from delivery.segmentation import MOST_PARTS, Segmentation, segmentation
from ingest.fields import one_line
from ingest.invalid import InvalidField
from ingest.message_body import (
    LONGEST_NAME,
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    LONGEST_URL,
    MOST_PARAMETERS,
)

KINDS: Final = ("text", "template", "media", "voice")


class Said(Protocol):
    """Whatever has the contents that a message may have."""

    @property
    def text(self) -> str | None: ...
    @property
    def template(self) -> Template | None: ...
    @property
    def media(self) -> Media | None: ...
    @property
    def voice(self) -> Voice | None: ...


class Content(NamedTuple):
    text: str | None = None
    template: Template | None = None
    media: Media | None = None
    voice: Voice | None = None


def check_content(said: Said, channel: Channel) -> None:
    """There is something to send, and one thing only. Raises `InvalidField`."""
    given = [name for name in ("template", "media", "voice") if getattr(said, name) is not None]
    if len(given) > 1:
        raise InvalidField(given[1], f"beside {given[0]}; give one of them")
    if said.text is not None:
        _check_text("text", said.text)
        if given and said.media is None:
            raise InvalidField("text", f"beside {given[0]}; give one of them")
    elif not given:
        raise InvalidField("text", "missing; give a text, a template, media or voice")
    if said.template is not None:
        _check_template(said.template)
    if said.media is not None:
        _check_url("media.url", said.media.url)
        line("media.file_name", said.media.file_name or None, LONGEST_NAME)
    if said.voice is not None:
        _check_voice(said.voice, channel)


def sms_of(order: Order) -> Segmentation | None:
    """How the text is sent where it is an SMS of plain text. Raises `InvalidField` for one that is too long."""
    text = order.personal.text
    if order.channel is not Channel.SMS or text is None:
        return None
    segments = segmentation(text)
    if len(segments.parts) > MOST_PARTS:
        raise InvalidField("text", f"it takes {len(segments.parts)} parts; no SMS has more than {MOST_PARTS}")
    return segments


def line(name: str, value: str | None, longest: int) -> str | None:
    return None if value is None else one_line(name, value, longest)


def _check_text(name: str, text: str) -> None:
    if not text.strip():
        raise InvalidField(name, "empty; give a text or leave the field out")
    if len(text) > LONGEST_TEXT:
        raise InvalidField(name, f"give at most {LONGEST_TEXT} characters")


def _check_template(template: Template) -> None:
    one_line("template.name", template.name, LONGEST_REFERENCE)
    line("template.language", template.language or None, LONGEST_NAME)
    if len(template.parameters) > MOST_PARAMETERS:
        raise InvalidField("template.parameters", f"give at most {MOST_PARAMETERS}")
    for value in template.parameters.values():
        if len(value) > LONGEST_TEXT:
            raise InvalidField("template.parameters", f"give at most {LONGEST_TEXT} characters in each")


def _check_voice(voice: Voice, channel: Channel) -> None:
    if channel is not Channel.VOICE:
        raise InvalidField("voice", f"only for the channel voice; the channel is {channel}")
    if bool(voice.text) == bool(voice.audio_url):
        raise InvalidField("voice", "give either text, to be read out, or audio_url, to be played")
    if voice.text:
        _check_text("voice.text", voice.text)
    else:
        _check_url("voice.audio_url", voice.audio_url)


def _check_url(name: str, url: str) -> None:
    one_line(name, url, LONGEST_URL)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidField(name, "not a URL; give an https address") from None
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or " " in url:
        raise InvalidField(name, "give an https address, without credentials in it")
