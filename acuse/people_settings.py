"""The settings of people who sign in to the dashboards."""

from ipaddress import ip_network
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, SecretStr

from acuse.settings_parts import Section
from dashboards.access.passwords import parsed
from dashboards.access.people import NAME_PATTERN, Role
from dashboards.access.scripts import DIGEST

UserName: TypeAlias = Annotated[str, Field(pattern=NAME_PATTERN)]


def _readable(said: SecretStr) -> SecretStr:
    """Raises what says that it is no hash of ours, and how to come by one."""
    parsed(said.get_secret_value())
    return said


def _network(said: str) -> str:
    """Raises what says how to write one."""
    try:
        return str(ip_network(said))
    except ValueError:
        raise ValueError(
            "is no network: write an address, or one with a mask and no bits after it: 10.0.0.0/8"
        ) from None


ProxyNetwork: TypeAlias = Annotated[str, AfterValidator(_network)]


class UserSettings(Section):
    role: Role = Field(description="What the person may see; see `dashboards.access.people`.")
    password_hash: Annotated[SecretStr, AfterValidator(_readable)] = Field(
        description="The password's hash, as `acuse user hash` prints it."
    )


def _digest(digest: SecretStr) -> SecretStr:
    if not DIGEST.fullmatch(digest.get_secret_value()):
        raise ValueError("is no token's digest: use what `acuse user token` printed")
    return digest


class ScriptSettings(Section):
    role: Role = Field(description="What it may see: viewer, analyst, auditor or operator.")
    token_sha256: Annotated[SecretStr, AfterValidator(_digest)] = Field(
        description="What `acuse user token` printed for its token."
    )
