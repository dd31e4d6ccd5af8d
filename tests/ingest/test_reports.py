"""One report is the same whatever form it comes in, and its exact bytes are kept."""

import hashlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.charsets import decode
from ingest.claims import Claimed, claimed
from ingest.identifiers import number_identifier
from ingest.reports import read_query, read_reports
from ingest.webhook import WebhookRequest

FIELDS = {"idmensaje": "10573758", "referencia": "Campaña de otoño"}


def request(body: bytes, content_type: str, query: str = "") -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        path="/",
        query=query,
        headers={},
        content_type=content_type,
        body=body,
        received_at=datetime(2022, 1, 1, tzinfo=UTC),
    )


def multipart(charset: str) -> bytes:
    parts = (
        b'--b\r\nContent-Disposition: form-data; name="idMensaje"\r\n\r\n10573758\r\n'
        b'--b\r\nContent-Disposition: form-data; name="cert"; filename="a.pdf"\r\n\r\n%PDF\r\n'
        b'--b\r\nContent-Disposition: form-data; name="Referencia"\r\n\r\n%s\r\n--b--\r\n'
    )
    return parts.replace(b"%s", "Campaña de otoño".encode(charset))


TEXT = json.dumps({"idMensaje": 10573758, "Referencia": "Campaña de otoño"}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (TEXT.encode(), "application/json"),
        (TEXT.encode(), "application/json; charset=utf-8"),
        (TEXT.encode(), ""),
        (b"\r\n " + TEXT.encode(), "text/plain"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "application/json"),
        (TEXT.encode("latin-1"), "application/json; charset=ISO-8859-1"),
        (TEXT.encode("cp1252"), "application/json"),
        (TEXT.encode("cp1252"), "application/json; charset=utf-8"),
        (b"idMensaje=10573758&Referencia=Campa%C3%B1a+de+oto%C3%B1o", "application/x-www-form-urlencoded"),
        (b"idMensaje=10573758&Referencia=Campa%F1a+de+oto%F1o", "application/x-www-form-urlencoded"),
        ("idMensaje=10573758&Referencia=Campaña de otoño".encode("cp1252"), "application/x-www-form-urlencoded"),
        (multipart("utf-8"), "multipart/form-data; boundary=b"),
        (multipart("latin-1"), 'multipart/form-data; boundary="b"; charset=latin1'),
    ],
)
def test_every_form_is_the_same_report(body: bytes, content_type: str) -> None:
    (report,) = read_reports(request(body, content_type))
    assert report.fields == FIELDS
    assert report.raw == body
    assert report.payload.sha256 == hashlib.sha256(body).hexdigest()
    assert (report.payload.index, report.payload.count) == (0, 1)


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "iso-8859-15"])
def test_each_report_of_an_array_is_the_bytes_that_it_came_as(charset: str) -> None:
    slices = ['{"a" : "ñ€"}'.encode(charset), b'{ "b":1.50 }', '{"c":{"d":["é"]}}'.encode(charset)]
    body = b" [" + b" ,\n".join(slices) + b"] "
    reports = read_reports(request(body, f"application/json; charset={charset}"))
    assert [report.raw for report in reports] == slices
    assert [(report.payload.index, report.payload.count) for report in reports] == [(0, 3), (1, 3), (2, 3)]
    assert {report.payload.sha256 for report in reports} == {hashlib.sha256(body).hexdigest()}
    assert reports[1].fields == {"b": "1.50"}


def test_a_query_is_a_report_too() -> None:
    report = read_query(request(b"", "", "idMensaje=10573758&Referencia=Campa%C3%B1a%20de%20oto%C3%B1o"))
    assert report.fields == FIELDS
    assert report.raw == b"idMensaje=10573758&Referencia=Campa%C3%B1a%20de%20oto%C3%B1o"


@given(
    st.binary(max_size=200), st.sampled_from(["", "x; charset=latin1", "x; charset=iso-8859-15", "x; charset=utf-7"])
)
def test_the_exact_bytes_can_always_be_had_back(data: bytes, content_type: str) -> None:
    decoded = decode(data, content_type)
    assert decoded.encoded(decoded.text) == data


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0", "0"),
        ("00", "0"),
        ("0010573758", "10573758"),
        ("11.0", "11"),
        ("1.50", "1.50"),
        ("E-17", "E-17"),
        (" 7 ", "7"),
    ],
)
def test_an_integer_is_one_however_it_is_written(written: str, read: str) -> None:
    assert number_identifier(written, "x") == read


MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        (f"{MESSAGE}.0", Claimed(MESSAGE)),
        (f"{MESSAGE}.12", Claimed(MESSAGE, 12)),
        (f"{MESSAGE}.2.1", Claimed(MESSAGE, 2, 1)),
        (MESSAGE, Claimed(MESSAGE)),
        ("9b2e7c4e-5f0a-4d2b-8c3d-0123456789ab.1", Claimed("9b2e7c4e-5f0a-4d2b-8c3d-0123456789ab", 1)),
        ("9b2e7c4e-5f0a-4d2b-8c3d-0123456789ab", Claimed()),
        (f"{MESSAGE}.", Claimed()),
        (f"{MESSAGE}.x", Claimed()),
        (f"{MESSAGE}.1.", Claimed()),
        (f"{MESSAGE}.1.1.1", Claimed()),
        (f"{MESSAGE}.1\n", Claimed()),
        ("order 17", Claimed()),
        ("", Claimed()),
        (None, Claimed()),
    ],
)
def test_a_reference_of_ours_names_its_sending(reference: str | None, named: Claimed) -> None:
    assert claimed(reference) == named
