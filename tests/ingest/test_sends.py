import base64
import json
import uuid
from datetime import UTC, datetime

import pytest

from delivery.channels import Channel
from delivery.events import Precision, Source, Zone
from delivery.identities import derived_message_id
from delivery.reasons import Reason
from delivery.refs import recipient_ref
from delivery.stages import Stage
from ingest.publisher import NotPublished
from ingest.reported import LONGEST

PLAIN = {"provider": "courier", "ref": "r1", "channel": "sms", "to": "+34600000000"}


def with_(**fields: object) -> dict[str, object]:
    return {**PLAIN, **fields}


async def test_202_with_the_ids_under_which_it_is_tracked(edge):
    answer = await edge.report(PLAIN)
    assert answer.status_code == 202
    (event,) = edge.publisher.events
    assert answer.json() == {
        "sends": [
            {
                "provider": "courier",
                "ref": "r1",
                "message_id": derived_message_id("courier/r1"),
                "event_id": event.event_id,
            }
        ]
    }
    assert edge.publisher.records[0].key == b"courier/r1"


async def test_every_field_reaches_the_event(edge):
    message_id = str(uuid.uuid4())
    body = with_(
        message_id=message_id.upper(),
        text="¡Hola!",
        reference="order 7",
        sent_at="2026-03-01T12:00:00.250+01:00",
        stage="sent",
        code=7,
        **{"from": "ACME"},
    )
    answer = await edge.report(body)
    assert answer.status_code == 202, answer.text
    (event,) = edge.publisher.events
    assert (event.stage, event.final, event.reason) == (Stage.SENT, False, None)
    assert (event.source, event.channel, event.country) == (Source.REPORTED, Channel.SMS, "ES")
    assert (event.code, event.message_id, event.reference) == ("7", message_id, "order 7")
    assert event.occurred.at == datetime(2026, 3, 1, 11, 0, 0, 250_000, UTC)
    assert (event.occurred.zone, event.occurred.precision) == (Zone.STATED, Precision.MILLISECOND)
    assert (event.personal.recipient, event.personal.sender, event.personal.text) == ("+34600000000", "ACME", "¡Hola!")
    assert json.loads(event.personal.raw) == body
    assert answer.json()["sends"][0]["message_id"] == message_id


async def test_a_list_is_answered_in_its_order(edge):
    answer = await edge.report([with_(ref=f"r{number}") for number in range(60)])
    assert [receipt["ref"] for receipt in answer.json()["sends"]] == [f"r{number}" for number in range(60)]
    assert len(edge.publisher.records) == 60


async def test_each_send_of_a_list_keeps_its_own_bytes(edge):
    body = (
        b'[ {"provider":"courier","ref":"a","channel":"sms","to":"+34600000000"},\n' + json.dumps(PLAIN).encode() + b"]"
    )
    answer = await edge.client.post("/v1/sends", content=body, headers=edge.bearer)
    assert answer.status_code == 202
    first, second = edge.publisher.events
    assert first.personal.raw == b'{"provider":"courier","ref":"a","channel":"sms","to":"+34600000000"}'
    assert second.personal.raw == json.dumps(PLAIN).encode()


async def test_the_same_send_again_is_the_same_event(edge):
    first = (await edge.report(PLAIN)).json()
    second = (await edge.report(with_(text="more is known now"))).json()
    assert first == second


async def test_one_id_for_many_recipients_is_made_one_for_each(edge):
    answer = await edge.report([with_(ref="batch1"), with_(ref="batch1", to="+34600000001")])
    first, second = answer.json()["sends"]
    assert first["ref"] == recipient_ref("batch1", "+34600000000")
    assert first["message_id"] != second["message_id"]


async def test_a_rejection_has_the_reason_of_its_code(edge):
    await edge.report(with_(stage="rejected", code="no"))
    await edge.report(with_(stage="rejected", code="ok"))
    known, other = edge.publisher.events
    assert (known.stage, known.final, known.reason) == (Stage.REJECTED, True, Reason.NO_CREDIT)
    assert known.code_text == "No credit"
    assert other.reason is Reason.UNSPECIFIED


async def test_an_address_stands_for_a_number_on_the_channel_email(edge):
    answer = await edge.report(with_(channel="email", to="ana@example.com"))
    assert answer.status_code == 202
    (event,) = edge.publisher.events
    assert (event.personal.recipient, event.country) == ("ana@example.com", None)


async def test_scheduled_for_a_time(edge):
    answer = await edge.report(with_(stage="scheduled", scheduled_for="2030-01-01T08:00Z"))
    assert answer.status_code == 202
    assert edge.publisher.events[0].scheduled_for == datetime(2030, 1, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "field", "remedy"),
    [
        ({}, "provider", "missing"),
        (with_(provider="carrier"), "provider", "courier, hermit"),
        (with_(ref=""), "ref", "empty"),
        (with_(ref="a\nb"), "ref", "printable"),
        (with_(ref=True), "ref", "string"),
        (with_(ref="x" * 201), "ref", "200"),
        (with_(ref="impossible"), "ref", "response"),
        (with_(channel="pigeon"), "channel", "email, sms"),
        (with_(channel="voice"), "channel", "email, sms"),
        (with_(to=None), "to", "missing"),
        (with_(to="600000000"), "to", "E.164"),
        (with_(to="+3460000000000000"), "to", "E.164"),
        (with_(to="ana@example.com"), "to", "E.164"),
        (with_(channel="email"), "to", "address"),
        (with_(to=34600000000), "to", "string"),
        (with_(message_id="7"), "message_id", "UUID"),
        (with_(sent_at="2026-03-01T12:00:00"), "sent_at", "zone"),
        (with_(sent_at="yesterday"), "sent_at", "ISO 8601"),
        (with_(sent_at="2199-03-01T12:00:00Z"), "sent_at", "scheduled_for"),
        (with_(scheduled_for="2030-03-01T12:00:00Z"), "scheduled_for", "stage scheduled"),
        (with_(stage="delivered"), "stage", "queued, sent, scheduled, rejected"),
        (with_(sender="A", **{"from": "B"}), "sender", "one of them"),
        (with_(refs="r1"), "refs", "did you mean ref?"),
        (with_(mesage_id="r1"), "mesage_id", "did you mean message_id?"),
        (with_(zzz="r1"), "zzz", "provider, ref, channel"),
        (with_(text="x" * 20_001), "text", "20000"),
        ([], None, "at least one"),
        ([PLAIN] * 1_001, None, "1000"),
        ("word", None, "object"),
        ([PLAIN, with_(to="1")], "[1].to", "E.164"),
        ([PLAIN, 7], "[1]", "object"),
    ],
)
async def test_422_names_the_field_and_the_remedy(open_edge, body, field, remedy):
    async with open_edge(body_limit_bytes=1_000_000) as edge:
        answer = await edge.report(body)
        assert answer.status_code == 422, answer.text
        assert answer.json().get("field") == field
        assert remedy in answer.json()["error"]
        assert edge.publisher.records == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'[{"provider": ', b"provider=courier"])
async def test_400_for_what_is_not_json(edge, body):
    answer = await edge.client.post("/v1/sends", content=body, headers=edge.bearer)
    assert answer.status_code == 400
    assert answer.json()["field"] == "body"


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer ", "Bearer wrong", "Basic " + base64.b64encode(b"a:b").decode()]
)
async def test_401_without_a_known_token(edge, authorization):
    headers = {"authorization": authorization} if authorization else {}
    answer = await edge.client.post("/v1/sends", json=PLAIN, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_without_tokens_nobody_is_let_in(open_edge):
    async with open_edge(api_tokens=frozenset({""})) as edge:
        answer = await edge.client.post("/v1/sends", json=PLAIN, headers={"authorization": "Bearer "})
        assert answer.status_code == 401


async def test_every_token_is_as_good(edge):
    answer = await edge.client.post("/v1/sends", json=PLAIN, headers={"authorization": "bearer another"})
    assert answer.status_code == 202


async def test_405(edge):
    answer = await edge.client.get("/v1/sends")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_413(edge):
    assert (await edge.report(with_(text="x" * 10_000))).status_code == 413


async def test_503_accepts_none_of_them(edge):
    edge.publisher.refuses_with = NotPublished("Kafka is away")
    answer = await edge.report([PLAIN, with_(ref="r2")])
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_every_field_has_a_description(edge):
    schema = (await edge.client.get("/openapi.json")).json()["components"]["schemas"]["Send"]
    assert set(schema["properties"]) == set(LONGEST)
    assert all(field["description"] for field in schema["properties"].values())
