"""Real parts for every room's tests: one Kafka broker a session."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from clickhouse_connect.driver.client import Client

from acuse.local.broker import Broker
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import migrate
from tests.plugins.kafka import running_broker

# Before any test file that shares it is imported.
pytest.register_assert_rewrite("tests.ingest.providers.golden")
pytest_plugins = ["tests.plugins.clickhouse", "tests.plugins.drawing", "tests.plugins.order"]


@pytest.fixture(autouse=True)
def _logging_is_left_as_it_was() -> Iterator[None]:
    """A command that runs in the tests' own process sets up logging for the whole of it."""
    root = logging.getLogger()
    handlers, level, disabled = list(root.handlers), root.level, root.manager.disable
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    root.manager.disable = disabled
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real Kafka with every declared topic, shared by the session: use keys and groups of your own.

    ``.bootstrap_servers`` says where; a fault test may ``.stop()`` or ``.kill()`` it and must ``.start()`` it again.
    These block, so an async test calls them through ``asyncio.to_thread`` if something of its own must go on meanwhile.
    """
    with running_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[Client]:
    """A client of an embedded ClickHouse of the test's own, migrated, and able to write."""
    client = open_client(ClickHouseConfig(path=tmp_path / "clickhouse"), readonly=False)
    try:
        migrate(client)
        yield client
    finally:
        client.close()
