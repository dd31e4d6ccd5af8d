"""What the query API and its pages can be told to do differently."""

from dataclasses import dataclass, field

from dashboards.access.oidc.config import OidcConfig
from dashboards.access.people import User
from dashboards.access.proxies import Network
from dashboards.access.scripts import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardsConfig:
    """How the query API and its pages behave.

    `api_tokens` are the bearer tokens that open everything but health and metrics; with `open_to_this_machine`, this
    machine needs none. `users` are the people who sign in, and `oidc` says by what provider they may instead. Without
    any of these nobody may read: see `access.gate`. Of `trusted_proxies` it is believed whose request they pass
    on.

    `scripts` are programs with tokens and roles of their own.

    A query may run for `query_timeout_seconds`, and wait as long for one of `query_concurrency` connections.
    """

    api_tokens: frozenset[str] = field(default=frozenset(), repr=False)
    open_to_this_machine: bool = False
    users: tuple[User, ...] = ()
    scripts: tuple[Script, ...] = ()
    oidc: OidcConfig | None = None
    trusted_proxies: tuple[Network, ...] = ()
    query_concurrency: int = 4
    query_timeout_seconds: float = 5.0
