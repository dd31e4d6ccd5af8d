"""What the routes of the API have in common: who may call, what is refused, and what is counted."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from starlette.types import Receive, Scope, Send

from ingest import responses
from ingest.answers import REFUSABLE, Answer, bad_method, refused
from ingest.bearer import Bearers, unknown_bearer
from ingest.bodies import BodyReader, ClientLeft
from ingest.invalid import InvalidField
from ingest.items import NotJson
from ingest.metrics import NO_PROVIDER, Metrics, Outcome

SEVERAL: Final = "several"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """`token` is the bearer's. Header names are in lower case; `parameters` are those of the path."""

    token: bytes
    body: bytes
    headers: Mapping[str, str]
    parameters: Mapping[str, str]


class Done(NamedTuple):
    """`provider` is the one that the request concerns, for the count."""

    answer: Answer
    provider: str = NO_PROVIDER


Work = Callable[[ApiRequest], Awaitable[Done]]
"""May raise `NotJson`, `InvalidField` and whatever is `REFUSABLE`."""


class ApiRoute:
    """The ASGI application of one path, which takes one method, from bearers."""

    def __init__(self, method: str, work: Work, *, bearers: Bearers, reader: BodyReader, metrics: Metrics) -> None:
        self._methods = frozenset({method})
        self._work = work
        self._bearers = bearers
        self._reader = reader
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer, provider = await self._done(scope, receive)
        except ClientLeft:
            self._metrics.answered(NO_PROVIDER, Outcome.ABANDONED)
            return
        self._metrics.answered(provider, answer.outcome)
        await answer.response(scope, receive, send)

    async def _done(self, scope: Scope, receive: Receive) -> Done:
        if scope["method"] not in self._methods:
            return Done(bad_method(self._methods))
        token = self._bearers.token(scope)
        if token is None:
            return Done(unknown_bearer())
        try:
            body = await self._reader.read(scope, receive)
            return await self._work(
                ApiRequest(
                    token=token,
                    body=body,
                    headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
                    parameters=scope.get("path_params", {}),
                )
            )
        except NotJson as error:
            return Done(Answer(Outcome.UNREADABLE, responses.refusal(400, str(error), field="body")))
        except InvalidField as error:
            return Done(Answer(Outcome.INVALID, responses.refusal(422, error.remedy, field=error.field)))
        except REFUSABLE as error:
            return Done(refused(error))


def one_label(providers: Iterable[str]) -> str:
    """The provider that a request concerns, in one word."""
    named = set(providers)
    return named.pop() if len(named) == 1 else SEVERAL
