"""Settings of notices out: each mistake is told before anything is sent, and no secret shows."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from acuse.configs import notify_config
from acuse.doctor import Level, notify_finding
from acuse.local.ports import free_port
from acuse.logs import secrets_in
from acuse.settings import load_settings
from acuse.settings_errors import SettingsError
from delivery.notices import NoticeType
from ingest.notify.notifier import Notifier
from tests.ingest.notify.application import KEYS, SECRETS, Application, serving

pytestmark = pytest.mark.usefixtures("_bare")


def said(text: str) -> Path:
    path = Path("acuse.toml")
    path.write_text("[notify]\n" + text)
    return path


def test_without_a_url_nobody_is_told() -> None:
    settings = load_settings()
    assert notify_config(settings) is None
    assert notify_finding(settings).level is Level.OK


def test_what_is_said_is_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUSE_NOTIFY__SECRETS", ", ".join(SECRETS))
    monkeypatch.setenv("ACUSE_NOTIFY__EVENTS", "message.failed, alert.opened")
    monkeypatch.setenv("ACUSE_NOTIFY__RETRY_SECONDS", "1,2.5")
    settings = load_settings(said("url = 'https://app.example/hooks/s3cr3t'\nrecipient = true\ngive_up_seconds = 60"))
    config = notify_config(settings)
    assert config is not None
    assert (config.receiver.url, tuple(config.receiver.keys)) == ("https://app.example/hooks/s3cr3t", KEYS)
    assert config.wanted.types == {NoticeType.FAILED, NoticeType.ALERT_OPENED}
    assert (config.wanted.recipient, config.wanted.reply_text) == (True, False)
    assert (config.retrying.schedule, config.retrying.give_up_seconds) == ((1.0, 2.5), 60)
    hidden = {*SECRETS, "https://app.example/hooks/s3cr3t"}
    assert hidden <= set(secrets_in(settings))
    assert not [secret for secret in hidden if secret in repr(settings)]
    assert "kkkk" not in repr(config)
    Notifier(config, CollectorRegistry())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("url = 'https://app.example'", "acuse.toml: [notify]: url is set and secrets is not"),
        (
            "url = 'http://app.example'\nsecrets = ['{}']",
            "acuse.toml: [notify] url: must begin with https",
        ),
        (
            "secrets = ['kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk']",
            "acuse.toml: [notify] secrets: a secret begins",
        ),
        ("secrets = ['whsec_kkkk']", "acuse.toml: [notify] secrets: a secret has 24 to 64 bytes"),
        ("events = ['message.exploded']", "acuse.toml: [notify.events] 0: input should be 'message.delivered'"),
        ("ca_file = 'none.pem'", "acuse.toml: [notify] ca_file: cannot be read"),
        ("retry_seconds = [0]", "acuse.toml: [notify.retry_seconds] 0: input should be greater than 0"),
    ],
)
def test_a_mistake_is_one_line_with_key_and_remedy_and_shows_no_secret(text: str, line: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(said(text.replace("{}", SECRETS[0])))
    assert str(raised.value).startswith(line)
    assert "\n" not in str(raised.value)
    assert "kkkk" not in str(raised.value)


def test_the_doctor_says_whether_the_application_can_be_reached() -> None:
    secrets = f"secrets = ['{SECRETS[0]}']"
    with serving(Application()) as application:
        finding = notify_finding(load_settings(said(f"url = '{application.url}?key=s3cr3t'\n{secrets}")))
        assert finding.level is Level.OK
        assert finding.what.endswith("1 secret(s): can be reached")
        assert "s3cr3t" not in finding.what
    closed = notify_finding(load_settings(said(f"url = 'http://127.0.0.1:{free_port()}'\n{secrets}")))
    assert closed.level is Level.FAIL
    assert "Connection refused" in closed.what
    assert closed.remedy
