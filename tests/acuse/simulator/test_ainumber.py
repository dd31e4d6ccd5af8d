"""The AI Number simulator, held against its document over plain HTTP; its own client is in test_official_sendbee."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

PHONE = "+34600009900"
FAST = {"speed": 20_000.0, "delivery": {"median_seconds": 3.0, "spread": 0.0, "off_share": 0.0}}
OTP = {"template_keyword": "otp", "language": "es", "tags": {"code": "4711"}}
TEMPLATE_SEND = "/ainumber/conversations/messages/templates/send"


def token(secret: str = "simulated-secret", age: float = 0) -> str:  # noqa: S107 - it opens the simulator alone
    timestamp = str(int(time.time() - age))
    digest = hmac.new(secret.encode(), timestamp.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(f"{timestamp}.{digest}".encode()).decode()


def proofs(**others: str) -> dict[str, str]:
    return {"authToken": token(), "X-API-Key": "simulated-key"} | others


async def send(simulation: Any, phone: str = PHONE, **others: Any) -> Any:
    answer = await simulation.http.post(TEMPLATE_SEND, json={"phone": phone, **OTP, **others}, headers=proofs())
    assert answer.status_code == 200, answer.text
    [sent] = answer.json()["data"]
    return sent


async def test_asks_for_both_proofs(simulate: Any) -> None:
    simulation = await simulate()
    good = [proofs(), {"X-Auth-Token": token(), "x-api-key": "simulated-key"}, proofs(authToken=token(age=600))]
    bad = [
        {},
        {"authToken": token()},
        {"X-API-Key": "simulated-key"},
        proofs(authToken=token("other")),
        proofs(authToken=token(age=1000)),
        proofs(authToken=token(age=-1000)),
        proofs(authToken="no base64"),
        proofs(authToken=base64.b64encode(b"99999999999999999.00").decode()),
        proofs(**{"X-API-Key": "other"}),
    ]
    for headers, status in [(each, 200) for each in good] + [(each, 401) for each in bad]:
        answer = await simulation.http.get("/ainumber/teams/teams", headers=headers)
        assert answer.status_code == status, headers
        if status == 401:
            assert answer.json()["error"]["type"] == "authentication_failed"


async def test_takes_a_template(simulate: Any) -> None:
    simulation = await simulate()
    sent = await send(simulation)
    assert set(sent) == {"id", "message_id", "message_reference_id", "status"}
    [message] = await simulation.messages(provider="ainumber")
    assert (message["id"], message["recipient"], message["text"], message["channel"]) == (
        sent["message_id"],
        PHONE,
        "4711 es su código.",
        "whatsapp",
    )


async def test_tells_by_webhook_what_the_list_says(simulate: Any, receiver: Any) -> None:
    own = {"callback_url": receiver.url, "callback_username": "us", "callback_password": "pass"}
    simulation = await simulate({**FAST, "providers": {"ainumber": own}})
    sent = await send(simulation, "+34600009924")
    received = await receiver.wait_for(3)
    told = [json.loads(each.body) for each in received]
    assert [(each["event"], each["data"]["status"]) for each in told] == [
        ("message.sent_status", "sent"),
        ("message.sent_status", "delivered"),
        ("message.sent_status", "read"),
    ]
    for each, document in zip(received, told, strict=True):
        assert each.headers["authorization"].startswith("Basic ")
        timestamp, _, digest = base64.b64decode(each.headers["x-authorization"]).decode().partition(".")
        assert digest == hmac.new(b"simulated-secret", timestamp.encode(), hashlib.sha256).hexdigest()
        timestamp, _, digest = base64.b64decode(each.headers["x-auth-token"]).decode().partition(".")
        assert digest == hmac.new(b"simulated-webhook-secret", timestamp.encode(), hashlib.sha256).hexdigest()
        assert document["data"]["message_id"] == sent["message_id"]
        assert document["data"]["conversation_id"] == sent["id"]
        assert document["data"]["contact"]["phone"] == "+34600009924"
    answer = await simulation.http.get(
        "/ainumber/conversations/messages", params={"conversation_id": sent["id"]}, headers=proofs()
    )
    [listed] = answer.json()["data"]
    assert {name: listed[name] for name in ("status", "sent_at", "updated_at")} == {
        name: told[-1]["data"][name] for name in ("status", "sent_at", "updated_at")
    }


async def test_tells_why_it_failed_and_what_was_answered(simulate: Any, receiver: Any) -> None:
    expected = {
        "9904": {131050},
        "9905": {131051, 131053},
        "9906": {131026},
        "9910": {131047},
        "9911": {132001, 132007, 132015, 132016},
        "9912": {131045, 133010},
        "9913": {131000, 131016},
    }
    world = {**FAST, "providers": {"ainumber": {"callback_url": receiver.url}}}
    simulation = await simulate(world)
    for ending in expected:
        await send(simulation, f"+3460000{ending}")
    await send(simulation, "+34600009926")
    received = await receiver.wait_for(2 * len(expected) + 3)
    told = [json.loads(each.body) for each in received]
    last = {each["data"]["contact"]["phone"][-4:]: each["data"] for each in told if "error_code" in each["data"]}
    for ending, codes in expected.items():
        assert last[ending]["status"] == "failed"
        assert last[ending]["error_code"] in codes
        assert last[ending]["fail_reason"]
    [answered] = [each["data"] for each in told if each["event"] == "message.received"]
    assert (answered["contact"]["phone"], answered["direction"]) == ("+34600009926", "inbound")
    assert answered["body"]


async def test_subscribes_to_what_is_asked_for(simulate: Any, receiver: Any) -> None:
    simulation = await simulate(FAST)
    for event in ("message.sent", "whatsapp.message.template.sent_status", "contact.created"):
        body = {"url": receiver.url, "event": event}
        answer = await simulation.http.post("/ainumber/webhooks/subscribe", json=body, headers=proofs())
        assert answer.status_code == 200
    assert answer.json()["data"][0]["secret_key"] == "simulated-webhook-secret"
    await send(simulation)
    told = [json.loads(each.body) for each in await receiver.wait_for(3)]
    assert [each["event"] for each in told] == [
        "message.sent",
        "whatsapp.message.template.sent_status",
        "whatsapp.message.template.sent_status",
    ]


async def test_refuses_what_is_wrong(simulate: Any) -> None:
    simulation = await simulate()
    sending, template = "/ainumber/conversations/messages/send", TEMPLATE_SEND
    cases: list[tuple[str, Any, str]] = [
        (sending, {"phone": PHONE}, "text"),
        (sending, {"text": "Hi"}, "phone"),
        (sending, {"phone": "abc", "text": "Hi"}, "phone"),
        (sending, {"phone": PHONE, "text": 7}, "text"),
        (sending, {"phone": PHONE, "media_url": "i.jpg"}, "media_url"),
        (sending, {"phone": PHONE, "text": "Hi", "reference": "1"}, "reference"),
        (sending, {"phone": PHONE, "text": "Hi"}, "24-hour"),
        (template, {"phone": PHONE, "language": "es"}, "template_keyword"),
        (template, {"phone": PHONE, "template_keyword": "otp"}, "language"),
        (template, {"phone": PHONE, **OTP, "language": "fr"}, "template"),
        (template, {"phone": PHONE, **OTP, "tags": {}}, "code"),
        (template, {"phone": PHONE, **OTP, "tags": ["4711"]}, "tags"),
        (template, {"phone": PHONE, **OTP, "agent_id": "nobody"}, "agent_id"),
        (template, {"phone": PHONE, **OTP, "prevent_bot_off": "perhaps"}, "prevent_bot_off"),
        (template, {"phone": "+34600009930", **OTP}, "phone"),
        (template, [], "object"),
    ]
    for path, body, word in cases:
        answer = await simulation.http.post(path, json=body, headers=proofs())
        assert answer.status_code == 400, body
        assert word in answer.json()["error"]["detail"], body
    broken = await simulation.http.post(sending, content=b"{", headers=proofs())
    assert broken.json()["error"]["type"] == "parse_error"
    assert not [message for message in await simulation.messages() if not message["refused"]]
    for query in ({"page": "0"}, {"page": "x"}, {"limit": "101"}, {"date_from": "soon"}):
        answer = await simulation.http.get("/ainumber/conversations", params=query, headers=proofs())
        assert answer.status_code == 400, query
    assert (await simulation.http.get("/ainumber/nothing", headers=proofs())).status_code == 404
    assert (await simulation.http.get(sending, headers=proofs())).status_code == 405


async def test_options_of_the_world(simulate: Any) -> None:
    own = {"options": {"open_window": True, "any_template": True}, "credit": 2}
    simulation = await simulate({"providers": {"ainumber": own}})
    body = {"phone": PHONE, "text": "Hi", "live_inbox": True}
    answer = await simulation.http.post("/ainumber/conversations/messages/send", json=body, headers=proofs())
    assert answer.status_code == 200
    await send(simulation, template_keyword="whatever", language="xx")
    body = {"phone": PHONE, **OTP}
    answer = await simulation.http.post(TEMPLATE_SEND, json=body, headers=proofs())
    assert (answer.status_code, answer.json()["error"]["type"]) == (402, "insufficient_credit")


async def test_finds_by_what_stands_for_a_number(simulate: Any) -> None:
    simulation = await simulate()
    await send(simulation)
    contacts = (await simulation.http.get("/ainumber/contacts", headers=proofs())).json()
    user = contacts["data"][0]["whatsapp_user_id"]
    assert contacts["meta"] == {"total": 1, "from": 1, "to": 1, "per_page": 20, "current_page": 1, "last_page": 1}
    body = {"whatsapp_user_id": user, **OTP}
    answer = await simulation.http.post(TEMPLATE_SEND, json=body, headers=proofs())
    assert answer.status_code == 200
    assert {message["recipient"] for message in await simulation.messages()} == {PHONE}
