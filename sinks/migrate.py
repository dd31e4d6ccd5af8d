"""Numbered SQL files, applied in order and once each; one that was edited after it was applied is refused."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Final

from clickhouse_connect.driver.client import Client
from msgspec import Struct

from sinks.client import on_cluster

MIGRATIONS: Final = Path(__file__).parent / "migrations"

LEDGER: Final = """
CREATE TABLE IF NOT EXISTS migrations$on_cluster
(name String, sha256 String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ${replicated}ReplacingMergeTree ORDER BY name
"""


class EditedMigration(RuntimeError):
    """A migration is no longer what was applied; the message names it and says what to do."""


class Migration(Struct, frozen=True):
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def statements(self, engine: Mapping[str, str]) -> Iterator[str]:
        """The file's statements with the engine filled in; each ends with a semicolon at the end of a line."""
        lines = (line for line in self.sql.splitlines() if not line.lstrip().startswith("--"))
        for statement in "\n".join(lines).split(";\n"):
            text = statement.strip().rstrip(";")
            if text:
                yield Template(text).substitute(engine)


def read_migrations(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    return tuple(Migration(path.name, path.read_text("utf-8")) for path in sorted(folder.glob("[0-9]*.sql")))


def pending(client: Client, folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """What ``migrate`` would apply. Raises ``EditedMigration``."""
    applied = _applied(client)
    waiting = []
    for migration in read_migrations(folder):
        known = applied.get(migration.name)
        if known is None:
            waiting.append(migration)
        elif known != migration.sha256:
            raise EditedMigration(
                f"sinks/migrations/{migration.name} was edited after it was applied: "
                "put it back as it was and write the change as a new file with the next number"
            )
    return tuple(waiting)


def migrate(client: Client, *, cluster: str | None = None, folder: Path = MIGRATIONS) -> tuple[str, ...]:
    """Brings the client's database up to date and returns the names of what was applied.

    May be run again at any time, also where a run before it broke off: every statement is idempotent.
    With ``cluster``, tables are replicated and made on all its nodes. Raises ``EditedMigration`` before any change.
    """
    waiting = pending(client, folder)
    engine = {"replicated": "Replicated" if cluster else "", "on_cluster": on_cluster(cluster)}
    client.command(Template(LEDGER).substitute(engine))
    for migration in waiting:
        for statement in migration.statements(engine):
            client.command(statement)
        client.insert("migrations", [[migration.name, migration.sha256]], column_names=["name", "sha256"])
    return tuple(migration.name for migration in waiting)


def _applied(client: Client) -> dict[str, str]:
    if not client.command("EXISTS TABLE migrations"):
        return {}
    rows = client.query("SELECT name, sha256 FROM migrations FINAL").result_rows
    return {str(row[0]): str(row[1]) for row in rows}
