"""For the same send our request is, on the wire, the one that Messente's own client makes."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar, NamedTuple

import messente_api as official
import pytest

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.orders import Media, MediaKind, Order, OrderPersonal, Priority, Store, Template
from ingest.accounts import Account
from ingest.caller import Caller
from ingest.outbound import HttpAnswer, HttpCall, Sending, Taken, Told
from ingest.providers.messente import Messente

MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"
LEG = "3e28ec48-d620-4191-a96e-d91ba8ecc949"
LEGS = "d7248cda-6c1a-4436-acf5-aaf249bb67d3"
TO = "+34600000000"
LATER = datetime(2099, 3, 2, 9, 30, tzinfo=UTC)
CALLBACK = "https://u:p@hooks.example.com/webhooks/messente"
PROVIDER = Messente()
TEMPLATE = Template(name="otp", language="es", parameters={"1": "4711", "2": "Ana"})
IMAGE = Media(kind=MediaKind.IMAGE, url="https://example.com/i.jpg")
VIDEO = Media(kind=MediaKind.VIDEO, url="https://example.com/v.mp4")
ANSWERS = {
    "POST": (
        201,
        {"messages": [{"message_id": LEG, "channel": "sms", "sender": "A"}], "to": TO, "omnimessage_id": LEGS},
    ),
    "GET": (200, {"statuses": [], "to": TO, "omnimessage_id": LEGS}),
    "DELETE": (202, {}),
}


class Request(NamedTuple):
    method: str
    path: str
    authorization: str
    content_type: str
    accept: str
    body: Any


class Recorder(BaseHTTPRequestHandler):
    seen: ClassVar[list[Request]] = []

    def handle_call(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        names = ("authorization", "content-type", "accept")
        said = [self.headers.get(name, "") for name in names]
        self.seen.append(Request(self.command, self.path, *said, json.loads(body) if body else None))
        status, answer = ANSWERS[self.command]
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET = do_DELETE = handle_call  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_: object) -> None: ...


@contextmanager
def recorder() -> Iterator[str]:
    Recorder.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def address() -> Iterator[str]:
    with recorder() as found:
        yield found


def account(address: str) -> Account:
    return Account(
        "messente",
        base_url=address,
        callback_url="https://hooks.example.com/webhooks/messente",
        callback_username="u",
        callback_password="p",
        credentials={"username": "api", "password": "s3crét"},
    )


def ours(address: str, call: HttpCall) -> tuple[Request, HttpAnswer]:
    async def carried_out() -> HttpAnswer:
        async with Caller(PROVIDER, account(address)) as caller:
            answer = await caller.call(call)
            assert isinstance(answer, HttpAnswer)
            return answer

    answer = asyncio.run(carried_out())
    return Recorder.seen.pop(), answer


@contextmanager
def client(address: str) -> Iterator[official.ApiClient]:
    configuration = official.Configuration(host=f"{address}/v1", username="api", password="s3crét")
    with official.ApiClient(configuration) as opened:
        yield opened
        opened.rest_client.pool_manager.clear()


def order(channel: Channel, personal: dict[str, Any], **more: Any) -> Order:
    return Order(provider="messente", channel=channel, personal=OrderPersonal(to=TO, **personal), **more)


def theirs(*messages: Any, **more: Any) -> official.Omnimessage:
    legs = [official.OmnimessageMessagesInner(message) for message in messages]
    return official.Omnimessage(to=TO, messages=legs, dlr_url=f"{CALLBACK}?reference={MESSAGE}.1", **more)


def template(**more: Any) -> official.WhatsAppTemplate:
    return official.WhatsAppTemplate(name="otp", language=official.WhatsAppLanguage(code="es"), **more)


def parameters(*texts: str) -> official.WhatsAppComponent:
    filled = [official.WhatsAppParameter(type="text", text=text) for text in texts]
    return official.WhatsAppComponent(type="body", parameters=filled)


TEXT = {"text": 'Año nuevo, "señal" 🙂'}
BUTTON = {"button_text": "Open", "button_url": "https://example.com/b"}
FILM = {"thumbnail": "https://example.com/t.jpg", "file_size": 1000, "duration": 60}
SAME = {
    "sms": (order(Channel.SMS, TEXT), theirs(official.SMS(**TEXT))),
    "sms from a sender within seconds": (
        order(Channel.SMS, {**TEXT, "sender": "Acme"}, ttl_seconds=90),
        theirs(official.SMS(**TEXT, sender="Acme", ttl=90)),
    ),
    "sms within minutes, converted, with a header": (
        order(Channel.SMS, {**TEXT, "options": {"validity": 5, "autoconvert": "full", "udh": "050003CC0201"}}),
        theirs(official.SMS(**TEXT, validity=5, autoconvert="full", udh="050003CC0201")),
    ),
    "scheduled": (order(Channel.SMS, TEXT, send_at=LATER), theirs(official.SMS(**TEXT), time_to_send=LATER)),
    "text as its hash, in a hurry": (
        order(Channel.SMS, TEXT, store=Store.SHA256, priority=Priority.HIGH),
        theirs(official.SMS(**TEXT), text_store=official.TextStore.SHA256, priority=official.Priority.HIGH),
    ),
    "text not stored, in no hurry": (
        order(Channel.SMS, TEXT, store=Store.NOSTORE, priority=Priority.LOW),
        theirs(official.SMS(**TEXT), text_store=official.TextStore.NOSTORE, priority=official.Priority.LOW),
    ),
    "viber with text, image and button": (
        order(Channel.VIBER, {**TEXT, "media": IMAGE, "options": BUTTON}),
        theirs(official.Viber(**TEXT, **BUTTON, image_url=IMAGE.url)),
    ),
    "viber with video": (
        order(Channel.VIBER, {**TEXT, "media": VIDEO, "options": {"video": FILM}}, ttl_seconds=60),
        theirs(official.Viber(**TEXT, ttl=60, video=official.ViberVideo(url=VIDEO.url, **FILM))),
    ),
    "whatsapp template": (
        order(Channel.WHATSAPP, {"template": TEMPLATE, "sender": "34911111111"}),
        theirs(official.WhatsApp(sender="34911111111", template=template(components=[parameters("4711", "Ana")]))),
    ),
    "whatsapp template without parameters": (
        order(Channel.WHATSAPP, {"template": Template(name="otp", language="es")}),
        theirs(official.WhatsApp(template=template(components=[]))),
    ),
    "whatsapp text": (
        order(Channel.WHATSAPP, TEXT),
        theirs(official.WhatsApp(text=official.WhatsAppText(body=TEXT["text"]))),
    ),
    "whatsapp image": (
        order(Channel.WHATSAPP, {**TEXT, "media": IMAGE}),
        theirs(official.WhatsApp(image=official.WhatsAppImage(link=IMAGE.url, caption=TEXT["text"]))),
    ),
    "viber, then whatsapp, then sms": (
        order(
            Channel.VIBER,
            {
                **TEXT,
                "options": {
                    "legs": [
                        {"channel": "whatsapp", "template": {"name": "otp", "language": {"code": "es"}}},
                        {"channel": "sms", "text": "Hola", "validity": 60},
                    ]
                },
            },
            ttl_seconds=600,
        ),
        theirs(
            official.Viber(**TEXT, ttl=600),
            official.WhatsApp(template=template(components=[])),
            official.SMS(text="Hola", validity=60),
        ),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_send_is_the_same_request(name: str, address: str) -> None:
    asked, modelled = SAME[name]
    PROVIDER.check(asked)
    sending = Sending(MESSAGE, f"{MESSAGE}.1", account(address), LATER)
    mine, answer = ours(address, PROVIDER.send_call(asked, sending))
    with client(address) as opened:
        taken = official.OmnimessageApi(opened).send_omnimessage(modelled)
    assert mine == Recorder.seen.pop()
    assert mine.authorization.startswith("Basic ")
    result = PROVIDER.read_sent(asked, sending, answer)
    assert isinstance(result, Taken)
    (sent,) = result.sends
    assert (sent.ref, sent.handle) == (taken.messages[0].message_id, taken.omnimessage_id)


def test_so_are_asking_and_cancelling(address: str) -> None:
    target = Target(provider="messente", ref=LEG, channel=Channel.SMS, handle=LEGS)
    mine, answer = ours(address, PROVIDER.poll_call(target, account(address)))
    with client(address) as opened:
        official.DeliveryReportApi(opened).retrieve_delivery_report(LEGS)
    assert mine == Recorder.seen.pop()
    assert PROVIDER.read_polled(target, answer) == Told([])
    mine, answer = ours(address, PROVIDER.cancel_call(target, account(address)))
    with client(address) as opened:
        official.OmnimessageApi(opened).cancel_scheduled_message(LEGS)
    assert mine == Recorder.seen.pop()
    assert isinstance(PROVIDER.read_cancelled(target, answer), Told)
