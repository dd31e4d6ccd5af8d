"""What came of plans: read back, and held against what the providers say that they were asked for and told."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from rich.table import Table

from acuse.demo.checks import Burst, Check, equal
from acuse.demo.figures import narrow_table
from acuse.demo.sendings import Story, stories
from dashboards.answers import MessageSummary
from delivery.decisions import FailoverOutcome

IN_WORDS: Final[Mapping[FailoverOutcome, str]] = {
    FailoverOutcome.RESCUED: "a further one arrived",
    FailoverOutcome.NEEDLESS: "the first one arrived",
    FailoverOutcome.BOTH: "both arrived",
    FailoverOutcome.FAILED_TOO: "none arrived",
}


@dataclass(slots=True)
class PlanRow:
    """``went_on`` counts messages of which a further step was sent, ``outcomes`` what came of those by now."""

    messages: int = 0
    went_on: int = 0
    outcomes: Counter[FailoverOutcome] = field(default_factory=Counter)


def check_failovers(burst: Burst) -> list[Check]:
    """Did every message go by its plan, did those go on that should, and is known what came of it?

    What nobody has been told yet, and what is in doubt, is left out of the latter on both sides.
    """
    told = {
        message_id: story
        for message_id, story in stories(burst.planned, burst.taken, burst.ours).items()
        if message_id not in burst.doubts
    }
    known = burst.failovers
    by_plan = sum(
        message_id in known and known[message_id].plan == wanted.plan for message_id, wanted in burst.planned.items()
    )
    went_on = sum(message_id in known and went_on_here(known[message_id]) for message_id in told)
    return [
        equal("messages with a plan", len(burst.planned), by_plan),
        equal("… sent by a further step", sum(story.went_on for story in told.values()), went_on),
        *_outcomes(told, known),
    ]


def plan_rows(burst: Burst) -> dict[str, PlanRow]:
    """By the plan's name, as was read back."""
    rows: dict[str, PlanRow] = {}
    for message in burst.failovers.values():
        row = rows.setdefault(message.plan or "", PlanRow())
        row.messages += 1
        row.went_on += went_on_here(message)
        if message.failover is not None:
            row.outcomes[message.failover] += 1
    return dict(sorted(rows.items()))


def plan_table(rows: Mapping[str, PlanRow]) -> Table:
    table = narrow_table("\nWhat came of plans")
    table.add_column("", no_wrap=True)
    for figure in ("sent", "went\non", "res-\ncued", "need-\nless", "both", "failed\ntoo"):
        table.add_column(figure, justify="right", no_wrap=True)
    for name, row in rows.items():
        outcomes = (f"{row.outcomes[outcome]:,}" for outcome in IN_WORDS)
        table.add_row(name, f"{row.messages:,}", f"{row.went_on:,}", *outcomes)
    return table


def went_on_here(message: MessageSummary) -> bool:
    """Whether a further step was sent, as its attempts say."""
    return len({attempt.step for attempt in message.attempts} - {None}) > 1


def _outcomes(told: Mapping[str, Story], known: Mapping[str, MessageSummary]) -> Iterator[Check]:
    """Of those of which the providers' callbacks tell what came of going on, for how many the same is known here."""
    truth = {message_id: story.outcome for message_id, story in told.items() if story.outcome is not None}
    stored = [
        outcome
        for message_id, outcome in truth.items()
        if message_id in known and known[message_id].failover is outcome
    ]
    for outcome, words in IN_WORDS.items():
        yield equal(f"… … {words}", Counter(truth.values())[outcome], Counter(stored)[outcome])
