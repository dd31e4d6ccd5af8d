"""What we know of our account at one provider: where it is, how it proves itself to us, and we to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class NotConfigured(Exception):
    """A setting of the account is missing; the message names it."""


@dataclass(frozen=True, slots=True)
class Account:
    """One provider's settings. Everything but the name and the address is secret and stays out of `repr`.

    An empty `callback_username`, `callback_password` or credential is "not configured": it authenticates nobody.
    `credentials` holds the fields that the provider itself names in `Provider.credential_fields`.
    """

    name: str
    base_url: str = ""
    callback_url: str = ""
    """Where the provider reaches our webhook, without credentials; "" where that is not known."""
    callback_username: str = field(default="", repr=False)
    callback_password: str = field(default="", repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
