"""Callbacks arrive as the world wants them, and the ledger tells how each fared."""

import base64
from typing import Any

from tests.acuse.simulator.conftest import Receiver, Simulate, until
from tests.acuse.simulator.test_mensatek import ask, order
from tests.acuse.simulator.test_mensatek_reports import fields

FINAL = ("11", "13")


def world(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {
        "speed": 1000.0,
        "mix": {"delivered": 1},
        "replies": 0,
        "providers": {"mensatek": {"callback_url": receiver.url}},
        **more,
    }


async def test_credentials(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    await ask(simulation, "EnviarSMS", **order())
    await receiver.wait_for(2)
    expected = base64.b64encode(b"simulator:simulated-callback-password").decode()
    assert {each.headers["authorization"] for each in receiver.received} == {f"Basic {expected}"}


async def test_lost_ones_never_come(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    await ask(simulation, "EnviarSMS", **order("34600009931"))
    await ask(simulation, "EnviarSMS", **order("34600009900"))
    await receiver.wait_for(2)
    assert {fields(each)["Movil"] for each in receiver.received} == {"34600009900"}
    lost, told = await simulation.messages()
    assert [callback["lost"] for callback in lost["callbacks"]] == [True, True]
    assert lost["stage"] == "delivered"
    assert [callback["lost"] for callback in told["callbacks"]] == [False, False]


async def test_some_come_twice(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    await ask(simulation, "EnviarSMS", **order("34600009932"))
    bodies = sorted(each.body for each in await receiver.wait_for(4))
    assert bodies[0] == bodies[1] != bodies[2] == bodies[3]
    await until(lambda: all(told.taken == 2 for message in simulation.world.messages for told in message.told))


async def test_some_come_late(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver, callbacks={"late_seconds": 1e9}))
    await ask(simulation, "EnviarSMS", **order("34600009933"))
    await ask(simulation, "EnviarSMS", **order("34600009900"))
    await receiver.wait_for(2)
    assert {fields(each)["Movil"] for each in receiver.received} == {"34600009900"}
    assert (await simulation.state())["callbacks"]["waiting"] == 2


async def test_one_comes_before_the_sends_own_answer(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver, speed=0.001))
    await ask(simulation, "EnviarSMS", **order("34600009934"))
    assert len(receiver.received) == 1


async def test_some_come_out_of_order(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate({**world(receiver), "speed": 50.0})
    await ask(simulation, "EnviarSMS", **order("34600009935"))
    codes = [fields(each)["Resultado"] for each in await receiver.wait_for(2)]
    assert codes[0] in FINAL
    assert codes[1] not in FINAL


async def test_shares_of_all(simulate: Simulate, receiver: Receiver) -> None:
    faults = {"lost": 0.2, "duplicated": 0.2}
    simulation = await simulate(world(receiver, callbacks=faults))
    numbers = [f"34600000{place:03d}" for place in range(100)]
    await ask(simulation, "EnviarSMS", **order(*numbers))
    told = [told for message in simulation.world.messages for told in message.told]
    lost = sum(each.lost for each in told)
    assert 20 < lost < 65
    await until(lambda: simulation.world.messages.total == 100 and sum(each.taken for each in told) >= 200 - lost + 15)
    await until(lambda: len(receiver.received) == sum(each.tries for each in told))


async def test_refused_ones_are_tried_again_and_given_up(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver, callbacks={"retry_seconds": [0.01, 0.02]}))
    receiver.statuses = [503, 204]
    await ask(simulation, "EnviarSMS", **order("34600009920"))
    first, second = await receiver.wait_for(2)
    assert first.body == second.body
    await until(lambda: [told.taken for message in simulation.world.messages for told in message.told] == [1])
    receiver.statuses = [500] * 10
    await ask(simulation, "EnviarSMS", **order("34600109920"))
    await receiver.wait_for(5)
    [_, message] = list(simulation.world.messages)
    await until(lambda: message.told[0].lost)
    assert (message.told[0].tries, message.told[0].taken) == (3, 0)
    assert (await simulation.state())["callbacks"]["given_up"] == 1


async def test_nobody_there_is_no_end_of_it(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(
        {
            **world(receiver, callbacks={"retry_seconds": []}),
            "providers": {"mensatek": {"callback_url": "http://127.0.0.1:1/"}},
        }
    )
    await ask(simulation, "EnviarSMS", **order())
    [message] = list(simulation.world.messages)
    await until(lambda: all(told.lost for told in message.told))


async def test_without_an_address_none_are_posted(simulate: Simulate) -> None:
    simulation = await simulate({"speed": 1000.0})
    await ask(simulation, "EnviarSMS", **order("34600009900"))
    [message] = await simulation.messages()
    assert [(callback["lost"], callback["tries"]) for callback in message["callbacks"]] == [(True, 0)] * 2
