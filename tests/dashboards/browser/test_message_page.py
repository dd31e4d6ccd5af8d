"""The page of one message in a real browser: its whole story, what an auditor is shown, and the printed form."""

import base64
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial

import pytest

from dashboards.access.passwords import hashed
from dashboards.access.people import Role, User
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader
from delivery.decisions import FailoverOutcome
from delivery.events import Personal
from delivery.stages import Stage
from delivery.unmaskings import Unmasking
from sinks.client import open_client
from tests.dashboards.browser.chromium import keep
from tests.dashboards.browser.serving import served
from tests.sinks.sending_story import BEGAN, NUMBER, SendingStory

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
PASSWORD = "a long password"
HOSTILE = "<script>alert(1)</script>"
WHY = "a complaint of the recipient's"
TIMELINE = "[...document.querySelectorAll('#timeline li')].map((line) => line.innerText.replaceAll('\\n', ' | '))"
SHOWN = "document.querySelector('#timeline li') && !document.querySelector('[aria-busy]')"
SIGNED_IN = f"""(() => {{
  document.getElementById("name").value = "ana";
  document.getElementById("password").value = "{PASSWORD}";
  document.querySelector("form.sign-in button").click();
}})()"""
UNMASKED = f"""(() => {{
  document.getElementById("why").value = "{WHY}";
  document.getElementById("unmask").requestSubmit();
}})()"""


@pytest.fixture
def story(projection, history, start) -> SendingStory:
    """By a plan: its first step failed and was answered, its second is in doubt, the application was not told."""
    sending = SendingStory()
    projection.tell(
        sending.request(plan=sending.plan()),
        sending.send(),
        *sending.all_calls(),
        *sending.planned(),
        sending.doubt(32.0, decision_id=f"{sending.message_id}/2/1", step=2, why="no answer within 30 s"),
        sending.outcome(33.0, FailoverOutcome.RESCUED),
        sending.notice(34.0),
        sending.unmasking(35.0, who="luis", why="to see what it said"),
    )
    began = (BEGAN - start).total_seconds()
    told = {"message_id": sending.message_id, "step": 1, "country": "ES", "number_type": "mobile", "carrier": "Orange"}
    first = history(told=told)
    failed = first.status(Stage.UNDELIVERED, began + 5, began + 4, code="9", code_text=HOSTILE, reason="handset_full")
    answered = first.reply(began + 40, personal=Personal(sender=NUMBER, text=HOSTILE))
    projection.store([first.send(began + 2, expected_cost=Decimal("0.0450")), *[failed] * 2, answered])
    return sending


@pytest.fixture
async def audited(clickhouse_config) -> AsyncIterator[tuple[str, list[Unmasking]]]:
    """The address of an app that an auditor may sign in to, and what was recorded."""
    recorded: list[Unmasking] = []

    async def record(unmasking: Unmasking) -> None:
        recorded.append(unmasking)

    users = (User(name="ana", role=Role.AUDITOR, password_hash=hashed(PASSWORD)),)
    reader = Reader(partial(open_client, clickhouse_config, readonly=True), concurrency=2, timeout_seconds=60)
    async with served(create_app(DashboardsConfig(users=users), reader, record)) as address:
        yield address, recorded


async def test_an_auditor_reads_all_of_it_is_shown_the_numbers_and_prints_it(story, audited, tab, photographs) -> None:
    site, recorded = audited
    await tab.call("Page.navigate", url=f"{site}/messages/{story.message_id}?lang=en")
    await tab.until("document.querySelector('form.sign-in')")
    await tab.run(SIGNED_IN)
    await tab.until(SHOWN)
    told = " ".join(lines := await tab.run(TIMELINE))
    order = ["asked to send", "to send", "calling", "undelivered handset full", "to wait", "the application", "reply"]
    places = [
        next(place for place, line in enumerate(lines) if line.split(" | ")[1].startswith(said)) for said in order
    ]
    assert places == sorted(places), lines
    for said in (
        *("code 9 · “<script>alert(1)</script>” · 2 copies", "the provider says", "to the microsecond"),
        *("payload · application/json · 5 bytes · sha256 0000", "step 1 failed (handset_full): the next step"),
        *("because: quiet hours", "no answer within 30 s", "saw mensatek 77:habc undelivered handset full"),
    ):
        assert said in told
    page = await tab.run("document.querySelector('main').innerText")
    assert "Plan: sms-first" in page
    assert f"acuse settle {story.message_id} sent|not_sent --step 2" in page
    assert "ES · mobile · Orange (a guess)" in page
    assert await tab.run("document.querySelector('#attempts [data-label=\"expected cost\"]').innerText") == "0.045"
    assert "luis (auditor): to see what it said" in await tab.until(
        "document.querySelector('#shown-before:not([hidden])')?.innerText"
    )
    assert NUMBER not in page
    assert recorded == []
    await tab.photograph(photographs / "message.png")
    await tab.run(UNMASKED)
    await tab.until("document.querySelector('#unmasked')")
    (unmasking,) = recorded
    assert (unmasking.who, unmasking.why) == ("ana", WHY)
    shown = await tab.run("document.querySelector('#timeline').innerText")
    for said in (f"to {NUMBER}", f"from {NUMBER}", "Olé, what is said", "base64 /wByYXc=", HOSTILE):
        assert said in shown
    assert f"ana (auditor): {WHY}" in await tab.run("document.querySelector('#shown-before').innerText")
    await tab.call("Emulation.setEmulatedMedia", media="print")
    await tab.sized(794)
    await tab.photograph(photographs / "message-printed.png")
    assert await tab.run("getComputedStyle(document.querySelector('#controls')).display") == "none"
    printed = await tab.call("Page.printToPDF", printBackground=False)
    keep(photographs / "message.pdf", base64.b64decode(printed["data"]))
    assert base64.b64decode(printed["data"]).count(b"/Type /Page\n") < 8


async def test_it_is_readable_in_the_dark_in_spanish_at_400_pixels_and_says_what_is_not_there(
    story, site, tab, photographs
) -> None:
    await tab.sized(400)
    told = "lang=es&theme=dark&zone=Europe/Madrid"
    await tab.call("Page.navigate", url=f"{site}/attempts/mensatek/77:habc?{told}")
    await tab.until(f"location.pathname === '/messages/{story.message_id}'")
    await tab.until(SHOWN)
    meant = "[...document.querySelectorAll('[aria-current=true]')]"
    shown = await tab.run(f"{meant}.map((part) => part.dataset.sort ?? part.cells[2].innerText)")
    assert shown == ["77:habc", "event", "event", "event"]
    top, bottom = await tab.run(f"(({{ top, bottom }}) => [top, bottom])({meant}[0].getBoundingClientRect())")
    assert -1 < top < bottom < await tab.run("innerHeight") + 1
    assert await tab.run("document.querySelector('h1').innerText") == f"Mensaje {story.message_id}"
    assert "se pidió enviar" in (await tab.run(TIMELINE))[0]
    assert await tab.run("document.querySelector('#timeline time').innerText.includes('01:59:58')")
    assert await tab.run("document.querySelector('#unmask')") is None
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    await tab.photograph(photographs / "message-dark-400.png")
    await tab.goto(f"{site}/messages/{SendingStory().message_id}?lang=es")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_here'")
    assert "No hay tal mensaje" in await tab.run("document.querySelector('#notice').innerText")
    # The browser itself notes what is not found; nothing else may be wrong.
    assert all("404" in problem for problem in tab.problems)
    tab.problems.clear()
