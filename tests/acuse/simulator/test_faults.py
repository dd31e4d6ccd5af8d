"""What goes wrong on the way to a provider."""

import asyncio
import math
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.acuse.simulator.conftest import Simulate, Simulation, until
from tests.acuse.simulator.test_mensatek import TOKEN, USER, order


async def send(simulation: Simulation, number: str = "34600000001") -> httpx2.Response:
    return await simulation.http.post(
        "/mensatek/EnviarSMS", json=order(number, Resp="JSON"), auth=(USER, TOKEN), timeout=60
    )


def http(**faults: Any) -> dict[str, Any]:
    return {"providers": {"mensatek": {"http": faults}}}


async def test_busy_says_when_to_come_again(simulate: Simulate) -> None:
    simulation = await simulate(http(busy=1, retry_after_seconds=7))
    answer = await send(simulation)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert await simulation.messages() == []


async def test_unavailable_says_so_too(simulate: Simulate) -> None:
    answer = await send(await simulate(http(unavailable=1)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("taken", [0, 1])
async def test_an_error_of_a_provider_that_took_it_or_not(simulate: Simulate, taken: int) -> None:
    simulation = await simulate(http(error=1, taken=taken))
    assert (await send(simulation)).status_code == 500
    assert len(await simulation.messages()) == taken
    [asked] = (await simulation.http.get("/_simulator/requests")).json()["requests"]
    assert (asked["fault"], asked["passed_on"], asked["status"]) == ("error", bool(taken), 500)
    assert TOKEN not in str(asked)


async def test_a_page_for_people(simulate: Simulate) -> None:
    answer = await send(await simulate(http(html=1)))
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize("taken", [0, 1])
async def test_a_reset(simulate: Simulate, taken: int) -> None:
    simulation = await simulate(http(reset=1, taken=taken))
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        await send(simulation)
    assert len(await simulation.messages()) == taken


async def test_half_an_answer(simulate: Simulate) -> None:
    simulation = await simulate(http(truncated=1, taken=1))
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        await send(simulation)
    assert len(await simulation.messages()) == 1


async def test_silence(simulate: Simulate) -> None:
    simulation = await simulate(http(hang=1, hang_seconds=0.3, taken=1))
    begun = time.monotonic()
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        await send(simulation)
    assert time.monotonic() - begun >= 0.3
    assert len(await simulation.messages()) == 1


async def test_the_same_requests_are_struck_under_the_same_seed(simulate: Simulate) -> None:
    async def statuses(seed: int) -> list[int]:
        simulation = await simulate(http(error=0.3, busy=0.3), seed=seed)
        return [(await send(simulation)).status_code for _ in range(30)]

    one, same, other = await statuses(1), await statuses(1), await statuses(2)
    assert one == same != other
    assert set(one) == {200, 429, 500}


async def test_an_outage_passes(simulate: Simulate) -> None:
    outage = {"after_seconds": 0, "for_seconds": 3, "fault": "unavailable"}
    simulation = await simulate({"providers": {"mensatek": {"outages": [outage]}}})
    assert (await send(simulation)).status_code == 503
    async with asyncio.timeout(60):
        while (await send(simulation)).status_code == 503:  # noqa: ASYNC110 - it is over there that it ends
            await asyncio.sleep(0.05)
    assert len(await simulation.messages()) == 1


async def test_more_than_it_takes_in_a_second(simulate: Simulate) -> None:
    simulation = await simulate(http(most_per_second=3))
    begun = time.monotonic()
    statuses = [answer.status_code for answer in await asyncio.gather(*(send(simulation) for _ in range(20)))]
    seconds = math.ceil(time.monotonic() - begun)
    assert 0 < statuses.count(200) <= 3 * (seconds + 1)
    assert set(statuses) <= {200, 429}


@pytest.mark.parametrize(
    ("digits", "status", "taken"),
    [
        ("9940", 429, 0),
        ("9941", 500, 0),
        ("9942", 500, 1),
        ("9943", 503, 0),
        ("9946", None, 0),
        ("9947", None, 1),
        ("9948", 200, 0),
        ("9949", 200, 1),
        ("9950", None, 0),
        ("9951", None, 1),
    ],
)
async def test_magic_numbers_are_struck_once(simulate: Simulate, digits: str, status: int | None, taken: int) -> None:
    simulation = await simulate()
    number = f"34600{digits:0>6}"
    try:
        answer = await send(simulation, number)
    except httpx2.HTTPError:
        assert status is None
    else:
        assert answer.status_code == status
    assert len(await simulation.messages()) == taken
    assert (await send(simulation, number)).json()[0]["Res"] == 1
    assert len(await simulation.messages()) == taken + 1


async def test_what_only_looks_like_a_number_is_not_struck(simulate: Simulate) -> None:
    simulation = await simulate()
    asked = order(Resp="JSON", Referenciausuario="019ab0c0-0000-7000-8000-346000099410.1", Mensaje="a34600009941")
    answer = await simulation.http.post("/mensatek/EnviarSMS", json=asked, auth=(USER, TOKEN))
    assert answer.json()[0]["Res"] == 1


@pytest.mark.parametrize(("part", "taken"), [(1.0, 1), (0.9, 0)])
async def test_what_was_sent_whole_is_taken_though_its_sender_is_gone(
    simulate: Simulate, part: float, taken: int
) -> None:
    simulation = await simulate()
    request = httpx2.Request(
        "POST",
        f"{simulation.url}/mensatek/EnviarSMS",
        json=order("34600000001", Resp="JSON"),
        headers={"authorization": httpx2.BasicAuth(USER, TOKEN)._auth_header},
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    raw = f"POST /mensatek/EnviarSMS HTTP/1.1\r\n{head}\r\n".encode() + request.content
    address = urlsplit(simulation.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(raw[: int(len(raw) * part)])
    if taken:
        await until(lambda: simulation.world.messages.total)
    else:
        await asyncio.sleep(0.2)  # in which it would be taken
    assert len(await simulation.messages()) == taken
    asked = (await simulation.http.get("/_simulator/requests")).json()["requests"]
    assert len(asked) == taken
