"""Where a running ingest is, and the token that it lets us in by; and where its Kafka is."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from acuse.errors import Refusal
from acuse.local.credentials import FILE, credentials_in
from acuse.local.directory import StackDirectory
from acuse.local.plan import Ports, reachable
from acuse.local.ports import HOST
from acuse.settings import Settings


@dataclass(frozen=True, slots=True)
class IngestAddress:
    """`url` without a slash at its end."""

    url: str
    token: str = field(repr=False)


def ingest_address(settings: Settings, data: Path | None, url: str | None) -> IngestAddress:
    """The local stack's in `data`, else the one that the settings name; `url` is where it is reached all the same.

    Raises `Refusal`.
    """
    tokens = settings.api.tokens
    token = tokens[0].get_secret_value() if tokens else ""
    address = reachable(settings.ingest.host, settings.ingest.port)
    if data is not None:
        address = reachable(settings.ingest.host, _ports(data).ingest)
        token = token or credentials_in(StackDirectory(data).root, ()).api_token
    if not token:
        raise Refusal("no token: set [api] tokens, or name the local stack's directory with --data")
    return IngestAddress((url or address).rstrip("/"), token)


def kafka_address(settings: Settings, data: Path | None) -> str:
    """The bootstrap servers of the local stack in `data`, else those that the settings name. Raises `Refusal`."""
    return settings.kafka.bootstrap_servers if data is None else f"{HOST}:{_ports(data).broker}"


def _ports(data: Path) -> Ports:
    directory = StackDirectory(data)
    if not directory.ports.exists() or not (directory.root / FILE).exists():
        raise Refusal(f"{directory.root} is no local stack's directory; `acuse up --data {data}` makes one")
    return msgspec.json.decode(directory.ports.read_bytes(), type=Ports)
