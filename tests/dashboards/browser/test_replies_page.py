"""The page of replies in a real browser: what people wrote back, who is answered how soon, and what is behind it."""

import random
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.report_pages import charts_address
from delivery.channels import Channel
from delivery.events import Personal
from delivery.reasons import Reason
from delivery.stages import Stage
from delivery.windows import HELD_ON
from tests.dashboards.browser.behind import click, numbers_behind, shapes

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
SHOWN = "!document.querySelector('[aria-busy]') && document.querySelector('#listed_replies table')"
HOUR = 3600.0
WORDS = ("STOP", "thank you", "yes", "Baja.")


@pytest.fixture
def told(projection, history, start) -> list:
    """The replies of today, each of somebody else; some messages were refused since the person wants no more."""
    dice, now = random.Random(6), (datetime.now(UTC) - start).total_seconds()
    events, replies = [], []
    for number in range(120):
        second = now - dice.uniform(2 * HOUR, 23 * HOUR)
        channel = dice.choice([Channel.SMS, Channel.WHATSAPP, Channel.VIBER])
        told = {"country": dice.choice(["ES", "CO"]), "reference": dice.choice(["spring", "autumn"])}
        story = history(provider=dice.choice(["mensatek", "messente"]), ref=f"y{number}", channel=channel, told=told)
        events.append(story.send(second, second))
        if number % 15 == 0:
            events.append(story.status(Stage.REJECTED, second + 1, second + 1, reason=Reason.OPTED_OUT, code="9"))
            continue
        events.append(story.status(Stage.DELIVERED, second + 9, second + 8))
        if number % 3 == 0:
            person = Personal(sender=f"+346000001{number:02}", recipient="ACME", text=dice.choice(WORDS))
            replies.append(story.reply(second + dice.uniform(60, 6000), reply_id=f"y{number}", personal=person))
    projection.store([*events, *replies])
    return replies


def tile(name: str) -> str:
    return f"document.querySelector('[data-figure={name}]').textContent"


async def test_it_shows_what_people_wrote_back(told, site, tab, photographs) -> None:
    await tab.goto(f"{site}/reports/replies?lang=en&zone=Europe/Madrid")
    await tab.until(SHOWN)
    out = sum(reply.personal.text in ("STOP", "Baja.") for reply in told)
    open_now = sum(reply.channel in HELD_ON for reply in told)
    shown = [await tab.run(tile(name)) for name in ("replies_count", "people", "opt_outs", "answered", "open_now")]
    assert shown == [str(n) for n in (len(told), len(told), out, len(told), open_now)]
    summed = (
        "[...document.querySelectorAll('#%s tbody tr')].reduce((sum, { cells }) => sum + +cells[%d].textContent, 0)"
    )
    assert await tab.run(summed % ("replies_over_time", 1)) == len(told)
    assert await tab.run(summed % ("conversations", 2)) == open_now
    assert await tab.run(summed % ("closing_hours", 3)) == open_now
    hours = "[...document.querySelectorAll('#replies_over_time tbody a')].map((link) => [link.textContent, link.href])"
    for count, href in (await tab.run(hours))[:3]:
        asked = parse_qs(urlsplit(href).query)
        bucket = [datetime.fromisoformat(asked[name][0]) for name in ("from", "to")]
        assert count == str(sum(bucket[0] <= reply.received_at < bucket[1] for reply in told))
    behind = await numbers_behind(tab)
    assert len(behind) > 10
    assert [pair for pair in behind if pair[0] != pair[1]] == []
    listed = await tab.run("document.querySelector('#listed_replies').textContent")
    assert "+34•••" in listed
    assert not any(reply.personal.sender in listed for reply in told)
    await tab.photograph(photographs / "replies.png")
    await tab.run("document.querySelector('[data-figure=opt_outs] a').click()")
    await tab.until(f"{SHOWN} && document.querySelectorAll('#listed_replies tbody tr').length === {min(out, 25)}")
    (link,) = await tab.run("[document.querySelector('#listed_replies tbody a').getAttribute('href')]")
    assert link.startswith("/messages/")


@pytest.mark.usefixtures("told")
async def test_it_is_read_in_spanish_in_the_dark_on_a_phone(site, tab, photographs) -> None:
    await tab.sized(400)
    await tab.goto(f"{site}/reports/replies?lang=es&theme=dark&group=channel")
    await tab.until(SHOWN)
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    assert await tab.run("document.title") == "Respuestas · Acuse"
    await tab.photograph(photographs / "replies-dark-400.png")
    if charts_address():
        await click(tab, shapes("#replies_over_time", wider=3, higher=5))
        await tab.until(f"location.search.includes('from=') && {SHOWN}")
        asked = parse_qs(urlsplit(await tab.run("location.href")).query)
        ends = [datetime.fromisoformat(asked[name][0]) for name in ("from", "to")]
        assert (ends[1] - ends[0]).total_seconds() == HOUR
        rows = await tab.run("document.querySelectorAll('#listed_replies tbody tr').length")
        assert str(rows) == await tab.run(tile("replies_count"))
