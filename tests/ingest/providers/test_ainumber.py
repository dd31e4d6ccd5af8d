"""AI Number: its token, and that what is listed is what its webhooks say."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Reply, Source
from ingest.accounts import Account, NotConfigured
from ingest.operations import OperationFailed
from ingest.outbound import HttpAnswer, NothingToAsk, Refused, Told, Unauthorised
from ingest.providers.ainumber import AiNumber
from ingest.providers.ainumber.client import auth_token
from ingest.webhook import WebhookRequest

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRETS = {"api_key": "k3y", "api_secret": "s3cret"}
ACCOUNT = Account("ainumber", credentials=SECRETS)
TARGET = Target(provider="ainumber", ref="m-1", channel=Channel.WHATSAPP, handle="c-1")
SENT_AT = 1772366300

Webhook = Callable[..., WebhookRequest]


def answer(body: Any, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, json.dumps(body).encode(), AT, {"content-type": "application/json"})


def page(*items: Any, current: int = 1, last: int = 1) -> HttpAnswer:
    return answer({"data": list(items), "meta": {"current_page": current, "last_page": last}})


def conversation(identity: str, phone: str | None, inbound_at: Any) -> dict[str, Any]:
    last = {"direction": "inbound", "inbound_sent_at": inbound_at}
    return {"id": identity, "contact": {"name": "Ana", "phone": phone}, "last_message": last}


def message(identity: str, direction: str, body: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "direction": direction, "body": body, "sent_at": SENT_AT, "status": "read", **more}


def test_a_token_is_the_time_and_its_digest_under_the_secret() -> None:
    timestamp = str(int(AT.timestamp()))
    digest = hmac.new(b"s3cret", timestamp.encode(), hashlib.sha256).hexdigest()
    assert base64.b64decode(auth_token("s3cret", AT)).decode() == f"{timestamp}.{digest}"


def test_the_token_goes_under_the_document_s_name_and_the_client_s() -> None:
    headers = AiNumber().headers(ACCOUNT)
    assert headers["x-api-key"] == "k3y"
    assert headers["authtoken"] == headers["x-auth-token"]
    assert "s3cret" not in str(headers)


def test_what_it_proves_itself_by_our_own_webhook_would_take(webhook: Webhook) -> None:
    token = AiNumber().headers(ACCOUNT)["x-auth-token"]
    now = datetime.now(UTC)
    assert AiNumber().verify(webhook(b"{}", headers={"x-authorization": token}, received_at=now), ACCOUNT)


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_credential_is_named(missing: str) -> None:
    with pytest.raises(NotConfigured, match=r"\[providers.ainumber\] .*" + missing):
        AiNumber().headers(Account("ainumber", credentials=SECRETS | {missing: ""}))


def test_a_poll_and_a_webhook_that_say_the_same_are_one_event(webhook: Webhook) -> None:
    said = message("m-1", "outbound", "Hola", status="delivered", timestamp=1772366305.5)
    data = {"message_id": "m-1", "status": "delivered", "timestamp": 1772366305.5}
    (told,) = AiNumber().parse(webhook(json.dumps({"event": "message.sent_status", "data": data}).encode()))
    asked = AiNumber().read_polled(TARGET, page(message("m-2", "outbound", "x"), said))
    assert isinstance(asked, Told)
    assert [(event.event_id, event.source) for event in asked.events] == [(told.event_id, Source.POLL)]
    assert json.loads(asked.events[0].personal.raw) == said, "of the page, only the message itself is kept"


def test_without_a_conversation_the_person_is_looked_for_and_without_either_nobody() -> None:
    provider = AiNumber()
    assert provider.poll_call(TARGET, ACCOUNT).query == (("conversation_id", "c-1"), ("page", "1"))
    known = Target(provider="ainumber", ref="m-1", channel=Channel.WHATSAPP, recipient="+34600000000")
    assert dict(provider.poll_call(known, ACCOUNT).query)["search_query"] == "+34600000000"
    with pytest.raises(NothingToAsk):
        provider.poll_call(Target(provider="ainumber", ref="m-1", channel=Channel.WHATSAPP), ACCOUNT)


def walk(answers: dict[str, HttpAnswer]) -> tuple[list[str], list[Reply]]:
    """Every question that the list asks, and every reply that it finds."""
    cursor: str | None = None
    asked, replies = [], []
    for _ in range(20):
        call = AiNumber().list_call(ACCOUNT, cursor)
        assert call is not None
        query = dict(call.query)
        asked.append(query.get("conversation_id") or f"page {query['page']}")
        told = AiNumber().read_listed(ACCOUNT, cursor, answers[asked[-1]])
        assert isinstance(told, Told), told
        assert not told.ends_where_known, "each conversation is a list of its own"
        replies += [event for event in told.events if isinstance(event, Reply)]
        cursor = told.cursor
        if cursor is None:
            return asked, replies
    raise AssertionError("the list has no end")


def test_conversations_are_walked_and_what_people_wrote_is_what_webhooks_say(webhook: Webhook) -> None:
    written = message("i-1", "inbound", "¿A qué hora?")
    asked, replies = walk(
        {
            "page 1": page(
                conversation("c-1", "+34 600 00 00 00", "2026-03-01 11:58:20"),
                conversation("c-2", None, SENT_AT - 60),
                last=9,
            ),
            "c-1": page(message("m-1", "outbound", "Hola"), written, {"direction": "inbound"}),
            "c-2": page(message("i-2", "inbound", "Hi", whatsapp_user_id="US.1")),
            "page 2": page(
                conversation("c-3", "+34611111111", "2026-03-01 01:00:00"),
                conversation("c-4", "+34622222222", "2026-02-01 01:00:00"),
                current=2,
                last=9,
            ),
            "c-3": page(),
        }
    )
    assert asked == ["page 1", "c-1", "c-2", "page 2", "c-3"], "after the first page with old ones there is no other"
    assert [(reply.reply_id, reply.personal.sender) for reply in replies] == [("i-1", "+34600000000"), ("i-2", None)]
    data = {"message_id": "i-1", "contact": {"phone": "+34600000000"}, "body": "¿A qué hora?", "sent_at": SENT_AT}
    told = {"event": "message.received", "data": data}
    (by_webhook,) = AiNumber().parse(webhook(json.dumps(told).encode()))
    assert isinstance(by_webhook, Reply)
    assert replies[0].event_id == by_webhook.event_id
    assert (replies[0].personal.text, replies[0].country) == (by_webhook.personal.text, "ES")
    assert replies[0].source is Source.POLL


@pytest.mark.parametrize("cursor", [None, "0;c-1/+34600000000"])
def test_a_list_that_fails_says_how(cursor: str | None) -> None:
    assert isinstance(AiNumber().read_listed(ACCOUNT, cursor, answer({}, 401)), Unauthorised)
    assert isinstance(AiNumber().read_listed(ACCOUNT, cursor, answer({"error": {"detail": "x"}}, 400)), Refused)


def test_operations_read_what_there_is_and_say_what_went_wrong() -> None:
    tags = AiNumber.operations["tags"]
    one, more = {"current_page": 1, "last_page": 1}, {"current_page": 1, "last_page": 2}
    assert tags.read(answer({"data": [{"id": "t"}], "meta": one})) == [{"id": "t"}]
    assert tags.read(answer({"data": [], "meta": more})) == {"data": [], "meta": more}
    assert tags.read(answer({"message": "done"})) == {"message": "done"}
    for failed, words in (
        (answer({"error": {"detail": "Name is required", "type": "x"}}, 400), "HTTP 400: Name is required"),
        (answer({"error": {"detail": "no"}}), "HTTP 200: no"),
        (answer({"detail": "gone"}, 410), "HTTP 410: gone"),
        (HttpAnswer(200, b"<html>", AT), "HTTP 200"),
        (HttpAnswer(500, b"", AT), "HTTP 500"),
    ):
        with pytest.raises(OperationFailed, match=words):
            tags.read(failed)
