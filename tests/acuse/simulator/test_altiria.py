"""The simulator of Altiria's platform, held against its document; its SMS gateway is in test_official_altiria."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

AUTH = ("simulated-login", "simulated-password")
TO = "34600009900"
FAST = {"speed": 5_000.0, "delivery": {"median_seconds": 3.0, "spread": 0.0, "off_share": 0.0}}
SMS = {"to": [TO], "from": "SHOP", "message": "Hola", "campaignName": "0193.1"}
CALL = {"to": [TO], "message": "Su código es 4711", "gender": "F", "language": "es_ES", "retries": 2}
AUDIO = {"to": [TO], "audioUrl": "https://example.com/a.mp3"}
MAIL = {"to": ["ana@example.com"], "fromEmail": "shop@example.com", "fromName": "Shop", "subject": "Hi", "body": "x"}
TEMPLATE = {"to": [TO], "template": "otp", "language": "es", "parameters": {"1": "4711"}, "from": "34911234567"}
OURS = "34911234567"
ANSWERING = "34600009926"


async def post(simulation: Any, path: str, body: Any) -> Any:
    return await simulation.http.post(f"/altiria{path}", json=body, auth=AUTH)


async def get(simulation: Any, path: str, **query: str) -> Any:
    return await simulation.http.get(f"/altiria{path}", params=query, auth=AUTH)


@pytest.mark.parametrize(
    ("path", "body", "channel", "recipient"),
    [
        ("/sms", SMS, "sms", f"+{TO}"),
        ("/landingsms", {**SMS, "landing": "77"}, "sms", f"+{TO}"),
        ("/voice", CALL, "voice", f"+{TO}"),
        ("/voiceAudio", AUDIO, "voice", f"+{TO}"),
        ("/mailing", MAIL, "email", "ana@example.com"),
        ("/whatsapp", TEMPLATE, "whatsapp", f"+{TO}"),
    ],
)
async def test_takes_every_kind_and_tells(
    simulate: Any, receiver: Any, path: str, body: Any, channel: str, recipient: str
) -> None:
    numbers = {f"+{TO}": {"ending": "delivered"}}
    own = {"callback_url": receiver.url, "mix": {"delivered": 1.0}}
    simulation = await simulate({**FAST, "numbers": numbers, "providers": {"altiria": own}})
    answer = await post(simulation, path, {**body, "campaignName": "ours"})
    assert answer.status_code == 202
    told = answer.json()
    [result] = told["result"]
    assert (result["accepted"], result["to"]) == (True, body["to"][0])
    [message] = await simulation.messages(reference="ours")
    assert (message["id"], message["channel"], message["recipient"]) == (result["id"], channel, recipient)
    reports = [json.loads(each.body) for each in await receiver.wait_for(2)]
    assert [report["event"] for report in reports] == ["sent", "delivered"]
    assert reports[1]["channel"] == path[1:]
    assert (reports[1]["id"], reports[1]["to"]) == (result["id"], body["to"][0])
    assert (reports[1]["campaignName"], reports[1]["campaignId"]) == ("ours", str(told["campaignId"]))


async def test_tells_by_status_what_the_notification_says(simulate: Any, receiver: Any) -> None:
    own = {"callback_format": "form"}
    simulation = await simulate({**FAST, "providers": {"altiria": own}})
    body = {**SMS, "notificationUrl": f"{receiver.url}?a=b"}
    [result] = (await post(simulation, "/sms", body)).json()["result"]
    first = (await get(simulation, f"/sms/{result['id']}")).json()
    assert first["status"] in {"pending", "sent", "delivered"}
    received = await receiver.wait_for(2)
    assert received[1].query == "a=b"
    assert received[1].headers["content-type"] == "application/x-www-form-urlencoded"
    told = dict(parse_qsl(received[1].body.decode()))
    assert told.pop("event") == "delivered"
    assert (await get(simulation, f"/sms/{result['id']}")).json() == told | {"status": "delivered"}
    assert (await get(simulation, "/sms/1")).status_code == 404
    [called] = (await post(simulation, "/voice", CALL)).json()["result"]
    assert (await get(simulation, f"/sms/{called['id']}")).status_code == 404


async def test_schedules(simulate: Any) -> None:
    simulation = await simulate()
    [result] = (await post(simulation, "/sms", {**SMS, "scheduleDate": "20990301093000"})).json()["result"]
    assert (await get(simulation, f"/sms/{result['id']}")).json()["status"] == "scheduled"
    [message] = await simulation.messages()
    assert message["scheduled_for"] == "2099-03-01T09:30:00+00:00"


async def test_every_event(simulate: Any, receiver: Any) -> None:
    expected = {
        "9900": {"delivered"},
        "9901": {"undelivered", "failed"},
        "9902": {"expired"},
        "9903": {"rejected"},
        "9905": {"rejected"},
        "9907": {"undelivered", "failed"},
    }
    world = {**FAST, "speed": 1_000_000.0, "providers": {"altiria": {"callback_url": receiver.url}}}
    simulation = await simulate(world)
    await post(simulation, "/sms", {**SMS, "to": [f"3460000{ending}" for ending in expected]})
    received = await receiver.wait_for(2 * len(expected))
    last = {report["to"][-4:]: report["event"] for report in (json.loads(each.body) for each in received)}
    for ending, events in expected.items():
        assert last[ending] in events


async def test_accepts_in_part(simulate: Any) -> None:
    simulation = await simulate()
    answer = await post(simulation, "/sms", {**SMS, "to": [TO, "12", "34600009930", TO]})
    assert answer.status_code == 207
    refused = {"code": 102, "description": "No valid recipients"}
    assert [(each["to"], each["accepted"], each.get("error")) for each in answer.json()["result"]] == [
        (TO, True, None),
        ("12", False, refused),
        ("34600009930", False, refused),
    ]


async def test_refuses_what_is_wrong(simulate: Any) -> None:
    simulation = await simulate()
    cases: list[tuple[str, Any, int]] = [
        ("/sms", {**SMS, "to": []}, 102),
        ("/sms", {**SMS, "to": TO}, 102),
        ("/sms", {**SMS, "to": ["12"]}, 102),
        ("/sms", {**SMS, "to": ["34600009930"]}, 102),
        ("/sms", {**SMS, "message": ""}, 104),
        ("/sms", {**SMS, "message": "x" * 161}, 105),
        ("/sms", {**SMS, "message": "\u4f60" * 71, "encoding": "utf-16"}, 105),
        ("/sms", {**SMS, "from": "TWELVECHARSX"}, 107),
        ("/sms", {**SMS, "from": "3460000990012345"}, 107),
        ("/sms", {**SMS, "scheduleDate": "2099-03-01"}, 108),
        ("/sms", {**SMS, "scheduleDate": "20991301000000"}, 108),
        ("/sms", {**SMS, "scheduleDate": "20010101000000"}, 108),
        ("/sms", {**SMS, "notificationUrl": "hooks"}, 109),
        ("/sms", {**SMS, "parts": 16}, 110),
        ("/sms", {**SMS, "encoding": "latin-1"}, 113),
        ("/sms", {**SMS, "reference": "x"}, 100),
        ("/sms", [], 100),
        ("/landingsms", SMS, 104),
        ("/voice", {**CALL, "gender": "X"}, 100),
        ("/voice", {**CALL, "language": "Spanish"}, 100),
        ("/voice", {**CALL, "retries": -1}, 100),
        ("/voice", {"to": [TO]}, 104),
        ("/voiceAudio", {"to": [TO], "audioUrl": "a.mp3"}, 104),
        ("/mailing", {**MAIL, "fromEmail": "shop"}, 106),
        ("/mailing", {**MAIL, "subject": ""}, 104),
        ("/mailing", {**MAIL, "to": [TO]}, 102),
        ("/whatsapp", {"to": [TO]}, 104),
        ("/whatsapp", {**TEMPLATE, "parameters": ["4711"]}, 100),
        (f"/whatsapp/conversations/{OURS}/{TO}/messages", {}, 104),
        (f"/whatsapp/conversations/{OURS}/{TO}/messages", {"message": "Hi"}, 131047),
        (f"/whatsapp/conversations/{OURS}/12/messages", {"message": "Hi"}, 102),
    ]
    for path, body, code in cases:
        answer = await post(simulation, path, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code), body
        assert answer.json()["error"]["description"]
    assert not [message for message in await simulation.messages() if not message["refused"]]


async def test_the_account_and_the_service(simulate: Any) -> None:
    own = {"credit": 3, "options": {"default_sender": "", "templates": "otp, cita", "landings": "77"}}
    simulation = await simulate({"providers": {"altiria": own}})
    for auth in (None, ("simulated-login", "wrong")):
        answer = await simulation.http.post("/altiria/sms", json=SMS, auth=auth)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 103)
    nameless = {name: value for name, value in SMS.items() if name != "from"}
    assert (await post(simulation, "/sms", nameless)).json()["error"]["code"] == 106
    assert (await post(simulation, "/whatsapp", {**TEMPLATE, "template": "promo"})).json()["error"]["code"] == 100
    assert (await post(simulation, "/landingsms", {**SMS, "landing": "78"})).json()["error"]["code"] == 100
    assert (await post(simulation, "/sms", {**SMS, "message": "x" * 400, "parts": 3})).status_code == 202
    broke = await post(simulation, "/sms", SMS)
    assert (broke.status_code, broke.json()["error"]["code"]) == (402, 111)
    assert (await get(simulation, "/nothing")).status_code == 404
    await simulation.change({"providers": {"altiria": {"options": {"broken": True}}}})
    assert (await post(simulation, "/sms", SMS)).json()["error"]["code"] == 101
    await simulation.change({"providers": {"altiria": {"http": {"busy": 1.0, "retry_after_seconds": 7}}}})
    busy = await post(simulation, "/sms", SMS)
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "7")


async def test_writes_what_gsm_does_not_have_otherwise(simulate: Any) -> None:
    simulation = await simulate()
    await post(simulation, "/sms", {**SMS, "message": "Camión ñ \u20ac \u4f60"})
    await post(simulation, "/sms", {**SMS, "message": "Camión \u4f60", "encoding": "utf-16"})
    assert [message["text"] for message in await simulation.messages()] == ["Camion ñ \u20ac ?", "Camión \u4f60"]


async def test_holds_a_conversation(simulate: Any, receiver: Any) -> None:
    simulation = await simulate({**FAST, "providers": {"altiria": {"callback_url": receiver.url}}})
    path = f"/whatsapp/conversations/{OURS}/{ANSWERING}/messages"
    assert (await get(simulation, path)).json() == {"messages": []}
    await post(simulation, "/whatsapp", {**TEMPLATE, "to": [ANSWERING]})
    async with asyncio.timeout(60):
        while len((await get(simulation, path)).json()["messages"]) < 2:  # noqa: ASYNC110 - nobody else would set an event
            await asyncio.sleep(0.01)
    answer = await post(simulation, path, {"message": "Gracias"})
    assert answer.status_code == 202
    assert answer.json()["result"][0]["accepted"]
    picture = {"mediaUrl": "https://example.com/i.jpg", "mediaType": "image"}
    assert (await post(simulation, path, picture)).status_code == 202
    listed = (await get(simulation, path)).json()["messages"]
    assert [each["direction"] for each in listed][:3] == ["outbound", "inbound", "outbound"]
    assert (listed[1]["from"], listed[1]["to"], listed[2]["text"]) == (ANSWERING, OURS, "Gracias")
    [conversation] = (await get(simulation, "/whatsapp/conversations")).json()["conversations"]
    assert (conversation["from"], conversation["to"]) == (OURS, ANSWERING)
    assert (await get(simulation, "/whatsapp/conversations", page="2")).json()["conversations"] == []
    received = await receiver.wait_for(3)
    [inbound] = [each for each in map(json.loads, [each.body for each in received]) if each["event"] == "inbound"][:1]
    assert {name: value for name, value in listed[1].items() if name != "direction"} == {
        name: value for name, value in inbound.items() if name != "event"
    }


async def test_a_window_held_open(simulate: Any) -> None:
    simulation = await simulate({"providers": {"altiria": {"options": {"open_window": True}}}})
    path = f"/whatsapp/conversations/{OURS}/{TO}/messages"
    assert (await post(simulation, path, {"message": "Hi"})).status_code == 202
