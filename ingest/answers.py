"""What both routes answer alike, and how each answer is counted."""

from typing import Final, NamedTuple

from starlette.responses import Response

from ingest import responses
from ingest.bodies import BodyTooLarge, BodyTooSlow, TooManyBodies
from ingest.metrics import Outcome
from ingest.publisher import NotPublished, RecordTooLarge

REFUSABLE: Final = (BodyTooLarge, BodyTooSlow, TooManyBodies, NotPublished)
"""What can keep a request from being read whole, or its events from being kept."""


class Answer(NamedTuple):
    outcome: Outcome
    response: Response


ACCEPTED: Final = Answer(Outcome.ACCEPTED, responses.no_content())


def refused(error: Exception) -> Answer:
    """The answer to one of `REFUSABLE`: whether to send less, or the same again later."""
    if isinstance(error, (BodyTooLarge, RecordTooLarge)):
        return Answer(Outcome.TOO_LARGE, responses.too_large(str(error)))
    if isinstance(error, BodyTooSlow):
        close = {"connection": "close"}
        return Answer(Outcome.TOO_SLOW, responses.refusal(408, str(error), headers=close))
    return Answer(Outcome.UNAVAILABLE, responses.unavailable(str(error)))


def bad_method(allowed: frozenset[str]) -> Answer:
    listed = ", ".join(sorted(allowed))
    return Answer(Outcome.BAD_METHOD, responses.refusal(405, f"use {listed}", headers={"allow": listed}))


def unauthorized(remedy: str, challenge: str) -> Answer:
    return Answer(Outcome.UNAUTHORIZED, responses.refusal(401, remedy, headers={"www-authenticate": challenge}))
