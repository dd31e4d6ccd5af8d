"""Tables and columns as the database itself describes them; migrations."""

from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import MIGRATIONS, EditedMigration, migrate, pending, read_migrations
from sinks.rows import Rows, alias_columns, attempt_columns, event_columns, unparsed_columns
from sinks.schema import ALIASES, ATTEMPTS, EVENTS, TABLES, UNPARSED, Table
from sinks.sending_rows import APPENDS


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_are_those_of_the_database(client: Client, table: Table) -> None:
    described = client.query(f"DESCRIBE TABLE {table.name}").result_rows
    assert tuple(row[0] for row in described) == table.columns


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
        assert " ON CLUSTER `c`" in statement
        assert statement.startswith("ALTER") or "ENGINE = ReplicatedReplacingMergeTree" in statement


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
