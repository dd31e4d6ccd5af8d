"""The live page in a real browser: what comes in appears by itself, once, while it is seen and not paused."""

from datetime import UTC, datetime

import pytest

from delivery.reasons import Reason
from delivery.stages import Stage

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
ROWS = "[...document.querySelectorAll('#events tbody tr')].map((row) => row.innerText.replace(/\\s+/g, ' '))"


@pytest.fixture
def now(start) -> float:
    return (datetime.now(UTC) - start).total_seconds()


async def test_what_comes_in_appears_by_itself(projection, history, now, site, tab, photographs) -> None:
    await tab.goto(f"{site}/live?lang=en")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_ever'")
    assert "acuse send" in await tab.run("document.querySelector('#notice code').textContent")
    story, other = history(ref="m/1", provider="messente"), history(ref="t1")
    failed = other.status(Stage.UNDELIVERED, now, reason=Reason.HANDSET_ERROR, code="11", code_text="Handset busy")
    projection.store([story.send(now - 9), other.send(now - 8), failed])
    await tab.until("document.querySelectorAll('#events tbody tr').length === 3")
    rows = await tab.run(ROWS)
    assert all(word in rows[0] for word in ("mensatek", "undelivered", "handset error", "11", "Handset busy"))
    assert all("+34•••••••01" in row for row in rows)
    # The same again is the same event, another one stands on top.
    projection.store([failed, story.status(Stage.DELIVERED, now + 1)])
    assert "delivered" in await tab.until(
        "document.querySelectorAll('#events tbody tr').length === 4 && " + ROWS + "[0]"
    )
    await tab.until("document.querySelector('#events .again')?.title === 'came in again'")
    await tab.photograph(photographs / "live.png")
    leads = await tab.run("document.querySelector('#events tbody a').pathname")
    assert leads == "/attempts/messente/m/1"
    await tab.run("document.querySelector('#events tbody a').click()")
    await tab.until("location.pathname.startsWith('/messages/') && document.querySelector('h1')")


async def test_it_pauses_and_is_narrowed_by_its_address(projection, history, now, site, tab, photographs) -> None:
    await tab.sized(400)
    stories = [history(ref=f"r{number}", provider=("messente", "altiria")[number % 2]) for number in range(4)]
    projection.store([story.send(now - 60 + number) for number, story in enumerate(stories)])
    await tab.goto(f"{site}/live?lang=es&theme=dark&provider=messente&zone=Europe/Madrid")
    await tab.until("document.querySelectorAll('#events tbody tr').length === 2")
    assert await tab.run("document.querySelector('h1').textContent") == "En directo"
    await tab.press("p")
    assert await tab.run("document.querySelector('#pause').getAttribute('aria-pressed')") == "true"
    assert "paused=yes" in await tab.run("location.search")
    projection.store([story.status(Stage.DELIVERED, now) for story in stories])
    # It would have asked by then.
    await tab.run("new Promise((done) => setTimeout(done, 2300))")
    assert await tab.run("document.querySelectorAll('#events tbody tr').length") == 2
    await tab.press("p")
    await tab.until("document.querySelectorAll('#events tbody tr').length === 4")
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    await tab.photograph(photographs / "live-dark-400.png")
    await tab.press("/")
    assert await tab.run("document.activeElement.name") == "provider"
    await tab.run(
        "document.querySelector('[name=stage]').value = 'delivered';"
        "document.querySelector('#controls form').requestSubmit()"
    )
    await tab.until(
        "location.search.includes('stage=delivered') && document.querySelectorAll('#events tbody tr').length === 2"
    )
    await tab.run("window.fetch = () => Promise.reject(new TypeError('away'))")
    assert "no responde" in await tab.until("document.querySelector('.stale')?.textContent")


async def test_what_is_too_much_is_left_out_and_said_so(projection, history, now, site, tab) -> None:
    projection.store([history(ref="first").send(now - 90)], tracked=False)
    await tab.goto(f"{site}/live?lang=en")
    await tab.until("document.querySelectorAll('#events tbody tr').length === 1")
    projection.store([history(ref=f"r{number}").send(now - 60 + number / 10) for number in range(150)], tracked=False)
    await tab.until("document.querySelectorAll('#events tbody tr').length === 100")
    assert "More came in" in await tab.run("document.querySelector('#said').textContent")
    projection.store([history(ref=f"s{number}").send(now + number / 10) for number in range(90)], tracked=False)
    await tab.until("document.querySelectorAll('#events tbody tr').length === 190")
    projection.store([history(ref=f"t{number}").send(now + 60 + number / 10) for number in range(90)], tracked=False)
    await tab.until("document.querySelectorAll('#events tbody tr').length === 200")
    assert "t89" in (await tab.run(ROWS))[0]
