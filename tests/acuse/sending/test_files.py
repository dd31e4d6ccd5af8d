import json
from pathlib import Path
from typing import Any

import pytest

from acuse.errors import Refusal
from acuse.sending.fields import assignments, from_texts
from acuse.sending.files import LONGEST_LINE_BYTES, rows
from ingest.invalid import InvalidField

COMMON = {"provider": "mensatek", "channel": "sms"}


def read(path: Path, content: str | bytes) -> list[tuple[int, Any]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = list(rows(path, COMMON))
    assert not found or found[-1].end <= path.stat().st_size
    return [(row.number, str(row.message) if isinstance(row.message, InvalidField) else row.message) for row in found]


def test_texts_become_what_the_fields_are() -> None:
    said = {
        **COMMON,
        "to": "+34600000000",
        "ttl": "60",
        "options.fail2voice": "true",
        "options.idmensaje": "7",
        "template.name": "t",
        "template.parameters.1": "007",
    }
    assert from_texts(said) == {
        **COMMON,
        "to": "+34600000000",
        "ttl": 60,
        "options": {"fail2voice": True, "idmensaje": 7},
        "template": {"name": "t", "parameters": {"1": "007"}},
    }


def test_options_of_a_plan_stand_under_the_names_of_those_who_take_them() -> None:
    said = {
        "to": "+34600000000",
        "plan": "viber-sms",
        "options.mensatek.fail2voice": "true",
        "contents.sms.sender": "ACME",
        "contents.2.options.mensatek.idmensaje": "7",
    }
    assert from_texts(said) == {
        "to": "+34600000000",
        "plan": "viber-sms",
        "options": {"mensatek": {"fail2voice": True}},
        "contents": {"sms": {"sender": "ACME"}, "2": {"options": {"mensatek": {"idmensaje": 7}}}},
    }


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"channel": "sms"}, "to: missing; it is needed"),
        ({**COMMON, "to": "x", "ttl": "soon"}, "ttl: give a whole number"),
        ({**COMMON, "to": "x", "options.flsh": "1"}, "options.flsh: unknown field"),
        ({**COMMON, "to": "x", "text": "a", "text.b": "c"}, "text.b: text has a value already; give it or its parts"),
        (
            {**COMMON, "to": "x", "media.url": "a", "media": "c"},
            "media: given as a whole and in parts; give one of them",
        ),
        ({"to": "x", "plan.steps": "a"}, "plan: its parts do not fit here; name a plan"),
    ],
)
def test_texts_that_are_no_message(said: dict[str, str], fault: str) -> None:
    with pytest.raises(InvalidField) as caught:
        from_texts(said)
    assert str(caught.value).startswith(fault)


def test_assignments() -> None:
    assert assignments(["a.b=c=d", " e = f"]) == {"a.b": "c=d", "e": " f"}
    with pytest.raises(Refusal, match="--set flash: give FIELD=VALUE"):
        assignments(["flash"])


def test_a_table(tmp_path: Path) -> None:
    content = (
        "\ufeffto, text,provider,options.unicode\n"
        '+34600000000,"Hola, ""Ana""\nsegunda línea",,\n'
        "\n"
        "+34600000001,Adiós,messente,\n"
        "+34600000002,Hola,,true\n"
        "+34600000003,Hola,,maybe\n"
        "+34600000004,Hola,mensatek,,\n"
        "+34600000005\n"
    )
    assert read(tmp_path / "m.csv", content) == [
        (2, {**COMMON, "to": "+34600000000", "text": 'Hola, "Ana"\nsegunda línea'}),
        (5, {**COMMON, "to": "+34600000001", "text": "Adiós", "provider": "messente"}),
        (6, {**COMMON, "to": "+34600000002", "text": "Hola", "options": {"unicode": True}}),
        (7, "options.unicode: give true or false"),
        (8, ": 5 cells in 4 columns; quote what has commas"),
        (9, {**COMMON, "to": "+34600000005"}),
    ]


def test_a_table_with_semicolons(tmp_path: Path) -> None:
    content = "to;text\n+34600000000;Hola, Ana\n"
    assert read(tmp_path / "m.csv", content) == [(2, {**COMMON, "to": "+34600000000", "text": "Hola, Ana"})]


def test_json_lines(tmp_path: Path) -> None:
    lines = [json.dumps({"to": "+34600000000", "ttl": 60}), "", "[1]", "{", json.dumps({"to": "x", "channel": "voice"})]
    assert read(tmp_path / "m.jsonl", "\n".join(lines)) == [
        (1, {**COMMON, "to": "+34600000000", "ttl": 60}),
        (3, ": not a JSON object"),
        (4, ": not a JSON object"),
        (5, {"provider": "mensatek", "to": "x", "channel": "voice"}),
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.xlsx", b"", "neither .csv nor .jsonl"),
        ("m.csv", b"", "its first line must name each column once"),
        ("m.csv", b"to,to\n1,2\n", "its first line must name each column once"),
        ("m.csv", b"to\n\xff\n", "not UTF-8"),
        ("m.csv", b'to,text\n1,"a"b\n', "not CSV"),
        ("m.csv", b'to,text\n1,"' + b"a\n" * 100_000, "not CSV"),
        ("m.jsonl", b"[" * (LONGEST_LINE_BYTES + 1), "a line is over"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read(tmp_path / name, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No such file"):
        list(rows(tmp_path / "m.csv", {}))
