"""A message from texts: what stands in options of the command line and in the cells of a table.

A name with dots is a part: `template.parameters.1`, `options.flash`. Texts stand for numbers and for true and false
where the message wants these.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from acuse.errors import Refusal
from ingest.invalid import InvalidField
from ingest.message_body import MessageBody
from ingest.provider import SendsMessages
from ingest.providers import PROVIDERS
from ingest.shapes import plain, shaped


def assignments(said: Iterable[str]) -> dict[str, str]:
    """`name=value` each. Raises `Refusal`."""
    found = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise Refusal(f"--set {name}: give FIELD=VALUE, such as options.flash=true")
        found[name.strip()] = value
    return found


def nested(fields: Mapping[str, str]) -> dict[str, Any]:
    """`{"a.b": "c"}` as `{"a": {"b": "c"}}`. Raises `InvalidField` for a name that is a part of another."""
    message: dict[str, Any] = {}
    for name, value in fields.items():
        *path, last = name.split(".")
        place = message
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise InvalidField(name, f"{part} has a value already; give it or its parts")
        if last in place:
            raise InvalidField(name, "given as a whole and in parts; give one of them")
        place[last] = value
    return message


def from_texts(fields: Mapping[str, str]) -> dict[str, Any]:
    """The message as plain JSON. Raises `InvalidField`."""
    given = nested(fields)
    if not isinstance(given.get("plan", ""), str):
        raise InvalidField("plan", "its parts do not fit here; name a plan, or post the message to /v1/messages")
    body = shaped(given, MessageBody, strict=False)
    message = {name: value for name, value in msgspec.to_builtins(body).items() if name in given}
    if body.options:
        message["options"] = _converted(body.provider, body.options, "options")
    for name, content in message.get("contents", {}).items():
        if "options" in content:
            content["options"] = _converted(None, content["options"], f"contents.{name}.options")
    return message


def _converted(provider: str | None, options: dict[str, Any], field: str) -> dict[str, Any]:
    """Options of one provider; with a plan, they stand under the names of those who take them."""
    if provider is not None:
        return _options(provider, options, field)
    return {
        name: _options(name, said, f"{field}.{name}") if isinstance(said, dict) else said
        for name, said in options.items()
    }


def _options(provider: str, given: dict[str, Any], field: str) -> dict[str, Any]:
    """Options with numbers for texts, where the provider wants such."""
    kind = PROVIDERS.get(provider)
    sender: object = kind() if kind else None
    if not isinstance(sender, SendsMessages):
        return given
    options = plain(shaped(given, sender.options, field, strict=False))
    return {name: value for name, value in options.items() if name in given}
