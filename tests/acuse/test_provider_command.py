import json
import threading
from collections.abc import Iterator
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct
from typer.testing import CliRunner

from acuse.cli import app
from acuse.commands.struct_options import asked_for, parameters_of
from acuse.errors import Refusal
from ingest.provider import HasOperations
from ingest.providers import PROVIDERS

OPERATIONS = [
    (name, operation)
    for name, kind in PROVIDERS.items()
    if isinstance(provider := kind(), HasOperations)
    for operation in provider.operations
]


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Everything(Struct, frozen=True, kw_only=True, rename="pascal"):
    name: Annotated[str, Meta(min_length=2, description="What it is called.")]
    count: int = 1
    share: float | None = None
    loud: bool = False
    size: Size = Size.SMALL
    kind: Literal["a", "b"] = "a"
    content: bytes = b""
    tags: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    nested: list[dict[str, int]] = []


def given(**said: Any) -> Struct:
    parameters = parameters_of(Everything)
    return asked_for(Everything, parameters, {**{one.field: None for one in parameters}, **said})


def test_options_say_everything_that_a_struct_can_hold(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\x00\xff")
    asked = given(
        name="Ana",
        count=3,
        share=0.5,
        loud=True,
        size=Size.LARGE,
        kind="b",
        content=file,
        tags=["x", "y"],
        fields=["city=Lima=Perú"],
        nested='[{"a": 1}]',
    )
    assert asked == Everything(
        name="Ana",
        count=3,
        share=0.5,
        loud=True,
        size=Size.LARGE,
        kind="b",
        content=b"\x00\xff",
        tags=("x", "y"),
        fields={"city": "Lima=Perú"},
        nested=[{"a": 1}],
    )
    assert given(name="Ana") == Everything(name="Ana")


@pytest.mark.parametrize(
    ("said", "option"),
    [
        ({"name": "A"}, "--name"),
        ({"name": "Ana", "nested": "no list"}, "--nested"),
        ({"name": "Ana", "fields": ["city"]}, "city"),
        ({"name": "Ana", "content": Path("nowhere")}, "nowhere"),
    ],
)
def test_what_cannot_be_is_refused_by_the_option_s_name(said: dict[str, Any], option: str) -> None:
    with pytest.raises(Refusal, match=rf"^{option}: "):
        given(**said)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=str)
def test_every_operation_of_every_provider_explains_itself(name: str, operation: str) -> None:
    done = CliRunner(env={"COLUMNS": "160"}).invoke(app, ["provider", name, operation, "--help"])
    assert done.exit_code == 0, done.output
    assert f"acuse provider {name} {operation}" in done.output
    provider = PROVIDERS[name]()
    assert isinstance(provider, HasOperations)
    parameters = parameters_of(provider.operations[operation].parameters)
    assert not {parameter.field for parameter in parameters} & {"config", "json"}
    assert all(f"--{parameter.field.replace('_', '-')}" in done.output for parameter in parameters)


def test_what_can_be_true_can_be_false_too() -> None:
    done = CliRunner(env={"COLUMNS": "160"}).invoke(app, ["provider", "ainumber", "switch-chatbot", "--help"])
    assert "--no-active" in done.output


def test_alone_it_lists_providers_and_operations() -> None:
    everything = CliRunner().invoke(app, ["provider"])
    assert everything.exit_code == 0
    for name, operation in OPERATIONS:
        assert any({name, operation} <= set(line.split()) for line in everything.output.splitlines())
    only = CliRunner().invoke(app, ["provider", "mensatek"])
    assert "mensatek" in only.output
    assert "altiria" not in only.output
    assert CliRunner().invoke(app, ["provider", "nobody"]).exit_code == 2


class Mensatek(BaseHTTPRequestHandler):
    answers: dict[str, tuple[int, str]]
    seen: list[tuple[str, str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append((self.path, self.headers["authorization"], body))
        status, answer = self.answers[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
        pass


@pytest.fixture
def mensatek(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Mensatek]]:
    Mensatek.answers, Mensatek.seen = {}, []
    server = HTTPServer(("127.0.0.1", 0), Mensatek)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.chdir(tmp_path)
    Path("acuse.toml").write_text(
        f'[providers.mensatek]\nbase_url = "http://127.0.0.1:{server.server_port}/v7"\n'
        'api_user = "me"\napi_token = "my-token"\n'
    )
    yield Mensatek
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_operation_is_asked_of_the_account_and_shown_as_json(mensatek: type[Mensatek]) -> None:
    mensatek.answers["/v7/GetCreditos"] = (200, '[{"Res": 1, "Cred": "12.50"}]')
    done = CliRunner().invoke(app, ["provider", "mensatek", "credit"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {"result": 1, "credits_left": 12.5}
    assert mensatek.seen == [("/v7/GetCreditos", "Basic bWU6bXktdG9rZW4=", b'{"Resp":"JSON"}')]


def test_a_file_is_uploaded_as_it_is(mensatek: type[Mensatek], tmp_path: Path) -> None:
    mensatek.answers["/v7/CargarFichero"] = (200, '{"Res": 1, "Nombre": "contract.pdf", "Cred": 3}')
    (tmp_path / "c.pdf").write_bytes(b"%PDF \x00\xff")
    done = CliRunner().invoke(
        app, ["provider", "mensatek", "upload", "--nombre", "contract.pdf", "--contenido", str(tmp_path / "c.pdf")]
    )
    assert json.loads(done.output) == {"result": 1, "name": "contract.pdf", "credits_left": 3.0}
    assert b"\r\n\r\n%PDF \x00\xff\r\n--" in mensatek.seen[0][2]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, '{"Res": -1}'), "GetCreditos: -1: Authentication error"),
        ((500, "<html>"), "GetCreditos: HTTP 500, and the answer cannot be read: it is not XML"),
        ((401, ""), "GetCreditos: HTTP 401: it does not take these credentials"),
    ],
)
def test_what_goes_wrong_is_one_line(mensatek: type[Mensatek], answer: tuple[int, str], said: str) -> None:
    mensatek.answers["/v7/GetCreditos"] = answer
    done = CliRunner().invoke(app, ["provider", "mensatek", "credit"])
    assert isinstance(done.exception, Refusal)
    assert str(done.exception) == said


def test_nobody_there_and_nothing_configured_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["provider", "mensatek", "credit"])
    assert isinstance(done.exception, Refusal)
    assert str(done.exception).startswith("[providers.mensatek] api_user: ")
    Path("acuse.toml").write_text(
        '[providers.mensatek]\nbase_url = "http://127.0.0.1:9"\napi_user = "me"\napi_token = "my-token"\n'
    )
    done = CliRunner().invoke(app, ["provider", "mensatek", "credit"])
    assert str(done.exception) == "mensatek: not reached: ConnectError"
