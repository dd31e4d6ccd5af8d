"""The errors of Messente's document."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
from starlette.responses import Response

NOT_FOUND: Final = "101"
FORBIDDEN: Final = "102"
UNAUTHORIZED: Final = "103"
INTERNAL: Final = "104"
INVALID: Final = "105"
MISSING: Final = "106"
NOT_ALLOWED: Final = "107"

_TITLES: Final = {
    NOT_FOUND: "Not found",
    FORBIDDEN: "Forbidden",
    UNAUTHORIZED: "Unauthorized",
    INTERNAL: "Internal Server Error",
    INVALID: "Invalid data",
    MISSING: "Missing data",
    NOT_ALLOWED: "Method not allowed",
}


class Problem(NamedTuple):
    """``source`` is the field at fault, None where the status is not 400."""

    code: str
    detail: str
    source: str | None = None


class Failed(Exception):
    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__(status)
        self.status = status
        self.problems = problems


def answer(status: int, problems: Sequence[Problem]) -> Response:
    errors = [
        {"title": _TITLES[code], "detail": detail, "code": code, "source": source} for code, detail, source in problems
    ]
    return Response(msgspec.json.encode({"errors": errors}), status, media_type="application/json")
