"""The demo's simulated providers: how their world behaves, and the process that plays them beside the stack."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from acuse.demo.plans import plan_settings
from acuse.local.companion import Companion, MakeCompanion, Surroundings
from acuse.local.credentials import Credentials, Webhook
from acuse.local.ports import HOST
from acuse.local.probes import http_trouble
from acuse.simulator.accounts import CREDENTIALS, SILENT
from acuse.simulator.endings import Ending
from acuse.simulator.world_file import ORDINARY, CallbackFaults, HttpFaults, Pace, ProviderWorld, WorldFile
from delivery.channels import Channel
from ingest.accounts import Account

NAME: Final = "simulators"
FILE: Final = "simulated-world.json"
CALLS_A_SECOND: Final = 1_000
CALLS_AT_ONCE: Final = 24
"""To one account: a simulated provider has no rate of its own, and this machine should be the limit."""

OPTIONS: Final[Mapping[str, dict[str, str | int | float | bool]]] = {"mensatek": {"spam_limit": 1_000_000}}
"""Simulated providers remember nothing of an earlier start. Acuse still asks after messages of then, and Mensatek would
take so many questions about what it does not know for spam, and block us.
"""
DEMO_WORLD: Final = WorldFile(
    magic_numbers=False,
    mix={**ORDINARY, Ending.REFUSED: 0.004, Ending.REVISED: 0.006, Ending.CONTRADICTED: 0.004},
    # As in the field, but that nobody waits for a quarter of an hour, or for two days.
    delivery=Pace(median_seconds=3.5, off_median_seconds=20.0),
    held_up_seconds=8.0,
    given_up_seconds=(12.0, 30.0),
    replies=0.02,
    # So that plans have something to do: some people lack a channel, and most have not written lately.
    windows=0.3,
    not_on_channel={Channel.VIBER: 0.25, Channel.WHATSAPP: 0.1},
    http=HttpFaults(busy=0.0003, error=0.0002, reset=0.0002, html=0.0002, truncated=0.0002),
    callbacks=CallbackFaults(lost=0.02, duplicated=0.03, late=0.02, late_seconds=15.0, early=0.02, reordered=0.02),
)


def simulators(seed: int, port: int) -> MakeCompanion:
    """The providers on this port, the same story for the same seed."""

    def companion(around: Surroundings) -> Companion:
        world = around.root / FILE
        _write(world, calling(around))
        url = simulators_url(port)
        command = ["simulate", "--port", str(port), "--seed", str(seed), "--world", str(world), "--no-settings"]
        return Companion(
            name=NAME,
            command=[*command, "--acuse", around.ingest_url],
            trouble=http_trouble(url, path="/_simulator/world"),
            settings={key: value for name in CREDENTIALS for key, value in _settings(name, url).items()}
            | plan_settings(),
        )

    return companion


def simulators_url(port: int) -> str:
    return f"http://{HOST}:{port}"


def calling(around: Surroundings) -> WorldFile:
    """The world whose callbacks show what this stack's webhooks want to see."""
    webhooks = around.credentials.webhooks
    providers = {
        name: ProviderWorld(
            callback_url=f"{around.ingest_url}/webhooks/{name}",
            callback_username=webhooks[name].username,
            callback_password=webhooks[name].password,
            options=OPTIONS.get(name, {}),
        )
        for name in CREDENTIALS
        if name not in SILENT
    }
    return DEMO_WORLD.model_copy(update={"providers": providers})


def accounts(url: str, ingest_url: str, credentials: Credentials) -> dict[str, Account]:
    """What somebody must know who calls the simulators at ``url`` without Acuse."""
    made = {}
    for name, own in CREDENTIALS.items():
        webhook = credentials.webhooks.get(name, Webhook("", ""))
        made[name] = Account(
            name=name,
            base_url=f"{url}/{name}",
            callback_url="" if name in SILENT else f"{ingest_url}/webhooks/{name}",
            callback_username=webhook.username,
            callback_password=webhook.password,
            credentials=own,
        )
    return made


def _settings(name: str, url: str) -> dict[str, str]:
    said = {
        "base_url": f"{url}/{name}",
        "rate_per_second": str(CALLS_A_SECOND),
        "concurrency": str(CALLS_AT_ONCE),
        **CREDENTIALS[name],
    }
    return {f"providers.{name}.{key}": value for key, value in said.items()}


def _write(path: Path, world: WorldFile) -> None:
    """For the owner's eyes, since it holds what opens the webhooks."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(world.model_dump(mode="json", exclude_unset=True)))
