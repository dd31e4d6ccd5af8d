"""A back-test from the record to its report."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from acuse.backtest.archive import Archive, Period
from acuse.backtest.outline import Outline
from acuse.backtest.report import Report, Variant
from delivery.backtest.evidence import Drawn, Evidence
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
    known_by = asked.period.heard_until
    settling = horizon(outline.bare(ttl) for ttl in asked.ttls)
    recorded = Tally(outline.price)
    trials = [_Trial(ttl, asked.seeds, outline.price) for ttl in asked.ttls]
    by_ttl = sorted(trials, key=lambda trial: NEVER if trial.ttl is None else trial.ttl)
    left_out = messages = 0
    async with TopicReader(bootstrap_servers) as reader:
        archive = Archive(reader, asked.period, progress)
        await archive.open(asked.most)
        evidence = Evidence()
        await archive.gather(evidence)
        evidence.settle(known_by, settling)
        sample = Sample(asked.most, archive.asked)
        async for histories in archive.histories(sample):
            for history in histories:
                archive.step()
                if not (history.settled or history.begins + settling <= known_by):
                    left_out += 1
                    continue
                messages += 1
                recorded.add(history.state(), history.outcome)
                plan = outline.plan_of(history.request)
                lives = Lives(history, evidence)
                for trial in by_ttl:
                    trial.add(lives, plan)
    return Report(
        plan=asked.plan,
        version=outline.version,
        begins=asked.period.begins,
        ends=asked.period.ends,
        of=asked.period.of,
        heard_until=known_by,
        seeds=asked.seeds,
        sampled=sample.share,
        messages=messages,
        left_out=left_out,
        without_content=outline.without_content,
        unreadable=archive.unreadable,
        currency=asked.currency,
        recorded=recorded.figures(),
        variants=[trial.result() for trial in trials],
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
