"""Conversation windows: opened by what a person writes, told to us by callback, and closed 24 simulated hours later."""

from typing import Any

import pytest

from delivery.channels import Channel
from delivery.events import Reply, Status
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.outbound import Refused, Taken
from tests.acuse.simulator.conftest import Receiver

TO = "+34600009900"
OURS = "34911234567"
IN_WORDS = {"ainumber": {}, "altiria": {"sender": f"+{OURS}"}}
MINUTES = 200.0
A_SECOND = 86_400.0
"""The speeds at which a window is open for some minutes, and for a second."""


async def writes(simulation: Any, provider: str, channel: str = "whatsapp", **others: str) -> Any:
    body = {"provider": provider, "channel": channel, "from": TO, "text": "¿A qué hora?", **others}
    return await simulation.http.post("/_simulator/inbound", json=body)


@pytest.mark.parametrize(
    ("provider", "channel"),
    [
        ("ainumber", "whatsapp"),
        ("altiria", "whatsapp"),
        ("messente", "whatsapp"),
        ("messente", "viber"),
        ("mensatek", "sms"),
    ],
)
async def test_what_a_person_writes_is_told_to_us(connect: Any, provider: str, channel: str) -> None:
    side, simulation = await connect(provider)
    assert (await writes(simulation, provider, channel)).status_code == 202
    [reply] = await side.told(1)
    assert isinstance(reply, Reply)
    assert (reply.personal.sender, reply.personal.text) == (TO, "¿A qué hora?")
    assert (reply.channel, reply.answers_attempt) == (Channel(channel), False)
    assert await simulation.messages() == []


@pytest.mark.parametrize("provider", IN_WORDS)
async def test_it_opens_the_window_for_a_while(connect: Any, receiver: Receiver, provider: str) -> None:
    side, simulation = await connect(provider)
    simulation.world.change({"speed": MINUTES})
    assert await shut_out(side, provider)
    await writes(simulation, provider)
    assert isinstance(await side.send(Channel.WHATSAPP, TO, text="A las 10", **IN_WORDS[provider]), Taken)
    simulation.world.change({"speed": A_SECOND})
    while not await shut_out(side, provider):
        pass  # for a second at most: each try is a request
    assert len(receiver.received) >= 1
    *others, last = await simulation.messages()
    assert (last["refused"], last["refused_for"], last["text"]) == (True, "window_closed", "A las 10")
    assert any(not message["refused"] for message in others)


async def shut_out(side: Any, provider: str) -> bool:
    result = await side.send(Channel.WHATSAPP, TO, text="A las 10", **IN_WORDS[provider])
    return isinstance(result, Refused) and result.reason is Reason.WINDOW_CLOSED


@pytest.mark.parametrize("provider", IN_WORDS)
async def test_a_share_of_people_wrote_before(connect: Any, provider: str) -> None:
    side, simulation = await connect(provider)
    simulation.world.change({"speed": 1.0, "windows": 0.5})
    people = [f"+3460000{number:04d}" for number in range(24)]
    results = [
        await side.send(Channel.WHATSAPP, person, text="Hola", **IN_WORDS[provider]) for person in (*people, *people)
    ]
    taken = [isinstance(result, Taken) for result in results]
    assert taken[:24] == taken[24:]
    assert 4 < sum(taken[:24]) < 20


async def test_messente_takes_free_words_and_fails_with_them(connect: Any) -> None:
    side, simulation = await connect("messente")
    legs = [{"channel": "sms", "text": "Hola", "sender": "Shop"}]
    first, second = await side.taken(Channel.WHATSAPP, TO, text="Hola", options={"legs": legs})
    told = [event for event in await side.told(3) if isinstance(event, Status)]
    assert [(each.ref, each.stage) for each in told] == [
        (first.ref, Stage.UNDELIVERED),
        (second.ref, Stage.SENT),
        (second.ref, Stage.DELIVERED),
    ]
    assert [message["leg"] for message in await simulation.messages()] == [0, 1]
    assert [message["reason"] for message in await simulation.messages()] == ["window_closed", None]


@pytest.mark.parametrize(
    ("others", "field"),
    [
        ({"provider": "enviosms"}, "provider"),
        ({"provider": "nobody"}, "provider"),
        ({"channel": "voice"}, "channel"),
        ({"channel": "fax"}, "channel"),
        ({"from": "me"}, "from"),
        ({"to": "me"}, "to"),
    ],
)
async def test_says_what_is_wrong_with_what_is_written(connect: Any, others: dict[str, str], field: str) -> None:
    _, simulation = await connect("ainumber")
    answer = await writes(simulation, **{"provider": "ainumber", **others})
    assert (answer.status_code, field in answer.json()["error"]) == (400, True)
