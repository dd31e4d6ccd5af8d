"""The production shape can't be started here: what it says is held to the compose schema and to our own settings."""

import base64
import json
import re
import shlex
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from acuse.cli import app
from acuse.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ROLES = ("topics", "migrate", "ingest", "stream", "dispatch", "sink", "dashboards")
ONCE = ("topics", "migrate")
CLICKHOUSE = {("clickhouse", key) for key in ("host", "port", "user", "password", "database")}
KAFKA = {("kafka", "bootstrap_servers")}
REQUIRED = {
    "topics": KAFKA,
    "migrate": CLICKHOUSE,
    "ingest": KAFKA | {("api", "tokens"), ("ingest", "host")},
    "stream": KAFKA | {("tracking", "data_dir"), ("tracking", "instance_id")},
    "dispatch": KAFKA,
    "sink": KAFKA | CLICKHOUSE | {("sink", "instance_id")},
    "dashboards": KAFKA | CLICKHOUSE | {("api", "tokens"), ("dashboards", "host")},
}
"""What a role must be told, since its default fits a single machine only."""
HEALTH = {"stream": "tracking", "sink": "sink", "dispatch": "dispatch"}
SECRETS = {
    "api_tokens": "one-token\nanother-token\n",
    "clickhouse_password": "a password\n",
    "providers.toml": '[providers.mensatek]\ncallback_username = "them"\ncallback_password = "theirs"\n',
    "dashboards.toml": """
        [dashboards]
        trusted_proxies = ["10.0.0.0/8"]
        [dashboards.oidc]
        issuer = "https://id.example.com"
        client_id = "acuse"
        client_secret = "a client's secret"
        url = "https://acuse.example.com"
        roles = {audit = "auditor"}
    """,
}


def test_the_file_meets_the_compose_schema() -> None:
    # As a file: nothing of that package is run.
    shipped = distribution("check-jsonschema").locate_file("check_jsonschema/builtin_schemas/vendor/compose-spec.json")
    jsonschema.Draft7Validator(json.loads(Path(shipped).read_text("utf-8"))).validate(COMPOSE)


def test_every_role_has_a_service_from_the_one_image() -> None:
    assert set(SERVICES) == {"kafka", "clickhouse", *ROLES}
    assert {SERVICES[role]["image"] for role in ROLES} == {"acuse:0.1.0"}
    assert [SERVICES[role]["command"] for role in ROLES] == [[role] for role in ROLES]
    assert set(ROLES) <= {command.name or command.callback.__name__ for command in app.registered_commands}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert SERVICES["ingest"]["image"] == f"acuse:{version}"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_can_do_no_more_than_it_must(role: str) -> None:
    service = SERVICES[role]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bounded_and_logs_within_bounds(name: str) -> None:
    service = SERVICES[name]
    assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"])
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert re.fullmatch(r"[a-z/-]+:[0-9][0-9.]*", service["image"]), "an image is named with its version"


@pytest.mark.parametrize("name", SERVICES)
def test_every_part_that_a_service_names_is_there(name: str) -> None:
    service = SERVICES[name]
    for other, needed in service.get("depends_on", {}).items():
        needs_health = needed["condition"] == "service_healthy"
        assert needs_health == ("healthcheck" in SERVICES[other])
        assert needs_health or (needed["condition"] == "service_completed_successfully" and other in ONCE)
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    named = {volume.partition(":")[0] for volume in service.get("volumes", [])}
    assert named <= set(COMPOSE["volumes"])


def test_nothing_is_published_to_other_machines_or_declared_for_nobody() -> None:
    published = {port for service in SERVICES.values() for port in service.get("ports", [])}
    assert published == {"127.0.0.1:8090:8090", "127.0.0.1:8080:8080"}
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"]) == set(SECRETS)
    assert COMPOSE["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ONCE])
def test_health_is_asked_of_the_roles_own_port_without_curl(role: str, settings_of: "SettingsOf") -> None:
    check = SERVICES[role]["healthcheck"]
    assert check["test"][:3] == ["CMD", "python", "-c"]
    compile(check["test"][3], "healthcheck", "exec")
    settings = settings_of(role)
    port = getattr(settings, HEALTH[role]).health_port if role in HEALTH else getattr(settings, role).port
    assert f"http://127.0.0.1:{port}/readyz" in check["test"][3]


class SettingsOf:
    """What a role reads in its container: its variables alone, with the secrets where compose puts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, run_secrets: Path) -> None:
        self._monkeypatch = monkeypatch
        self._run_secrets = run_secrets

    def __call__(self, role: str) -> Settings:
        for name, value in SERVICES[role]["environment"].items():
            assert isinstance(value, str), f"{name}: YAML reads it as something else; quote it"
            if value.startswith("/run/secrets/"):
                secret = value.removeprefix("/run/secrets/")
                assert secret in SERVICES[role]["secrets"]
                (self._run_secrets / secret).write_text(SECRETS[secret])
                self._monkeypatch.setenv(name, str(self._run_secrets / secret))
            else:
                self._monkeypatch.setenv(name, value)
        return load_settings()


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SettingsOf:
    monkeypatch.chdir(tmp_path)
    return SettingsOf(monkeypatch, tmp_path)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_given_real_settings_and_all_it_needs(role: str, settings_of: SettingsOf) -> None:
    said = settings_of(role).model_dump(exclude_unset=True)
    given = {(section, key) for section, keys in said.items() for key in keys}
    assert given >= REQUIRED[role]


def test_secrets_come_from_files_alone(settings_of: SettingsOf) -> None:
    for service in SERVICES.values():
        for name in service["environment"]:
            assert not re.search(r"PASSWORD|TOKEN|SECRET", name) or name.endswith("_FILE"), name
    settings = settings_of("ingest")
    assert [token.get_secret_value() for token in settings.api.tokens] == ["one-token", "another-token"]
    assert settings.provider_sections()["mensatek"].callback_username.get_secret_value() == "them"
    assert settings_of("sink").clickhouse.password.get_secret_value() == "a password"
    assert settings_of("dashboards").dashboards.oidc.client_secret.get_secret_value() == "a client's secret"


def test_kafkas_own_settings_fit_together() -> None:
    environment = SERVICES["kafka"]["environment"]
    assert len(base64.urlsafe_b64decode(environment["CLUSTER_ID"] + "==")) == 16
    listeners = {listener.partition(":")[0] for listener in environment["KAFKA_LISTENERS"].split(",")}
    mapped = {entry.partition(":")[0] for entry in environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")}
    assert listeners == mapped
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    advertised = environment["KAFKA_ADVERTISED_LISTENERS"].removeprefix("CLIENT://")
    assert {
        SERVICES[role]["environment"]["ACUSE_KAFKA__BOOTSTRAP_SERVERS"]
        for role in ROLES
        if "ACUSE_KAFKA__BOOTSTRAP_SERVERS" in SERVICES[role]["environment"]
    } == {advertised}


def dockerfile() -> list[list[str]]:
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    return [shlex.split(line) for line in text.splitlines() if line and not line.startswith("#")]


def test_the_image_is_built_from_files_that_there_are() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    copied = [
        source for line in dockerfile() if line[0] == "COPY" and "--from=build" not in line for source in line[1:-1]
    ]
    for source in copied:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, f"{source} takes no part in the build"
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(packages["packages"]) <= set(copied)


def test_the_image_runs_as_nobody_in_particular_and_from_the_lock_file() -> None:
    lines = dockerfile()
    assert [line for line in lines if line[0] == "USER"] == [["USER", "10001:10001"]]
    installs = [" ".join(line) for line in lines if line[0] == "RUN" and "pip install" in " ".join(line)]
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation" in line for line in installs)
    assert len(installs) == 2
    backend = (ROOT / "requirements.lock").read_text("utf-8")
    assert re.search(r"^hatchling==", backend, re.MULTILINE), "the image builds without fetching a build backend"
