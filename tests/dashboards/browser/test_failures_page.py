"""The page of failures in a real browser: what failed and why, what changed, and the messages behind each number."""

import random
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.report_pages import charts_address
from dashboards.reports.reasons import PERMANENT, TEMPORARY
from delivery.events import Personal
from delivery.reasons import Reason
from delivery.stages import Stage
from tests.dashboards.browser.behind import click, numbers_behind, shapes

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
SHOWN = "!document.querySelector('[aria-busy]') && document.querySelector('#groups table')"
HOUR = 3600.0
needs_charts = pytest.mark.skipif(
    not charts_address(), reason="this installation was made where npm could not be asked for ECharts"
)
WHYS = (
    (Reason.UNKNOWN_NUMBER, "3", "Unknown subscriber"),
    (Reason.UNKNOWN_NUMBER, "31", "Number not in use"),
    (Reason.BLOCKED, "51", "Blocked by the operator"),
    (Reason.HANDSET_FULL, "9", "Memory full"),
    (Reason.ABSENT_SUBSCRIBER, "6", "Absent subscriber"),
    (None, "??", ""),
)


@pytest.fixture
def told(projection, history, start) -> list[Reason | None]:
    """The reasons of today's failures; yesterday nothing was blocked."""
    dice, now = random.Random(8), (datetime.now(UTC) - start).total_seconds()
    failed: list[Reason | None] = []
    events = []
    for number in range(260):
        today = number < 180
        second = now - dice.uniform(900, 23 * HOUR) - (0 if today else 24 * HOUR)
        story = history(
            provider=dice.choice(["mensatek", "messente"]),
            ref=f"n{number}",
            told={
                "country": dice.choice(["ES", "CO", None]),
                "personal": Personal(recipient="+34600000001", sender=dice.choice(["ACME", "BANK"])),
            },
        )
        events.append(story.send(second, second))
        reason, code, words = WHYS[int(dice.random() ** 2 * len(WHYS))]
        fails = number % 3 == 0 and (today or reason is not Reason.BLOCKED)
        if fails:
            end = {"reason": reason, "code": code, "code_text": words}
            failed += [reason] * today
            events.append(story.status(Stage.UNDELIVERED, second + 30, second + 29, **end))
        elif number % 20 == 1:
            events.append(
                story.status(
                    Stage.SENT, second + 3, second + 2, reason=Reason.HANDSET_FULL, code="9", code_text="Memory full"
                )
            )
        elif number % 20 != 2:
            events.append(story.status(Stage.DELIVERED, second + 9, second + 8))
    projection.store(events)
    return failed


def tile(name: str) -> str:
    return f"document.querySelector('[data-figure={name}]').textContent"


async def test_it_shows_what_fails_and_why(told, site, tab, photographs) -> None:
    await tab.goto(f"{site}/reports/failures?lang=en&zone=Europe/Madrid")
    await tab.until(SHOWN)
    permanent = sum(reason in PERMANENT for reason in told)
    temporary = sum(reason in TEMPORARY for reason in told)
    lasting = [permanent, temporary, len(told) - permanent - temporary]
    names = ("failed", "permanent", "temporary", "of_unknown_lasting")
    assert [await tab.run(tile(name)) for name in names] == list(map(str, [len(told), *lasting]))
    words = await tab.run("document.querySelector('#reasons tbody').textContent")
    assert all(said in words for *_, said in WHYS)
    changed = "[...document.querySelectorAll('#changes tbody tr')].map((row) => row.textContent)"
    blocked = [row for row in await tab.run(changed) if row.startswith("blocked")]
    assert blocked
    behind = await numbers_behind(tab)
    assert len(behind) > 30
    assert [pair for pair in behind if pair[0] != pair[1]] == []
    await tab.photograph(photographs / "failures.png")


@pytest.mark.usefixtures("told")
async def test_it_is_grouped_by_its_address_and_read_in_spanish(site, tab, photographs) -> None:
    await tab.sized(400)
    await tab.goto(f"{site}/reports/failures?lang=es&group=country&theme=dark&measure=failure_rate")
    await tab.until(SHOWN)
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    assert await tab.run("document.title") == "Fallos · Acuse"
    rows = "[...document.querySelectorAll('#groups tbody tr')].map((row) => row.cells[0].textContent)"
    assert sorted(await tab.run(rows)) == ["CO", "ES", "—"]
    await tab.photograph(photographs / "failures-dark-400.png")


@needs_charts
@pytest.mark.usefixtures("told")
async def test_a_bar_leads_to_its_failures(site, tab) -> None:
    await tab.goto(f"{site}/reports/failures?lang=en")
    await tab.until(SHOWN)
    await click(tab, shapes("#countries", wider=60, higher=10))
    await tab.until("location.pathname === '/messages'")
    asked = parse_qs(urlsplit(await tab.run("location.href")).query)
    assert asked["outcome"] == ["failed"]
    assert asked["country"][0] in ("ES", "CO")
