"""Requests as a provider would make them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ingest.webhook import WebhookRequest

RECEIVED_AT = datetime(2022, 10, 3, 12, 0, 0, tzinfo=UTC)


def webhook(
    body: bytes = b"",
    content_type: str = "application/json",
    *,
    method: str = "POST",
    query: str = "",
    headers: dict[str, str] | None = None,
    received_at: datetime = RECEIVED_AT,
) -> WebhookRequest:
    return WebhookRequest(
        method=method,
        path="/webhooks/any",
        query=query,
        headers=headers or {},
        content_type=content_type,
        body=body,
        received_at=received_at,
    )


@pytest.fixture(name="webhook", scope="session")
def webhook_fixture() -> Callable[..., WebhookRequest]:
    return webhook
