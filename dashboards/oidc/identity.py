"""Who somebody is here, by what the provider says of them."""

from collections.abc import Mapping
from typing import Any, Final

from dashboards.oidc.config import OidcConfig
from dashboards.people import RANKS, User

LONGEST_NAME: Final = 128
UNPROVEN: Final = (False, "false")


class NotLetIn(Exception):
    """The provider knows them, and that is not enough here. The message says what is missing, to whom it concerns."""


def user_of(claims: Mapping[str, Any], config: OidcConfig) -> User:
    """Raises `NotLetIn`."""
    said = claim(claims, config.role_claim)
    words = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    roles = [config.roles[word] for word in words if isinstance(word, str) and word in config.roles]
    if not roles:
        raise NotLetIn(f"You have no role here: whoever runs {config.title} can give you one that Acuse knows.")
    return User(name=_name(claims, config), role=max(roles, key=RANKS.index))


def _name(claims: Mapping[str, Any], config: OidcConfig) -> str:
    """In lower case, as names are here; it stands in what is recorded."""
    name = claim(claims, config.name_claim)
    read = name.strip().lower() if isinstance(name, str) else ""
    if not read or len(read) > LONGEST_NAME or not read.isprintable() or " " in read:
        raise NotLetIn(f"{config.title} does not say who you are: its '{config.name_claim}' is missing or unusable.")
    if config.name_claim == "email" and claims.get("email_verified", True) in UNPROVEN:
        raise NotLetIn(f"{config.title} has not verified your e-mail address, which you are known by here.")
    return read


def claim(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that very name, for names may have points in them; else the one that the points lead to."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
