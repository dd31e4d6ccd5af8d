"""A struct's fields as options of a command, and what the options say as that struct."""

import inspect
import json
import types
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
import typer
from msgspec import Meta, Struct

from acuse.errors import Refusal


class Parameter(NamedTuple):
    """One field of an operation's parameters, and the option that it is given by. `read` makes the field's value."""

    field: str
    wire: str
    option: inspect.Parameter
    read: Callable[[Any], Any]


def keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    """One option of a command, as typer reads them from a signature."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def parameters_of(kind: type[Struct]) -> Sequence[Parameter]:
    """One for each field; those without a default are required."""
    hints = get_type_hints(kind, include_extras=True)
    return [_parameter(field, hints[field.name]) for field in msgspec.structs.fields(kind)]


def _parameter(field: msgspec.structs.FieldInfo, hint: Any) -> Parameter:
    plain, about = _plain(hint)
    typed, read = _as_option(plain)
    default = inspect.Parameter.empty if field.required else None
    shown = "" if field.default in (msgspec.NODEFAULT, None, False, "", ()) else str(field.default)
    name = field.name.replace("_", "-")
    # Without the second name a flag could say yes only.
    declared = f"--{name}/--no-{name}" if typed is bool else f"--{name}"
    option = typer.Option(declared, help=about or None, show_default=shown or False)
    annotation = Annotated[typed if field.required else typed | None, option]  # type: ignore[valid-type] # made here
    return Parameter(field.name, field.encode_name, keyword(field.name, annotation, default), read)


def _plain(hint: Any) -> tuple[Any, str]:
    """A type without what surrounds it (`Annotated`, `None`), and the description that was among that."""
    about = ""
    while True:
        if get_origin(hint) is Annotated:
            hint, *notes = get_args(hint)
            about = about or next(
                (note.description for note in notes if isinstance(note, Meta) and note.description), ""
            )
        elif get_origin(hint) in (Union, types.UnionType):
            kinds = [kind for kind in get_args(hint) if kind not in (type(None), msgspec.UnsetType)]
            if len(kinds) > 1:
                return str, about
            (hint,) = kinds
        else:
            return hint, about


def _as_option(kind: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The type of the option that gives a value of the kind, and how one becomes the other."""
    if kind is bytes:
        return Path, _content
    if kind in (bool, int, float, str) or get_origin(kind) is Literal:
        return kind, _unchanged
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind, _value
    if get_origin(kind) in (list, tuple, Sequence) and _plain(get_args(kind)[0])[0] is str:
        return list[str], _unchanged
    if get_origin(kind) in (dict, Mapping):
        return list[str], _pairs
    return str, _from_json


def _unchanged(given: Any) -> Any:
    return given


def _value(given: Enum) -> Any:
    return given.value


def _content(given: Path) -> bytes:
    try:
        return given.read_bytes()
    except OSError as error:
        raise Refusal(f"{given}: cannot be read: {error.strerror}; name a file") from None


def _pairs(given: Sequence[str]) -> Mapping[str, str]:
    pairs = [pair.partition("=") for pair in given]
    for name, separator, _ in pairs:
        if not (name and separator):
            raise Refusal(f"{name or '='}: give NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _from_json(given: str) -> Any:
    """What is neither a text nor a number is given as JSON; what is no JSON is a text all the same."""
    try:
        return json.loads(given)
    except ValueError:
        return given


def asked_for(kind: type[Struct], parameters: Sequence[Parameter], given: Mapping[str, Any]) -> Struct:
    """The parameters that the options give. Raises `Refusal`, naming the option."""
    values = {
        parameter.wire: parameter.read(given[parameter.field])
        for parameter in parameters
        if given[parameter.field] not in (None, [])
    }
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        wire = where.partition("`")[0].partition(".")[0].partition("[")[0]
        named = next((f"--{found.field.replace('_', '-')}: " for found in parameters if found.wire == wire), "")
        raise Refusal(f"{named}{what[0].lower()}{what[1:]}") from None
