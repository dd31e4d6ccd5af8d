"""Plain JSON into the struct that describes it, every fault named as callers write the field."""

import re
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct, inspect

from ingest.fields import shown_name, unknown_field
from ingest.invalid import InvalidField

T = TypeVar("T", bound=Struct)

_FAULT: Final = re.compile(r"(?P<what>.*?)(?: - at `(?:key` in `)?\$(?P<path>[^`]*)`)?", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(?P<name>[^`]*)`")
_EXPECTED: Final = re.compile(r"Expected (?P<wanted>.*?)(?:, got .*)?", re.DOTALL)
_TYPES: Final = re.compile(r"`([^`]*)`")
_QUOTED: Final = re.compile(r" (?:'.*'|-?[0-9.]+)$", re.DOTALL)
_WORDS: Final = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
}


def shaped(given: object, wanted: type[T], prefix: str = "", *, strict: bool = True) -> T:
    """`given` as `wanted`; `prefix` is the field that it stands in. Without `strict`, texts may stand for numbers.

    Raises `InvalidField`, for unknown fields too, whether or not the struct itself forbids them.
    """
    kind = _kind(wanted)
    _check_names(given, kind, prefix)
    try:
        return msgspec.convert(given, wanted, strict=strict)
    except msgspec.ValidationError as error:
        raise _fault(str(error), kind, prefix) from None


@cache
def _kind(wanted: type[Struct]) -> inspect.Type:
    """Kept, since finding it out takes longer than all the rest."""
    return inspect.type_info(wanted)


def _check_names(given: object, kind: inspect.Type, place: str) -> None:
    for alternative in _alternatives(kind):
        if isinstance(alternative, inspect.StructType) and isinstance(given, dict):
            known = {field.encode_name: field.type for field in alternative.fields}
            for name, value in given.items():
                if name in known:
                    _check_names(value, known[name], _joined(place, f".{name}"))
                elif name != alternative.tag_field:
                    raise unknown_field(f"{place}." if place else "", name, known)
        elif isinstance(alternative, inspect.CollectionType) and isinstance(given, list):
            for index, value in enumerate(given):
                _check_names(value, alternative.item_type, f"{place}[{index}]")
        elif isinstance(alternative, inspect.DictType) and isinstance(given, dict):
            for name, value in given.items():
                _check_names(value, alternative.value_type, _joined(place, f".{shown_name(name)}"))


def _alternatives(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """The types that something may have, without structs that are told apart by a tag: msgspec finds the right one."""
    if isinstance(kind, inspect.Metadata):
        return _alternatives(kind.type)
    if isinstance(kind, inspect.UnionType):
        found = tuple(inner for each in kind.types for inner in _alternatives(each))
        structs = [inner for inner in found if isinstance(inner, inspect.StructType)]
        return found if len(structs) <= 1 else tuple(inner for inner in found if inner not in structs)
    return (kind,)


def _fault(message: str, kind: inspect.Type, prefix: str) -> InvalidField:
    found = _FAULT.fullmatch(message)
    what, path = (found["what"], found["path"] or "") if found else ("", "")
    if missing := _MISSING.fullmatch(what):
        return InvalidField(_joined(prefix, f"{path}.{missing['name']}"), "missing; it is needed")
    field = _joined(prefix, path.replace("[...]", ""))
    if choices := _keys(kind, path) if "at `key` in" in message else _choices(kind, path):
        return InvalidField(field, f"give one of {', '.join(choices)}")
    if expected := _EXPECTED.fullmatch(what):
        return InvalidField(field, f"give {_TYPES.sub(_in_words, expected['wanted'])}")
    return InvalidField(field, f"{_QUOTED.sub('', what).lower() or 'it cannot be read'}; see /openapi.json")


def _in_words(types: "re.Match[str]") -> str:
    names = [name for name in types[1].split(" | ") if name != "null"]
    return " or ".join(_WORDS.get(name, name) for name in names) or "null"


def _joined(prefix: str, path: str) -> str:
    return prefix + path if prefix else path.removeprefix(".")


def _choices(kind: inspect.Type, path: str) -> list[str]:
    """The values of the enumeration that stands at the path; none where nothing or something else does."""
    return _values(_found(kind, path))


def _keys(kind: inspect.Type, path: str) -> list[str]:
    """The same of what names the members of the object at the path."""
    objects = [found for found in _found(kind, path) if isinstance(found, inspect.DictType)]
    return _values(tuple(inner for found in objects for inner in _alternatives(found.key_type)))


def _found(kind: inspect.Type, path: str) -> tuple[inspect.Type, ...]:
    here = _alternatives(kind)
    for step in re.findall(r"\.[^.\[]+|\[[^\]]*\]", path):
        inside = (_inside(alternative, step) for alternative in here)
        here = tuple(inner for each in inside if each is not None for inner in _alternatives(each))
    return here


def _values(here: tuple[inspect.Type, ...]) -> list[str]:
    for alternative in here:
        if isinstance(alternative, inspect.EnumType):
            return [str(member.value) for member in alternative.cls]
        if isinstance(alternative, inspect.LiteralType):
            return [str(value) for value in alternative.values]
    return []


def _inside(kind: inspect.Type, step: str) -> inspect.Type | None:
    if isinstance(kind, inspect.StructType):
        return next((field.type for field in kind.fields if f".{field.encode_name}" == step), None)
    if isinstance(kind, inspect.CollectionType):
        return kind.item_type
    return kind.value_type if isinstance(kind, inspect.DictType) else None


def plain(struct: Struct) -> dict[str, Any]:
    """The struct as plain JSON."""
    converted: dict[str, Any] = msgspec.to_builtins(struct)
    return converted
