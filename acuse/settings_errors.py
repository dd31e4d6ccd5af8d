"""What is wrong with the settings, said so that it can be put right, and never showing a value."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from acuse.errors import HopelessRefusal


class SettingsError(HopelessRefusal):
    """Each line of the message names where it was said (file or variable), the key and the remedy."""


def described(error: ValidationError, *, model: type[BaseModel], file: str, environment: Mapping[str, Any]) -> str:
    """One line for each mistake; ``environment`` is what the environment said, to tell it from the file."""
    return "\n".join(_lines(error, model, file, environment))


def _lines(error: ValidationError, model: type[BaseModel], file: str, environment: Mapping[str, Any]) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        location = tuple(str(part) for part in detail["loc"])
        yield f"{_where(location, file, environment)} {_what(detail, location, model)}"


def _where(location: tuple[str, ...], file: str, environment: Mapping[str, Any]) -> str:
    said: Any = environment
    for depth, part in enumerate(location):
        if not isinstance(said, Mapping):
            return f"environment: ACUSE_{'__'.join(location[:depth]).upper()}:"
        if part not in said:
            break
        said = said[part]
    else:
        return f"environment: ACUSE_{'__'.join(location).upper()}:"
    *sections, key = location
    return f"{file}: [{'.'.join(sections)}] {key}:" if sections else f"{file}: [{key}]:"


def _what(detail: ErrorDetails, location: tuple[str, ...], model: type[BaseModel]) -> str:
    if detail["type"] == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    if detail["type"] != "extra_forbidden":
        return f"{detail['msg'][0].lower()}{detail['msg'][1:]}; `acuse settings` says what it means"
    known = _known_keys(model, location[:-1])
    noun = "section" if len(location) == 1 or location[:-1] == ("providers",) else "key"
    near = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.4)
    remedy = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(sorted(known))}"
    return f"unknown {noun}; {remedy}"


def _known_keys(model: type[BaseModel], sections: tuple[str, ...]) -> list[str]:
    named: type[BaseModel] | None = None
    for section in sections:
        if named is not None:  # one of many of the same, such as a user
            model, named = named, None
            continue
        field = model.model_fields.get(section)
        if field is None:
            return []
        if get_origin(field.annotation) is dict:
            named = get_args(field.annotation)[1]
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
        else:
            return []
    return list(model.model_fields)
