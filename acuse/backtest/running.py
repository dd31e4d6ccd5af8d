"""A back-test from the record to its report."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from acuse.backtest.archive import Archive, Period
from acuse.backtest.outline import Outline
from acuse.backtest.report import Report, Variant
from delivery.backtest.evidence import Drawn, Evidence
from delivery.backtest.histories import History
from delivery.backtest.lives import NEVER, Lives
from delivery.backtest.sampling import Sample
from delivery.backtest.tally import Price, Tally, spread
from delivery.backtest.variants import horizon, with_ttl
from delivery.plans import Plan
from ingest.topic_reader import TopicReader


@dataclass(frozen=True, slots=True)
class Asked:
    """``ttls`` are tried beside the plan's own, where that is None. ``most`` bounds the messages looked at."""

    plan: str
    period: Period
    ttls: Sequence[int | None]
    seeds: int
    most: int
    currency: str


async def backtest(
    bootstrap_servers: str, asked: Asked, outline: Outline, progress: Callable[[int, int], None]
) -> Report:
    """Raises `LookupError`, `TopicStalled` and what Kafka's client raises."""
    settling = horizon(outline.bare(ttl) for ttl in asked.ttls)
    lived = _Lived(asked, outline, settling)
    async with TopicReader(bootstrap_servers) as reader:
        archive = Archive(reader, asked.period, progress)
        await archive.open(asked.most)
        evidence = Evidence()
        await archive.gather(evidence)
        evidence.settle(asked.period.heard_until, settling)
        sample = Sample(asked.most, archive.asked)
        async for histories in archive.histories(sample):
            for history in histories:
                archive.step()
                lived.add(history, evidence)
    return lived.report(sampled=sample.share, unreadable=archive.unreadable)


class _Lived:
    """What became of the messages, and what would have in each trial. Those are left out of which too little can be
    known yet: they have not come to an end, and a plan may take as long as ``settling``.
    """

    def __init__(self, asked: Asked, outline: Outline, settling: timedelta) -> None:
        self._asked = asked
        self._outline = outline
        self._settling = settling
        self._recorded = Tally(outline.price)
        self._trials = [_Trial(ttl, asked.seeds, outline.price) for ttl in asked.ttls]
        self._by_ttl = sorted(self._trials, key=lambda trial: NEVER if trial.ttl is None else trial.ttl)
        self._messages = 0
        self._left_out = 0

    def add(self, history: History, evidence: Evidence) -> None:
        if not history.settled and history.begins + self._settling > self._asked.period.heard_until:
            self._left_out += 1
            return
        self._messages += 1
        self._recorded.add(history.state(), history.outcome)
        plan = self._outline.plan_of(history.request)
        lives = Lives(history, evidence)
        for trial in self._by_ttl:
            trial.add(lives, plan)

    def report(self, *, sampled: float, unreadable: int) -> Report:
        asked = self._asked
        return Report(
            plan=asked.plan,
            version=self._outline.version,
            begins=asked.period.begins,
            ends=asked.period.ends,
            of=asked.period.of,
            heard_until=asked.period.heard_until,
            seeds=asked.seeds,
            sampled=sampled,
            messages=self._messages,
            left_out=self._left_out,
            without_content=self._outline.without_content,
            unreadable=unreadable,
            currency=asked.currency,
            recorded=self._recorded.figures(),
            variants=[trial.result() for trial in self._trials],
        )


class _Trial:
    """One ttl, with every seed."""

    def __init__(self, ttl: int | None, seeds: int, price: Price) -> None:
        self.ttl = ttl
        self._tallies = [Tally(price) for _ in range(seeds)]
        self._fates: Counter[Drawn] = Counter()

    def add(self, lives: Lives, plan: Plan) -> None:
        plan = with_ttl(plan, self.ttl)
        for seed, tally in enumerate(self._tallies):
            life = lives.under(plan, seed)
            tally.add(life.replayed.state, life.replayed.outcome)
            self._fates.update(life.drawn)

    def result(self) -> Variant:
        seeds = len(self._tallies)
        return Variant(
            ttl_seconds=self.ttl,
            figures=spread([tally.figures() for tally in self._tallies]),
            fates={drawn.value: self._fates[drawn] / seeds for drawn in Drawn},
        )
