# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""`acuse grafana`: dashboards for those who have Grafana."""

from pathlib import Path
from typing import Annotated

import typer


def grafana(
    directory: Annotated[Path, typer.Argument(help="Where the files are put; those that are there are replaced.")],
    host: Annotated[str, typer.Option(help="ClickHouse, as Grafana reaches it.")] = "clickhouse",
    port: Annotated[int, typer.Option(min=1, max=65535, help="ClickHouse's port for HTTP.")] = 8123,
    database: Annotated[str, typer.Option(help="Acuse's database.")] = "acuse",
) -> None:
    """Write Grafana's dashboards of all reports, made from the very SQL that the query API asks.

    With them: the datasource, the password of a ClickHouse user of its own (made once, and kept), and that user, who
    may read what the dashboards show and nothing of any person. compose.grafana.yaml puts them where they belong.

    Example: `acuse grafana grafana && docker compose -f compose.yaml -f compose.grafana.yaml up`
    """
    import secrets
    import sys

    from dashboards.grafana.files import PASSWORD_FILE, files

    directory.mkdir(parents=True, exist_ok=True)
    kept = directory / PASSWORD_FILE
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24), encoding="utf-8")
    password = kept.read_text(encoding="utf-8").strip()
    for path, text in files(host=host, port=port, database=database, password=password).items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{directory}: the dashboards of all reports, their datasource, and its ClickHouse user\n")
