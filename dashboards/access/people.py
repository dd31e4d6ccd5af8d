"""Who looks at the dashboards, and what each role may see. A role may all that the ones before it may."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from starlette.requests import Request

from dashboards.errors import Refused

NAME_PATTERN: Final = r"^[a-z0-9][a-z0-9._@-]{0,63}$"
"""In lower case, since that is all that the environment can say."""


class Role(StrEnum):
    VIEWER = "viewer"
    """Figures and alerts, of nobody in particular."""
    ANALYST = "analyst"
    """Single messages too, their numbers masked. So may scripts with a token, and this machine where it is let in."""
    AUDITOR = "auditor"
    """Numbers and texts of a message that he names, too, which is recorded each time."""
    OPERATOR = "operator"


RANKS: Final = tuple(Role)
VIEWED: Final = frozenset({"/", "/v1/alerts", "/v1/amiss", "/sign-out"})
VIEWED_PREFIXES: Final = ("/v1/reports/", "/reports/")
"""What a viewer may open, whatever comes to be; all else takes an analyst."""
MESSAGE_PREFIX: Final = "/v1/messages/"
UNMASKED_SUFFIX: Final = "/unmasked"
UNMASKINGS: Final = "/v1/unmaskings"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`password_hash` is as `passwords` writes it, "" of who signs in elsewhere; `name` is in lower case."""

    name: str
    role: Role
    password_hash: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks. `form_token` is what the forms of somebody who signed in must send back; others have none."""

    name: str
    role: Role
    form_token: str = field(default="", repr=False)

    @property
    def signed_in(self) -> bool:
        return bool(self.form_token)

    def may(self, role: Role) -> bool:
        return RANKS.index(self.role) >= RANKS.index(role)

    def may_open(self, path: str) -> bool:
        return self.may(needed_role(path))


def needed_role(path: str) -> Role:
    if path == UNMASKINGS or (path.startswith(MESSAGE_PREFIX) and path.endswith(UNMASKED_SUFFIX)):
        return Role.AUDITOR
    return Role.VIEWER if path in VIEWED or path.startswith(VIEWED_PREFIXES) else Role.ANALYST


def visitor_of(request: Request) -> Visitor | None:
    """Whom the gate let in; None where it asks nobody."""
    visitor: Visitor | None = request.scope.get("visitor")
    return visitor


def not_allowed(visitor: Visitor, needed: Role) -> Refused:
    return Refused(
        403, f"this takes the role '{needed}', and {visitor.name} has '{visitor.role}': ask whoever runs Acuse for it"
    )
