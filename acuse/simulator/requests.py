"""The requests that came, as the control API tells them: without what proves the caller."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

MOST_KEPT: Final = 20_000


@dataclass(slots=True)
class Asked:
    """``status`` is None where no whole answer was given; ``fault`` names what the world did to it, if anything, and
    ``passed_on`` whether the simulator saw it all the same.
    """

    provider: str
    method: str
    path: str
    query: str
    body: bytes
    at: datetime
    status: int | None = None
    fault: str | None = None
    passed_on: bool = True

    def document(self) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "body": self.body.decode("utf-8", "replace"),
            "at": self.at.isoformat(),
            "status": self.status,
            "fault": self.fault,
            "passed_on": self.passed_on,
        }


class RequestLog:
    """The latest requests in the order in which they came, and how many there were in all."""

    def __init__(self) -> None:
        self._asked: deque[Asked] = deque(maxlen=MOST_KEPT)
        self.total = 0

    def add(self, asked: Asked) -> None:
        self._asked.append(asked)
        self.total += 1

    def __iter__(self) -> Iterator[Asked]:
        return iter(self._asked)
