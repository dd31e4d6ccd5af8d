import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

from acuse.cli import app
from acuse.local.broker import Broker
from acuse.local.ports import free_port

SECRETS = ("the-api-token", "their-password", "the-clickhouse-password")


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> dict[str, TyperCommand]:
    found: dict[str, TyperCommand] = {}
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            found |= commands(command, (*path, name))
        elif not command.hidden:
            found[" ".join((*path, name))] = command
    return found


COMMANDS = commands(typer.main.get_group(app))


def acuse(*arguments: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ACUSE_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "acuse", *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        cwd=directory,
        env={**inherited, **environment},
    )


def test_every_promised_command_is_there() -> None:
    assert set(COMMANDS) >= {
        *("up", "demo", "ingest", "stream", "dispatch", "sink", "dashboards", "send", "doubts", "settle"),
        *("topics", "migrate", "doctor", "rebuild", "replay unparsed", "settings", "version"),
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_by_an_example_of_itself(name: str) -> None:
    assert re.search(rf"Example: `[^`]*acuse {name}\b[^`]*`", COMMANDS[name].help or "")
    options = [option for option in COMMANDS[name].params if option.param_type_name == "option"]
    assert all(getattr(option, "help", None) for option in options if option.name != "help")


@pytest.mark.parametrize("role", ["ingest", "stream", "dispatch", "sink", "dashboards", "topics", "migrate", "rebuild"])
def test_a_broken_setting_is_one_line_and_an_exit_that_says_do_not_retry(role: str, tmp_path: Path) -> None:
    (tmp_path / "acuse.toml").write_text("[kafka]\nbootstrap = 'x'")
    done = acuse(role, directory=tmp_path)
    assert done.returncode == 78
    assert done.stderr == "acuse: acuse.toml: [kafka] bootstrap: unknown key; did you mean `bootstrap_servers`?\n"


@pytest.mark.parametrize("command", [("topics",), ("rebuild",), ("replay", "unparsed")])
def test_kafka_away_is_one_line(command: tuple[str, ...], tmp_path: Path) -> None:
    done = acuse(*command, directory=tmp_path, ACUSE_KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert done.returncode == 1
    assert re.fullmatch(r"acuse: Kafka at 127\.0\.0\.1:1: \w+; is it running, .*\n", done.stderr), done.stderr


def test_clickhouse_away_is_one_line(tmp_path: Path) -> None:
    done = acuse("migrate", directory=tmp_path, ACUSE_CLICKHOUSE__PORT="1")
    assert done.returncode == 1
    assert done.stderr == "acuse: ClickHouse at localhost:1: nothing answers there\n"


def test_a_port_in_use_is_one_line(tmp_path: Path, broker: Broker) -> None:
    done = acuse("ingest", directory=tmp_path, ACUSE_INGEST__PORT=str(broker.port))
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{broker.port}: Address already in use" in done.stderr.splitlines()[-1]


def test_doctor_finds_what_is_well_and_shows_no_secret(tmp_path: Path, broker: Broker) -> None:
    (tmp_path / "acuse.toml").write_text(
        f"""
        [kafka]
        bootstrap_servers = "{broker.bootstrap_servers}"
        [clickhouse]
        path = "clickhouse"
        password = "the-clickhouse-password"
        [api]
        tokens = ["the-api-token"]
        [ingest]
        port = {free_port()}
        [dashboards]
        port = {free_port()}
        [providers.mensatek]
        callback_username = "them"
        callback_password = "their-password"
        """
    )
    migrated = acuse("migrate", directory=tmp_path)
    assert "applied 0001" in migrated.stdout, migrated.stderr
    done = acuse("doctor", directory=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in (
        "ok  settings: read from acuse.toml",
        "ok  api: 1 token(s)",
        "ok  providers.mensatek: its callbacks can prove themselves",
        "warn  providers.messente: no credentials: its callbacks are answered 401 → set callback_username",
        f"ok  kafka: {broker.bootstrap_servers} serves groups",
        "ok  topics: all there, as declared",
        "ok  clickhouse: clickhouse answers and is migrated",
        "ok  ingest: port",
        "ok  java: openjdk version",
        "ok  kafka jars: all in",
    ):
        assert line in done.stdout
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]


def test_doctor_says_what_fails_and_what_to_do(tmp_path: Path) -> None:
    done = acuse("doctor", directory=tmp_path, ACUSE_KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:1", ACUSE_CLICKHOUSE__PATH="x")
    assert done.returncode == 1
    assert "fail  kafka: 127.0.0.1:1: nothing listens there → set [kafka] bootstrap_servers" in done.stdout
    assert re.search(r"fail  clickhouse: x: .* → .*`acuse migrate`", done.stdout)
    broken = acuse("doctor", directory=tmp_path, ACUSE_INGEST__PROT="1")
    assert broken.returncode == 1
    assert "fail  settings: environment: ACUSE_INGEST__PROT: unknown key" in broken.stdout


def test_the_settings_document_is_printed(tmp_path: Path) -> None:
    done = acuse("settings", directory=tmp_path)
    assert "[providers.messente]" in done.stdout
    assert done.returncode == 0
