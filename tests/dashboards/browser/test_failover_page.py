"""The failover page in a real browser: what it shows, how it is steered, and that it keeps to its own policy."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from dashboards.report_pages import charts_address
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome, Grounds, Why
from delivery.reasons import Reason
from tests.sinks.sending_story import BEGAN, SendingStory

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
SETTLED = "!document.querySelector('[aria-busy]') && document.querySelector('#asof time')"
STARTED = "document.querySelector('#decisions table')"
FATES = [
    *[FailoverOutcome.RESCUED] * 5,
    *[FailoverOutcome.NEEDLESS] * 2,
    FailoverOutcome.BOTH,
    *[FailoverOutcome.FAILED_TOO] * 2,
    None,
]
"""What came of messages whose first step failed, None: nobody knows yet."""
SLOW_STEPS = """
const real = window.fetch;
window.fetch = (asked, ...more) => asked.includes("table=steps")
  ? Promise.resolve(new Response('{"error": "too slow"}', { status: 504 })) : real(asked, ...more);
"""
"""From here on one table is not answered in time."""
QUIET = 9
"""Messages that needed one step only."""


def figure(name: str) -> str:
    return f"document.querySelector('[data-figure={name}]').textContent"


@pytest.fixture
def began() -> float:
    """Seconds of the stories that are half an hour ago."""
    return (datetime.now(UTC) - timedelta(minutes=30) - BEGAN).total_seconds()


@pytest.fixture
def told(projection, began) -> list[str]:
    """The ids of messages that failed over, in the order in which they were asked for."""
    ids = []
    for place, outcome in enumerate([*FATES, *[False] * QUIET]):
        story, second = SendingStory(), began + place * 10
        asked = Grounds(rule="it was asked for", plan="sms-first", plan_version="0a1b2c")
        first = story.send(second + 1, 1, cost=Decimal("0.045"), grounds=asked)
        records = [story.request(second, plan=story.plan()), first]
        if outcome is not False:
            ids.append(story.message_id)
            onward = {"order": story.order(provider="messente", channel=Channel.VIBER), "cost": Decimal("0.08")}
            grounds = msgspec.structs.replace(asked, rule="step 1 failed: the next step", reason=Reason.HANDSET_ERROR)
            records.append(story.send(second + 60, 2, why=Why.FAILED, grounds=grounds, **onward))
        if outcome:
            records.append(story.outcome(second + 90, outcome, step=2, added_seconds=75.0, grounds=asked))
        projection.tell(*records)
    return ids


async def test_it_shows_what_failing_over_came_to(told, site, tab, photographs) -> None:
    await tab.goto(f"{site}/reports/failover?lang=en")
    await tab.until(STARTED)
    await tab.until(SETTLED)
    assert await tab.run(figure("messages")) == str(len(FATES) + QUIET)
    assert await tab.run(figure("failed_over")) == str(len(told))
    assert [await tab.run(figure(name)) for name in ("rescued", "needless", "both", "failed_too", "pending")] == [
        *("5", "2", "1", "2", "1")
    ]
    assert await tab.run(figure("rescue_rate")) == "50%"
    assert await tab.run(figure("extra_cost")) == "0.88"
    assert await tab.run(figure("added_seconds_p50")) == "1 min 15 s"
    step = await tab.run("document.querySelector('#steps tbody tr').textContent")
    assert "mensatek" in step
    assert "handset error" in step
    assert await tab.run("document.querySelectorAll('#decisions tbody tr').length") == 25
    assert "Data as of" in await tab.run("document.querySelector('#asof').textContent")
    assert "Times are in UTC" in await tab.run("document.body.textContent")
    await tab.photograph(photographs / "failover.png")


async def test_a_decision_leads_to_its_message(told, site, tab) -> None:
    await tab.goto(f"{site}/reports/failover?kind=outcome&lang=en")
    await tab.until(STARTED)
    await tab.until("document.querySelectorAll('#decisions tbody tr').length === 10")
    leads = await tab.run("document.querySelector('#decisions tbody a').pathname")
    assert leads.removeprefix("/messages/") in told
    await tab.run("document.querySelector('#decisions tbody a').click()")
    await tab.until(f"location.pathname === {json.dumps(leads)} && document.querySelector('h1')")


async def test_what_is_set_stands_in_the_address_and_comes_from_it(told, site, tab) -> None:
    await tab.goto(f"{site}/reports/failover?lang=en&zone=Europe/Madrid&provider=nobody")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_here'")
    assert "Europe/Madrid" in await tab.run("document.querySelector('#zone-shown').textContent")
    assert await tab.run("document.querySelector('[name=provider]').value") == "nobody"
    await tab.run(
        "document.querySelector('[name=provider]').value = 'messente';"
        "document.querySelector('#controls form').requestSubmit()"
    )
    await tab.until(f"{STARTED} && !document.querySelector('#panels').hidden")
    assert await tab.run(figure("messages")) == str(len(told))
    shared = await tab.run("location.href")
    assert parse_qs(urlsplit(shared).query) == {"lang": ["en"], "zone": ["Europe/Madrid"], "provider": ["messente"]}
    await tab.run("history.back()")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_here'")
    await tab.goto(shared)
    await tab.until(STARTED)
    assert await tab.run(figure("messages")) == str(len(told))


async def test_ends_of_the_period_are_read_in_the_zone_that_is_shown(told, site, tab) -> None:
    await tab.goto(f"{site}/reports/failover?lang=en&zone=Europe/Madrid")
    await tab.until(STARTED)
    await tab.run(
        "document.querySelector('[name=from]').value = '2026-10-25T01:30';"
        "document.querySelector('[name=to]').value = '2026-10-26T00:00';"
        "document.querySelector('#controls form').requestSubmit()"
    )
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_here'")
    asked = parse_qs(urlsplit(await tab.run("location.href")).query)
    assert (asked["from"], asked["to"]) == (["2026-10-24T23:30:00.000Z"], ["2026-10-25T23:00:00.000Z"])
    assert told


async def test_keys_move_the_period_and_open_the_help(told, site, tab, photographs) -> None:
    await tab.goto(f"{site}/reports/failover?lang=es&range=1h")
    await tab.until(STARTED)
    await tab.press("ArrowLeft")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_here'")
    asked = parse_qs(urlsplit(await tab.run("location.href")).query)
    ends = [datetime.fromisoformat(asked[name][0]) for name in ("from", "to")]
    assert ends[1] - ends[0] == timedelta(hours=1)
    assert "range" not in asked
    await tab.press("ArrowRight")
    await tab.until("!document.querySelector('#panels').hidden && document.querySelector('#decisions table')")
    assert await tab.run(figure("failed_over")) == str(len(told))
    await tab.press("?")
    assert "un periodo antes" in await tab.until("document.querySelector('dialog[open]')?.textContent")
    await tab.photograph(photographs / "failover-help.png")
    await tab.press("Escape")
    await tab.until("!document.querySelector('dialog')")
    await tab.press("/")
    assert await tab.run("document.activeElement.name") == "plan"


@pytest.mark.usefixtures("told")
async def test_it_is_readable_in_the_dark_in_spanish_and_at_400_pixels(site, tab, photographs) -> None:
    await tab.sized(400)
    await tab.goto(f"{site}/reports/failover?lang=es&theme=dark")
    await tab.until(STARTED)
    await tab.until(SETTLED)
    assert await tab.run("document.documentElement.lang") == "es"
    assert await tab.run("document.querySelector('h1').textContent") == "Conmutación"
    assert await tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 20)"
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    assert "p50" not in await tab.run("document.querySelector('#decisions').textContent")
    await tab.photograph(photographs / "failover-dark-400.png")


@pytest.mark.usefixtures("projection")
async def test_nothing_ever_tells_how_to_begin(site, tab, photographs) -> None:
    await tab.goto(f"{site}/reports/failover?lang=en")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_ever'")
    assert "acuse plan list" in await tab.run("document.querySelector('#notice code').textContent")
    await tab.photograph(photographs / "failover-nothing-ever.png")


@pytest.mark.usefixtures("told")
async def test_what_cannot_be_read_names_the_parameter_and_what_was_read_goes_stale(site, tab, photographs) -> None:
    await tab.goto(f"{site}/reports/failover?lang=en&channel=sms")
    await tab.until(STARTED)
    await tab.run(SLOW_STEPS)
    await tab.press("r")
    assert "Not refreshed since then: It took too long" in await tab.until(
        "document.querySelector('#steps .problem')?.innerText"
    )
    assert await tab.run("document.querySelectorAll('#steps tbody tr').length") > 0
    await tab.press("ArrowLeft")
    await tab.press("ArrowRight")
    assert "could not be read: It took too long" in await tab.until(
        "document.querySelector('#steps .problem')?.innerText"
    )
    await tab.until(SETTLED)
    assert await tab.run(figure("failed_over")) == str(len(FATES))
    assert await tab.run("document.querySelectorAll('#decisions tbody tr').length") > 0
    assert await tab.run("document.querySelectorAll('#steps tbody tr').length") == 0
    assert await tab.run("document.querySelector('#steps .links a:last-child').href.includes('table=steps&format=sql')")
    await tab.photograph(photographs / "failover-steps-unread.png")
    await tab.run("window.fetch = () => Promise.reject(new TypeError('away'))")
    await tab.press("r")
    assert "does not answer" in await tab.until("document.querySelector('.stale')?.textContent")
    assert await tab.run("document.querySelectorAll('#decisions tbody tr').length") > 0
    await tab.goto(f"{site}/reports/failover?lang=en&channel=fax")
    await tab.until("document.querySelector('#notice').dataset.state === 'problem'")
    assert "channel: use one of sms" in await tab.run("document.querySelector('#notice').textContent")
    # The browser itself notes that something was refused; nothing else may be wrong.
    assert all("400" in problem for problem in tab.problems)
    tab.problems.clear()


@pytest.mark.usefixtures("told")
async def test_it_reads_again_only_while_it_is_seen(site, tab) -> None:
    await tab.goto(f"{site}/reports/failover?lang=en&refresh=10")
    await tab.until(STARTED)
    hide = (
        "Object.defineProperty(document, 'hidden', {configurable: true, get: () => window.unseen});"
        "window.waits = 0; const real = window.setTimeout;"
        "window.setTimeout = (run, wait) => { if (wait > 5000) window.waits++; return real(run, wait); };"
    )
    await tab.run(hide)
    turn = "window.unseen = {seen}; document.dispatchEvent(new Event('visibilitychange')); window.waits"
    assert await tab.run(turn.format(seen="true")) == 0
    assert await tab.run(turn.format(seen="false")) == 1


@pytest.mark.usefixtures("told")
async def test_a_table_is_a_file_that_no_spreadsheet_runs(site, tab) -> None:
    await tab.goto(f"{site}/reports/failover?lang=en")
    await tab.until(STARTED)
    rows = json.dumps([{"a": "=1+1", "b": "+34600000000"}, {"a": 'x"y', "b": -1.5}, {"a": " @x", "b": None}])
    written = await tab.run(
        f"import('/static/pages/csv.js').then(({{ csv }}) => csv([{{ key: 'a' }}, {{ key: 'b' }}], {rows}))"
    )
    assert written == 'a,b\r\n\'=1+1,+34600000000\r\n"x""y",-1.5\r\n\' @x,\r\n'
    held = await tab.run(
        "(() => { const link = document.querySelector('#plans .tool');"
        "link.addEventListener('click', (event) => event.preventDefault()); link.click(); return link.href; })()"
    )
    assert held.startswith(f"blob:{site}/")


@pytest.mark.skipif(not charts_address(), reason="this installation was made where npm could not be asked for ECharts")
async def test_the_ways_over_are_drawn_and_lead_to_what_went_them(told, site, tab, photographs) -> None:
    await tab.goto(f"{site}/reports/failover?lang=en")
    drawn = "[...document.querySelectorAll('#steps .chart svg text')].map((text) => text.textContent)"
    await tab.until(f"{drawn}.includes('rescued')")
    assert set(await tab.run(drawn)) == {
        *("1. mensatek sms", "2. messente viber", "rescued", "needless", "both arrived", "failed too", "pending")
    }
    place = "document.querySelector('#steps .chart').getBoundingClientRect()"
    x, y = await tab.run(f"[{place}.x + 12, {place}.y + {place}.height / 2]")
    for event in ("mouseMoved", "mousePressed", "mouseReleased"):
        await tab.call("Input.dispatchMouseEvent", type=event, x=x, y=y, button="left", clickCount=1)
    await tab.until("location.hash === '#decisions'")
    listed = "document.querySelectorAll('#decisions tbody tr').length"
    await tab.until(f"{STARTED} && {listed} === {len(FATES) + QUIET}")
    assert parse_qs(urlsplit(await tab.run("location.search")).query) == {
        "lang": ["en"],
        "kind": ["send"],
        "step": ["1"],
        "by_provider": ["mensatek"],
        "by_channel": ["sms"],
    }
    assert await tab.run(figure("messages")) == str(len(FATES) + QUIET)
    await tab.until("document.querySelector('#decisions').getBoundingClientRect().top < innerHeight")
    leads = "document.querySelector('#steps tbody a')"
    assert await tab.run(f"{leads}.textContent") == str(len(told))
    await tab.photograph(photographs / "failover-behind.png")
    await tab.run(f"{leads}.click()")
    await tab.until(f"location.search.includes('step=2') && {STARTED} && {listed} === {len(told)}")
    assert await tab.run("document.querySelector('#decisions .links a').href.includes('step=2')")
    await tab.run("document.querySelector('#decisions .detail button').click()")
    await tab.until(f"{STARTED} && {listed} === 25 && !location.search.includes('by_provider')")


@pytest.mark.usefixtures("told")
async def test_without_charts_the_tables_are_open(site, tab, monkeypatch) -> None:
    monkeypatch.setattr("dashboards.report_pages.charts_address", lambda: "")
    await tab.goto(f"{site}/reports/failover?lang=en")
    await tab.until(STARTED)
    await tab.until("document.querySelector('#steps details').open")
    assert "no charts" in await tab.run("document.querySelector('#steps').innerText")
    assert await tab.run("document.querySelectorAll('#steps tbody tr').length") == 1


@pytest.mark.usefixtures("projection")
async def test_what_goes_on_to_a_further_step_does_not_end_at_the_one_before(site, tab) -> None:
    """Ten went from a to b, of whom four went on to c."""
    fates = {"rescued": 7, "needless": 0, "both": 0, "failed_too": 3, "pending": 0}
    onward = {**fates, "rescued": 1}
    first = {"step": 2, "from_provider": "a", "from_channel": "sms", "provider": "b", "channel": "sms"}
    second = {"step": 3, "from_provider": "b", "from_channel": "sms", "provider": "c", "channel": "sms"}
    rows = json.dumps([{**first, "fired_over": 10, **fates}, {**second, "fired_over": 4, **onward}])
    await tab.goto(f"{site}/reports/failover?lang=en")
    links = await tab.run(
        f"import('/static/pages/flow.js').then(({{ flow }}) => flow({rows}, (name) => name).links"
        ".map(({ source, target, value }) => [source, target, value]))"
    )
    assert sorted(links) == [
        ["1/a/sms", "2/b/sms", 10],
        ["2/b/sms", "3/c/sms", 4],
        ["2/b/sms", "rescued", 6],
        ["3/c/sms", "failed_too", 3],
        ["3/c/sms", "rescued", 1],
    ]
