"""Tables and columns as the database itself describes them; migrations."""

import re
import time
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from sinks.appends import APPENDS
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import MIGRATIONS, EditedMigration, migrate, pending, read_migrations
from sinks.rows import (
    Record,
    Rows,
    alias_columns,
    arrow_table,
    attempt_columns,
    event_columns,
    unparsed_columns,
)
from sinks.schema import ALIASES, ATTEMPTS, EVENTS, TABLES, UNPARSED, Table
from tests.plugins.clickhouse import ClickHouseServer
from tests.sinks.conftest import Story


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_are_those_of_the_database(client: Client, table: Table) -> None:
    described = client.query(f"DESCRIBE TABLE {table.name}").result_rows
    # What the engine computes is written by nobody.
    assert tuple(name for name, _, computed, *_ in described if computed != "MATERIALIZED") == table.columns


def test_rows_have_the_columns_of_the_schema() -> None:
    assert tuple(event_columns(Rows())) == EVENTS.columns
    assert tuple(attempt_columns(Rows())) == ATTEMPTS.columns
    assert tuple(alias_columns(Rows())) == ALIASES.columns
    assert tuple(unparsed_columns(Rows())) == UNPARSED.columns
    for append in APPENDS.values():
        assert tuple(append.columns(Rows())) == append.table.columns


def test_append_tables_are_laid_out_by_their_moment_and_end_with_the_records_place(client: Client) -> None:
    for table in TABLES:
        if table.append:
            ((order, partition),) = client.query(
                "SELECT sorting_key, partition_key FROM system.tables "
                "WHERE database = currentDatabase() AND name = %(name)s",
                parameters={"name": table.name},
            ).result_rows
            assert order.endswith("_partition, _offset")
            assert partition == f"toYYYYMM({table.moment})"


def test_migrations_apply_once(client: Client) -> None:
    assert pending(client) == ()
    assert migrate(client) == ()
    applied = client.query("SELECT name FROM migrations FINAL ORDER BY name").result_rows
    assert [row[0] for row in applied] == [migration.name for migration in read_migrations()]


def test_an_edited_migration_is_refused(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in MIGRATIONS.glob("*.sql"):
        (folder / path.name).write_text(path.read_text() + "\n-- a word more\n")
    with pytest.raises(EditedMigration, match=r"0001_projection\.sql was edited"):
        migrate(client, folder=folder)


def test_a_new_migration_is_applied_after_the_old_ones(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in MIGRATIONS.glob("*.sql"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "9999_more.sql").write_text(
        "-- one; with a semicolon in a comment\n"
        "CREATE TABLE IF NOT EXISTS more$on_cluster (a String) ENGINE = ${replicated}MergeTree ORDER BY a;\n"
        "ALTER TABLE more ADD COLUMN IF NOT EXISTS b String DEFAULT ';';\n"
    )
    assert migrate(client, folder=folder) == ("9999_more.sql",)
    assert [row[0] for row in client.query("DESCRIBE TABLE more").result_rows] == ["a", "b"]


def test_a_cluster_gets_replicated_tables() -> None:
    engine = {"replicated": "Replicated", "on_cluster": " ON CLUSTER `c`"}
    statements = [statement for migration in read_migrations() for statement in migration.statements(engine)]
    assert len(statements) >= len(TABLES)
    for statement in statements:
        # Rows that are put in are replicated by the table they are put into.
        assert " ON CLUSTER `c`" in statement or statement.startswith("INSERT INTO")
        if statement.startswith("CREATE TABLE"):
            assert re.search("ENGINE = Replicated(Replacing|Aggregating)MergeTree", statement)


def test_a_reader_can_change_nothing(clickhouse: ClickHouseConfig) -> None:
    reader = open_client(clickhouse, readonly=True)
    try:
        assert reader.query("SELECT count() FROM events").result_rows == [(0,)]
        for statement in ("DROP TABLE events", "SET readonly = 0", "INSERT INTO events (ref) VALUES ('x')"):
            with pytest.raises(DatabaseError):
                reader.command(statement)
    finally:
        reader.close()


def test_a_reader_before_the_first_migration_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="does not exist"):
        open_client(ClickHouseConfig(path=tmp_path / "new"), readonly=True)


def test_a_database_of_the_version_before_is_brought_up_to_date_in_place(
    tmp_path: Path, story: Story, clickhouse_server: ClickHouseServer
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_projection.sql").write_bytes((MIGRATIONS / "0001_projection.sql").read_bytes())
    for config in (ClickHouseConfig(path=tmp_path / "chdb"), clickhouse_server.config()):
        client = open_client(config, readonly=False)
        try:
            migrate(client, folder=folder)
            rows = Rows()
            rows.add(story.send("1"), Record("acuse.events", 0, 0, 0, None))
            added = ["number_type", "carrier", "handle", "request", "step", "tries"]
            old = arrow_table(EVENTS, event_columns(rows)).drop_columns(added)
            client.insert_arrow("events", old)
            assert migrate(client) == tuple(each.name for each in read_migrations()[1:])
            client.insert_arrow("events", arrow_table(EVENTS, event_columns(rows)))
            kept = client.query(
                "SELECT ref, recipient, number_type, carrier, handle, request, step, tries FROM events"
            ).result_rows
            assert [tuple(row) for row in kept] == [("1", "+34600000000", None, None, None, "", None, 0)] * 2
            deadline = time.monotonic() + 120
            while client.command("SELECT count() FROM system.mutations WHERE NOT is_done"):
                assert time.monotonic() < deadline, "the index is not made for the rows that were there"
                time.sleep(0.05)
            plan = client.query(
                "EXPLAIN indexes = 1 SELECT ref FROM events WHERE recipient = '+34600000009'"
            ).result_rows
            assert "by_recipient" in "\n".join(str(row[0]) for row in plan)
            assert "Granules: 0/2" in "\n".join(str(row[0]) for row in plan)
        finally:
            client.close()
