"""What a question cost: what the engine read for it, and how long that took."""

from collections.abc import Iterable
from typing import Final

from clickhouse_connect.driver.query import QueryResult
from msgspec import Struct
from starlette.responses import Response

HEADER: Final = "Acuse-Read"


class Read(Struct, frozen=True, kw_only=True):
    """Rows and bytes, uncompressed, that ClickHouse read from its tables, and the seconds that it took."""

    rows: int
    bytes: int
    seconds: float

    def __add__(self, other: "Read") -> "Read":
        return Read(
            rows=self.rows + other.rows, bytes=self.bytes + other.bytes, seconds=round(self.seconds + other.seconds, 6)
        )


NOTHING_READ: Final = Read(rows=0, bytes=0, seconds=0.0)


def read_for(result: QueryResult, seconds: float) -> Read:
    """As the engine says; ``seconds`` as it was waited for."""
    told = result.summary
    return Read(rows=int(told.get("read_rows", 0)), bytes=int(told.get("read_bytes", 0)), seconds=round(seconds, 6))


def costed(response: Response, reads: Iterable[Read]) -> Response:
    """The same, with a header that says what all of it cost."""
    read = sum(reads, NOTHING_READ)
    response.headers[HEADER] = f"rows={read.rows}, bytes={read.bytes}, seconds={read.seconds:.3f}"
    return response
