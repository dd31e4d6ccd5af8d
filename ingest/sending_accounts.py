"""Whether our account at a provider can send what an order asks for."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from delivery.decisions import step_reference
from delivery.orders import Order
from ingest.accounts import Account, NotConfigured
from ingest.invalid import InvalidField
from ingest.outbound import Sending
from ingest.provider import AuthenticatesInBody, SendsMessages


class _Sender(NamedTuple):
    """`trouble` says why nothing can be sent through it; "" when all is configured."""

    provider: SendsMessages
    account: Account
    trouble: str
    in_body: AuthenticatesInBody | None


class SendingAccounts:
    """Asks each provider for the very call that would send an order, so that no order is taken that makes none."""

    def __init__(self, senders: Mapping[str, SendsMessages], accounts: Mapping[str, Account]) -> None:
        self._senders = {
            name: _sender(provider, accounts.get(name) or Account(name)) for name, provider in senders.items()
        }

    def check(self, order: Order, message_id: str, at: datetime, step: int = 1) -> None:
        """Raises `InvalidField`: for the order, or for `provider` where a setting of its account is missing."""
        provider, account, trouble, in_body = self._senders[order.provider]
        if trouble:
            raise InvalidField("provider", trouble)
        reference = step_reference(message_id, step)
        call = provider.send_call(order, Sending(message_id=message_id, reference=reference, account=account, at=at))
        if in_body is not None:
            try:
                in_body.body_with_credentials(call, account)
            except NotConfigured as error:
                raise InvalidField("provider", _not_configured(error)) from None


def _sender(provider: SendsMessages, account: Account) -> _Sender:
    in_body = provider if isinstance(provider, AuthenticatesInBody) else None
    return _Sender(provider, account, _trouble(provider, account), in_body)


def _trouble(provider: SendsMessages, account: Account) -> str:
    if not account.base_url and not provider.public_base_url:
        return f"its address is not configured: set base_url in [providers.{account.name}]"
    try:
        provider.headers(account)
    except NotConfigured as error:
        return _not_configured(error)
    return ""


def _not_configured(error: NotConfigured) -> str:
    return f"its account is not configured: {error}"
