"""The overview page in a real browser: its figures, the period before, and where its bars and links lead."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.report_pages import charts_address
from delivery.number_types import NumberType
from delivery.stages import Stage

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
SHOWN = "!document.querySelector('[aria-busy]') && document.querySelector('#groups table')"
DAY = 86_400.0


@pytest.fixture
def told(projection, history, start) -> None:
    """Today: of messente three delivered in 4 s and one failed, of mensatek one in flight. Yesterday: one delivered."""
    now = (datetime.now(UTC) - start).total_seconds()
    for number in range(4):
        story = history(provider="messente", ref=f"m{number}", told={"number_type": NumberType.MOBILE})
        second = now - 7200 + number
        end = story.status(Stage.UNDELIVERED if number == 3 else Stage.DELIVERED, second + 5, second + 4)
        projection.store([story.send(second, second), end])
    projection.store([history(ref="t").send(now - 60, now - 60)])
    story, second = history(ref="y"), now - DAY - 7200
    projection.store([story.send(second, second), story.status(Stage.DELIVERED, second + 10, second + 9)])


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
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    await tab.photograph(photographs / "overview-dark-400.png")
    await tab.goto(f"{site}/reports/overview?lang=es&provider=messente&carrier=nobody")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_here'")


@pytest.mark.skipif(not charts_address(), reason="this installation was made where npm could not be asked for ECharts")
@pytest.mark.usefixtures("told")
async def test_a_bar_leads_to_its_hour(site, tab) -> None:
    await tab.goto(f"{site}/reports/overview?lang=en&zone=Asia/Kolkata")
    await tab.until(SHOWN)
    bars = (
        "[...document.querySelectorAll('#volume .chart path')].map((path) => path.getBoundingClientRect())"
        ".filter((box) => box.width > 1 && box.width < 40 && box.height > 30)"
    )
    await tab.until(f"{bars}.length > 0")
    await tab.run("document.querySelector('#volume').scrollIntoView()")
    x, y = await tab.run(
        f"(() => {{ const box = {bars}[0]; return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
    )
    for event in ("mouseMoved", "mousePressed", "mouseReleased"):
        await tab.call("Input.dispatchMouseEvent", type=event, x=x, y=y, button="left", clickCount=1)
    await tab.until("location.search.includes('from=')")
    asked = parse_qs(urlsplit(await tab.run("location.href")).query)
    ends = [datetime.fromisoformat(asked[name][0]) for name in ("from", "to")]
    assert (ends[1] - ends[0]).total_seconds() == 3600


@pytest.mark.usefixtures("projection")
async def test_nothing_ever_tells_how_to_begin(site, tab) -> None:
    await tab.goto(f"{site}/reports/overview?lang=en")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_ever'")
    assert "acuse send" in await tab.run("document.querySelector('#notice code').textContent")
