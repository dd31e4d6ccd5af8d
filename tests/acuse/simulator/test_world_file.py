"""World files that are wrong say where, and what to write."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from acuse.cli import app
from acuse.commands.simulate import ORDINARY_WORLD
from acuse.simulator.accounts import CREDENTIALS
from acuse.simulator.clock import system_clock
from acuse.simulator.world import World
from acuse.simulator.world_file import WorldError, WorldFile, load_world, merged, read_world
from ingest.providers import PROVIDERS

WHOLE = """
seed = 7
speed = 60
replies = 0.1

[mix]
delivered = 9
unknown_number = 1

[delivery]
median_seconds = 3

[callbacks]
lost = 0.01
retry_seconds = [1, 10]

[http]
busy = 0.01
retry_after_seconds = 2

[countries.FR]
mix = { blocked = 1 }

[numbers."+34600000001"]
ending = "expired"

[providers.mensatek]
credit = 12.5
callback_url = "http://127.0.0.1:8090/webhooks/mensatek"
callback_format = "form"
credentials = { api_user = "u", api_token = "t" }
outages = [{ after_seconds = 10, for_seconds = 5, fault = "unavailable" }]
options = { json = "object" }
"""


def test_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "world.toml"
    path.write_text(WHOLE)
    world = World(load_world(path), system_clock)
    assert (world.seed, world.speed) == (7, 60)
    account = world.account("mensatek")
    assert (account.credit, account.callback_format, account.credentials) == (
        12.5,
        "form",
        {"api_user": "u", "api_token": "t"},
    )


@pytest.mark.parametrize(
    ("document", "field", "remedy"),
    [
        ({"mixx": {}}, "mixx", "mix"),
        ({"speed": 0}, "speed", "greater than 0"),
        ({"speed": "fast"}, "speed", "number"),
        ({"replies": 1.5}, "replies", "less than or equal to 1"),
        ({"mix": {"delivererd": 1}}, "mix.delivererd", "delivered"),
        ({"mix": {"delivered": -1}}, "mix.delivered", "greater than or equal to 0"),
        ({"mix": {"delivered": 0}}, "mix", "weight"),
        ({"countries": {"FR": {"mix": {}}}}, "countries.FR.mix", "weight"),
        ({"countries": {"France": {}}}, "countries.France", "ES"),
        ({"numbers": {"34600000001": {"ending": "seen"}}}, "numbers.34600000001", "+34600000000"),
        ({"numbers": {"+34600000001": {}}}, "numbers.+34600000001.ending", "required"),
        ({"providers": {"mensatec": {}}}, "providers.mensatec", "mensatek"),
        ({"providers": {"mensatek": {"callback_format": "xml"}}}, "providers.mensatek.callback_format", "json"),
        ({"callbacks": {"losst": 1}}, "callbacks.losst", "lost"),
        ({"http": {"busy": 2}}, "http.busy", "less than or equal to 1"),
    ],
)
def test_says_what_is_wrong(document: dict[str, Any], field: str, remedy: str) -> None:
    with pytest.raises(WorldError) as error:
        read_world(document, "world.toml")
    assert f"world.toml: {field}: " in str(error.value)
    assert remedy in str(error.value)


def test_credentials_that_nobody_asks_for() -> None:
    with pytest.raises(WorldError, match=r"providers\.mensatek\.credentials\.user: .*api_user, api_token"):
        World(read_world({"providers": {"mensatek": {"credentials": {"user": "x"}}}}), system_clock)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="name one that is there"):
        load_world(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("mix = [")
    with pytest.raises(WorldError, match="is not TOML"):
        load_world(broken)


def test_a_file_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    path.write_text('{"seed": 7, "mix": {"blocked": 1}}')
    assert load_world(path) == read_world({"seed": 7, "mix": {"blocked": 1}})
    path.write_text("[1]")
    with pytest.raises(WorldError, match="is not a JSON object"):
        load_world(path)


def test_a_change_replaces_a_mix_and_merges_all_else() -> None:
    document = {"mix": {"delivered": 1}, "http": {"busy": 0.1, "error": 0.2}}
    assert merged(document, {"mix": {"blocked": 1}, "http": {"busy": 0.0}}) == {
        "mix": {"blocked": 1},
        "http": {"busy": 0.0, "error": 0.2},
    }


def test_every_provider_has_the_credentials_that_its_settings_name() -> None:
    assert {name: set(fields) for name, fields in CREDENTIALS.items()} == {
        name: set(provider.credential_fields) for name, provider in PROVIDERS.items()
    }


def test_the_ordinary_world_is_the_default() -> None:
    assert load_world(ORDINARY_WORLD).model_dump() == read_world({}).model_dump()


def test_its_examples_are_right_too(tmp_path: Path) -> None:
    path = tmp_path / "world.toml"
    path.write_text(re.sub(r"^#(?=\S)", "", ORDINARY_WORLD.read_text(), flags=re.MULTILINE))
    world = load_world(path)
    named = world.model_fields_set | {"countries", "numbers", "providers"}
    assert named == set(WorldFile.model_fields)
    assert world.providers["mensatek"].outages[0].for_seconds == 300


def test_the_ordinary_world_is_shown() -> None:
    result = CliRunner().invoke(app, ["simulate", "--show-world"])
    assert result.stdout == ORDINARY_WORLD.read_text()
