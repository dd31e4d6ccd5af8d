"""One way to ClickHouse: embedded chDB where a path is given, a server over HTTP otherwise; the same calls on both.

A client serialises its calls, so a process has one for writing and others for reading. None may live across a fork.
Times come back as datetimes aware of UTC.
"""

from typing import Any, Final

import clickhouse_connect
from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from sinks.config import ClickHouseConfig

UNKNOWN_DATABASE: Final = 81


def open_client(config: ClickHouseConfig, *, readonly: bool) -> Client:
    """A connected client, to be closed by the caller; blocking, as are all its calls.

    With ``readonly`` the engine itself refuses whatever would change anything, also its own settings, and ends a
    query after ``config.read_seconds``. Without it, the database is made if it is not there.
    Raises ``clickhouse_connect.driver.exceptions.Error`` where the database cannot be reached, or a reader comes
    before the first migration; ``ProgrammingError`` where another process holds the path.
    """
    try:
        return _connect(config, config.database, readonly=readonly)
    except DatabaseError as error:
        if readonly or error.code != UNKNOWN_DATABASE:
            raise
    creator = _connect(config, None, readonly=False)
    try:
        creator.command(
            f"CREATE DATABASE IF NOT EXISTS {quote_identifier(config.database)}{on_cluster(config.cluster)}"
        )
    finally:
        creator.close()
    return _connect(config, config.database, readonly=False)


def on_cluster(cluster: str | None) -> str:
    """The clause that makes a statement run on every node; nothing where there is no cluster."""
    return f" ON CLUSTER {quote_identifier(cluster)}" if cluster else ""


def _connect(config: ClickHouseConfig, database: str | None, *, readonly: bool) -> Client:
    reading = {
        "max_execution_time": config.read_seconds,
        # All versions of an attempt are in the partition of its month, which never changes: no need to look across.
        "do_not_merge_across_partitions_select_final": 1,
        # Last: once it holds, no other setting can be made.
        "readonly": 1,
    }
    writing = {
        "max_partitions_per_insert_block": 0,
        # An insert that is sent again still fills the views that its first sending did not come to.
        "deduplicate_blocks_in_dependent_materialized_views": 1,
    }
    settings: dict[str, Any] = reading if readonly else writing
    if config.path is not None:
        config.path.mkdir(parents=True, exist_ok=True)
        return _counting(
            clickhouse_connect.get_client(
                interface="chdb", path=str(config.path), database=database, settings=settings, tz_mode="aware"
            )
        )
    return clickhouse_connect.get_client(
        interface="https" if config.secure else "http",
        host=config.host,
        port=config.port,
        username=config.user,
        password=config.password,
        database=database,
        # So that the head of an answer says what was read for all of it.
        settings=settings | {"wait_end_of_query": 1},
        tz_mode="aware",
        connect_timeout=config.connect_seconds,
        send_receive_timeout=config.read_seconds + 5 if readonly else config.write_seconds,
        # The sink retries by itself, with back-off and in sight; a session would serialise a server's readers.
        query_retries=1 if readonly else 0,
        autogenerate_session_id=False,
        dedicated_pool=True,
    )


def _counting(embedded: Any) -> Client:
    """The same client, whose summaries say what the engine read of its tables, as a server's do.

    The driver has it say how long the answer is instead.
    """
    embedded._backend._summary = lambda result: {  # noqa: SLF001 - the driver has no other place for it
        "read_rows": str(result.storage_rows_read()),
        "read_bytes": str(result.storage_bytes_read()),
        "elapsed_ns": str(int(result.elapsed() * 1_000_000_000)),
    }
    client: Client = embedded
    return client
