"""Altiria's own client (sms-python-client) runs against the simulator's SMS gateway."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from sms_api.altiria_client import AltiriaClient, AltiriaModelTextMessage
from sms_api.exceptions import AltiriaGwException, JsonException

TO = "34600009900"
FAST = {"speed": 1000.0, "delivery": {"median_seconds": 3.0, "spread": 0.0, "off_share": 0.0}}


def client_of(
    simulation: Any, login: str | None = "simulated-login", shown: str | None = "simulated-password", **others: Any
) -> AltiriaClient:
    client = AltiriaClient(login, shown, **others)
    client.urlBase = f"{simulation.url}/altiria/apirest/ws"
    return client


async def send(client: AltiriaClient, message: str | None = "Hola", to: str | None = TO, **others: Any) -> Any:
    text = AltiriaModelTextMessage(to, message, others.pop("senderId", None))
    for name, value in others.items():
        setattr(text, name, value)
    return json.loads(await asyncio.to_thread(client.sendSms, text))


async def test_sends(simulate: Any) -> None:
    simulation = await simulate()
    told = await send(client_of(simulation))
    assert told == {"status": "000", "details": [{"destination": TO, "status": "000"}]}
    [message] = await simulation.messages(provider="altiria")
    assert (message["recipient"], message["text"], message["channel"]) == (f"+{TO}", "Hola", "sms")


async def test_sends_with_every_parameter_and_is_told(simulate: Any, receiver: Any) -> None:
    simulation = await simulate({**FAST, "speed": 20_000.0, "providers": {"altiria": {"callback_url": receiver.url}}})
    text = "Lorem Ipsum is simply dummy text of the printing and typesetting industry \u20ac"
    told = await send(
        client_of(simulation, isApiKey=True),
        text,
        senderId="Shop",
        ack=True,
        idAck="pedido-17",
        concat=True,
        encoding="unicode",
        certDelivery=True,
    )
    assert told["details"] == [
        {"destination": f"{TO}(0)", "status": "000", "idAck": "pedido-17"},
        {"destination": f"{TO}(1)", "status": "000", "idAck": "pedido-17"},
    ]
    received = await receiver.wait_for(2)
    assert {each.method for each in received} == {"GET"}
    first, second = (parse_qs(each.query)["notification"][0] for each in received)
    assert first == f"{TO},pedido-17,ENTREGADO"
    assert second.startswith(f"{TO},pedido-17,CERT(https://")
    [message] = await simulation.messages(reference="pedido-17")
    assert (message["sender"], message["text"]) == ("Shop", text)


async def test_confirms_as_a_form_what_was_not_delivered(simulate: Any, receiver: Any) -> None:
    own = {"callback_url": receiver.url, "callback_format": "form"}
    simulation = await simulate({**FAST, "providers": {"altiria": own}})
    await send(client_of(simulation), to="34600009901", ack=True, idAck="a" * 30)
    [received] = await receiver.wait_for(1)
    assert (received.method, received.headers["content-type"]) == ("POST", "application/x-www-form-urlencoded")
    number, id_ack, status = parse_qs(received.body.decode())["notification"][0].split(",")
    assert (number, id_ack) == ("34600009901", "a" * 20)
    assert status in {"NO_ENTREGADO", "ERROR_114", "ERROR_115"}


async def test_asks_for_the_credit(simulate: Any) -> None:
    simulation = await simulate({"providers": {"altiria": {"credit": 12.5}}})
    client = client_of(simulation)
    assert await asyncio.to_thread(client.getCredit) == "12.50"
    await send(client)
    assert await asyncio.to_thread(client.getCredit) == "11.50"


async def test_reads_the_errors(simulate: Any) -> None:
    simulation = await simulate()
    client = client_of(simulation)
    cases: list[tuple[AltiriaClient, dict[str, Any], str]] = [
        (client_of(simulation, login="unknown"), {}, "020"),
        (client_of(simulation, shown="unknown"), {}, "020"),
        (client, {"to": "invalid"}, "015"),
        (client, {"to": "34600009930"}, "015"),
        (client, {"message": "x" * 161}, "013"),
        (client, {"message": "\u4f60" * 71, "encoding": "unicode"}, "013"),
        (client, {"message": "x" * 1531, "concat": True}, "013"),
    ]
    for asked, parameters, status in cases:
        with pytest.raises(AltiriaGwException) as refused:
            await send(asked, **parameters)
        assert refused.value.status == status, parameters
        assert refused.value.message != "GENERAL_ERROR"
    with pytest.raises(AltiriaGwException) as unknown:
        await asyncio.to_thread(client_of(simulation, login="unknown").getCredit)
    assert (unknown.value.status, unknown.value.message) == ("020", "AUTHENTICATION_ERROR")
    await simulation.change({"providers": {"altiria": {"credit": 0}}})
    with pytest.raises(AltiriaGwException) as broke:
        await send(client)
    assert broke.value.status == "001"


async def test_what_the_client_would_not_send(simulate: Any) -> None:
    simulation = await simulate()
    credentials = {"login": "simulated-login", "passwd": "simulated-password"}
    cases: list[tuple[Any, int, dict[str, Any]]] = [
        ({"credentials": {"passwd": "x"}}, 400, {"error": "LOGIN_NOT_NULL"}),
        ({"credentials": {"login": "x"}}, 400, {"error": "PASSWORD_NOT_NULL"}),
        ([], 400, {"error": "JSON_NOT_VALID"}),
        ({"credentials": credentials, "destination": []}, 200, {"status": "015"}),
        ({"credentials": credentials, "destination": [TO], "message": {"msg": " "}}, 200, {"status": "017"}),
        ({"credentials": credentials, "destination": [TO] * 101, "message": {"msg": "x"}}, 200, {"status": "018"}),
        (
            {"credentials": credentials, "destination": [TO, TO, "12"], "message": {"msg": "x"}},
            200,
            {
                "status": "000",
                "details": [
                    {"destination": TO, "status": "000"},
                    {"destination": TO, "status": "016"},
                    {"destination": "12", "status": "010"},
                ],
            },
        ),
    ]
    for body, status, expected in cases:
        answer = await simulation.http.post("/altiria/apirest/ws/sendSms", json=body)
        assert (answer.status_code, answer.json()) == (status, expected)


async def test_what_the_client_makes_of_an_answer_that_is_no_success(simulate: Any) -> None:
    simulation = await simulate({"providers": {"altiria": {"http": {"busy": 1.0}}}})
    with pytest.raises(JsonException) as busy:
        await send(client_of(simulation))
    assert busy.value.message == "Too many requests."
