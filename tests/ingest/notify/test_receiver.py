"""The application is reached by TLS that is verified, and whatever it answers is an answer."""

import asyncio
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from acuse.local.ports import free_port
from ingest.notify.config import ReceiverConfig
from ingest.notify.connections import connection_trouble
from ingest.notify.receiver import Outcome, Receiver
from tests.ingest.notify.application import KEYS, Application, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the name localhost alone, signed by nobody but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


async def answered(config: ReceiverConfig, body: bytes = b"{}"):
    receiver = Receiver(config)
    try:
        async with asyncio.timeout(90):
            return await receiver.post(
                body, {"webhook-id": "ntc_1", "webhook-timestamp": "1", "webhook-signature": "x"}
            )
    finally:
        await receiver.close()


def to(url: str, **changes: object) -> ReceiverConfig:
    return replace(ReceiverConfig(url=url, keys=KEYS, connect_seconds=30, answer_seconds=30), **changes)  # type: ignore[arg-type]


async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path: Path, certificate: Path) -> None:
    with serving(Application(), certificate=certificate) as application:
        refused = await answered(to(application.url))
        assert refused.outcome is Outcome.UNANSWERED
        assert refused.why == "its certificate is not accepted: self-signed certificate"
        assert not application.told
        assert not application.forged
        own = tmp_path / "authority.pem"
        shutil.copy(certificate, own)
        # It is asked now, and finds that the signature is none.
        assert (await answered(to(application.url, ca_file=own))).status == 401
        assert application.forged == ["ntc_1"]
        elsewhere = application.url.replace("localhost", "127.0.0.1")
        assert "not accepted" in (await answered(to(elsewhere, ca_file=own))).why
        assert await asyncio.to_thread(connection_trouble, application.url, own, 60) is None
        assert "not accepted" in (await asyncio.to_thread(connection_trouble, application.url, None, 60) or "")


async def test_where_nobody_listens_it_is_told_so_without_the_address() -> None:
    answer = await answered(to(f"http://127.0.0.1:{free_port()}/hooks/s3cr3t"))
    assert (answer.outcome, answer.status) == (Outcome.UNANSWERED, None)
    assert answer.why == "not reached: ConnectError"


@pytest.mark.parametrize(
    ("raw", "outcome", "status"),
    [
        (b"", Outcome.UNANSWERED, None),
        (b"\x00\xff garbage\r\n\r\n", Outcome.UNANSWERED, None),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Outcome.TAKEN, 204),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nbroken off", Outcome.TAKEN, 200),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnone", Outcome.TAKEN, 200),
        (b"HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:1/\r\n\r\n", Outcome.REFUSED, 301),
        (b"HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n", Outcome.BUSY, 429),
        (b"HTTP/1.1 503 Away\r\nretry-after: never\r\ncontent-length: 0\r\n\r\n", Outcome.BUSY, 503),
        (b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", Outcome.GONE, 410),
        (b"HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n", Outcome.BUSY, 999),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, Outcome.UNANSWERED, None),
    ],
)
async def test_whatever_it_answers_is_an_answer(raw: bytes, outcome: Outcome, status: int | None) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(raw)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        got = await answered(to(f"http://127.0.0.1:{port}/"))
    finally:
        server.close()
        await server.wait_closed()
    assert (got.outcome, got.status) == (outcome, status)
    assert got.retry_after_seconds == (7 if b"retry-after: 7" in raw else None)
