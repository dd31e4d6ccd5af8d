"""Whom people may sign in by instead of a password of ours, and what that makes of them here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dashboards.access.people import Role

BEGIN: Final = "/sign-in/oidc"
CALLBACK: Final = "/sign-in/oidc/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcConfig:
    """An OpenID provider that knows us as `client_id`; without `client_secret` we are a public client to it.

    `url` is where people reach the dashboards: the provider sends them back there. `title` is what it is called where
    one signs in. Of an ID token, `name_claim` says who it is and `role_claim` what they are, one word or a list; points
    in it lead into a claim, as in `realm_access.roles`. `roles` says what each of these words makes of somebody; of
    several the highest role counts, and whom none is of is not let in.
    """

    issuer: str
    client_id: str
    url: str
    client_secret: str = field(default="", repr=False)
    title: str = "single sign-on"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "email"
    role_claim: str = "roles"
    roles: Mapping[str, Role] = field(default_factory=dict)
    answer_seconds: float = 5.0

    @property
    def callback(self) -> str:
        """To be registered at the provider, letter by letter."""
        return self.url.rstrip("/") + CALLBACK
