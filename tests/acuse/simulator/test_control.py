"""The control API: what was taken, what was asked, and the world changed while it runs."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acuse.cli import app
from acuse.commands.simulate import settings_for
from acuse.settings import load_settings
from acuse.simulator.clock import system_clock
from acuse.simulator.world import World
from acuse.simulator.world_file import WorldFile
from tests.acuse.simulator.conftest import Simulate
from tests.acuse.simulator.test_mensatek import ask, order


async def test_tells_what_was_taken_twice(simulate: Simulate) -> None:
    simulation = await simulate()
    for reference in ("a.1", "b.1", "a.1", "a.1"):
        await ask(simulation, "EnviarSMS", **order(Referenciausuario=reference))
    state = await simulation.state()
    assert state["twice"] == [
        {
            "provider": "mensatek",
            "reference": "a.1",
            "text": "",
            "recipient": "+34600000001",
            "channel": "sms",
            "times": 3,
        }
    ]
    assert state["callbacks"]["overdue"] == 0
    assert (state["messages"], state["seed"]) == (4, 1)
    assert len(await simulation.messages(reference="a.1")) == 3
    assert len(await simulation.messages(provider="enviosms")) == 0
    assert len(await simulation.messages(recipient="+34600000001")) == 4
    assert len(await simulation.messages(offset="1", limit="2")) == 2


async def test_tells_requests_without_credentials(simulate: Simulate) -> None:
    simulation = await simulate()
    await ask(simulation, "GetCreditos")
    told = (await simulation.http.get("/_simulator/requests", params={"provider": "mensatek", "limit": "1"})).json()
    [asked] = told["requests"]
    assert (asked["method"], asked["path"], asked["status"], asked["body"]) == (
        "POST",
        "/GetCreditos",
        200,
        '{"Resp":"JSON"}',
    )
    assert told["total"] == 1
    assert set(asked) == {"provider", "method", "path", "query", "body", "at", "status", "fault", "passed_on"}


async def test_changes_the_world(simulate: Simulate) -> None:
    simulation = await simulate({"mix": {"silent": 1}})
    await simulation.change({"mix": {"blocked": 1}, "providers": {"mensatek": {"credit": 3}}})
    told = await ask(simulation, "EnviarSMS", **order())
    assert told["Cred"] == 2
    await simulation.http.post("/_simulator/world", content="[providers.mensatek.http]\nbusy = 0.0")
    assert (await ask(simulation, "GetCreditos"))["Cred"] == 2
    [message] = await simulation.messages()
    assert message["ending"] == "blocked"
    world = (await simulation.http.get("/_simulator/world")).json()
    assert world["mix"] == {"blocked": 1}
    assert "callback_password" not in world["providers"]["mensatek"]


@pytest.mark.parametrize(
    ("content", "said"),
    [('{"mix": {"x": 1}}', "mix.x"), ("mix = [", "neither JSON"), ("[1]", "1"), ("seed = 'x'", "seed")],
)
async def test_says_what_is_wrong_with_a_change(simulate: Simulate, content: str, said: str) -> None:
    simulation = await simulate()
    kind = "application/json" if content.startswith("{") else "application/toml"
    answer = await simulation.http.post("/_simulator/world", content=content, headers={"content-type": kind})
    assert answer.status_code == 400
    assert said in answer.json()["error"]


async def test_says_what_is_wrong_with_a_query(simulate: Simulate) -> None:
    answer = await (await simulate()).http.get("/_simulator/messages?limit=many")
    assert (answer.status_code, "limit" in answer.json()["error"]) == (400, True)


def test_prints_settings_that_acuse_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = settings_for(World(WorldFile(), system_clock), "http://127.0.0.1:8100")
    assert set(tomllib.loads(printed)["providers"]) >= {"mensatek", "enviosms"}
    (tmp_path / "acuse.toml").write_text(printed)
    settings = load_settings(tmp_path / "acuse.toml")
    assert settings.providers.mensatek.base_url == "http://127.0.0.1:8100/mensatek"  # type: ignore[attr-defined] # made of the registry


def test_the_command_says_what_is_wrong_with_the_world(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["simulate", "--world", str(tmp_path / "none.toml")])
    assert "name one that is there" in str(result.exception)


async def test_callbacks_can_be_lost_and_late_from_now_on(simulate: Simulate) -> None:
    """Of what is taken after the change; what was taken before keeps its fate."""
    simulation = await simulate({"speed": 1000.0, "providers": {"mensatek": {"callback_url": "http://127.0.0.1:9/"}}})
    await ask(simulation, "EnviarSMS", **order("34600009900", Referenciausuario="before"))
    assert (await simulation.change({"callbacks": {"lost": 1.0}})).status_code == 200
    await ask(simulation, "EnviarSMS", **order("34600000001", Referenciausuario="lost"))
    late = {"providers": {"mensatek": {"callbacks": {"late": 1.0, "late_seconds": 7200.0}}}}
    assert (await simulation.change(late)).status_code == 200
    await ask(simulation, "EnviarSMS", **order("34600000002", Referenciausuario="late"))
    lost, due = {}, {}
    for message in await simulation.messages():
        lost[message["reference"]] = [told["lost"] for told in message["callbacks"]]
        due[message["reference"]] = datetime.fromisoformat(message["callbacks"][0]["due"])
    assert [set(each) for each in lost.values()] == [{False}, {True}, {False}]
    assert timedelta(seconds=7) < due["late"] - due["lost"] < timedelta(seconds=14)
