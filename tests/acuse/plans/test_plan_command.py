"""`acuse plan` and the settings' plans and prices, as people meet them."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acuse.cli import app
from acuse.configs import plan_book
from acuse.errors import Refusal
from acuse.plans.ready_made import ready_made_plans
from acuse.settings import load_settings
from acuse.settings_errors import SettingsError
from delivery.channels import Channel
from ingest.plans.reading import read_plan

OURS = """
[prices]
currency = "EUR"
[prices.messente]
viber = 0.02
sms = { default = "0.06", es = 0.05 }

[providers.messente]
username = "u"
password = "p"

[plans.news]
about = "Our news."
maximum_cost = 0.10
quiet = { from = "22:00", to = "08:00", zone = "Europe/Madrid" }
[[plans.news.steps]]
channel = "viber"
provider = "messente"
ttl = 60
[[plans.news.steps]]
channel = "sms"
provider = { messente = 1 }
on = { absent_subscriber = { retry = 1 } }
"""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("ACUSE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("acuse.toml").write_text(OURS)


def acuse(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_the_settings_plans_and_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUSE_PRICES__MENSATEK__SMS__ES", "0.04")
    book = plan_book(load_settings())
    assert list(book.plans) == [*ready_made_plans(), "news"]
    assert book.plans["news"].maximum_cost == Decimal("0.10")
    assert book.prices.table["messente"][Channel.SMS] == {"default": Decimal("0.06"), "ES": Decimal("0.05")}
    assert book.prices.table["messente"][Channel.VIBER] == {"default": Decimal("0.02")}
    assert book.prices.table["mensatek"][Channel.SMS] == {"ES": Decimal("0.04")}


def test_ready_made_plans_can_be_left_out_or_be_ones_own() -> None:
    Path("acuse.toml").write_text("[plans]\nready_made = false\n" + OURS)
    assert list(plan_book(load_settings()).plans) == ["news"]
    Path("acuse.toml").write_text(OURS.replace("plans.news", "plans.sms-sms"))
    assert plan_book(load_settings()).plans["sms-sms"].about == "Our news."


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("ttl = 60", "ttl = 0", "acuse.toml: [plans] news: steps[0].ttl: give a whole number >= 1"),
        ("ttl = 60", "tll = 60", "acuse.toml: [plans] news: steps[0].tll: unknown field; did you mean ttl?"),
        ('from = "22:00"', "from = 22:00:00", "acuse.toml: [plans] news: quiet.from: give a string"),
        (
            "{ messente = 1 }",
            '"mesente"',
            "acuse.toml: [plans] news: steps[1].provider: mesente is unknown; did you mean",
        ),
        (OURS, "[plans]\nnews = 1", "acuse.toml: [plans] news: give an object"),
        ("viber = 0.02", "viber = 0", "acuse.toml: [prices.messente.viber] default: input should be greater than 0"),
        ("viber = 0.02", "vibr = 0", "acuse.toml: [prices.messente] vibr: unknown key; did you mean `viber`?"),
        ("es = 0.05", "spain = 0.05", "acuse.toml: [prices.messente.sms.spain] [key]: give countries as ISO 3166-1"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(before: str, after: str, line: str) -> None:
    Path("acuse.toml").write_text(OURS.replace(before, after))
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert str(raised.value).splitlines()[0].startswith(line)


def test_plans_are_listed() -> None:
    listed = acuse("plan", "list")
    assert "viber-sms" in listed
    assert "news (yours)" in listed
    assert "viber → sms" in listed
    assert list(json.loads(acuse("plan", "list", "--json")))[-1] == "news"


def test_what_comes_with_acuse_is_printed_to_be_copied() -> None:
    Path("copied.toml").write_text(acuse("plan", "list", "--toml"))
    checked = acuse("plan", "check", "copied.toml")
    assert checked.count("Nothing more is sent on opted_out") == 6


def test_a_plan_is_told_in_words_and_tried() -> None:
    told = acuse("plan", "check", "news", "--to", "+34600000000", "--set", "text=Hola", "--set", "sender=ACME")
    for line in (
        "news: Our news.",
        "1. viber through messente",
        "Nothing is sent that would bring the cost above 0.1 EUR.",
        "  step 1: messente, 0.02 EUR at the most",
        "  step 2: messente, 1 SMS, 0.05 EUR at the most",
        "  all steps: 0.07 EUR at the most",
        "  quiet hours go by Europe/Madrid",
    ):
        assert line in told.splitlines()


def test_a_plan_of_a_file_alone() -> None:
    Path("plan.json").write_text('{"steps": [{"channel": "sms", "provider": "messente"}]}')
    assert "1. sms through messente" in acuse("plan", "check", "plan.json")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("new",), "new: no plan of that name, and no .toml or .json file; did you mean news?"),
        (("away.toml",), "away.toml: cannot be read: No such file or directory"),
        (("bad.toml",), "bad.toml: cannot be read: "),
        (("empty.toml",), "empty.toml: there is no plan in it"),
        (("wrong.json",), "wrong.json: steps[0].channel: give one of sms"),
        (("nobody.json",), "nobody.json: steps[0].provider: nobody is unknown"),
        (("list.json",), "list.json: give a plan, an object with its steps"),
        (("sms-voice", "--to", "+34912345678"), "such a message is not accepted: to: step 1: a fixed-line number"),
        (
            ("sms-sms", "--to", "+34600000000", "--set", "text=a"),
            "such a message is not accepted: plan.steps[0].provider",
        ),
    ],
)
def test_a_refusal_is_one_line(arguments: tuple[str, ...], line: str) -> None:
    Path("bad.toml").write_text("[plans")
    Path("empty.toml").write_text("[plans]\nready_made = true")
    Path("wrong.json").write_text('{"steps": [{"channel": "fax", "provider": "messente"}]}')
    Path("nobody.json").write_text('{"steps": [{"channel": "sms", "provider": "nobody"}]}')
    Path("list.json").write_text("[]")
    with pytest.raises(Refusal) as raised:
        acuse("plan", "check", *arguments)
    assert str(raised.value).startswith(line)
    assert "\n" not in str(raised.value)


def test_a_plan_is_read_as_it_was_written() -> None:
    body = plan_book(load_settings()).plans["news"]
    assert read_plan(json.loads(acuse("plan", "list", "--json"))["news"]) == body


def test_a_dry_run_tells_each_step_of_a_plan() -> None:
    done = CliRunner().invoke(
        app, ["send", "--to", "+34600000000", "--plan", "sms-sms", "--text", "“Hola”", "--dry-run"]
    )
    assert done.exit_code == 0
    assert "step 1, 2: 1 SMS in Unicode, 64 characters left" in done.output


def test_a_plan_can_come_from_the_environment_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACUSE_PLANS__NEWS", '{"steps": [{"channel": "sms", "provider": "messente"}]}')
    assert [step.channel for step in plan_book(load_settings()).plans["news"].steps] == [Channel.SMS]
    monkeypatch.setenv("ACUSE_PLANS__NEWS", "sms")
    with pytest.raises(SettingsError, match=r"^environment: ACUSE_PLANS__NEWS: not JSON"):
        load_settings()
