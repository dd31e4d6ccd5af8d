"""What sections of settings are made of."""

from dataclasses import fields
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


def default_of(config: type, name: str) -> Any:
    """The room's own default, so that it is said in one place."""
    return next(field.default for field in fields(config) if field.name == name)


def split(value: object) -> object:
    """A list as the environment or a secrets file can say it: by commas or lines."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.replace("\n", ",").split(",") if part.strip()]


def none_if_blank(value: object) -> object:
    return None if value == "" else value


Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]
Seconds: TypeAlias = Annotated[float, Field(gt=0)]
Count: TypeAlias = Annotated[int, Field(ge=1)]
Secrets: TypeAlias = Annotated[list[Annotated[SecretStr, Field(min_length=1)]], BeforeValidator(split)]


class Section(BaseModel):
    """A section of the settings file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    about: ClassVar[str] = ""
