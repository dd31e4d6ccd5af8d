"""The settings file, documented from the one definition of the settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from acuse.environment import FILE, variable_name
from acuse.settings import Settings

HEADING = f"""\
# Acuse's settings: every key, with its default and its name in the environment, which wins over this file.
# A variable with {FILE} at its end names a file that holds the value, as container secrets do.
# A line that is commented out stands for its default.
"""


def settings_document() -> str:
    """A whole `acuse.toml`, every key in it commented out."""
    return HEADING + "\n".join(_sections(Settings, ()))


def _sections(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        section = field.annotation
        if not (isinstance(section, type) and issubclass(section, BaseModel)):
            continue
        here = (*path, name)
        if keys := list(_keys(section, here)):
            about = getattr(section, "about", "")
            yield f"\n# {about}" if about else ""
            yield f"[{'.'.join(here)}]"
            yield from keys
        yield from _sections(section, here)


def _keys(section: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            continue
        yield f"# {field.description} {variable_name((*path, name))}"
        yield f"#{name} = {_toml(_default(field))}"


def _default(field: FieldInfo) -> Any:
    default = field.get_default(call_default_factory=True)
    return "" if default is PydanticUndefined else default


def _toml(value: object) -> str:
    if isinstance(value, SecretStr):
        return '""'
    if isinstance(value, Path):
        value = str(value)
    if value is None:
        return '""'
    # JSON's strings, numbers, booleans and flat lists are TOML's.
    return msgspec.json.encode(value).decode()
