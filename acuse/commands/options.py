"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option(
        help="The settings file. Without it: the one that ACUSE_CONFIG names, else ./acuse.toml if it is there."
    ),
]
LocalData = Annotated[
    Path | None,
    typer.Option("--data", help="A local stack's directory; without it, the servers that the settings name."),
]
SendingData = Annotated[
    Path | None, typer.Option("--data", help="A local stack's directory, to send through that stack.")
]
Url = Annotated[str | None, typer.Option(help="Where ingest is reached, if not where [ingest] host and port listen.")]
JsonWherePiped = Annotated[
    bool, typer.Option("--json", help="Print JSON, as is always done where the output is not a terminal.")
]
JsonLinesWherePiped = Annotated[
    bool, typer.Option("--json", help="Print JSON lines, as is always done where the output is not a terminal.")
]
