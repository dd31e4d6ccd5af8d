"""Providers side by side, and what they cost, against the same worked out from each attempt."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest

from delivery.stages import Stage
from tests.dashboards.worked_out import ratio

MATURE = timedelta(hours=1)


async def test_providers_on_the_same_mix(told, asking, rows_of, counted, same) -> None:
    asked = asking()
    chosen = told.chosen(asked)
    strata = defaultdict(list)
    for each in chosen:
        strata[each.attempt.provider, each.attempt.channel, each.group("country")].append(each)
    rows = await rows_of("providers", "figures", asked)
    assert {(row.provider, row.channel) for row in rows} == {key[:2] for key in strata}
    for row in rows:
        members = [e for e in chosen if (e.attempt.provider, e.attempt.channel) == (row.provider, row.channel)]
        names = ("handed_over", "delivered", "failed", "in_flight", "unknown", "delivery_rate", "p50", "p95", "p99")
        expected = counted(members)
        same(row, {name: expected[name] for name in names})
        weights = defaultdict(int)
        for (_, channel, country), of in strata.items():
            if channel == row.channel:
                weights[country] += counted(of)["handed_over"]
        mine = {c: counted(strata[row.provider, row.channel, c]) for c in weights}
        mine = {country: counts for country, counts in mine.items() if counts["handed_over"]}
        covered = sum(weights[country] for country in mine)
        rate = sum(weights[c] * counts["delivered"] / counts["handed_over"] for c, counts in mine.items())
        quick = sum(weights[c] * counts["within_1min"] / counts["handed_over"] for c, counts in mine.items())
        assert row.same_mix_rate == pytest.approx(rate / covered)
        assert row.same_mix_within_1min == pytest.approx(quick / covered)
        assert row.mix_covered == pytest.approx(covered / sum(weights.values()))
        old = [e for e in members if e.fate != "scheduled" and e.attempt.stage is not Stage.REJECTED]
        old = [e for e in old if e.began <= asked.as_of - MATURE]
        heard = [e for e in old if e.fate in ("delivered", "failed")]
        assert (row.receipts_awaited, row.receipts) == (len(old), len(heard))
        assert row.receipt_coverage == pytest.approx(ratio(len(heard), len(old)))
        assert row.contradictions == sum(bool(e.attempt.contradictions) for e in members)
        assert row.revised == sum(e.attempt.revised for e in members)
        conclusive = [
            e.attempt.updated_at
            for e in members
            if e.fate in ("delivered", "failed") and e.attempt.stage is not Stage.REJECTED
        ]
        assert row.last_receipt_at == max(conclusive)
        assert row.silent_seconds == pytest.approx((asked.as_of - max(conclusive)).total_seconds(), abs=1)


async def test_one_of_a_kind(projection, history, asking, rows_of) -> None:
    projection.store([history().send(0.0)])
    (row,) = await rows_of("providers", "figures", asking())
    assert (row.handed_over, row.delivery_rate, row.same_mix_rate, row.mix_covered) == (1, 0.0, 0.0, 1.0)
    assert (row.last_receipt_at, row.silent_seconds) == (None, None)
    assert await rows_of("providers", "costs", asking()) == []


async def test_what_a_delivery_cost(projection, history, asking, rows_of) -> None:
    """Attempts of unknown cost are not in it."""
    spent, arrived, sent = defaultdict(Decimal), defaultdict(int), defaultdict(int)
    for number in range(24):
        provider = ("mensatek", "messente")[number % 2]
        country = ("ES", "CO", None)[number * number % 5 % 3]
        cost = None if number == 3 else Decimal("0.0415") + number
        attempt = history(provider=provider, ref=f"c{number}", told={"country": country})
        events = [attempt.send(3.0, expected_cost=cost)]
        if number % 3:
            events.append(attempt.status(Stage.DELIVERED, 9.0))
        projection.store(events)
        if cost is not None:
            for key in (provider, (provider, country)):
                spent[key] += cost
                arrived[key] += bool(number % 3)
                sent[key] += 1
    rows = await rows_of("providers", "costs", asking())
    names = ("mensatek", "messente")
    assert {row.provider: (row.sendings, row.cost, row.delivered) for row in rows} == {
        name: (sent[name], spent[name], arrived[name]) for name in names
    }
    for row in rows:
        assert row.cost_per_delivered == pytest.approx(float(spent[row.provider]) / arrived[row.provider])
        mine = {key[1]: key for key in sent if isinstance(key, tuple) and key[0] == row.provider}
        weights = {country: sum(sent[name, country] for name in names) for country in mine}
        assert len(weights) > 1
        cost = sum(weights[country] * float(spent[key]) / sent[key] for country, key in mine.items())
        came = sum(weights[country] * arrived[key] / sent[key] for country, key in mine.items())
        assert row.same_mix_cost_per_delivered == pytest.approx(cost / came)
