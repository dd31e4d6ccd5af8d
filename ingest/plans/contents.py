"""What each step says: its own content, and where it has none, the message's."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from delivery.channels import Channel
from ingest.invalid import InvalidField
from ingest.order_content import KINDS, Content, Said
from ingest.plans.body import ContentBody, StepBody

_ROOT: Final = re.compile(r"[^.\[]+")
TEXT_HERE: Final = "{text}"
"""Stands for the message's text in a step's options and in the parameters of its template."""


class FaultOfMessage(InvalidField):
    """A fault of what the message says for all steps: the field is the message's own."""


class Speaks(Said, Protocol):
    """What may say something for a step: the step itself, the message, or what the message says for this step."""

    @property
    def sender(self) -> str | None: ...
    @property
    def options(self) -> dict[str, Any]: ...


class Layer(NamedTuple):
    """`place` is the field that it stands in: `contents.2`, `plan.steps[1]`, "" for the message."""

    place: str
    says: Speaks


class StepContent(NamedTuple):
    """What a step says through one provider. `origins` are the places of fields that were given, by their names."""

    content: Content
    sender: str | None
    options: dict[str, Any]
    origins: Mapping[str, str]

    def place_of(self, field: str) -> str | None:
        """Where a field was given that an order has as `field`; None where it was not."""
        found = _ROOT.match(field)
        root = found[0] if found else ""
        if root == "options":
            name = field.removeprefix("options.")
            named = _ROOT.match(name)
            return self.origins.get(f"options.{named[0]}") if named else None
        return self.origins.get(root)


def layers_of(step: StepBody, number: int, message: Speaks, contents: Mapping[str, ContentBody]) -> list[Layer]:
    """Who is asked what a step says, in this order. Steps count from 1."""
    by_caller = [Layer(f"contents.{name}", contents[name]) for name in (str(number), step.channel) if name in contents]
    return [*by_caller, Layer(f"plan.steps[{number - 1}]", step), Layer("", message)]


def content_of(step: StepBody, layers: list[Layer], provider: str, providers: Collection[str]) -> StepContent:
    """What a step says through `provider`, one of `providers`. Raises `InvalidField` where it is several things."""
    origins: dict[str, str] = {}
    content = _content(step, layers, origins)
    sender = next((layer for layer in layers if layer.says.sender is not None), None)
    if sender is not None:
        origins["sender"] = _joined(sender.place, "sender")
    options: dict[str, Any] = {}
    for layer in reversed(layers):
        given, place = _options_for(provider, providers, layer)
        options |= _with_text(given, layers[-1].says.text) if layer.says is step else given
        origins |= {f"options.{name}": f"{place}.{name}" for name in given}
    return StepContent(content, sender.says.sender if sender else None, options, origins)


def names_providers(options: Mapping[str, Any], providers: Collection[str]) -> bool:
    """Whether options stand under the names of those who take them."""
    return bool(options) and all(name in providers and isinstance(said, dict) for name, said in options.items())


def _content(step: StepBody, layers: list[Layer], origins: dict[str, str]) -> Content:
    """What the first says who says anything that this step may send."""
    for layer in layers:
        wanted = _wanted(step, layer)
        if wanted:
            origins |= {kind: _joined(layer.place, kind) for kind in wanted}
            said = {kind: getattr(layer.says, kind) for kind in wanted}
            if layer.says is step and step.template is not None and "template" in said:
                parameters = _with_text(step.template.parameters, layers[-1].says.text)
                said["template"] = msgspec.structs.replace(step.template, parameters=parameters)
            return Content(**said)
    if step.takes is not None:
        raise InvalidField(step.takes, f"missing; the step takes {step.takes}, so give one")
    return Content()


def _wanted(step: StepBody, layer: Layer) -> list[str]:
    given = [kind for kind in KINDS if getattr(layer.says, kind) is not None]
    if step.takes is not None:
        # What stands in the message may be for other steps; what stands beside media in a step's own is its caption.
        caption = ["text"] if step.takes == "media" and layer.place and "text" in given else []
        return [*caption, step.takes] if step.takes in given else []
    if layer.place:
        return given
    # A message may say the same in several ways, each for the steps that can send it so.
    if step.channel is Channel.VOICE and "voice" in given:
        return ["voice"]
    given = [kind for kind in given if kind != "voice"] or given
    if len(given) > 1 and given != ["text", "media"]:
        raise FaultOfMessage(given[1], f"beside {given[0]}; say with takes in the plan's step which of them it sends")
    return given


def _options_for(provider: str, providers: Collection[str], layer: Layer) -> tuple[dict[str, Any], str]:
    options, place = layer.says.options, _joined(layer.place, "options")
    if not names_providers(options, providers):
        return options, place
    return options.get(provider, {}), f"{place}.{provider}"


def _with_text(said: Any, text: str | None) -> Any:
    """Plain data with the message's text wherever `TEXT_HERE` stands alone."""
    if isinstance(said, dict):
        return {name: _with_text(value, text) for name, value in said.items()}
    if isinstance(said, list):
        return [_with_text(value, text) for value in said]
    if said != TEXT_HERE:
        return said
    if text is None:
        raise FaultOfMessage("text", "missing; the step says it in its options or its template")
    return text


def _joined(place: str, field: str) -> str:
    return f"{place}.{field}" if place else field
