"""The enviosms simulator, held against its document."""

from typing import Any

import pytest

KEY = {"x-api-key": "simulated-key"}
DIRECT = {"recipient": "+573001234567", "messageBody": "Hola Juan, tu código de acceso es 4572."}
JOURNEY = {
    "recipient": "+573001234567",
    "journeyID": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "templateID": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "templateParams": {"customerName": "María López"},
}


async def test_takes_a_message(simulate: Any) -> None:
    simulation = await simulate()
    answer = await simulation.http.post("/enviosms/sms", json=DIRECT, headers=KEY)
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"smsId", "status"}
    assert told["status"] == "Queued"
    assert len(told["smsId"]) == 24
    [message] = await simulation.messages(provider="enviosms")
    assert (message["id"], message["recipient"], message["text"], message["country"]) == (
        told["smsId"],
        "+573001234567",
        DIRECT["messageBody"],
        "CO",
    )


@pytest.mark.parametrize("body", [DIRECT, JOURNEY])
async def test_schedules(simulate: Any, body: dict[str, Any]) -> None:
    simulation = await simulate()
    asked = {**body, "programmedDate": "2099-07-11T09:00:00Z", "flashMessage": True}
    told = (await simulation.http.post("/enviosms/", json=asked, headers=KEY)).json()
    assert told["status"] == "Queued"
    assert told["scheduledFor"] == "2099-07-11T09:00:00Z"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "recipient"),
        ({"recipient": "+573001234567"}, "messageBody"),
        ({**DIRECT, "recipient": "300"}, "recipient"),
        ({**JOURNEY, "messageBody": "both"}, "mutually exclusive"),
        ({**JOURNEY, "templateID": None}, "templateID"),
        ({**JOURNEY, "templateParams": "x"}, "templateParams"),
        ({**JOURNEY, "journeyID": "not-a-guid"}, "journeyID"),
        ({**DIRECT, "programmedDate": "2001-01-01T00:00:00Z"}, "programmedDate"),
        ({**DIRECT, "programmedDate": "tomorrow"}, "programmedDate"),
        ({**DIRECT, "flashMessage": "yes"}, "flashMessage"),
        ({**DIRECT, "messageBody": "x" * 1531}, "messageBody"),
        ({**DIRECT, "recipient": "+573001239930"}, "recipient"),
        ([], "JSON"),
    ],
)
async def test_refuses_what_is_wrong(simulate: Any, body: Any, field: str) -> None:
    simulation = await simulate()
    answer = await simulation.http.post("/enviosms/sms", json=body, headers=KEY)
    assert answer.status_code == 400
    assert field in answer.json()["error"]
    assert not [message for message in await simulation.messages() if not message["refused"]]


async def test_the_documents_own_errors(simulate: Any) -> None:
    simulation = await simulate()
    missing = await simulation.http.post("/enviosms/sms", json={"recipient": "+573001234567"}, headers=KEY)
    assert missing.json() == {"error": "The 'messageBody' field is required when 'journeyID' is not specified."}
    for headers in ({}, {"x-api-key": "other"}):
        unknown = await simulation.http.post("/enviosms/sms", json=DIRECT, headers=headers)
        assert (unknown.status_code, unknown.json()) == (401, {"error": "API Key is missing or invalid."})
    await simulation.change({"providers": {"enviosms": {"options": {"may_send": False}}}})
    barred = await simulation.http.post("/enviosms/sms", json=DIRECT, headers=KEY)
    assert (barred.status_code, barred.json()) == (403, {"error": "API Key does not have permission to send SMS."})
    await simulation.change({"providers": {"enviosms": {"http": {"error": 1.0}}}})
    broken = await simulation.http.post("/enviosms/sms", json=DIRECT, headers=KEY)
    assert (broken.status_code, broken.json()) == (500, {"error": "Internal server error. Please contact support."})


async def test_spends_credit(simulate: Any) -> None:
    simulation = await simulate({"providers": {"enviosms": {"credit": 1}}})
    statuses = [(await simulation.http.post("/enviosms/sms", json=DIRECT, headers=KEY)).status_code for _ in range(2)]
    assert statuses == [200, 403]
