import json
import logging

import pytest
import structlog
from pydantic import SecretStr

from acuse.logs import configure_logging
from acuse.redaction import Redactor
from acuse.settings import Settings
from acuse.settings_sections import ApiSettings, LoggingSettings


@pytest.mark.parametrize(
    "text",
    [
        "sent to +34600000000.",
        "sent to 34600000000",
        "Movil=600000000&x",
        "+34 600 00 00 00",
        "ref 10573758:34600000000",
    ],
)
def test_whatever_could_be_a_phone_number_does_not_show(text: str) -> None:
    assert "00000" not in Redactor()(text).replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-15T11:14:24.123456Z",
        "de8df48c-7f81-5328-a793-494949161730",
        "offset 12345678 of partition 7",
        "took 0.123456789123 s",
        "10573758:hd74cf7447db9ee21",
    ],
)
def test_what_could_not_be_one_stays(text: str) -> None:
    assert Redactor()(text) == text


def test_secrets_do_not_show_even_within_words() -> None:
    assert Redactor(["hunter22"])("Basic xhunter22x") == "Basic x[secret]x"


def test_a_secret_that_begins_with_another_is_hidden_wholly() -> None:
    assert Redactor(["secret", "secret-and-more"])("secret-and-more") == "[secret]"


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_logger_of_any_kind_lets_them_through(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(
        logging=LoggingSettings.model_validate({"format": form}), api=ApiSettings(tokens=[SecretStr("api-token-1")])
    )
    configure_logging(settings)
    structlog.get_logger("ours").info("posted", to="+34600000000", token="api-token-1")
    try:
        int("34600000000 api-token-1")
    except ValueError:
        logging.getLogger("theirs").exception("with %s", "api-token-1")
    written = capsys.readouterr().err
    assert "posted" in written
    assert "base 10: '[number] [secret]'" in written
    assert "600000000" not in written
    assert "api-token-1" not in written
    if form == "json":
        assert [json.loads(line)["level"] for line in written.splitlines()] == ["info", "error"]
