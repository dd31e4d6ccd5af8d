"""The simulated accounts: what a caller must show, and what is left on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CREDENTIALS: Final[Mapping[str, Mapping[str, str]]] = {
    "mensatek": {"api_user": "simulated-user", "api_token": "simulated-token"},
    "messente": {
        "username": "simulated-user",
        "password": "simulated-password",
        "inbound_secret": "simulated-inbound-secret",
    },
    "altiria": {"login": "simulated-login", "password": "simulated-password"},
    "ainumber": {
        "api_key": "simulated-key",
        "api_secret": "simulated-secret",
        "webhook_secret": "simulated-webhook-secret",
    },
    "enviosms": {"api_key": "simulated-key"},
}
"""By the names that `[providers.<name>]` of acuse.toml has for them. They open nothing but the simulators."""


SILENT: Final = frozenset({"enviosms"})
"""Providers that have no callbacks."""

CALLBACK_USERNAME: Final = "simulator"
CALLBACK_PASSWORD: Final = "simulated-callback-password"  # noqa: S105 - it opens nothing but simulated webhooks


@dataclass(slots=True)
class SimulatedAccount:
    """``callback_url`` is where callbacks go unless a request names another address, "" for nowhere.
    ``callback_format`` is json or form. ``options`` are the world file's words to this provider's simulator alone.
    """

    credentials: Mapping[str, str]
    credit: float
    callback_url: str
    callback_username: str
    callback_password: str
    callback_format: str
    options: Mapping[str, str | int | float | bool]
