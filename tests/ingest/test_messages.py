import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from delivery.channels import Channel
from delivery.orders import Media, MediaKind, Order, OrderPersonal, Priority, Store, Template
from delivery.plans import OnDoubt
from delivery.requests import CancelRequest, Finding, SettleRequest
from ingest.claims import claimed
from ingest.publisher import NothingPublished, NotPublished

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAIN = {"to": "+34600000000", "channel": "sms", "provider": "runner", "text": "Hola"}
SOME_MESSAGE = "018f4e6e-5a3c-7cc1-8000-000000000001"


def with_(**fields: object) -> dict[str, object]:
    return {**PLAIN, **fields}


@pytest.fixture
async def edge(open_edge, senders) -> AsyncIterator[object]:
    async with open_edge(providers=senders, clock=lambda: NOW, body_limit_bytes=1_000_000) as opened:
        yield opened


async def test_202_with_an_id_and_the_parts_once_kafka_has_it(edge):
    answer = await edge.send(PLAIN)
    assert answer.status_code == 202, answer.text
    (request,) = edge.publisher.requests
    assert answer.json() == {"message_id": request.message_id, "parts": 1, "encoding": "gsm"}
    assert uuid.UUID(request.message_id).version == 7
    assert edge.publisher.records[0].key == request.message_id.encode()
    assert (request.received_at, request.on_doubt) == (NOW, OnDoubt.HOLD)
    personal = OrderPersonal(to="+34600000000", text="Hola")
    assert request.order == Order(provider="runner", channel=Channel.SMS, personal=personal, country="ES")


async def test_every_field_reaches_the_request(edge):
    body = {
        "to": " +34 600 000 000 ",
        "channel": "whatsapp",
        "provider": "runner",
        "sender": " ACME ",
        "template": {"name": "hello", "language": "es", "parameters": {"1": "Ana"}},
        "send_at": "2026-03-02T12:00:00+01:00",
        "reference": "order 7",
        "priority": "high",
        "store": "sha256",
        "options": {"urgent": True, "floor": 3, "mood": "brisk"},
        "on_doubt": "retry",
        "text": None,
        "plan": None,
    }
    answer = await edge.send(body)
    assert answer.status_code == 202, answer.text
    assert set(answer.json()) == {"message_id"}
    (request,) = edge.publisher.requests
    assert request.on_doubt is OnDoubt.RETRY
    assert request.order == Order(
        provider="runner",
        channel=Channel.WHATSAPP,
        personal=OrderPersonal(
            to="+34600000000",
            sender="ACME",
            template=Template(name="hello", language="es", parameters={"1": "Ana"}),
            options={"urgent": True, "floor": 3, "mood": "brisk"},
        ),
        send_at=datetime(2026, 3, 2, 11, tzinfo=UTC),
        reference="order 7",
        priority=Priority.HIGH,
        store=Store.SHA256,
        country="ES",
    )


async def test_media_may_have_a_caption(edge):
    media = {"kind": "image", "url": "https://files.example/a.png"}
    assert (await edge.send(with_(channel="whatsapp", media=media))).status_code == 202
    (request,) = edge.publisher.requests
    assert request.order.personal.media == Media(kind=MediaKind.IMAGE, url="https://files.example/a.png")
    assert request.order.personal.text == "Hola"


@pytest.mark.parametrize("voice", [{"text": "Su código"}, {"audio_url": "https://files.example/a.mp3"}])
async def test_a_call_may_go_to_a_fixed_line(edge, voice):
    body = {"to": "+34912345678", "channel": "voice", "provider": "runner", "voice": voice}
    assert (await edge.send(body)).status_code == 202


async def test_an_address_stands_for_a_number_on_the_channel_email(edge):
    assert (await edge.send(with_(channel="email", to="ana@example.com"))).status_code == 202
    (request,) = edge.publisher.requests
    assert (request.order.personal.to, request.order.country) == ("ana@example.com", None)


async def test_a_time_that_has_come_is_at_once(edge):
    assert (await edge.send(with_(send_at="2026-03-01T12:00:00Z"))).status_code == 202
    assert edge.publisher.requests[0].order.send_at is None


async def test_a_list_is_answered_in_its_order(edge):
    answer = await edge.send([with_(reference=f"r{number}", text="á" * number) for number in range(1, 141)])
    assert answer.status_code == 202, answer.text
    receipts = answer.json()["messages"]
    assert [receipt["message_id"] for receipt in receipts] == [each.message_id for each in edge.publisher.requests]
    assert [request.order.reference for request in edge.publisher.requests] == [f"r{n}" for n in range(1, 141)]
    assert [receipt["parts"] for receipt in receipts] == [1] * 70 + [2] * 64 + [3] * 6
    assert len({receipt["message_id"] for receipt in receipts}) == 140


async def test_the_same_key_is_the_same_message_whatever_it_says(edge):
    first = await edge.send(PLAIN, **{"Idempotency-Key": "order-7"})
    again = await edge.send(PLAIN, **{"idempotency-key": "order-7"})
    other = await edge.send(with_(text="Adiós"), **{"Idempotency-Key": "order-7"})
    assert first.json()["message_id"] == again.json()["message_id"] == other.json()["message_id"]
    assert len(edge.publisher.requests) == 3  # whoever decides on messages decides on each id once
    assert claimed(f"{first.json()['message_id']}.1") == (first.json()["message_id"], 1, 0)


async def test_another_key_place_or_bearer_is_another_message(edge):
    both = (await edge.send([PLAIN, PLAIN], **{"Idempotency-Key": "k"})).json()["messages"]
    alone = (await edge.send(PLAIN, **{"Idempotency-Key": "k"})).json()
    other_key = (await edge.send(PLAIN, **{"Idempotency-Key": "k2"})).json()
    other_bearer = (await edge.send(PLAIN, **{"Idempotency-Key": "k", "authorization": "Bearer another"})).json()
    assert alone["message_id"] == both[0]["message_id"]
    ids = {each["message_id"] for each in (*both, other_key, other_bearer)}
    assert len(ids) == 4
    assert {uuid.UUID(each).version for each in ids} == {8}


@pytest.mark.parametrize("key", ["", " ", "a\tb", "x" * 201])
async def test_a_key_that_is_none(edge, key):
    answer = await edge.send(PLAIN, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("body", "field", "remedy"),
    [
        ({}, "to", "missing"),
        ({"to": "+34600000000", "channel": "sms"}, "provider", "missing"),
        (with_(provider="carrier"), "provider", "courier, debtor, hermit, runner, stranger"),
        (with_(provider=7), "provider", "a string"),
        (with_(provider="courier"), "provider", "sms is sent by debtor, runner, stranger"),
        (with_(provider="stranger", channel="email"), "channel", "email is sent by runner"),
        (with_(channel="viber"), "channel", "nobody sends viber yet"),
        (with_(channel="pigeon"), "channel", "give one of sms, voice, viber, whatsapp, email"),
        (with_(provider="stranger"), "provider", "base_url in [providers.stranger]"),
        (with_(provider="debtor"), "provider", "[providers.debtor] api_key"),
        (with_(to=None), "to", "missing"),
        (with_(to="600000000"), "to", "E.164"),
        (with_(to="+3460000000000000"), "to", "E.164"),
        (with_(to=34600000000), "to", "a string"),
        (with_(to="+34912345678"), "to", "fixed-line"),
        (with_(to="+34803123456"), "to", "premium-rate"),
        (with_(to="+34803123456", channel="voice"), "to", "premium-rate"),
        (with_(to="ana@example.com"), "to", "E.164"),
        (with_(channel="email"), "to", "address"),
        (with_(text=None), "text", "missing; give a text, a template, media or voice"),
        (with_(text=""), "text", "empty"),
        (with_(text=" \n"), "text", "empty"),
        (with_(text=7), "text", "give a string"),
        (with_(text="x" * 20_001), "text", "20000"),
        (with_(text="ж" * 20_000), "text", "255"),
        (with_(template={"name": "t"}), "text", "beside template"),
        (with_(text=None, template={"name": "t"}, media={"kind": "image", "url": "https://a/b"}), "media", "one of"),
        (with_(text=None, template={}), "template.name", "missing"),
        (with_(text=None, template={"name": " "}), "template.name", "empty"),
        (with_(text=None, template={"nam": "t"}), "template.nam", "did you mean name?"),
        (with_(text=None, template={"name": "t", "parameters": {"1": 2}}), "template.parameters", "a string"),
        (with_(text=None, template={"name": "t", "parameters": ["Ana"]}), "template.parameters", "an object"),
        (
            with_(media={"kind": "song", "url": "https://a/b"}),
            "media.kind",
            "give one of image, video, audio, document",
        ),
        (with_(media={"kind": "image", "url": "http://a/b"}), "media.url", "https"),
        (with_(media={"kind": "image", "url": "https://u:p@a/b"}), "media.url", "without credentials"),
        (with_(media={"kind": "image", "url": "https://[a/b"}), "media.url", "https"),
        (with_(voice={"text": "Hola"}, text=None), "voice", "only for the channel voice"),
        (with_(channel="voice", voice={"text": "Hola"}), "text", "beside voice"),
        (with_(channel="voice", voice={}, text=None), "voice", "either text"),
        (with_(channel="voice", voice={"audio_url": "file:///a"}, text=None), "voice.audio_url", "https"),
        (with_(send_at="tomorrow"), "send_at", "ISO 8601"),
        (with_(send_at="2026-03-02T12:00:00"), "send_at", "zone"),
        (with_(send_at="2027-12-01T12:00:00Z"), "send_at", "366 days"),
        (with_(ttl=0), "ttl", "a whole number >= 1"),
        (with_(ttl="60"), "ttl", "a whole number"),
        (with_(ttl=60), "ttl", "leave it out"),
        (with_(text="not from this account"), "text", "runner may not say this"),
        (with_(priority="urgent"), "priority", "give one of"),
        (with_(store="forever"), "store", "plaintext"),
        (with_(on_doubt="ask"), "on_doubt", "hold"),
        (with_(sender="A\nB"), "sender", "printable"),
        (with_(reference="x" * 201), "reference", "200"),
        (with_(options={"urgnt": True}), "options.urgnt", "did you mean urgent?"),
        (with_(options={"urgent": "yes"}), "options.urgent", "true or false"),
        (with_(options={"floor": 100}), "options.floor", "<= 99"),
        (with_(options={"mood": "34600000001"}), "options.mood", "give one of brisk, calm"),
        (with_(options=[]), "options", "an object"),
        (with_(plan=[PLAIN]), "plan", "give a string or an object"),
        (with_(contents={"sms": {}}), "contents", "give a plan"),
        (with_(proivder="runner"), "proivder", "did you mean provider?"),
        (with_(zzz="runner"), "zzz", "to, channel, provider"),
        ([], None, "at least one"),
        ([PLAIN] * 1_001, None, "at most 1000"),
        ("word", None, "object"),
        ([PLAIN, with_(to="1")], "[1].to", "E.164"),
        ([PLAIN, with_(options={"floor": -1})], "[1].options.floor", ">= 0"),
        ([PLAIN, 7], "[1]", "object"),
    ],
)
async def test_422_names_the_field_and_the_remedy(edge, body, field, remedy):
    answer = await edge.send(body)
    assert answer.status_code == 422, answer.text
    assert answer.json().get("field") == field, answer.text
    assert remedy in answer.json()["error"]
    assert "34600000001" not in answer.text
    assert edge.publisher.records == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'[{"to": ', b"[" * 100_000, b'{"to":' * 50_000, b'"\\ud83d"'])
@pytest.mark.parametrize("path", ["/v1/messages", f"/v1/messages/{SOME_MESSAGE}/settle", "/v1/segments"])
async def test_what_is_not_json_is_no_error_of_ours(edge, path, body):
    answer = await edge.client.post(path, content=body, headers=edge.bearer)
    assert answer.status_code in {400, 422}


async def test_cancelling(edge):
    message_id = str(uuid.uuid4())
    answer = await edge.client.delete(f"/v1/messages/{message_id.upper()}", headers=edge.bearer)
    assert (answer.status_code, answer.json()) == (202, {"message_id": message_id})
    assert edge.publisher.requests == [CancelRequest(message_id=message_id, received_at=NOW)]
    assert edge.publisher.records[0].key == message_id.encode()


@pytest.mark.parametrize(
    ("body", "settled"),
    [
        ({"step": 1, "finding": "sent", "ref": " 10573758 "}, {"finding": Finding.SENT, "ref": "10573758"}),
        ({"step": 1, "finding": "not_sent", "ref": None}, {"finding": Finding.NOT_SENT}),
        ({"step": 1, "finding": "not_sent", "resend": True}, {"finding": Finding.NOT_SENT, "resend": True}),
        ({"step": 1, "finding": "not_sent", "tries": 1}, {"finding": Finding.NOT_SENT, "tries": 1}),
    ],
)
async def test_settling(edge, body, settled):
    message_id = str(uuid.uuid4())
    answer = await edge.client.post(f"/v1/messages/{message_id}/settle", json=body, headers=edge.bearer)
    assert (answer.status_code, answer.json()) == (202, {"message_id": message_id, "step": 1})
    assert edge.publisher.requests == [SettleRequest(message_id=message_id, received_at=NOW, step=1, **settled)]


@pytest.mark.parametrize(
    ("body", "field", "remedy"),
    [
        ({}, "step", "missing"),
        ({"step": 0, "finding": "sent"}, "step", ">= 1"),
        ({"step": 1, "finding": "lost"}, "finding", "give one of sent, not_sent"),
        ({"step": 1, "finding": "sent", "resend": True}, "resend", "it was sent"),
        ({"step": 1, "finding": "not_sent", "ref": "1"}, "ref", "was not sent"),
        ({"step": 1, "finding": "sent", "ref": ""}, "ref", "empty"),
        ({"step": 1, "findings": "sent"}, "findings", "did you mean finding?"),
        ([], None, "object"),
    ],
)
async def test_a_settlement_that_is_none(edge, body, field, remedy):
    answer = await edge.client.post(f"/v1/messages/{uuid.uuid4()}/settle", json=body, headers=edge.bearer)
    assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text
    assert remedy in answer.json()["error"]
    assert edge.publisher.records == []


async def test_an_id_that_is_none(edge):
    for method, path in (("DELETE", "/v1/messages/7"), ("POST", "/v1/messages/7/settle")):
        answer = await edge.client.request(method, path, headers=edge.bearer)
        assert (answer.status_code, answer.json()["field"]) == (422, "message_id")


async def test_segments_are_told_and_nothing_is_asked(edge):
    answer = await edge.client.post("/v1/segments", json={"text": "á" * 71}, headers=edge.bearer)
    assert answer.status_code == 200
    assert answer.json() == {
        "encoding": "ucs2",
        "parts": ["á" * 67, "á" * 4],
        "units_left": 63,
        "forced_by": [{"character": "á", "count": 71, "positions": list(range(20))}],
    }
    assert edge.publisher.records == []


@pytest.mark.parametrize("body", [{}, {"text": 7}, {"text": "x" * 20_001}, {"texts": "x"}])
async def test_segments_of_what_is_no_text(edge, body):
    assert (await edge.client.post("/v1/segments", json=body, headers=edge.bearer)).status_code == 422


ROUTES = (
    ("POST", "/v1/messages"),
    ("DELETE", f"/v1/messages/{SOME_MESSAGE}"),
    ("POST", f"/v1/messages/{SOME_MESSAGE}/settle"),
    ("POST", "/v1/segments"),
)


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_401_without_a_known_token_and_405_for_another_method(edge, method, path):
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer "}):
        answer = await edge.client.request(method, path, json=PLAIN, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer ")
    answer = await edge.client.put(path, json=PLAIN, headers=edge.bearer)
    assert (answer.status_code, answer.headers["allow"]) == (405, method)
    assert edge.publisher.records == []


async def test_503_says_that_nothing_was_accepted_where_that_is_sure(edge):
    edge.publisher.refuses_with = NothingPublished("no connection to Kafka")
    answer = await edge.send([PLAIN, PLAIN])
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json() == {"error": "no connection to Kafka; nothing was accepted, send it again"}


async def test_503_names_the_message_that_may_be_sent_all_the_same(edge):
    edge.publisher.refuses_with = NotPublished("Kafka did not acknowledge")
    unkeyed = await edge.send(PLAIN)
    keyed = await edge.send([PLAIN], **{"Idempotency-Key": "k"})
    cancelled = await edge.client.delete(f"/v1/messages/{uuid.uuid4()}", headers=edge.bearer)
    for answer in (unkeyed, keyed, cancelled):
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    assert "look it up before you repeat it" in unkeyed.json()["error"]
    assert uuid.UUID(unkeyed.json()["message_id"])
    assert "can be sent again as it is" in keyed.json()["error"]
    assert len(keyed.json()["messages"]) == 1


async def test_no_202_before_kafka_has_it(edge):
    edge.publisher.gate.clear()
    asking = asyncio.create_task(edge.send(PLAIN))
    done, _ = await asyncio.wait([asking], timeout=0.1)
    assert not done
    edge.publisher.gate.set()
    assert (await asking).status_code == 202


async def test_what_is_counted(edge):
    await edge.send([PLAIN, with_(channel="email", to="ana@example.com")])
    await edge.send(with_(to="+34912345678"))
    await edge.client.delete(f"/v1/messages/{uuid.uuid4()}", headers=edge.bearer)
    metrics = (await edge.client.get("/metrics")).text
    for line in (
        'acuse_ingest_requests_total{outcome="accepted",provider="runner"} 1.0',
        'acuse_ingest_requests_total{outcome="invalid",provider="none"} 1.0',
        'acuse_ingest_asked_total{channel="sms",kind="send",provider="runner"} 1.0',
        'acuse_ingest_asked_total{channel="email",kind="send",provider="runner"} 1.0',
        'acuse_ingest_asked_total{channel="",kind="cancel",provider="none"} 1.0',
    ):
        assert line in metrics
    assert "34912345678" not in metrics
