# ruff: noqa: PLC0415 - each role imports its own parts when run, so that --help is quick
"""The roles of production, each a process of its own."""

from acuse.beginning import begin_role
from acuse.commands.options import Config


def ingest(config: Config = None) -> None:
    """Take webhooks and reported sends, and answer when Kafka has them.

    Holds no state: run as many as you like behind a load balancer.

    Example: `ACUSE_INGEST__HOST=0.0.0.0 acuse ingest`
    """
    settings = begin_role(config)
    from acuse.roles.ingest import run

    run(settings)


def stream(config: Config = None) -> None:
    """Fold events into attempts: what became of each try at a message.

    Its local store is rebuilt from Kafka when lost. Workers share the partitions; each needs a directory and an
    instance_id of its own.

    Example: `ACUSE_TRACKING__INSTANCE_ID=tracking-2 acuse stream`
    """
    settings = begin_role(config)
    from acuse.roles.stream import run

    run(settings)


def dispatch(config: Config = None) -> None:
    """Carry out decisions: send, poll, cancel and settle, each once, and ask for inbound messages.

    Example: `acuse dispatch`
    """
    settings = begin_role(config)
    from acuse.roles.dispatch import run

    run(settings)


def sink(config: Config = None) -> None:
    """Carry Kafka's records into ClickHouse.

    Each row goes in once, whatever is restarted. Run `acuse migrate` first.

    Example: `ACUSE_CLICKHOUSE__HOST=clickhouse acuse sink`
    """
    settings = begin_role(config)
    from acuse.roles.sink import run

    run(settings)


def dashboards(config: Config = None) -> None:
    """Serve the pages and the query API, from ClickHouse.

    Whoever reads must show one of [api] tokens, in a browser as the password.

    Example: `ACUSE_DASHBOARDS__HOST=0.0.0.0 acuse dashboards`
    """
    settings = begin_role(config)
    from acuse.roles.dashboards import run

    run(settings)


def projection(config: Config = None) -> None:
    """Sink and dashboards in one process, as an embedded ClickHouse asks for; `acuse up` runs it."""
    settings = begin_role(config)
    from acuse.roles.projection import run

    run(settings)
