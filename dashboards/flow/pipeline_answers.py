"""How the pipeline stands, as it is answered. Whoever reads it must bear fields that are added."""

from datetime import datetime

from msgspec import Struct

from dashboards.answers import DoubtAnswer
from dashboards.flow.lag import GroupLag
from dashboards.problems import Problem
from dashboards.telling_answers import AlertAnswer


class StoredTable(Struct, kw_only=True):
    """A table of the projection: of when its newest row is (of attempts, when the newest event was received that one
    knows of), and how many rows it has, where a later state of an attempt is one more until the two are merged.
    """

    table: str
    newest_at: datetime | None
    rows: int


class Stored(Struct, kw_only=True):
    """Every table of the projection."""

    tables: list[StoredTable]


class Pipeline(Struct, kw_only=True):
    """How it stands at `as_of`. All that was received until `data_as_of` is in the reports.

    `lag` says of every role how far it is behind with what it reads from Kafka; where that is unknown, it is empty and
    `lag_unknown` says why. `doubts` are the oldest; there are more where `more_doubts`. `alerts` are those that are
    open. Of what could not be answered while other parts were, there is nothing, and `problems` has why, by its name.
    """

    as_of: datetime
    data_as_of: datetime | None
    lag: list[GroupLag]
    lag_unknown: str | None
    stored: list[StoredTable]
    alerts: list[AlertAnswer]
    doubts: list[DoubtAnswer]
    more_doubts: bool
    problems: dict[str, Problem]
