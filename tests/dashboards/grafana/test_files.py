"""What `acuse grafana` writes, and where compose.grafana.yaml puts it."""

import hashlib
import json
import stat
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from acuse.cli import app
from dashboards.grafana.boards import boards
from dashboards.grafana.files import GRANTED, PASSWORD_FILE, USER

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.grafana.yaml").read_text("utf-8"))
GRAFANA: dict[str, Any] = COMPOSE["services"]["grafana"]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    result = CliRunner().invoke(app, ["grafana", str(tmp_path / "out"), "--host", "db"])
    assert result.exit_code == 0, result.output
    return tmp_path / "out"


def test_grafana_is_told_where_everything_is(written: Path) -> None:
    there = {mounted.partition(":")[2].removesuffix(":ro") for mounted in GRAFANA["volumes"]}
    assert GRAFANA["environment"]["GF_PATHS_PROVISIONING"] in {f"{path}/provisioning" for path in there}
    (source,) = yaml.safe_load((written / "provisioning/datasources/acuse.yaml").read_text())["datasources"]
    assert (source["type"], source["jsonData"]["host"], source["jsonData"]["username"]) == (
        "grafana-clickhouse-datasource",
        "db",
        USER,
    )
    plugin, _, version = GRAFANA["environment"]["GF_PLUGINS_PREINSTALL_SYNC"].partition("@")
    assert plugin == source["type"]
    assert version[0].isdecimal()
    assert source["secureJsonData"]["password"] == f"$__file{{/etc/grafana/acuse/{PASSWORD_FILE}}}"
    (provider,) = yaml.safe_load((written / "provisioning/dashboards/acuse.yaml").read_text())["providers"]
    assert provider["options"]["path"] == "/etc/grafana/acuse/dashboards"
    for uid in boards():
        board = json.loads((written / f"dashboards/{uid}.json").read_text())
        assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source["uid"]}


def test_its_user_may_read_what_is_shown_and_nothing_else(written: Path) -> None:
    root = ET.parse(written / "clickhouse.xml").getroot()  # noqa: S314 - it is our own
    user = root.find(f"users/{USER}")
    assert [grant.text for grant in user.iter("query")] == [f"GRANT SELECT ON acuse.{table}" for table in GRANTED]
    assert root.findtext(f"profiles/{USER}/readonly") == "1"
    password = (written / PASSWORD_FILE).read_text()
    assert len(password) >= 32
    assert user.findtext("password_sha256_hex") == hashlib.sha256(password.encode()).hexdigest()


def test_the_password_is_kept_and_nobodys_else(written: Path) -> None:
    before = (written / PASSWORD_FILE).read_text()
    assert stat.S_IMODE((written / PASSWORD_FILE).stat().st_mode) == 0o600
    CliRunner().invoke(app, ["grafana", str(written)])
    assert (written / PASSWORD_FILE).read_text() == before
    assert before not in "".join(path.read_text() for path in written.rglob("*.yaml"))


def test_the_service_is_bounded_and_keeps_to_this_machine() -> None:
    shipped = distribution("check-jsonschema").locate_file("check_jsonschema/builtin_schemas/vendor/compose-spec.json")
    jsonschema.Draft7Validator(json.loads(Path(shipped).read_text("utf-8"))).validate(COMPOSE)
    assert GRAFANA["ports"] == ["127.0.0.1:3000:3000"]
    assert {"cpus", "memory", "pids"} <= set(GRAFANA["deploy"]["resources"]["limits"])
    assert GRAFANA["environment"]["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert set(GRAFANA["secrets"]) == set(COMPOSE["secrets"])
    base = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    assert set(GRAFANA["networks"]) <= set(base["networks"])
    assert set(COMPOSE["services"]) - set(base["services"]) == {"grafana"}
