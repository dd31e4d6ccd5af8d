"""What is done once, by hand or by a deployment: topics, migrations, replay. Each prints what it did."""

import asyncio
from datetime import datetime
from pathlib import Path

from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from rich.console import Console

from acuse.configs import clickhouse_config, ingest_config, sink_config
from acuse.errors import HopelessRefusal, Refusal
from acuse.local.rebuild import rebuild_local
from acuse.progress import progress_bar
from acuse.settings import Settings
from acuse.topics import ensure_topics
from ingest.providers import PROVIDERS
from ingest.publisher import NotPublished
from ingest.replay import replay_unparsed
from ingest.topic_reader import TopicStalled
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import EditedMigration, migrate
from sinks.rebuild import GroupIsActive, RebuildStalled, rebuild


def create_topics(settings: Settings, console: Console) -> None:
    servers = settings.kafka.bootstrap_servers
    try:
        report = asyncio.run(ensure_topics(servers, replication_factor=settings.kafka.replication_factor))
    except (KafkaError, TimeoutError) as error:
        raise _kafka_refusal(settings, error) from error
    for name in report.created:
        console.print(f"created {name}", highlight=False)
    if not report.created:
        console.print("every topic is there, as declared", highlight=False)


def migrate_clickhouse(config: ClickHouseConfig) -> tuple[str, ...]:
    """The names of the migrations applied. Raises ``Refusal``."""
    try:
        client = open_client(config, readonly=False)
        try:
            return migrate(client, cluster=config.cluster)
        finally:
            client.close()
    except EditedMigration as error:
        raise HopelessRefusal(str(error)) from error
    except ClickHouseError as error:
        raise Refusal(f"ClickHouse at {where(config)}: {first_line(error)}") from error


def migrate_and_tell(settings: Settings, console: Console) -> None:
    for name in (applied := migrate_clickhouse(clickhouse_config(settings))):
        console.print(f"applied {name}", highlight=False)
    if not applied:
        console.print("the database is up to date", highlight=False)


def where(config: ClickHouseConfig) -> str:
    return str(config.path) if config.path else f"{config.host}:{config.port}"


def first_line(error: ClickHouseError) -> str:
    """What went wrong, in few words; the driver's own name for "nothing answers" is a paragraph."""
    said = str(error).strip().partition("\n")[0]
    return "nothing answers there" if "Max retries exceeded" in said else said[:300]


def rebuild_and_tell(settings: Settings, data: Path | None, console: Console) -> None:
    """Of the local stack in ``data``, else of the servers that the settings name."""
    try:
        with progress_bar(console, "Reading Kafka again") as progress:
            if data is not None:
                records = rebuild_local(data, settings, progress)
            else:
                records = asyncio.run(rebuild(sink_config(settings), clickhouse_config(settings), progress))
    except (GroupIsActive, RebuildStalled) as error:
        raise Refusal(str(error)) from error
    except (KafkaError, TimeoutError) as error:
        raise _kafka_refusal(settings, error) from error
    except ClickHouseError as error:
        raise Refusal(f"ClickHouse at {where(clickhouse_config(settings))}: {first_line(error)}") from error
    console.print(f"rebuilt from {records:,} records", highlight=False)


def replay_and_tell(settings: Settings, provider: str | None, since: datetime | None, console: Console) -> None:
    if provider is not None and provider not in PROVIDERS:
        raise Refusal(f"--provider {provider}: no such provider; known are {', '.join(PROVIDERS)}")
    try:
        with progress_bar(console, "Reading payloads again") as progress:
            replayed = asyncio.run(
                replay_unparsed(ingest_config(settings), provider=provider, since=since, progress=progress)
            )
    except (KafkaError, TimeoutError, LookupError, NotPublished, TopicStalled) as error:
        raise _kafka_refusal(settings, error) from error
    console.print(
        f"{replayed.payloads:,} payloads: {replayed.parsed:,} now read ({replayed.events:,} events), "
        f"{replayed.already_known:,} known already, {replayed.silent:,} say nothing, "
        f"{replayed.unreadable:,} still unreadable, {replayed.skipped:,} left out",
        highlight=False,
    )


def _kafka_refusal(settings: Settings, error: BaseException) -> Refusal:
    return Refusal(
        f"Kafka at {settings.kafka.bootstrap_servers}: {type(error).__name__}; is it running, and is "
        "[kafka] bootstrap_servers right?"
    )
