"""The page of providers in a real browser: trust and its parts, sides, receipts, cost, and where its numbers lead."""

import random
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.report_pages import charts_address
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import Stage
from tests.dashboards.browser.behind import click, numbers_behind, shapes

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
SHOWN = "!document.querySelector('[aria-busy]') && document.querySelector('#side_by_side table')"
HOUR = 3600.0
PLANNED = 24


@pytest.fixture
def told(projection, history, start) -> dict[str, int]:
    """How many each was handed in 23 hours; a few were sent by a plan, and their cost is known. Mensatek tells every
    end by its own clock, messente every other one, and contradicts itself.
    """
    dice, now = random.Random(4), (datetime.now(UTC) - start).total_seconds()
    handed: dict[str, int] = {}
    events = []
    for number in range(300):
        provider = dice.choice(["mensatek", "mensatek", "messente"])
        second = now - dice.uniform(2 * HOUR, 23 * HOUR)
        told = {"country": dice.choice(["ES", "CO"] if provider == "mensatek" else ["ES", "ES", "PT"])}
        cost = Decimal("0.04") + number % 3 * Decimal("0.01") if number < PLANNED else None
        channel = dice.choice([Channel.SMS, Channel.SMS, Channel.WHATSAPP])
        channel = Channel.SMS if number < PLANNED else channel
        story = history(provider=provider, ref=f"p{number}", channel=channel, told=told)
        handed[provider] = handed.get(provider, 0) + 1
        events.append(story.send(second, second, expected_cost=cost))
        if provider == "messente" and number % 2:
            continue
        if number % 9 == 0:
            reason = dice.choice([Reason.BLOCKED, None])
            events.append(story.status(Stage.UNDELIVERED, second + 40, second + 39, reason=reason, code="51"))
            continue
        claimed = second + dice.uniform(2, 90) if provider == "mensatek" else None
        events.append(story.status(Stage.DELIVERED, second + 91, claimed))
        if provider == "messente" and number % 3 == 0:
            events.append(story.status(Stage.EXPIRED, second + 400, second + 399, code="late"))
    projection.store(events)
    return handed


def rows(panel: str, cells: int = 99) -> str:
    return (
        f"[...document.querySelectorAll('#{panel} tbody tr')]"
        f".map((row) => [...row.cells].slice(0, {cells}).map((cell) => cell.textContent))"
    )


async def test_it_puts_providers_side_by_side(told, site, tab, photographs) -> None:
    await tab.goto(f"{site}/reports/providers?lang=en&zone=Europe/Madrid")
    await tab.until(SHOWN)
    sides = await tab.run(rows("side_by_side", 3))
    assert {tuple(row[:2]) for row in sides} == {(p, c) for p in told for c in ("sms", "whatsapp")}
    assert {p: sum(int(row[2]) for row in sides if row[0] == p) for p in told} == told
    scores = {(row[0], row[1]): row for row in await tab.run(rows("trust"))}
    assert int(scores["mensatek", "sms"][2]) > int(scores["messente", "sms"][2])
    head = "[...document.querySelectorAll('#trust thead th')].map((cell) => cell.textContent)"
    parts = {name: place for place, name in enumerate(await tab.run(head))}
    told_well = ("receipts", "ends that stay", "hours not silent", "own times", "known codes")
    assert [scores["mensatek", "sms"][parts[name]] for name in told_well] == ["100%"] * 5
    assert scores["messente", "sms"][parts["own times"]] == "0%"
    assert await tab.run("document.querySelectorAll('#trust li').length") >= 6
    costs = await tab.run(rows("costs"))
    assert sum(int(row[2]) for row in costs) == PLANNED
    receipts = {(row[0], row[1]): row for row in await tab.run(rows("provider_receipts"))}
    assert int(receipts["messente", "sms"][5]) > 0
    assert receipts["mensatek", "sms"][4:6] == ["100%", "0"]
    behind = await numbers_behind(tab)
    assert len(behind) > 20
    assert [pair for pair in behind if pair[0] != pair[1]] == []
    await tab.photograph(photographs / "providers.png")


@pytest.mark.usefixtures("told")
async def test_it_is_read_in_spanish_in_the_dark_on_a_phone(site, tab, photographs) -> None:
    await tab.sized(400)
    await tab.goto(f"{site}/reports/providers?lang=es&theme=dark&channel=sms&measure=p95")
    await tab.until(SHOWN)
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    assert await tab.run("document.title") == "Proveedores · Acuse"
    assert {row[1] for row in await tab.run(rows("side_by_side", 2))} == {"sms"}
    await tab.photograph(photographs / "providers-dark-400.png")
    if charts_address():
        await click(tab, shapes("#trust", wider=30, higher=8))
        await tab.until("location.search.includes('provider=')")
        asked = parse_qs(urlsplit(await tab.run("location.href")).query)
        assert (asked["channel"], asked["theme"], asked["measure"]) == (["sms"], ["dark"], ["p95"])
