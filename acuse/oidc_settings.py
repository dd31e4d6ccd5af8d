"""The settings of signing in to the dashboards by an OpenID provider."""

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from acuse.settings_parts import Seconds, Section, default_of, split
from dashboards.access.oidc.asking import is_guarded
from dashboards.access.oidc.config import CALLBACK, OidcConfig
from dashboards.access.people import Role


def _guarded(address: str) -> str:
    """Raises what says what to write instead."""
    if address and not is_guarded(address):
        raise ValueError("is no https address; http will do on this machine alone")
    return address


Address = Annotated[str, AfterValidator(_guarded)]
NEEDED = ("client_id", "url", "roles")


class OidcSettings(Section):
    about = (
        "People sign in to the dashboards by an OpenID provider, where issuer is set; also beside [dashboards.users]. "
        "Of a section [dashboards.oidc.roles], keys in the environment are in lower case."
    )
    issuer: Address = Field(
        default="", description="The provider, letter by letter as it calls itself; https. Empty for none."
    )
    client_id: str = Field(default="", description="What the provider knows us as.")
    client_secret: SecretStr = Field(
        default=SecretStr(default_of(OidcConfig, "client_secret")),
        description="What we prove that by; empty for a public client.",
    )
    url: Address = Field(
        default="",
        description="Where people reach the dashboards, https://acuse.example.com for example; register that with "
        f"{CALLBACK} behind it as the redirect URI.",
    )
    title: str = Field(default=default_of(OidcConfig, "title"), description="What it is called where one signs in.")
    scopes: Annotated[list[str], BeforeValidator(split)] = Field(
        default=list(default_of(OidcConfig, "scopes")), description="What is asked for; openid among it."
    )
    name_claim: str = Field(
        default=default_of(OidcConfig, "name_claim"),
        description="The ID token's claim that says who it is, as records of unmasking name them.",
    )
    role_claim: str = Field(
        default=default_of(OidcConfig, "role_claim"),
        description="The one that says what they are, one word or a list; points lead into a claim: "
        "realm_access.roles, for example.",
    )
    roles: dict[str, Role] = Field(
        default={},
        description="What each of these words makes of them here: viewer, analyst, auditor or operator. Of several the "
        "highest counts; whom none is of is not let in.",
    )
    answer_seconds: Seconds = Field(
        default=default_of(OidcConfig, "answer_seconds"), description="Longest wait for the provider."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = [name for name in NEEDED if not getattr(self, name)] if self.issuer else []
        if missing:
            raise ValueError(f"issuer is set, so set {', '.join(missing)} too")
        if "openid" not in self.scopes:
            raise ValueError("scopes: openid must be among them")
        return self
