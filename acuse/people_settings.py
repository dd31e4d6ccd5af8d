"""The settings of people who sign in to the dashboards."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, SecretStr

from acuse.settings_parts import Section
from dashboards.passwords import parsed
from dashboards.people import NAME_PATTERN, Role

UserName: TypeAlias = Annotated[str, Field(pattern=NAME_PATTERN)]


def _readable(said: SecretStr) -> SecretStr:
    """Raises what says that it is no hash of ours, and how to come by one."""
    parsed(said.get_secret_value())
    return said


class UserSettings(Section):
    role: Role = Field(description="What the person may see; see `dashboards.people`.")
    password_hash: Annotated[SecretStr, AfterValidator(_readable)] = Field(
        description="The password's hash, as `acuse user hash` prints it."
    )
