"""Who signs in to the dashboards: as the settings name them, and as a local stack makes one."""

import asyncio
import re
import stat
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from acuse.configs import dashboards_config
from acuse.doctor import Level, api_finding, sign_in_finding
from acuse.local.broker import Broker
from acuse.local.credentials import Credentials
from acuse.local.directory import StackDirectory
from acuse.local.errors import StackError
from acuse.local.people import FILE, admin_in
from acuse.local.plan import Ports, role_environment
from acuse.local.ports import free_port
from acuse.local.stack import LocalStack, StackOptions
from acuse.logs import secrets_in
from acuse.settings import load_settings
from acuse.settings_errors import SettingsError
from dashboards.access.passwords import parsed
from dashboards.access.people import Role
from dashboards.access.scripts import digest_of
from tests.dashboards.access.openid_provider import running

pytestmark = pytest.mark.usefixtures("_bare")

HASH = "argon2id-v19:m=65536,t=3,p=4:" + "A" * 22 + "==:" + "A" * 43 + "="


def refusal(text: str) -> str:
    Path("acuse.toml").write_text(text)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    return str(raised.value)


def test_users_are_named_in_the_file_and_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("acuse.toml").write_text(f'[dashboards.users."ana@acme"]\nrole = "auditor"\npassword_hash = "{HASH}"')
    monkeypatch.setenv("ACUSE_DASHBOARDS__USERS__LUIS__ROLE", "viewer")
    Path("hash").write_text(HASH + "\n")
    monkeypatch.setenv("ACUSE_DASHBOARDS__USERS__LUIS__PASSWORD_HASH_FILE", "hash")
    settings = load_settings()
    users = {user.name: user for user in dashboards_config(settings).users}
    assert {name: user.role for name, user in users.items()} == {"ana@acme": Role.AUDITOR, "luis": Role.VIEWER}
    assert users["luis"].password_hash == HASH
    assert HASH in set(secrets_in(settings))
    assert HASH not in repr(settings) + repr(dashboards_config(settings))


def test_a_program_is_let_in_by_what_is_printed_for_its_token() -> None:
    made = subprocess.run(
        [sys.executable, "-P", "-m", "acuse", "user", "token", "billing"], capture_output=True, text=True, check=True
    )
    Path("acuse.toml").write_text(made.stdout)
    settings = load_settings()
    (script,) = dashboards_config(settings).scripts
    assert api_finding(settings).level is Level.OK
    assert "1 token(s) of programs that may read" in api_finding(settings).what
    token = made.stderr.strip()
    assert (script.name, script.role, script.token_sha256) == ("billing", Role.VIEWER, digest_of(token))
    assert script.token_sha256 not in repr(settings)
    assert "acuse user token" in refusal(f"[dashboards.scripts.billing]\nrole = 'viewer'\ntoken_sha256 = '{token}'")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "password_hash = 'a-secret'",
            r"\[dashboards.users.ana\] password_hash: is no password hash .*acuse user hash",
        ),
        (f"password_hash = '{HASH}'\nrol = 'x'", r"\[dashboards.users.ana\] rol: unknown key; did you mean `role`\?"),
        (f"password_hash = '{HASH}'\nrole = 'boss'", r"\[dashboards.users.ana\] role: .*'viewer', 'analyst'"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(text: str, line: str) -> None:
    role = "" if "role" in text else "role = 'viewer'\n"
    message = refusal(f"[dashboards.users.ana]\n{role}{text}")
    assert re.search(line, message), message
    assert "a-secret" not in message


def test_a_name_that_the_environment_cannot_say_is_refused() -> None:
    assert "Ana" in refusal(f"[dashboards.users.Ana]\nrole = 'viewer'\npassword_hash = '{HASH}'")


def test_proxies_are_named_by_their_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUSE_DASHBOARDS__TRUSTED_PROXIES", "10.0.0.0/8, fd00::1")
    networks = dashboards_config(load_settings()).trusted_proxies
    assert networks == (ip_network("10.0.0.0/8"), ip_network("fd00::1/128"))
    monkeypatch.delenv("ACUSE_DASHBOARDS__TRUSTED_PROXIES")
    assert "10.0.0.0/8" in refusal("[dashboards]\ntrusted_proxies = ['10.0.0.1/8']")


OIDC = """
[dashboards.oidc]
issuer = "https://id.example.com/realms/acme"
client_id = "acuse"
url = "https://acuse.example.com/"
roles = {staff = "viewer", "Acme Auditors" = "auditor"}
"""


def test_an_openid_provider_is_named_with_what_its_words_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("acuse.toml").write_text(OIDC)
    Path("secret").write_text("a-client-secret\n")
    monkeypatch.setenv("ACUSE_DASHBOARDS__OIDC__CLIENT_SECRET_FILE", "secret")
    monkeypatch.setenv("ACUSE_DASHBOARDS__OIDC__SCOPES", "openid, email")
    settings = load_settings()
    oidc = dashboards_config(settings).oidc
    assert oidc is not None
    assert oidc.callback == "https://acuse.example.com/sign-in/oidc/callback"
    assert (oidc.client_secret, oidc.scopes) == ("a-client-secret", ("openid", "email"))
    assert oidc.roles == {"staff": Role.VIEWER, "Acme Auditors": Role.AUDITOR}
    assert "a-client-secret" in set(secrets_in(settings))
    assert "a-client-secret" not in repr(settings)


def test_without_an_issuer_nobody_signs_in_elsewhere() -> None:
    assert dashboards_config(load_settings()).oidc is None


@pytest.mark.parametrize(
    ("said", "instead", "line"),
    [
        ("https://id.", "http://id.", r"\[dashboards.oidc\] issuer: is no https address"),
        ('client_id = "acuse"', "", r"\[dashboards\] oidc: issuer is set, so set client_id too"),
        ('"viewer"', '"boss"', r"\[dashboards.oidc.roles\] staff: .*'viewer', 'analyst'"),
        ("client_id", "client", r"\[dashboards.oidc\] client: unknown key; did you mean `client_id`\?"),
        ("client_id", 'scopes = ["email"]\nclient_id', r"\[dashboards\] oidc: scopes: openid must be among them"),
    ],
)
def test_a_mistake_about_the_openid_provider_is_named_with_its_remedy(said: str, instead: str, line: str) -> None:
    message = refusal(OIDC.replace(said, instead))
    assert re.search(line, message), message


@pytest.fixture
def _oidc(_bare: None) -> None:
    Path("acuse.toml").write_text(OIDC)


@pytest.mark.usefixtures("_oidc")
async def test_the_doctor_says_whether_the_openid_provider_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    callback = "https://acuse.example.com/sign-in/oidc/callback"
    async with running(callback) as provider:
        monkeypatch.setenv("ACUSE_DASHBOARDS__OIDC__ISSUER", provider.issuer)
        well = await asyncio.to_thread(sign_in_finding, load_settings())
        provider.about = {"issuer": "https://id.example.com"}
        ill = await asyncio.to_thread(sign_in_finding, load_settings())
    assert (well.level, ill.level) == (Level.OK, Level.FAIL)
    assert callback in well.what
    assert "it calls itself 'https://id.example.com'" in ill.what


def test_the_doctor_says_that_nobody_can_sign_in() -> None:
    finding = sign_in_finding(load_settings())
    assert finding.level is api_finding(load_settings()).level is Level.WARN
    assert "acuse user hash" in finding.remedy


def user_hash(*arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "acuse", "user", "hash", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=200, check=False)


def test_what_the_command_prints_is_settings_to_sign_in_by() -> None:
    made = user_hash("ana.b", "--role", "operator", typed="a long password\n")
    assert made.returncode == 0
    Path("acuse.toml").write_text(made.stdout)
    (user,) = dashboards_config(load_settings()).users
    assert (user.name, user.role) == ("ana.b", Role.OPERATOR)
    assert parsed(user.password_hash).matches("a long password")
    assert "a long password" not in made.stdout + made.stderr


@pytest.mark.parametrize(
    ("arguments", "typed", "remedy"),
    [
        (["ana"], "short\n", "12 to 1024 characters"),
        (["ana"], "", "12 to 1024 characters"),
        (["Ana"], "a long password\n", "lower-case"),
        (["ana", "--role", "boss"], "a long password\n", "viewer, analyst, auditor, operator"),
    ],
)
def test_the_command_says_what_it_takes(arguments: list[str], typed: str, remedy: str) -> None:
    refused = user_hash(*arguments, typed=typed)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert remedy in refused.stderr


def test_the_admin_is_made_once_and_only_the_hash_is_kept(tmp_path: Path) -> None:
    told: list[str] = []
    admin = admin_in(tmp_path, lambda sentence, _: told.append(sentence))
    (sentence,) = told
    password = sentence.rpartition(" ")[2]
    assert sentence.startswith("Sign in to the dashboards as admin")
    assert parsed(admin.password_hash).matches(password)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and password in path.read_text()]
    assert admin_in(tmp_path, lambda *_: told.append("again")) == admin
    assert told == [sentence]


@pytest.mark.parametrize("content", ["", "password_hash = 3", "password_hash = 'x'", "[", "\x00"])
def test_a_broken_file_is_named_and_kept(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(StackError, match=r"admin\.toml: .*delete it"):
        admin_in(tmp_path, lambda *_: None)
    assert (tmp_path / FILE).read_text() == content


def test_the_roles_of_a_local_stack_are_told_of_its_admin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = role_environment(
        StackDirectory(tmp_path),
        Ports(1, 2, 3, 4, 5, 6),
        Credentials("a-token", {}),
        load_settings(),
        None,
        admin=admin_in(tmp_path, lambda *_: None),
    )
    for name, value in environment.items():
        if name.startswith("ACUSE_DASHBOARDS__"):
            monkeypatch.setenv(name, value)
    (user,) = dashboards_config(load_settings()).users
    assert (user.name, user.role) == ("admin", Role.OPERATOR)


class Told:
    """A reporter that keeps what happened."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def step(self, sentence: str) -> None: ...

    def fetched(self, done: int, total: int) -> None: ...

    def waiting(self, troubles: dict[str, str]) -> None: ...

    def happened(self, sentence: str, details: str) -> None:
        self.sentences.append(f"{sentence} {details}")


@pytest.mark.parametrize(
    ("users", "made"), [("", 1), (f"[dashboards.users.ana]\nrole='viewer'\npassword_hash='{HASH}'", 0)]
)
def test_a_stack_makes_an_admin_on_its_first_start_unless_users_are_named(
    monkeypatch: pytest.MonkeyPatch, users: str, made: int
) -> None:
    monkeypatch.setattr(Broker, "prepare", lambda *_: None)
    Path("acuse.toml").write_text(users)
    told = Told()
    for _ in range(2):
        options = StackOptions(
            data=Path("data"), ingest_port=free_port(), dashboards_port=free_port(), broker_port=free_port()
        )
        with LocalStack(options, told).prepared():
            assert (Path("data") / FILE).exists() == bool(made)
    assert len([sentence for sentence in told.sentences if "as admin with the password" in sentence]) == made
