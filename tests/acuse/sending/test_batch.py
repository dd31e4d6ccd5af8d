import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from acuse.errors import Refusal
from acuse.sending.batch import FAULTS_TOLD, MOST_IN_REQUEST, checked, send_all
from acuse.sending.client import SendClient
from ingest.orders import Orders
from ingest.providers import PROVIDERS

ORDERS = Orders({name: kind() for name, kind in PROVIDERS.items()})
ROWS = 450


class Accepting(SendClient):
    """Accepts what it is sent, up to some request; a key that it has seen has the ids that it had."""

    def __init__(self, *, fails_at: int = 0) -> None:
        self.bodies: list[list[dict[str, Any]]] = []
        self.keys: list[str] = []
        self._fails_at = fails_at

    def send(self, body: bytes, key: str) -> dict[str, Any]:
        if len(self.bodies) + 1 == self._fails_at:
            raise Refusal("it is away")
        self.bodies.append(json.loads(body))
        self.keys.append(key)
        return {"messages": [{"message_id": f"{key}/{index}"} for index, _ in enumerate(self.bodies[-1])]}


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many.jsonl"
    messages = [
        {"to": f"+34600000{number:03d}", "channel": "sms", "provider": "mensatek", "text": "ñ" if number % 2 else "ж"}
        for number in range(ROWS)
    ]
    path.write_text("\n".join(map(json.dumps, messages)))
    return path


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_file_is_told_before_it_is_sent(many: Path, console: Console) -> None:
    tally = checked(many, {}, ORDERS, console)
    assert list(tally.described()) == ["450 messages, 450 SMS", "225 of them in Unicode because of ж (225x)"]
    assert said(console) == ""


def test_all_faulty_rows_are_told_and_no_number(tmp_path: Path, console: Console) -> None:
    path = tmp_path / "faulty.csv"
    bad = "".join(f"+3491234{number:04d},a\n" for number in range(FAULTS_TOLD + 5))
    path.write_text(f"to,text\n+34600000000,Hola\n{bad}")
    with pytest.raises(Refusal, match=r"25 of 26 rows are at fault \(the first 20 are shown\); nothing was sent"):
        checked(path, {"channel": "sms", "provider": "mensatek"}, ORDERS, console)
    lines = said(console).splitlines()
    assert len(lines) == FAULTS_TOLD
    assert lines[0] == "line 3: to: a fixed-line number, which sms does not reach; give another"
    assert "+34" not in said(console)


def test_an_empty_file(tmp_path: Path, console: Console) -> None:
    (tmp_path / "empty.csv").write_text("to,text\n")
    with pytest.raises(Refusal, match="there is no message in it"):
        checked(tmp_path / "empty.csv", {}, ORDERS, console)


def test_portions_are_bounded_and_in_order(many: Path, console: Console) -> None:
    client, ids = Accepting(), io.StringIO()
    assert send_all(many, {}, client, "", ids, console) == ROWS
    assert [len(body) for body in client.bodies] == [MOST_IN_REQUEST, MOST_IN_REQUEST, ROWS - 2 * MOST_IN_REQUEST]
    assert [message["to"] for body in client.bodies for message in body] == [f"+34600000{n:03d}" for n in range(ROWS)]
    told = [json.loads(line) for line in ids.getvalue().splitlines()]
    assert [line["line"] for line in told] == list(range(1, ROWS + 1))
    assert len({line["message_id"] for line in told}) == ROWS


def test_the_same_file_has_the_same_keys_and_another_word_others(many: Path, console: Console) -> None:
    clients = [Accepting() for _ in range(3)]
    for client, word in zip(clients, ("", "", "again"), strict=True):
        send_all(many, {}, client, word, None, console)
    assert clients[0].keys == clients[1].keys
    assert not set(clients[0].keys) & set(clients[2].keys)
    assert len(set(clients[0].keys)) == 3


def test_rows_that_are_alike_have_keys_of_their_own(tmp_path: Path, console: Console) -> None:
    path = tmp_path / "alike.csv"
    path.write_text("to,text\n" + "+34600000000,Hola\n" * 2 * MOST_IN_REQUEST)
    client = Accepting()
    send_all(path, {"channel": "sms", "provider": "mensatek"}, client, "", None, console)
    assert client.bodies[0] == client.bodies[1]
    assert len(set(client.keys)) == 2


def test_what_was_accepted_before_a_failure_is_said_and_known_again(many: Path, console: Console) -> None:
    failing, again = Accepting(fails_at=2), Accepting()
    with pytest.raises(Refusal, match=r"200 messages were accepted, none from line 201 on: it is away; run it again"):
        send_all(many, {}, failing, "", None, console)
    send_all(many, {}, again, "", None, console)
    assert again.keys[0] == failing.keys[0]


def test_long_messages_make_smaller_portions(tmp_path: Path, console: Console) -> None:
    path = tmp_path / "long.jsonl"
    message = {"to": "+34600000000", "channel": "sms", "provider": "mensatek", "text": "x" * 10_000}
    path.write_text("\n".join([json.dumps(message)] * 30))
    client = Accepting()
    assert send_all(path, {}, client, "", None, console) == 30
    assert all(len(json.dumps(body)) < 140 * 1024 for body in client.bodies)


def test_a_file_that_has_changed_is_sent_no_further(tmp_path: Path, console: Console) -> None:
    path = tmp_path / "changed.jsonl"
    path.write_text("{")
    with pytest.raises(Refusal, match=r"line 1: .*the file has changed since it was checked"):
        send_all(path, {}, Accepting(), "", None, console)


def test_the_check_is_that_of_ingest() -> None:
    order = ORDERS.read(
        b'{"to":"+34600000000","channel":"sms","provider":"mensatek","text":"a"}', datetime.now(UTC)
    ).order
    assert order.country == "ES"
