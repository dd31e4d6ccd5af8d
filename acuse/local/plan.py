"""Which processes make the local stack, what each is told, and in which order they start and stop."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from acuse.environment import FILE, variable_name
from acuse.leashed import VARIABLE as LEASH_VARIABLE
from acuse.local.broker import Broker, coordinator_trouble
from acuse.local.child import ChildSpec
from acuse.local.companion import Companion
from acuse.local.credentials import Credentials
from acuse.local.directory import StackDirectory
from acuse.local.people import NAME, ROLE, Admin
from acuse.local.ports import HOST
from acuse.local.probes import http_trouble
from acuse.settings import CONFIG_VARIABLE, Settings

ACUSE: Final = (sys.executable, "-P", "-m", "acuse")
KAFKA: Final = "kafka"
INGEST: Final = "ingest"
STREAM: Final = "stream"
DISPATCH: Final = "dispatch"
PROJECTION: Final = "projection"
ROLES: Final = (INGEST, STREAM, DISPATCH, PROJECTION)
STOP_ORDER: Final = ((INGEST, DISPATCH), (STREAM,), (PROJECTION,), (KAFKA,))
STOP_SECONDS: Final = {INGEST: 4.0, DISPATCH: 4.0, STREAM: 5.0, PROJECTION: 3.0, KAFKA: 2.5}
"""Together less than the 15 s within which the stack stops; what is cut off is read again, nothing is lost."""
COMPANION_STOP_SECONDS: Final = STOP_SECONDS[STREAM]
EVERY_INTERFACE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - recognised, not bound


class Ports(Struct, frozen=True):
    """``broker``, ``ingest`` and ``dashboards`` are the user's choice, the others are whatever is free."""

    broker: int
    ingest: int
    dashboards: int
    stream: int
    dispatch: int
    sink: int


def reachable(host: str, port: int) -> str:
    """The address that this machine reaches what listens on ``host`` by."""
    named = HOST if host in EVERY_INTERFACE else host
    return f"http://[{named}]:{port}" if ":" in named else f"http://{named}:{port}"


def stop_order(companion: Companion | None) -> Sequence[Sequence[str]]:
    """Whoever calls a companion stops before it does."""
    edges, stream, *others = STOP_ORDER
    return (edges, (*stream, companion.name) if companion else stream, *others)


def companion_spec(companion: Companion, directory: StackDirectory, environment: Mapping[str, str]) -> ChildSpec:
    return ChildSpec(
        name=companion.name,
        command=[*ACUSE, *companion.command],
        environment=environment,
        log=directory.logs / f"{companion.name}.log",
        trouble=companion.trouble,
        stop_seconds=COMPANION_STOP_SECONDS,
    )


def specs(
    directory: StackDirectory, ports: Ports, broker: Broker, settings: Settings, environment: Mapping[str, str]
) -> list[ChildSpec]:
    bootstrap_servers = broker.bootstrap_servers

    async def kafka_trouble() -> str | None:
        return await coordinator_trouble(bootstrap_servers)

    kafka = ChildSpec(
        name=KAFKA,
        command=broker.command(),
        environment={name: value for name, value in os.environ.items() if not name.startswith("ACUSE_")},
        log=directory.logs / f"{KAFKA}.log",
        trouble=kafka_trouble,
        stop_seconds=STOP_SECONDS[KAFKA],
    )
    addresses = {
        INGEST: [reachable(settings.ingest.host, ports.ingest)],
        STREAM: [reachable(HOST, ports.stream)],
        DISPATCH: [reachable(HOST, ports.dispatch)],
        PROJECTION: [reachable(HOST, ports.sink), reachable(settings.dashboards.host, ports.dashboards)],
    }
    roles = [
        ChildSpec(
            name=role,
            command=[*ACUSE, role],
            environment=environment,
            log=directory.logs / f"{role}.log",
            trouble=http_trouble(*addresses[role]),
            needs=(KAFKA,),
            stop_seconds=STOP_SECONDS[role],
        )
        for role in ROLES
    ]
    return [kafka, *roles]


def role_environment(
    directory: StackDirectory,
    ports: Ports,
    credentials: Credentials,
    settings: Settings,
    config: Path | None,
    companion: Companion | None = None,
    admin: Admin | None = None,
) -> dict[str, str]:
    """The user's own settings, with what makes this stack local over them; secrets travel here, never in arguments."""
    said = {**_local_settings(directory, ports, credentials, settings), **(companion.settings if companion else {})}
    if admin:
        user = f"dashboards.users.{NAME}"
        said |= {f"{user}.role": ROLE, f"{user}.password_hash": admin.password_hash}
    variables = {variable_name(tuple(key.split("."))): value for key, value in said.items()}
    hidden = {name + FILE for name in variables}
    inherited = {name: value for name, value in os.environ.items() if name not in hidden}
    located = {CONFIG_VARIABLE: str(config.absolute())} if config else {}
    return {**inherited, **variables, **located, LEASH_VARIABLE: "stdin", "PYTHONUNBUFFERED": "1"}


def _local_settings(
    directory: StackDirectory, ports: Ports, credentials: Credentials, settings: Settings
) -> dict[str, str]:
    said = {
        "kafka.bootstrap_servers": f"{HOST}:{ports.broker}",
        "clickhouse.path": str(directory.clickhouse),
        "ingest.port": str(ports.ingest),
        "dashboards.port": str(ports.dashboards),
        "tracking.data_dir": str(directory.tracking),
        "tracking.instance_id": "local",
        "tracking.health_host": HOST,
        "tracking.health_port": str(ports.stream),
        "sink.instance_id": "local",
        "sink.health_host": HOST,
        "sink.health_port": str(ports.sink),
        "dispatch.instance_id": "local",
        "dispatch.stop_seconds": "3",
        "dispatch.health_host": HOST,
        "dispatch.health_port": str(ports.dispatch),
    }
    if not settings.api.tokens:
        said["api.tokens"] = credentials.api_token
    if "open_to_this_machine" not in settings.dashboards.model_fields_set:
        said["dashboards.open_to_this_machine"] = "true"
    if "format" not in settings.logging.model_fields_set:
        said["logging.format"] = "console"
    sections = settings.provider_sections()
    for name, webhook in credentials.webhooks.items():
        if name in sections and not sections[name].callback_url:
            said[f"providers.{name}.callback_url"] = f"{reachable(settings.ingest.host, ports.ingest)}/webhooks/{name}"
        said[f"providers.{name}.callback_username"] = webhook.username
        said[f"providers.{name}.callback_password"] = webhook.password
    return said
