"""The Messente simulator, held against its document."""

import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

import pytest

AUTH = ("simulated-user", "simulated-password")
TO = "+34600009900"
SMS = {"channel": "sms", "text": "Hello world!", "sender": "Shop"}
VIBER = {"channel": "viber", "text": "Hello from Viber"}
WHATSAPP = {
    "channel": "whatsapp",
    "template": {
        "name": "otp",
        "language": {"code": "es", "policy": "deterministic"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "4711"}]}],
    },
}
TITLES = {
    "101": "Not found",
    "102": "Forbidden",
    "103": "Unauthorized",
    "104": "Internal Server Error",
    "105": "Invalid data",
    "106": "Missing data",
    "107": "Method not allowed",
}
FAST = {"speed": 1000.0, "delivery": {"median_seconds": 3.0, "spread": 0.0, "off_share": 0.0}}


def omnimessage(*legs: dict[str, Any], to: str = TO, **others: Any) -> dict[str, Any]:
    return {"to": to, "messages": list(legs) or [SMS], **others}


async def send(simulation: Any, *legs: dict[str, Any], **others: Any) -> Any:
    answer = await simulation.http.post("/messente/v1/omnimessage", json=omnimessage(*legs, **others), auth=AUTH)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def statuses(simulation: Any, sent: dict[str, Any]) -> Any:
    answer = await simulation.http.get(f"/messente/v1/omnimessage/{sent['omnimessage_id']}/status", auth=AUTH)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["to"], told["omnimessage_id"]) == (sent["to"], sent["omnimessage_id"])
    return told["statuses"]


def reports(received: list[Any]) -> list[tuple[str, str, int]]:
    told = [json.loads(each.body) for each in received]
    return [(each["channel"], each["status"], each["err"]) for each in told]


async def test_takes_an_omnimessage(simulate: Any) -> None:
    simulation = await simulate()
    told = await send(simulation, {"channel": "sms", "text": "Hi"}, {**VIBER, "sender": "Shop"}, WHATSAPP)
    assert set(told) == {"messages", "to", "omnimessage_id"}
    assert UUID(told["omnimessage_id"])
    assert [(leg["channel"], leg["sender"]) for leg in told["messages"]] == [
        ("sms", "Messente"),
        ("viber", "Shop"),
        ("whatsapp", "Messente"),
    ]
    assert len({UUID(leg["message_id"]) for leg in told["messages"]}) == 3
    [message] = await simulation.messages(provider="messente")
    assert (message["id"], message["recipient"], message["text"]) == (told["messages"][0]["message_id"], TO, "Hi")
    assert await statuses(simulation, told) == [
        {
            "status": None,
            "channel": leg["channel"],
            "message_id": leg["message_id"],
            "error": None,
            "err": None,
            "timestamp": None,
        }
        for leg in told["messages"]
    ]


async def test_reports_each_change_signed(simulate: Any, receiver: Any) -> None:
    simulation = await simulate(FAST)
    url = receiver.url.replace("http://", "http://us%40er:pass@") + "?reference=0193.1&x=%2B1"
    sent = await send(simulation, dlr_url=url)
    received = await receiver.wait_for(2)
    for each in received:
        assert each.method == "POST"
        assert each.query == "reference=0193.1&x=%2B1"
        assert each.headers["content-type"] == "application/json"
        assert each.headers["authorization"] == "Basic dXNAZXI6cGFzcw=="
        signature = hmac.new(b"simulated-password", each.body, hashlib.sha256).hexdigest()
        assert each.headers["x-messente-signature"] == signature
    told = json.loads(received[1].body)
    assert set(told) == {
        "status",
        "sender",
        "err",
        "message_id",
        "to",
        "channel",
        "error",
        "omnimessage_id",
        "timestamp",
    }
    assert (told["status"], told["err"], told["error"]) == ("DELIVRD", 0, None)
    assert len(told["timestamp"]) == len("2020-02-04T08:09:42.389630")
    assert reports(received)[0] in {("sms", "ACK", 0), ("sms", "ACCEPTD", 0)}
    # Asked and told, it is the same.
    [status] = await statuses(simulation, sent)
    assert {name: told[name] for name in status} == status
    [message] = await simulation.messages(reference="0193.1")
    assert message["stage"] == "delivered"


TOLD: dict[str, set[tuple[str, int]]] = {
    "9900": {("DELIVRD", 0)},
    "9901": {("UNDELIV", 3), ("FAILED", 3)},
    "9902": {("EXPIRED", 2)},
    "9903": {("REJECTD", 8), ("NACK", 8)},
    "9904": {("UNDELIV", 8), ("REJECTD", 8)},
    "9905": {("REJECTD", 1), ("NACK", 1)},
    "9906": {("UNDELIV", 1), ("FAILED", 1)},
    "9907": {("FAILED", 9), ("UNDELIV", 9)},
    "9912": {("REJECTD", 7)},
    "9913": {("FAILED", 999)},
    "9915": {("EXPIRED", 2)},
    "9916": {("FAILED", 5), ("FAILED", 3)},
}


async def test_every_error_of_the_table(simulate: Any, receiver: Any) -> None:
    world = {**FAST, "speed": 1_000_000.0, "providers": {"messente": {"callback_url": receiver.url}}}
    simulation = await simulate(world)
    for ending in TOLD:
        await send(simulation, to=f"+3460000{ending}")
    received = await receiver.wait_for(2 * len(TOLD) + 2)
    last = {told["to"][-4:]: told for told in (json.loads(each.body) for each in received)}
    for ending, expected in TOLD.items():
        told = last[ending]
        assert (told["status"], told["err"]) in expected
        assert (told["error"] is None) == (told["err"] == 0)


async def test_tells_that_it_was_seen(simulate: Any, receiver: Any) -> None:
    simulation = await simulate({**FAST, "speed": 100_000.0})
    sent = await send(simulation, VIBER, to="+34600009924", dlr_url=receiver.url)
    received = await receiver.wait_for(3)
    assert reports(received)[1:] == [("viber", "DELIVRD", 0), ("viber", "SEEN", 10)]
    assert (await statuses(simulation, sent))[0]["status"] == "SEEN"


async def test_fails_over_leg_by_leg(simulate: Any, receiver: Any) -> None:
    number = "+34600001234"
    world = {**FAST, "numbers": {number: {"ending": "not_on_channel"}}}
    simulation = await simulate(world)
    sent = await send(simulation, WHATSAPP, VIBER, SMS, to=number, dlr_url=f"{receiver.url}?reference=r")
    received = await receiver.wait_for(6)
    told = reports(received)
    assert [channel for channel, _, _ in told] == ["whatsapp", "whatsapp", "viber", "viber", "sms", "sms"]
    ids = [leg["message_id"] for leg in sent["messages"]]
    assert [json.loads(each.body)["message_id"] for each in received][::2] == ids
    times = [json.loads(each.body)["timestamp"] for each in received]
    assert times == sorted(times)
    assert {each.query for each in received} == {"reference=r"}
    assert [leg["message_id"] for leg in await statuses(simulation, sent)] == ids
    assert (await simulation.state())["twice"] == []


@pytest.mark.parametrize("bound", [{"ttl": 120}, {"validity": 2}])
async def test_a_leg_has_failed_when_its_time_is_over(simulate: Any, receiver: Any, bound: dict[str, int]) -> None:
    simulation = await simulate({**FAST, "speed": 5000.0})
    sent = await send(simulation, {**VIBER, **bound}, SMS, to="+34600009920", dlr_url=receiver.url)
    received = await receiver.wait_for(3)
    told = [json.loads(each.body) for each in received]
    assert [(each["channel"], each["status"]) for each in told[1:2]] == [("viber", "EXPIRED")]
    assert (told[1]["err"], told[1]["error"]) == (2, "Sending message expired")
    assert told[2]["channel"] == "sms"
    first, second = await statuses(simulation, sent)
    assert (first["status"], second["channel"]) == ("EXPIRED", "sms")


async def test_what_comes_in_time_is_not_sent_again(simulate: Any, receiver: Any) -> None:
    simulation = await simulate(FAST)
    sent = await send(simulation, {**VIBER, "ttl": 600}, SMS, dlr_url=receiver.url)
    await receiver.wait_for(2)
    assert [leg["status"] for leg in await statuses(simulation, sent)] == ["DELIVRD", None]
    assert len(await simulation.messages()) == 1


async def test_cancels_what_is_scheduled_all_of_it(simulate: Any, receiver: Any) -> None:
    simulation = await simulate(FAST)
    number = "+34600009906"
    sent = await send(simulation, VIBER, SMS, to=number, time_to_send="2099-06-22T09:05", dlr_url=receiver.url)
    path = f"/messente/v1/omnimessage/{sent['omnimessage_id']}"
    assert [leg["status"] for leg in await statuses(simulation, sent)] == [None, None]
    messages = await simulation.messages()
    assert messages[0]["scheduled_for"] == "2099-06-22T09:05:00+00:00"
    cancelled = await simulation.http.delete(path, auth=AUTH)
    assert (cancelled.status_code, cancelled.json()) == (202, {})
    again = await simulation.http.delete(path, auth=AUTH)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (404, "101")
    assert all(message["cancelled_at"] for message in await simulation.messages())
    assert [leg["status"] for leg in await statuses(simulation, sent)] == ["DELETED", "DELETED"]
    assert (await simulation.state())["callbacks"]["posted"] == 0


async def test_does_not_cancel_what_is_out(simulate: Any) -> None:
    simulation = await simulate()
    sent = await send(simulation)
    answer = await simulation.http.delete(f"/messente/v1/omnimessage/{sent['omnimessage_id']}", auth=AUTH)
    assert answer.status_code == 404


WRONG: list[tuple[Any, str, str]] = [
    ({"messages": [SMS]}, "106", "to"),
    ({"to": TO}, "106", "messages"),
    (omnimessage(to="34600000000"), "105", "to"),
    (omnimessage(to="+3460"), "105", "to"),
    (omnimessage(to="+34600009930"), "105", "to"),
    ({"to": TO, "messages": []}, "105", "messages"),
    ({"to": TO, "messages": "sms"}, "105", "messages"),
    (omnimessage({"text": "x"}), "106", "messages[0].channel"),
    (omnimessage({"channel": "fax", "text": "x"}), "105", "messages[0].channel"),
    (omnimessage({"channel": "sms"}), "106", "messages[0].text"),
    (omnimessage({**SMS, "text": ""}), "106", "messages[0].text"),
    (omnimessage(SMS, {**SMS, "text": 7}), "105", "messages[1].text"),
    (omnimessage({**SMS, "ttl": 60, "validity": 1}), "105", "messages[0].ttl"),
    (omnimessage({**SMS, "validity": "360"}), "105", "messages[0].validity"),
    (omnimessage({**SMS, "ttl": 0}), "105", "messages[0].ttl"),
    (omnimessage({**SMS, "autoconvert": "yes"}), "105", "messages[0].autoconvert"),
    (omnimessage({**SMS, "udh": "0G"}), "105", "messages[0].udh"),
    (omnimessage({**SMS, "flash": True}), "105", "messages[0].flash"),
    (omnimessage({"channel": "viber"}), "105", "messages[0]"),
    (omnimessage({**VIBER, "image_url": "https://example.com/i.jpg"}), "105", "messages[0]"),
    (omnimessage({"channel": "viber", "image_url": "i.jpg"}), "105", "messages[0].image_url"),
    (
        omnimessage({"channel": "viber", "video": {"url": "https://e.com/v", "file_size": 9, "duration": 9}}),
        "106",
        "messages[0].video.thumbnail",
    ),
    (
        omnimessage(
            {
                "channel": "viber",
                "video": {
                    "url": "https://e.com/v",
                    "thumbnail": "https://e.com/t",
                    "file_size": 200_000_001,
                    "duration": 600,
                },
            }
        ),
        "105",
        "messages[0].video.file_size",
    ),
    (omnimessage({"channel": "whatsapp"}), "106", "messages[0].template"),
    (omnimessage({"channel": "whatsapp", "template": {"name": "x"}}), "106", "messages[0].template.language"),
    (
        omnimessage({"channel": "whatsapp", "template": {"name": "x", "language": {}}}),
        "106",
        "messages[0].template.language.code",
    ),
    (
        omnimessage(
            {
                "channel": "whatsapp",
                "template": {
                    "name": "x",
                    "language": {"code": "es"},
                    "components": [{"type": "body", "parameters": [{"text": "x"}]}],
                },
            }
        ),
        "106",
        "messages[0].template.components[0].parameters[0].type",
    ),
    (omnimessage(dlr_url="hooks"), "105", "dlr_url"),
    (omnimessage(text_store="all"), "105", "text_store"),
    (omnimessage(priority="urgent"), "105", "priority"),
    (omnimessage(time_to_send="tomorrow"), "105", "time_to_send"),
    (omnimessage(time_to_send="2001-01-01T00:00:00Z"), "105", "time_to_send"),
    (omnimessage(reference="x"), "105", "reference"),
    ([], "105", ""),
]


async def test_refuses_what_is_wrong_by_its_field(simulate: Any) -> None:
    simulation = await simulate()
    for body, code, source in WRONG:
        answer = await simulation.http.post("/messente/v1/omnimessage", json=body, auth=AUTH)
        assert answer.status_code == 400, body
        [error] = answer.json()["errors"]
        assert (error["code"], error["source"], error["title"]) == (code, source, TITLES[code])
        assert error["detail"]
    assert not [message for message in await simulation.messages() if not message["refused"]]


async def test_tells_every_problem_at_once(simulate: Any) -> None:
    simulation = await simulate()
    body = omnimessage({"channel": "sms"}, to="600", priority="urgent")
    answer = await simulation.http.post("/messente/v1/omnimessage", json=body, auth=AUTH)
    assert {error["source"] for error in answer.json()["errors"]} == {"to", "messages[0].text", "priority"}
    broken = await simulation.http.post("/messente/v1/omnimessage", content=b'{"to":', auth=AUTH)
    assert broken.json()["errors"][0]["code"] == "105"


@pytest.mark.parametrize(
    "leg",
    [
        {"channel": "viber", "image_url": "https://example.com/i.jpg"},
        {**VIBER, "button_url": "https://example.com", "button_text": "Go"},
        {
            **VIBER,
            "button_url": "https://example.com",
            "button_text": "Go",
            "image_url": "https://example.com/i.jpg",
        },
        {
            **VIBER,
            "button_text": "Go",
            "video": {"url": "https://e.com/v", "thumbnail": "https://e.com/t", "file_size": 9, "duration": 9},
        },
        {"channel": "whatsapp", "text": {"body": "Hi", "preview_url": False}},
        {"channel": "whatsapp", "image": {"link": "https://example.com/i.jpg", "caption": "A picture"}},
        {**SMS, "udh": "050003CC0301", "autoconvert": "full", "validity": 360},
    ],
)
async def test_takes_every_documented_content(simulate: Any, leg: dict[str, Any]) -> None:
    simulation = await simulate()
    told = await send(simulation, leg, text_store="nostore", priority="high", time_to_send="2099-06-22T09:05:07+02:00")
    assert told["messages"][0]["channel"] == leg["channel"]


async def test_the_documents_other_errors(simulate: Any) -> None:
    simulation = await simulate()
    for auth in (None, ("simulated-user", "wrong")):
        answer = await simulation.http.post("/messente/v1/omnimessage", json=omnimessage(), auth=auth)
        assert answer.status_code == 401
        [error] = answer.json()["errors"]
        assert (error["code"], error["title"], error["source"]) == ("103", "Unauthorized", None)
    for path, status, code in (
        ("/messente/v1/omnimessage", 405, "107"),
        ("/messente/v1/omnimessage/632c6f3d-49d0-4a8f-8b2a-74023d31e51d/status", 404, "101"),
        ("/messente/v2/nothing", 404, "101"),
    ):
        answer = await simulation.http.get(path, auth=AUTH)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
    for option, status, code in (("forbidden", 403, "102"), ("broken", 500, "104")):
        await simulation.change({"providers": {"messente": {"options": {option: True}}}})
        answer = await simulation.http.post("/messente/v1/omnimessage", json=omnimessage(), auth=AUTH)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)
        await simulation.change({"providers": {"messente": {"options": {option: False}}}})


async def test_without_credit_and_said_too_often(simulate: Any, receiver: Any) -> None:
    own = {"credit": 1, "callback_url": receiver.url, "options": {"most_identical": 1}}
    simulation = await simulate({**FAST, "providers": {"messente": own}})
    await send(simulation)
    await receiver.wait_for(2)
    await send(simulation)
    await receiver.wait_for(3)
    await send(simulation, {**SMS, "text": "Something else"})
    received = await receiver.wait_for(4)
    assert reports(received)[2:] == [("sms", "REJECTD", 6), ("sms", "FAILED", 4)]
    assert json.loads(received[3].body)["error"] == "Error crediting account"


async def test_posts_what_a_person_answers(simulate: Any, receiver: Any) -> None:
    own = {"callback_url": receiver.url, "options": {"inbound_number": "+3721234"}}
    simulation = await simulate({**FAST, "speed": 100_000.0, "providers": {"messente": own}})
    await send(simulation, to="+34600009926")
    received = await receiver.wait_for(3)
    [inbound] = [each for each in received if "msg_id" in json.loads(each.body)]
    told = json.loads(inbound.body)
    assert set(told) == {"msg_id", "sub_msg_id", "channel", "recipient", "time", "text", "sender"}
    assert (told["sender"], told["recipient"], told["channel"]) == ("+34600009926", "+3721234", "sms")
    signature = hmac.new(b"simulated-inbound-secret", inbound.body, hashlib.sha256).hexdigest()
    assert inbound.headers["x-messente-signature"] == signature
