"""A ClickHouse server's HTTP interface, as far as clickhouse-connect uses it, over chDB. Run as a process of its own.

Every request has an engine handle of its own, so that its settings and database are its own, as on a server.
"""

import argparse
import json
import re
import sys
import tempfile
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame

NO_SETTINGS = frozenset(
    {
        "query",
        "database",
        "default_format",
        "query_id",
        "session_id",
        "compress",
        "decompress",
        "enable_http_compression",
        "wait_end_of_query",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "client_protocol_version",
    }
)
INSERT = re.compile(r"\s*INSERT\s+INTO\s+(?P<target>.+?)\s+(?P<format>FORMAT\s+\w+)\s*$", re.IGNORECASE | re.DOTALL)
CODE = re.compile(r"Code: (\d+)")


class Shim(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    path_of_data: str

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/ping":
            self._answer(200, b"Ok.\n")
        else:
            self.do_POST()

    def do_POST(self) -> None:
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = _plain(self._body(), self.headers)
        if self.headers.get_content_type() == "multipart/form-data":
            # The client's way for parameters that are too long for an address; the statement is one of the fields.
            parameters |= _fields(self.headers["Content-Type"], body)
        try:
            self._answer(200, *self._execute(parameters, body))
        except RuntimeError as error:
            text = str(error)
            code = CODE.search(text)
            self._answer(500, text.encode(), {"X-ClickHouse-Exception-Code": code[1] if code else "1002"})

    def _execute(self, parameters: dict[str, str], body: bytes) -> tuple[bytes, dict[str, str]]:
        connection = chdb.connect(self.path_of_data)
        try:
            if database := parameters.get("database"):
                connection.query(f"USE `{database}`")
            # A reader's settings are all made before it may make none.
            settings = sorted(parameters.items(), key=lambda item: item[0] == "readonly")
            for name, value in settings:
                if name not in NO_SETTINGS and not name.startswith("param_"):
                    connection.query(f"SET {name} = '{value}'")
            bound = {name.removeprefix("param_"): value for name, value in settings if name.startswith("param_")}
            query = parameters.get("query", "")
            if not query and body[:6].upper() == b"INSERT":
                # In the client's own format the statement comes before the data, on a line of its own; one that puts
                # in what it selects has no data.
                statement, _, data = body.partition(b"\n")
                if INSERT.match(statement.decode()):
                    query, body = statement.decode(), data
            query = query or body.decode()
            if INSERT.match(query):
                return self._insert(connection, query, body), {}
            answer = connection.query(query, parameters.get("default_format", "TabSeparated"), params=bound)
            read = {"read_rows": str(answer.storage_rows_read()), "read_bytes": str(answer.storage_bytes_read())}
            return bytes(answer.bytes() or b""), {"X-ClickHouse-Summary": json.dumps(read)}
        finally:
            connection.close()

    def _insert(self, connection: Any, query: str, body: bytes) -> bytes:
        match = INSERT.match(query)
        assert match
        with tempfile.NamedTemporaryFile(dir=Path(self.path_of_data).parent) as data:
            data.write(body)
            data.flush()
            connection.query(f"INSERT INTO {match['target']} FROM INFILE '{data.name}' {match['format']}")
        return b""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("X-ClickHouse-Timezone", "UTC")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _plain(body: bytes, headers: Message) -> bytes:
    return lz4.frame.decompress(body) if headers.get("Content-Encoding") == "lz4" else body


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    form = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    return {
        str(part.get_param("name", header="Content-Disposition")): part.get_payload(decode=True).decode()
        for part in form.get_payload()
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--path", required=True)
    options.add_argument("--port", type=int, required=True)
    chosen = options.parse_args()
    Shim.path_of_data = chosen.path
    # Held open: the engine would otherwise start and end with each request.
    kept = chdb.connect(chosen.path)
    server = ThreadingHTTPServer(("127.0.0.1", chosen.port), Shim)
    server.daemon_threads = True
    try:
        server.serve_forever()
    finally:
        kept.close()


if __name__ == "__main__":
    sys.exit(main())
