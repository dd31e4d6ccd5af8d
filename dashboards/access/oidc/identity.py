"""Who somebody is here, by what the provider says of them."""

from collections.abc import Mapping
from typing import Any, Final

from dashboards.access.oidc.config import OidcConfig
from dashboards.access.people import RANKS, User
from dashboards.access.problems import NAMELESS, NO_ROLE, UNVERIFIED, Problem

LONGEST_NAME: Final = 128
UNPROVEN: Final = (False, "false")


class NotLetIn(Exception):
    """Whoever comes back is not let in; `problem` says why, to whom it concerns."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def user_of(claims: Mapping[str, Any], config: OidcConfig) -> User:
    """Raises `NotLetIn`."""
    said = claim(claims, config.role_claim)
    words = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    roles = [config.roles[word] for word in words if isinstance(word, str) and word in config.roles]
    if not roles:
        raise NotLetIn(NO_ROLE.of(config.title))
    return User(name=_name(claims, config), role=max(roles, key=RANKS.index))


def _name(claims: Mapping[str, Any], config: OidcConfig) -> str:
    """In lower case, as names are here; it stands in what is recorded."""
    name = claim(claims, config.name_claim)
    read = name.strip().lower() if isinstance(name, str) else ""
    if not read or len(read) > LONGEST_NAME or not read.isprintable() or " " in read:
        raise NotLetIn(NAMELESS.of(config.title))
    if config.name_claim == "email" and claims.get("email_verified", True) in UNPROVEN:
        raise NotLetIn(UNVERIFIED.of(config.title))
    return read


def claim(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that very name, for names may have points in them; else the one that the points lead to."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
