"""What is said of health reaches the judge, and mistakes are named."""

from datetime import timedelta
from pathlib import Path

import pytest

from acuse.configs import health_config
from acuse.settings import load_settings
from acuse.settings_errors import SettingsError
from delivery.channels import Channel
from delivery.health.rules import HealthRules

SAID = """
[health]
window_minutes = 10
shift_points = 20
failure_ratio = 0.2
silence_minutes = 5
[health.slow_seconds]
sms = 30
[health.resting]
sms = { mensatek = 70, messente = 30 }
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def said(text: str) -> Path:
    path = Path("acuse.toml")
    path.write_text(text)
    return path


def test_what_is_not_said_is_the_rules_own() -> None:
    assert health_config(load_settings(said(""))).rules == HealthRules()


def test_what_is_said_reaches_the_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUSE_HEALTH__DRIFT_MINUTES", "60")
    monkeypatch.setenv("ACUSE_HEALTH__RESTING__VIBER__MESSENTE", "100")
    config = health_config(load_settings(said(SAID)))
    rules = config.rules
    assert config.look_back == timedelta(minutes=15)
    assert (rules.slow_seconds[Channel.SMS], rules.slow_seconds[Channel.VIBER]) == (30, 60)
    assert (rules.shares.points, rules.shares.drift_after) == (20, timedelta(hours=1))
    assert rules.shares.resting == {Channel.SMS: {"mensatek": 70, "messente": 30}, Channel.VIBER: {"messente": 100}}
    assert (rules.alerts.failures_at, rules.alerts.silence_window) == (0.2, timedelta(minutes=5))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[health]\nwell_ratio = 0.5", "well_ratio is above shift_ratio"),
        ("[health]\nwindow_minutes = 5", "silence_minutes is above window_minutes"),
        ("[health]\nshift_ratio = 15", "shift_ratio"),
        ("[health.resting]\nsms = { mensatec = 70 }", "no such provider"),
        ("[health.resting]\nfax = {}", "fax"),
    ],
)
def test_a_mistake_is_named(text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(said(text))
