"""What is done once, by hand or by a deployment: topics, migrations, replay. Each prints what it did."""

import asyncio

from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from rich.console import Console

from acuse.configs import clickhouse_config
from acuse.errors import HopelessRefusal, Refusal
from acuse.settings import Settings
from acuse.topics import ensure_topics
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import EditedMigration, migrate


def create_topics(settings: Settings, console: Console) -> None:
    servers = settings.kafka.bootstrap_servers
    try:
        report = asyncio.run(ensure_topics(servers, replication_factor=settings.kafka.replication_factor))
    except (KafkaError, TimeoutError) as error:
        raise Refusal(
            f"Kafka at {servers}: {type(error).__name__}; is it running, and is [kafka] bootstrap_servers right?"
        ) from error
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


def first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:300]
