"""The overview page in a real browser: its figures, the period before, and where its bars and links lead."""

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.report_pages import charts_address
from delivery.number_types import NumberType
from delivery.stages import Stage
from tests.dashboards.browser.behind import click, numbers_behind, shapes
from tests.dashboards.browser.chromium import Tab
from tests.sinks.sending_story import SendingStory

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
SHOWN = "!document.querySelector('[aria-busy]') && document.querySelector('#groups table')"
DAY = 86_400.0


@pytest.fixture
def told(projection, history, start) -> None:
    """Today: of messente three delivered in 4 s and one failed, of mensatek one in flight. Yesterday: one delivered.
    Long before, an alert opened and a message came into doubt, as they still are.
    """
    now = (datetime.now(UTC) - start).total_seconds()
    for number in range(4):
        story = history(provider="messente", ref=f"m{number}", told={"number_type": NumberType.MOBILE})
        second = now - 7200 + number
        end = story.status(Stage.UNDELIVERED if number == 3 else Stage.DELIVERED, second + 5, second + 4)
        projection.store([story.send(second, second), end])
    projection.store([history(ref="t").send(now - 60, now - 60)])
    story, second = history(ref="y"), now - DAY - 7200
    projection.store([story.send(second, second), story.status(Stage.DELIVERED, second + 10, second + 9)])
    amiss = SendingStory()
    projection.tell(amiss.alert(9.0), amiss.doubt(31.0))


def figure(name: str, of: str = "figure") -> str:
    return f"document.querySelector('[data-{of}={name}]').textContent"


@pytest.mark.usefixtures("told")
async def test_it_shows_what_became_of_what_was_sent_beside_the_period_before(site, tab, photographs) -> None:
    await tab.goto(f"{site}/reports/overview?lang=en&zone=Europe/Madrid")
    await tab.until(SHOWN)
    names = ("handed_over", "delivered", "failed", "in_flight", "unknown", "delivery_rate", "p50")
    assert [await tab.run(figure(name)) for name in names] == ["5", "3", "1", "1", "0", "60%", "4 s"]
    assert await tab.run(figure("handed_over", of="before")) == "before: 1"
    assert await tab.run(figure("delivery_rate", of="before")) == "before: 100%"
    rows = await tab.run(
        "[...document.querySelectorAll('#groups tbody tr')]"
        ".map((row) => [...row.cells].slice(0, 5).map((cell) => cell.textContent).join(' '))"
    )
    assert rows == ["messente 4 3 1 0", "mensatek 1 0 0 1"]
    amiss = "document.querySelector('#amiss:not([hidden])')"
    assert await tab.until(f"{amiss}?.textContent") == "Not as it should be: open alerts: 1 · messages in doubt: 1"
    assert await tab.run(f"{amiss}.querySelector('a').pathname") == "/pipeline"
    await tab.photograph(photographs / "overview.png")


@pytest.mark.usefixtures("told")
async def test_its_tables_are_written_for_other_programs(site, tab) -> None:
    await tab.goto(f"{site}/reports/overview?lang=en&provider=messente")
    await tab.until(SHOWN)
    written = await tab.run(
        "fetch(document.querySelector('#groups .links a[href]:not([hidden])').href).then((a) => a.text())"
    )
    assert "handed_over" in written.split("\r\n")[0].split(",")
    links = await tab.run("[...document.querySelectorAll('#volume .links a:not([hidden])')].map((link) => link.href)")
    asked = [parse_qs(urlsplit(link).query) for link in links]
    assert [each["format"] for each in asked] == [["csv"], ["parquet"], ["sql"]]
    assert all((each["table"], each["provider"]) == (["trend"], ["messente"]) for each in asked)


@pytest.mark.usefixtures("told")
async def test_it_is_narrowed_and_grouped_by_its_address(site, tab, photographs) -> None:
    await tab.sized(400)
    await tab.goto(f"{site}/reports/overview?lang=es&theme=dark&group=channel&number_type=mobile&range=6h")
    await tab.until(SHOWN)
    assert await tab.run(figure("handed_over")) == "4"
    assert await tab.run("document.querySelector('#groups tbody td').textContent") == "sms"
    assert await tab.run(figure("delivery_rate")) == "75\N{NO-BREAK SPACE}%"
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    await tab.photograph(photographs / "overview-dark-400.png")
    await tab.goto(f"{site}/reports/overview?lang=es&provider=messente&carrier=nobody")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_here'")


@pytest.mark.skipif(not charts_address(), reason="this installation was made where npm could not be asked for ECharts")
@pytest.mark.usefixtures("told")
async def test_its_numbers_lead_to_the_messages_behind_them(site, tab, as_viewer, photographs) -> None:
    await tab.goto(f"{site}/reports/overview?lang=en&zone=Asia/Kolkata")
    await tab.until(SHOWN)
    assert len(found := await numbers_behind(tab)) > 10
    assert [shown for shown, _ in found] == [behind for _, behind in found]
    await walks_over_its_points(tab, photographs)
    await click(tab, shapes("#volume", 1, 30))
    await tab.until("location.pathname === '/messages'")
    asked = parse_qs(urlsplit(await tab.run("location.href")).query)
    assert asked["outcome"] == ["delivered"]
    ends = [datetime.fromisoformat(asked[name][0]) for name in ("from", "to")]
    assert (ends[1] - ends[0]).total_seconds() == 3600
    await as_viewer()
    await tab.goto(f"{site}/reports/overview?lang=en&zone=Asia/Kolkata")
    await tab.until(SHOWN)
    assert await tab.run(figure("delivered")) in {shown for shown, _ in found}
    assert await numbers_behind(tab) == []
    assert await tab.run("[...document.querySelectorAll('nav a')].map((link) => link.text)") == [
        *("Overview", "Delivery time", "Failures", "Failover", "Providers", "Replies")
    ]
    await tab.photograph(photographs / "overview-viewer.png")


async def walks_over_its_points(tab: Tab, photographs: Path) -> None:
    """By keyboard from point to point, and from series to series, of the chart of volumes."""
    told, before = "document.querySelector('#volume .spoken').textContent", await tab.run("location.search")
    await tab.run("document.querySelector('#volume .chart').focus()")
    await tab.press("ArrowRight")
    first = await tab.until(told)
    assert re.fullmatch(r"delivered: 3, \w+ \d\d, \d{4}, \d\d:00:00 .* \d\d:00:00", first)
    await tab.press("End")
    assert (last := await tab.run(told)).startswith("delivered: 0, ")
    await tab.press("ArrowDown")
    await tab.press("ArrowDown")
    assert await tab.run(told) == last.replace("delivered: 0", "in flight: 1")
    await tab.photograph(photographs / "overview-point.png")
    await tab.press("Escape")
    assert await tab.run(told) == ""
    await tab.press("Home")
    assert await tab.run(told) == first
    assert await tab.run("location.search") == before
    await tab.press("Enter")
    await tab.until("location.pathname === '/messages' && location.search.includes('outcome=delivered')")
    await tab.run("history.back()")
    await tab.until(f"location.pathname === '/reports/overview' && {SHOWN}")


@pytest.mark.skipif(not charts_address(), reason="this installation was made where npm could not be asked for ECharts")
@pytest.mark.usefixtures("told")
async def test_a_stretch_is_zoomed_into_and_a_series_hidden(site, tab) -> None:
    await tab.goto(f"{site}/reports/overview?lang=en&zone=Europe/Madrid&compare=off")
    await tab.until(f"{SHOWN} && document.querySelector('#volume .legend button')")
    hidden = "document.querySelectorAll('#volume .legend button')[0]"
    await tab.run(f"{hidden}.focus()")
    await tab.press(" ")
    assert await tab.run(f"{hidden}.getAttribute('aria-pressed')") == "false"
    assert parse_qs(urlsplit(await tab.run("location.href")).query)["hide"] == ["volume.delivered"]
    await tab.run("document.activeElement.dataset.old = 'yes'")
    await tab.press("r")
    await tab.until(f"document.activeElement === {hidden} && !{hidden}.dataset.old")
    assert await tab.run(f"{hidden}.getAttribute('aria-pressed')") == "false"
    before = await tab.run("location.search")
    await tab.run("((wide) => { wide.tabIndex = 0; wide.focus(); })(document.querySelector('#groups .scroll'))")
    await tab.press("ArrowLeft")
    assert await tab.run("location.search") == before
    await tab.run("document.querySelector('#volume').scrollIntoView({ block: 'center' })")
    box = await tab.run(
        "(({ x, y, width, height }) => [x, y, width, height])"
        "(document.querySelector('#volume .chart').getBoundingClientRect())"
    )
    x, y, width, height = box
    for event, share in (("mousePressed", 0.3), ("mouseMoved", 0.4), ("mouseMoved", 0.6), ("mouseReleased", 0.6)):
        at = {"x": x + width * share, "y": y + height / 2}
        await tab.call("Input.dispatchMouseEvent", type=event, **at, button="left", buttons=1, clickCount=1)
    await tab.until("location.search.includes('from=')")
    asked = parse_qs(urlsplit(await tab.run("location.href")).query)
    ends = [datetime.fromisoformat(asked[name][0]) for name in ("from", "to")]
    assert 6 < (ends[1] - ends[0]).total_seconds() / 3600 < 8.5
    assert asked["compare"] == ["off"]
    await tab.until(f"{SHOWN} || !document.querySelector('#notice').hidden")
    for key, longer in (("-", 2), ("+", 1)):
        await tab.press(key)
        asked = parse_qs(urlsplit(await tab.run("location.href")).query)
        wider = [datetime.fromisoformat(asked[name][0]) for name in ("from", "to")]
        assert (wider[1] - wider[0]) / (ends[1] - ends[0]) == pytest.approx(longer, rel=1e-6)


@pytest.mark.usefixtures("told")
async def test_views_are_kept_by_name_and_shared_by_link(site, tab) -> None:
    await tab.goto(f"{site}/reports/overview?lang=en&provider=messente&range=6h")
    await tab.until(SHOWN)
    await tab.press("v")
    shared = await tab.until("document.querySelector('#views input[readonly]')?.value")
    assert shared == await tab.run("location.href")
    await tab.run("document.querySelector('#views [name=view]').value = 'Messente <b>now</b>'")
    await tab.run("document.querySelector('#views form').requestSubmit()")
    await tab.press("Escape")
    await tab.goto(f"{site}/reports/failover?lang=en")
    await tab.press("v")
    kept = await tab.until("document.querySelector('#views li a')?.textContent")
    assert kept == "Messente <b>now</b>"
    await tab.run("document.querySelector('#views li a').click()")
    await tab.until(f"location.pathname === '/reports/overview' && {SHOWN}")
    assert await tab.run(figure("handed_over")) == "4"
    await tab.press("v")
    await tab.run("document.querySelector('#views li button').click()")
    await tab.until("!document.querySelector('#views li')")
    assert await tab.run("localStorage.getItem('acuse.views')") == "[]"


@pytest.mark.usefixtures("projection")
async def test_nothing_ever_tells_how_to_begin(site, tab) -> None:
    await tab.goto(f"{site}/reports/overview?lang=en")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_ever'")
    assert "acuse send" in await tab.run("document.querySelector('#notice code').textContent")
