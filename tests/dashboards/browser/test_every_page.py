"""What holds for every page, in a real browser: nothing in the console, nothing that axe finds, in both themes and at
400 pixels; steered by keyboard and by its address; and light enough.
"""

from collections.abc import Iterator

import pytest

from tests.dashboards.browser.axe import source, violations
from tests.dashboards.browser.behind import numbers_behind
from tests.dashboards.browser.chromium import Tab
from tests.dashboards.browser.everything import MESSAGE, filled_site

REPORTS = {f"/reports/{name}" for name in ("overview", "delivery-time", "failures", "failover", "providers", "replies")}
NARROWED = {*REPORTS, "/messages"}
"""Those with the filters that all reports share, and a period."""
DRAWN = {*NARROWED, "/live", "/pipeline"}
"""Those that the browser draws, and whose keys lead to a first filter."""
SPOKEN = {*DRAWN, f"/messages/{MESSAGE}"}
PAGES = sorted({*SPOKEN, "/openapi", "/sign-in"})
MOST_BYTES = 200_000
"""Of our own, ECharts apart."""
SETTLED = """!document.querySelector("[aria-busy=true]") && document.readyState === "complete"
  && !/Loading|Cargando/.test(document.querySelector("#asof")?.textContent ?? "")
  && [...document.querySelectorAll(".chart:not([hidden])")].every((chart) => chart.querySelector("svg"))"""
OURS = """performance.getEntriesByType("resource").filter(({ name }) => /\\/static\\/(?!echarts)/.test(name))
  .reduce((bytes, { decodedBodySize }) => bytes + decodedBodySize, 0)"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with filled_site(tmp_path_factory.mktemp("everything") / "clickhouse") as site:
        yield site


@pytest.fixture(scope="module", autouse=True)
def _axe() -> None:
    try:
        source()
    except LookupError as missing:
        pytest.fail(str(missing), pytrace=False)


async def dark(tab: Tab) -> None:
    features = {"prefers-color-scheme": "dark", "prefers-reduced-motion": "reduce"}
    told = [{"name": name, "value": value} for name, value in features.items()]
    await tab.call("Emulation.setEmulatedMedia", features=told)


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_open_to_everybody(page, everything, tab, photographs) -> None:
    await tab.goto(f"{everything}{page}{'?lang=es' if page in SPOKEN else ''}")
    await tab.until(SETTLED)
    await nobody_is_kept_out(tab)
    assert await tab.run("document.documentElement.lang") == ("es" if page in SPOKEN else "en")
    if page in DRAWN:
        assert await tab.run("document.querySelector('.top [aria-current=page]').pathname") == page
        await keys_open_the_help(tab)
    if page in NARROWED:
        await its_address_says_what_it_shows(tab)
    if page in REPORTS:
        assert all(shown == found for shown, found in await numbers_behind(tab))
    assert await tab.run(OURS) < MOST_BYTES
    await dark(tab)
    await tab.sized(400)
    await tab.until(SETTLED)
    await nobody_is_kept_out(tab)
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    name = page.strip("/").replace(MESSAGE, "one").replace("/", "-")
    await tab.photograph(photographs / "every-page" / f"{name}-dark-400.png")


async def nobody_is_kept_out(tab: Tab) -> None:
    found = await violations(tab)
    assert not found, "\n".join(found)


async def keys_open_the_help(tab: Tab) -> None:
    await tab.press("?")
    await tab.until("document.querySelector('dialog[open]')?.contains(document.activeElement)")
    await tab.press("Escape")
    await tab.until("!document.querySelector('dialog')")
    await tab.press("/")
    assert await tab.run("document.activeElement.matches('input, select')")
    await tab.run("document.activeElement.blur()")


async def its_address_says_what_it_shows(tab: Tab) -> None:
    """What is chosen goes into the address, back takes it out, and forward, as a shared link, puts it in again."""
    chosen, shown = (
        "document.querySelector('[name=provider]').value",
        "new URLSearchParams(location.search).get('provider')",
    )
    await tab.run(f"{chosen} = 'messente'; document.querySelector('#controls form').requestSubmit()")
    await tab.until(f"{shown} === 'messente' && {chosen} === 'messente'")
    await tab.until(SETTLED)
    rows = "[...document.querySelectorAll('#panels tbody tr')].map((row) => row.cells[0].textContent)"
    told = await tab.run(rows)
    assert told
    await tab.run("history.back()")
    await tab.until(f"{shown} === null && {chosen} === ''")
    await tab.run("history.forward()")
    await tab.until(f"{shown} === 'messente' && {chosen} === 'messente'")
    await tab.until(SETTLED)
    assert await tab.run(rows) == told
