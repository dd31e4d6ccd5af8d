"""All of it as it is run: the same story again, many at once, and the command."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from typing import Any

import httpx2
import pytest

from acuse.local.ports import free_port
from tests.acuse.simulator.conftest import Receiver, Simulate
from tests.acuse.simulator.test_mensatek import TOKEN, USER, order

WORLD = {
    "speed": 5000.0,
    "callbacks": {"lost": 0.1, "duplicated": 0.1, "early": 0.1, "reordered": 0.1},
    "http": {"busy": 0.05, "unavailable": 0.05},
}


async def test_the_same_story_whatever_the_order(simulate: Simulate, receiver: Receiver) -> None:
    numbers = [f"346000001{place:02d}" for place in range(40)]

    async def story(shuffle: int) -> dict[str, Any]:
        simulation = await simulate({**WORLD, "providers": {"mensatek": {"callback_url": receiver.url}}}, seed=9)
        shuffled = random.Random(shuffle).sample(numbers, len(numbers))

        async def until_taken(number: str) -> None:
            while True:
                asked = order(number, Resp="JSON")
                answer = await simulation.http.post("/mensatek/EnviarSMS", json=asked, auth=(USER, TOKEN))
                if answer.status_code == 200:
                    assert answer.json()[0]["Res"] == 1
                    return

        await asyncio.gather(*(until_taken(number) for number in shuffled))
        found = await simulation.messages()
        return {
            message["recipient"]: (
                message["ending"],
                message["seconds"],
                [(told["code"], told["lost"]) for told in message["callbacks"]],
            )
            for message in found
        }

    one, other = await story(1), await story(2)
    assert len(one) == len(numbers)
    assert one == other


def test_the_command_serves_until_it_is_stopped() -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "acuse", "simulate", "--port", str(port), "--seed", "5", "--speed", "10"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as http:
            state = _when_it_answers(http)
            assert (state["seed"], state["speed"]) == (5, 10.0)
            http.post("/_simulator/world", json={"providers": {"mensatek": {"credit": 1}}})
            world = http.get("/_simulator/world").json()
            assert world["providers"]["mensatek"]["callback_url"] == "http://127.0.0.1:8090/webhooks/mensatek"
    finally:
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    told = tomllib.loads(printed)["providers"]["mensatek"]
    assert told["base_url"] == f"http://127.0.0.1:{port}/mensatek"
    assert told["callback_url"] == "http://127.0.0.1:8090/webhooks/mensatek"


def _when_it_answers(http: httpx2.Client) -> Any:
    """What it says of itself."""
    for _ in range(2400):
        try:
            return http.get("/_simulator/state").json()
        except httpx2.ConnectError:
            time.sleep(0.05)
    pytest.fail("it does not listen")
