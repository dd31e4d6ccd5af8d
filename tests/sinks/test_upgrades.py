"""A database that is brought up to date while a sink of the version before is still storing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event

from clickhouse_connect.driver.client import Client

from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import MIGRATIONS, migrate
from sinks.rows import Record, Rows, arrow_table, attempt_columns
from sinks.schema import ATTEMPTS
from tests.plugins.clickhouse import ClickHouseServer
from tests.sinks.conftest import Story, attempt

COST = Decimal("0.05")


def store(client: Client, story: Story, number: int, *, costs: bool) -> None:
    """One attempt, by a sink that knows of costs or by one that does not."""
    send = story.send(str(number), expected_cost=COST)
    rows = Rows([attempt(send, version=2, heard_at=send.received_at)], [Record("acuse.attempts", 0, number, 0, None)])
    table = arrow_table(ATTEMPTS, attempt_columns(rows))
    client.insert_arrow("attempts", table if costs else table.drop_columns(["expected_cost"]))


def store_until(over: Event, store_one: Callable[[int], None]) -> int:
    """How many were stored, the first of which was there already."""
    for number in count(1):
        if over.is_set():
            return number
        store_one(number)
    raise AssertionError


def test_what_comes_in_while_attempts_are_given_costs_is_in_outcomes_too(
    tmp_path: Path, story: Story, clickhouse_server: ClickHouseServer
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in MIGRATIONS.glob("*.sql"):
        if path.name < "0011":
            (folder / path.name).write_bytes(path.read_bytes())
    for config in (ClickHouseConfig(path=tmp_path / "chdb"), clickhouse_server.config()):
        migrated = Event()
        with (
            closing(open_client(config, readonly=False)) as client,
            closing(open_client(config, readonly=False)) as other,
            ThreadPoolExecutor(1) as pool,
        ):
            migrate(client, folder=folder)
            store(client, story, 0, costs=False)
            store_one = partial(store, other, story, costs=False)
            storing = pool.submit(store_until, migrated, store_one)
            try:
                assert "0011_expected_costs.sql" in migrate(client)
            finally:
                migrated.set()
            stored = storing.result(30)
        with closing(open_client(config, readonly=False)) as client:
            store(client, story, stored, costs=True)
            found = client.query("SELECT ref, expected_cost FROM outcomes FINAL").result_rows
        assert dict(found) == {**dict.fromkeys(map(str, range(stored))), str(stored): COST}
