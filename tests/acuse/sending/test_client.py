from collections.abc import Callable

import httpx2
import pytest

from acuse.errors import Refusal
from acuse.sending.address import IngestAddress
from acuse.sending.client import LONGEST_PAUSE_SECONDS, TRIES, SendClient

ADDRESS = IngestAddress("http://ingest:8090", "the-token")
ACCEPTED = httpx2.Response(202, json={"message_id": "m"})


def away(seconds: str = "5") -> httpx2.Response:
    return httpx2.Response(503, json={"error": "Kafka is away"}, headers={"retry-after": seconds})


class Ingest:
    """Answers in turn, and keeps what it was asked and how long its client waited."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> SendClient:
        return SendClient(ADDRESS, transport=httpx2.MockTransport(self), pause=self.pauses.append)


def send(ingest: Ingest) -> dict[str, str]:
    with ingest.client() as client:
        return client.send(b"{}", "a-key")


def test_what_is_asked() -> None:
    ingest = Ingest(ACCEPTED)
    assert send(ingest) == {"message_id": "m"}
    (request,) = ingest.asked
    assert (request.method, str(request.url), request.content) == ("POST", "http://ingest:8090/v1/messages", b"{}")
    assert request.headers["authorization"] == "Bearer the-token"
    assert request.headers["idempotency-key"] == "a-key"
    assert request.headers["content-type"] == "application/json"


def test_it_asks_again_with_the_same_key_as_late_as_it_is_told() -> None:
    ingest = Ingest(away(), httpx2.ConnectError("refused"), away("3600"), httpx2.ReadTimeout("late"), ACCEPTED)
    assert send(ingest) == {"message_id": "m"}
    assert {request.headers["idempotency-key"] for request in ingest.asked} == {"a-key"}
    assert ingest.pauses[0] == 5
    assert ingest.pauses[2] == LONGEST_PAUSE_SECONDS
    assert all(0 < pause <= LONGEST_PAUSE_SECONDS for pause in ingest.pauses)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [(away, "Kafka is away"), (lambda: httpx2.ConnectError("x"), "does not answer (ConnectError)")],
)
def test_it_gives_up(trouble: Callable[[], httpx2.Response | Exception], said: str) -> None:
    ingest = Ingest(*(trouble() for _ in range(TRIES)))
    with pytest.raises(Refusal) as refused:
        send(ingest)
    assert said in str(refused.value)
    assert f"gave up after {TRIES} tries" in str(refused.value)
    assert len(ingest.pauses) == TRIES - 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx2.Response(401, json={"error": "no"}), "set [api] tokens"),
        (httpx2.Response(422, json={"error": "give another", "field": "to"}), "ingest at http://ingest:8090: to: give"),
        (httpx2.Response(413, json={"error": "too large"}), "too large"),
        (httpx2.Response(502, text="<html>"), "HTTP 502"),
        (httpx2.Response(500, json=["?"]), "HTTP 500"),
    ],
)
def test_what_will_not_become_better_is_not_asked_again(answer: httpx2.Response, said: str) -> None:
    ingest = Ingest(answer)
    with pytest.raises(Refusal) as refused:
        send(ingest)
    assert said in str(refused.value)
    assert "the-token" not in str(refused.value)
    assert len(ingest.asked) == 1


def test_settling() -> None:
    ingest = Ingest(httpx2.Response(202, json={"message_id": "m", "step": 1}))
    with ingest.client() as client:
        client.settle("m", b'{"step": 1}')
    assert str(ingest.asked[0].url) == "http://ingest:8090/v1/messages/m/settle"
