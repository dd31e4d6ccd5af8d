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
    if "plan" in given:
        raise InvalidField("plan", "it does not fit here; post it to /v1/messages")
    body = shaped(given, MessageBody, strict=False)
    message = {name: value for name, value in msgspec.to_builtins(body).items() if name in given}
    provider = PROVIDERS.get(body.provider)
    sender: object = provider() if provider else None
    if body.options and isinstance(sender, SendsMessages):
        options = plain(shaped(body.options, sender.options, "options", strict=False))
        message["options"] = {name: value for name, value in options.items() if name in body.options}
    return message
