import tomllib
from pathlib import Path

import pytest

from acuse.configs import accounts, ingest_config
from acuse.logs import secrets_in
from acuse.settings import Settings, load_settings
from acuse.settings_document import settings_document
from acuse.settings_errors import SettingsError
from ingest.providers import PROVIDERS

pytestmark = pytest.mark.usefixtures("_bare")


def said(text: str) -> Path:
    path = Path("acuse.toml")
    path.write_text(text)
    return path


def refusal(text: str = "") -> str:
    with pytest.raises(SettingsError) as raised:
        load_settings(said(text))
    assert raised.value.exit_code != 0
    return str(raised.value)


def test_without_anything_said_the_defaults_hold() -> None:
    assert load_settings().ingest.port == 8090


def test_the_file_here_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    said("[ingest]\nport = 1000\nhost = '::1'")
    monkeypatch.setenv("ACUSE_INGEST__PORT", "2000")
    section = load_settings().ingest
    assert (section.port, section.host) == (2000, "::1")


def test_the_environment_may_name_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[ingest]\nport = 1234")
    monkeypatch.setenv("ACUSE_CONFIG", str(tmp_path / "other.toml"))
    assert load_settings().ingest.port == 1234


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[ingest]\nprot = 1", "acuse.toml: [ingest] prot: unknown key; did you mean `port`?"),
        ("[ingets]\nport = 1", "acuse.toml: [ingets]: unknown section; did you mean `ingest`?"),
        (
            "[providers.mensatec]\nbase_url = ''",
            "acuse.toml: [providers] mensatec: unknown section; did you mean `mensatek`?",
        ),
        (
            "[providers.mensatek]\napi_tokn = ''",
            "acuse.toml: [providers.mensatek] api_tokn: unknown key; did you mean `api_token`?",
        ),
        ("[ingest]\nport = 'x'", "acuse.toml: [ingest] port: input should be a valid integer"),
        ("[ingest]\nport = 70000", "acuse.toml: [ingest] port: input should be less than or equal to 65535"),
        ("port = 1", "acuse.toml: port: belongs into a section"),
        ("[ingest\nport = 1", "acuse.toml: is not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_with_file_key_and_remedy(text: str, line: str) -> None:
    message = refusal(text)
    assert message.startswith(line)
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("ACUSE_INGEST__PROT", "1", "environment: ACUSE_INGEST__PROT: unknown key; did you mean `port`?"),
        ("ACUSE_INGEST__PORT", "x", "environment: ACUSE_INGEST__PORT: input should be a valid integer"),
        ("ACUSE_INGEST_PORT", "1", "environment: ACUSE_INGEST_PORT is no setting: a setting is ACUSE_SECTION__KEY"),
        (
            "ACUSE_CLICKHOUSE__PASSWORD_FILE",
            "/nowhere/at/all",
            "environment: ACUSE_CLICKHOUSE__PASSWORD_FILE names /nowhere/at/all, which cannot be read: No such file",
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    monkeypatch.setenv(name, value)
    assert refusal().startswith(line)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"missing.toml: cannot be read: No such file"):
        load_settings(Path("missing.toml"))


def test_secrets_can_come_from_files_and_lists_from_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("first-token\nsecond-token\n")
    monkeypatch.setenv("ACUSE_API__TOKENS_FILE", str(tmp_path / "tokens"))
    assert ingest_config(load_settings()).api_tokens == {"first-token", "second-token"}


def test_a_setting_said_twice_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("one")
    monkeypatch.setenv("ACUSE_API__TOKENS_FILE", str(tmp_path / "tokens"))
    monkeypatch.setenv("ACUSE_API__TOKENS", "two")
    assert "keep one of them" in refusal()


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUSE_INGEST__PORT", "")
    assert load_settings().ingest.port == 8090


SECRETS = """
[api]
tokens = ["the-api-token"]
[clickhouse]
password = "the-clickhouse-password"
[providers.mensatek]
callback_username = "their-username"
callback_password = "their-password"
api_token = "our-mensatek-token"
"""
VALUES = {"the-api-token", "the-clickhouse-password", "their-username", "their-password", "our-mensatek-token"}


def test_secrets_show_in_no_repr_and_no_dump() -> None:
    settings = load_settings(said(SECRETS))
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert not [value for value in VALUES if value in shown]
    assert set(secrets_in(settings)) - {""} == VALUES
    assert not [value for value in VALUES if value in repr(ingest_config(settings))]


def test_secrets_show_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUSE_PROVIDERS__MENSATEK__API_TOKEN__X", "our-mensatek-token")
    message = refusal(SECRETS.replace('"the-clickhouse-password"', '["the-clickhouse-password"]'))
    assert "password" in message
    assert not [value for value in VALUES if value in message]


def test_an_account_has_its_providers_own_credentials() -> None:
    account = accounts(load_settings(said(SECRETS)))["mensatek"]
    assert account.callback_password == "their-password"
    assert account.credentials["api_token"] == "our-mensatek-token"


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_has_a_section_with_its_credentials(name: str) -> None:
    account = accounts(load_settings())[name]
    assert set(account.credentials) == set(PROVIDERS[name].credential_fields)


def test_the_document_is_a_settings_file_that_says_the_defaults() -> None:
    document = settings_document()
    assert load_settings(said(document)) == load_settings()
    uncommented = "\n".join(
        line.removeprefix("#") if line.startswith("#") and line[1] != " " else line for line in document.splitlines()
    )
    assert load_settings(said(uncommented)) == load_settings()
    assert set(tomllib.loads(uncommented)) == set(Settings.model_fields)


def test_the_document_explains_every_key() -> None:
    lines = settings_document().splitlines()
    keys = [number for number, line in enumerate(lines) if line.startswith("#") and " = " in line and line[1] != " "]
    assert keys
    for number in keys:
        assert lines[number - 1].startswith("# ")
        assert "ACUSE_" in lines[number - 1]
        assert "None" not in lines[number - 1]
