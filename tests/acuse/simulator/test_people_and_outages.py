"""Who has which channel, and outages that begin while it runs."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acuse.simulator.endings import Ending
from acuse.simulator.world import World
from acuse.simulator.world_file import read_world
from delivery.channels import Channel
from tests.acuse.simulator.conftest import Simulate
from tests.acuse.simulator.test_mensatek import TOKEN, USER

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PEOPLE = [f"+3460000{number:04d}" for number in range(400)]


def lacking(world: World, provider: str, channel: Channel) -> set[str]:
    fates = {person: world.take(provider, channel=channel, recipient=person, id="1").fate for person in PEOPLE}
    return {person for person, fate in fates.items() if fate.ending is Ending.NOT_ON_CHANNEL}


def world(document: dict[str, Any]) -> World:
    return World(read_world({"mix": {"delivered": 1}, **document}), lambda: NOW)


def test_some_people_do_not_have_a_channel_wherever_it_is_tried() -> None:
    made = world({"not_on_channel": {"viber": 0.3}})
    without = lacking(made, "messente", Channel.VIBER)
    assert 80 < len(without) < 160
    assert lacking(made, "messente", Channel.VIBER) == without  # again, and it is the same people
    assert not lacking(made, "messente", Channel.SMS)
    assert not lacking(made, "messente", Channel.WHATSAPP)


def test_a_provider_and_a_number_may_have_it_otherwise() -> None:
    made = world(
        {
            "not_on_channel": {"whatsapp": 1.0},
            "numbers": {PEOPLE[0]: {"ending": "seen"}},
            "providers": {"altiria": {"not_on_channel": {}}},
        }
    )
    assert lacking(made, "ainumber", Channel.WHATSAPP) == set(PEOPLE[1:])
    assert not lacking(made, "altiria", Channel.WHATSAPP)
    made.change({"not_on_channel": {"whatsapp": 0.0}})
    assert not lacking(made, "ainumber", Channel.WHATSAPP)


def test_an_outage_counts_from_when_it_was_asked_for() -> None:
    clock = Counter({"passed": 0})
    made = World(read_world({}), lambda: NOW + timedelta(seconds=clock["passed"]))
    outage = read_world({"providers": {"mensatek": {"outages": [{"after_seconds": 5, "for_seconds": 10}]}}})
    clock["passed"] = 100
    made.strike("mensatek", outage.providers["mensatek"].outages[0])
    found = []
    for passed in (100, 104, 105, 114, 115):
        clock["passed"] = passed
        found.append(made.outage("mensatek", NOW + timedelta(seconds=passed)) is not None)
    assert found == [False, False, True, True, False]
    assert made.outage("messente", NOW + timedelta(seconds=110)) is None


async def test_outages_can_be_asked_for_while_it_runs(simulate: Simulate) -> None:
    simulation = await simulate()

    async def status() -> int:
        answer = await simulation.http.post("/mensatek/GetCreditos", json={"Resp": "JSON"}, auth=(USER, TOKEN))
        return answer.status_code

    assert await status() == 200
    outage = {"provider": "mensatek", "after_seconds": 0, "for_seconds": 60, "fault": "unavailable"}
    assert (await simulation.http.post("/_simulator/outages", json=outage)).status_code == 202
    assert await status() == 503


@pytest.mark.parametrize(
    ("outage", "said"),
    [
        ({"provider": "nobody", "after_seconds": 0, "for_seconds": 1}, "no such provider"),
        ({"provider": "mensatek", "after_seconds": 0}, "for_seconds"),
        ({"provider": "mensatek", "after_seconds": 0, "for_seconds": 1, "fault": "fire"}, "fault"),
    ],
)
async def test_says_what_is_wrong_with_an_outage(simulate: Simulate, outage: dict[str, Any], said: str) -> None:
    answer = await (await simulate()).http.post("/_simulator/outages", json=outage)
    assert (answer.status_code, said in answer.json()["error"]) == (400, True)
