"""The demo's simulated providers: their world, and what the roles are told of them."""

import stat
from decimal import Decimal
from pathlib import Path

import pytest

from acuse.configs import plan_book
from acuse.demo.plans import LAST_TTL_SECONDS, PRICES, demo_plans
from acuse.demo.simulated import DEMO_WORLD, FILE, accounts, simulators
from acuse.environment import variable_name
from acuse.local.companion import Surroundings
from acuse.local.credentials import credentials_in
from acuse.plans.ready_made import ready_made_plans
from acuse.settings import load_settings
from acuse.simulator.accounts import SILENT
from acuse.simulator.world_file import load_world
from delivery.channels import Channel
from ingest.provider import NativeLeg
from ingest.providers import PROVIDERS

INGEST = "http://127.0.0.1:8090"


def around(root: Path) -> Surroundings:
    receiving = [name for name in PROVIDERS if name not in SILENT]
    return Surroundings(root=root, ingest_url=INGEST, credentials=credentials_in(root, receiving))


def test_the_world_calls_this_stacks_webhooks_with_what_they_want_to_see(tmp_path: Path) -> None:
    here = around(tmp_path)
    simulators(7, 8100)(here)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    world = load_world(tmp_path / FILE)
    assert world.mix == DEMO_WORLD.mix
    assert world.callbacks == DEMO_WORLD.callbacks
    for name, webhook in here.credentials.webhooks.items():
        own = world.providers[name]
        assert (own.callback_username, own.callback_password) == (webhook.username, webhook.password)
        assert own.callback_url == f"{INGEST}/webhooks/{name}"
    assert not SILENT & world.providers.keys()
    assert world.providers["mensatek"].options["spam_limit"] == 1_000_000


def test_no_secret_is_an_argument(tmp_path: Path) -> None:
    here = around(tmp_path)
    said = " ".join(simulators(7, 8100)(here).command)
    assert "--seed 7" in said
    assert not [webhook for webhook in here.credentials.webhooks.values() if webhook.password in said]


def test_its_settings_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for key, value in simulators(7, 8100)(around(tmp_path)).settings.items():
        monkeypatch.setenv(variable_name(tuple(key.split("."))), value)
    settings = load_settings(None)
    assert {name: section.base_url for name, section in settings.provider_sections().items()} == {
        name: f"http://127.0.0.1:8100/{name}" for name in PROVIDERS
    }
    book = plan_book(settings)
    assert {name: book.plans[name].steps[-1].ttl for name in demo_plans()} == dict.fromkeys(
        ready_made_plans(), LAST_TTL_SECONDS
    )
    assert book.prices.of("messente", (NativeLeg(Channel.VIBER, "Hola"),), "SE") == Decimal(PRICES["messente"]["viber"])


def test_whoever_sends_without_acuse_has_the_callbacks_come_to_it_all_the_same(tmp_path: Path) -> None:
    here = around(tmp_path)
    made = accounts("http://127.0.0.1:8100", INGEST, here.credentials)
    assert made.keys() == PROVIDERS.keys()
    assert made["mensatek"].callback_url == f"{INGEST}/webhooks/mensatek"
    assert made["enviosms"].callback_url == ""
