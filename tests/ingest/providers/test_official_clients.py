"""For the same send, and the same operation, our request is on the wire the one that the vendor's own client makes.

Altiria's client speaks its SMS gateway alone, and names itself in `source`, which we leave out.
"""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from sendbee_api import SendbeeApi, SendbeeAuth
from sms_api.altiria_client import AltiriaClient, AltiriaModelTextMessage

from delivery.channels import Channel
from delivery.orders import Media, MediaKind, Order, OrderPersonal, Template
from ingest.accounts import Account
from ingest.caller import Caller
from ingest.outbound import HttpAnswer, HttpCall, Sending, Taken
from ingest.provider import Authenticates
from ingest.providers.ainumber import AiNumber
from ingest.providers.altiria import Altiria

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"
SECRETS = {"login": "usér", "password": "s3crét", "api_key": "k3y", "api_secret": "s3cret"}
ANYTHING = {
    **dict.fromkeys(("id", "name", "message_id", "status", "message"), "x"),
    **{each: [] for each in ("tags", "notes", "contact_fields", "members", "teams", "button_tags", "buttons")},
    **{each: {"id": "y"} for each in ("contact", "last_message")},
}
ANSWER = {"status": "000", "credit": "12.5", "data": ANYTHING, "meta": {"current_page": 1, "last_page": 1}}


class Request(NamedTuple):
    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    headers: dict[str, str]

    @property
    def without_headers(self) -> tuple[object, ...]:
        return self[:4]


class Recorder(BaseHTTPRequestHandler):
    seen: ClassVar[list[Request]] = []

    def handle_call(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        self.seen.append(Request(self.command, parts.path, query, json.loads(body) if body else None, headers))
        content = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET = do_PUT = do_DELETE = handle_call  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ours(provider: Authenticates, account: Account, call: HttpCall) -> tuple[Request, HttpAnswer]:
    async def carried_out() -> HttpAnswer:
        async with Caller(provider, account) as caller:
            answer = await caller.call(call)
            assert isinstance(answer, HttpAnswer)
            return answer

    answer = asyncio.run(carried_out())
    return Recorder.seen.pop(), answer


def gateway(address: str) -> Account:
    return Account("altiria", base_url=f"http://{address}/apirest/ws", credentials=SECRETS)


def altiria(address: str) -> AltiriaClient:
    client = AltiriaClient(SECRETS["login"], SECRETS["password"])
    client.urlBase = f"http://{address}/apirest/ws"
    return client


SMS = {
    "text alone": ({"text": "Hola"}, {}),
    "from a sender": ({"text": "Hola", "sender": "Acme"}, {"senderId": "Acme"}),
    "in Unicode": ({"text": "Año 🙂"}, {"encoding": "unicode"}),
    "of two parts": ({"text": "a" * 161}, {"concat": True}),
    "certified": ({"text": "Hola", "options": {"certified": True}}, {"certDelivery": True}),
}


@pytest.mark.parametrize("name", SMS)
def test_an_sms_through_altiria_s_gateway(name: str, address: str) -> None:
    personal, theirs = SMS[name]
    order = Order(provider="altiria", channel=Channel.SMS, personal=OrderPersonal(to="+34600000000", **personal))
    sending = Sending(MESSAGE, f"{MESSAGE}.1", gateway(address), AT)
    call = Altiria().send_call(order, sending)
    mine, answer = ours(Altiria(), gateway(address), call)
    message = AltiriaModelTextMessage("34600000000", personal["text"])
    message.ack, message.idAck = True, mine.body["message"]["idAck"]
    for field, value in theirs.items():
        setattr(message, field, value)
    altiria(address).sendSms(message)
    official = Recorder.seen.pop()
    del official.body["source"]
    assert mine.without_headers == official.without_headers
    assert mine.headers["content-type"] == official.headers["content-type"].partition(";")[0]
    assert "authorization" not in mine.headers
    assert isinstance(Altiria().read_sent(order, sending, answer), Taken)


def test_the_credit_at_altiria_s_gateway(address: str) -> None:
    credit = Altiria.operations["credit"]
    mine, answer = ours(Altiria(), gateway(address), credit.call(credit.parameters()))
    found = altiria(address).getCredit()
    official = Recorder.seen.pop()
    del official.body["source"]
    assert mine.without_headers == official.without_headers
    assert credit.read(answer) == {"credit": found}


def ainumber(address: str) -> tuple[Account, SendbeeApi]:
    client = SendbeeApi(SECRETS["api_key"], SECRETS["api_secret"])
    client.protocol, client.base_url = "http", address
    return Account("ainumber", base_url=f"http://{address}", credentials=SECRETS), client


TO = {"phone": "+34600000000"}
TEMPLATE = Template(name="otp", language="es", parameters={"1": "Ana"})
WHATSAPP = {
    "text": ({"text": "Año 🙂"}, "send_message", {"text": "Año 🙂"}),
    "media": (
        {"text": "Mira", "media": Media(kind=MediaKind.IMAGE, url="https://example.com/i.jpg")},
        "send_message",
        {"text": "Mira", "media_url": "https://example.com/i.jpg"},
    ),
    "text with options": (
        {"text": "a", "options": {"prevent_bot_off": True, "agent_id": "a-1", "live_inbox": False}},
        "send_message",
        {"text": "a", "prevent_bot_off": True, "agent_id": "a-1", "live_inbox": False},
    ),
    "template": (
        {"template": TEMPLATE, "options": {"button_tags": {"1": "x"}, "attachment": "https://example.com/i.jpg"}},
        "send_template_message",
        {
            "template_keyword": "otp",
            "language": "es",
            "tags": {"1": "Ana"},
            "button_tags": {"1": "x"},
            "attachment": "https://example.com/i.jpg",
        },
    ),
}


@pytest.mark.parametrize("name", WHATSAPP)
def test_a_message_through_ai_number(name: str, address: str) -> None:
    personal, method, parameters = WHATSAPP[name]
    account, client = ainumber(address)
    order = Order(provider="ainumber", channel=Channel.WHATSAPP, personal=OrderPersonal(to=TO["phone"], **personal))
    sending = Sending(MESSAGE, f"{MESSAGE}.1", account, AT)
    AiNumber().check(order)
    mine, answer = ours(AiNumber(), account, AiNumber().send_call(order, sending))
    taken = getattr(client, method)(**TO, **parameters)
    official = Recorder.seen.pop()
    assert mine.without_headers == official.without_headers
    for header in ("x-api-key", "content-type", "accept"):
        assert mine.headers[header] == official.headers[header]
    assert SendbeeAuth(SECRETS["api_secret"]).check_auth_token(mine.headers["x-auth-token"])
    result = AiNumber().read_sent(order, sending, answer)
    assert isinstance(result, Taken)
    assert [sent.ref for sent in result.sends] == [taken.message_id]
    assert [sent.handle for sent in result.sends] == [taken.conversation_id]


OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "contacts": ("contacts", {"tags": ["vip", "new"], "status": "subscribed", "page": 2, "limit": 10}),
    "subscribe-contact": ("subscribe_contact", {**TO, "name": "Ana", "tags": ["vip"], "contact_fields": {"a": "b"}}),
    "update-contact": ("update_contact", {"id": "p-1", "notes": ["n"]}),
    "tags": ("tags", {"name": "vip"}),
    "create-tag": ("create_tag", {"name": "vip"}),
    "update-tag": ("update_tag", {"id": "t-1", "name": "vip"}),
    "delete-tag": ("delete_tag", {"id": "t-1"}),
    "fields": ("contact_fields", {"search_query": "plan"}),
    "create-field": ("create_contact_field", {"name": "plan", "type": "list", "options": ["a", "b"]}),
    "update-field": ("update_contact_field", {"id": "f-1", "name": "plan", "type": "text"}),
    "delete-field": ("delete_contact_field", {"id": "f-1"}),
    "templates": ("message_templates", {"status": "approved", "limit": 5}),
    "conversations": ("conversations", {"folder": "open", "date_from": 1772366300}),
    "messages": ("messages", {"conversation_id": "c-1", "page": 2}),
    "conversation": ("get_conversation", {"conversation_id": "c-1"}),
    "move-conversation": ("update_conversation", {"conversation_id": "c-1", "folder": "done"}),
    "teams": ("teams", {"member_id": "a-1"}),
    "members": ("members", {"team_id": "e-1"}),
    "switch-chatbot": ("chatbot_activity", {"conversation_id": "c-1", "active": False}),
    "chatbot": ("chatbot_activity_status", {"conversation_id": "c-1"}),
    "subscribe-webhook": ("subscribe_webhook", {"url": "https://example.com/w", "event": "message.received"}),
}


def test_every_operation_of_ai_number_is_compared() -> None:
    assert set(OPERATIONS) == set(AiNumber.operations)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_of_ai_number(name: str, address: str) -> None:
    method, parameters = OPERATIONS[name]
    operation = AiNumber.operations[name]
    account, client = ainumber(address)
    call = operation.call(msgspec.convert(parameters, operation.parameters))
    mine, answer = ours(AiNumber(), account, call)
    getattr(client, method)(**parameters)
    assert mine.without_headers == Recorder.seen.pop().without_headers
    assert operation.read(answer) == ANYTHING
