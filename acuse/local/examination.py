"""`acuse doctor --data DIR`: a local stack, running or not."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from acuse.configs import clickhouse_config
from acuse.doctor import (
    Finding,
    Level,
    clickhouse_finding,
    disk_findings,
    kafka_findings,
    local_parts,
    notify_finding,
    port_finding,
)
from acuse.local.credentials import FILE
from acuse.local.directory import StackDirectory
from acuse.local.errors import StackError
from acuse.local.plan import Ports
from acuse.local.ports import HOST
from acuse.settings import Settings, load_settings
from acuse.settings_errors import SettingsError


def examine_stack(root: Path, config: Path | None) -> Iterator[Finding]:
    try:
        settings = load_settings(config)
    except SettingsError as error:
        for line in str(error).splitlines():
            yield Finding(Level.FAIL, "settings", line, "correct it; the rest is looked at then")
        return
    yield Finding(Level.OK, "settings", "understood")
    yield notify_finding(settings)
    directory = StackDirectory(root)
    if not directory.root.exists():
        yield Finding(Level.WARN, "stack", f"{directory.root} is not there yet", "`acuse up` makes it")
    else:
        yield from _credentials(directory)
        try:
            with directory.locked():
                yield from _at_rest(directory, settings)
        except StackError:
            yield from _running(directory, settings)
    yield from disk_findings(directory.root)
    yield from local_parts()


def _credentials(directory: StackDirectory) -> Iterator[Finding]:
    path = directory.root / FILE
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding(Level.FAIL, "credentials", f"{path} can be read by others", f"chmod 600 {path}")


def _at_rest(directory: StackDirectory, settings: Settings) -> Iterator[Finding]:
    yield Finding(Level.OK, "stack", f"{directory.root} is not in use")
    yield port_finding("ingest", settings.ingest.host, settings.ingest.port)
    yield port_finding("dashboards", settings.dashboards.host, settings.dashboards.port)
    if directory.clickhouse.exists():
        yield clickhouse_finding(replace(clickhouse_config(settings), path=directory.clickhouse))


def _running(directory: StackDirectory, settings: Settings) -> Iterator[Finding]:
    ports = msgspec.json.decode(directory.ports.read_bytes(), type=Ports)
    yield Finding(Level.OK, "stack", f"{directory.root} is in use by a running stack")
    yield from kafka_findings(f"{HOST}:{ports.broker}", f"see {directory.logs / 'kafka.log'}")
    yield port_finding("ingest", settings.ingest.host, ports.ingest)
    yield port_finding("stream", HOST, ports.stream)
    yield port_finding("dispatch", HOST, ports.dispatch)
    yield port_finding("sink", HOST, ports.sink)
    yield port_finding("dashboards", settings.dashboards.host, ports.dashboards)
