"""The page of messages in a real browser: what it lists, counts and finds, and that no number is in its address."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from delivery.events import Personal
from delivery.identities import attempt_key, derived_message_id
from delivery.stages import Stage

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
SHOWN = "!document.querySelector('[aria-busy]') && document.querySelector('#listed table')"
ROWS = (
    "[...document.querySelectorAll('#listed tbody tr')].map((row) => row.cells[2].innerText.split('\\n').join(' | '))"
)
NUMBER = "+34600000077"
SEARCH = """((text) => {{
  const input = document.getElementById("search-text");
  input.value = text;
  input.form.requestSubmit();
}})({text!r})"""


@pytest.fixture
def told(projection, history, start) -> None:
    """In the last hour, of messente: 50 delivered, and one failed with code 51; of that message mensatek's arrived."""
    now = (datetime.now(UTC) - start).total_seconds() - 3600
    for number in range(50):
        story, second = history(provider="messente", ref=f"m{number}"), now + number
        projection.store([story.send(second, second), story.status(Stage.DELIVERED, second + 5, second + 4)])
    story = history(provider="messente", ref="failed", told={"reference": "order 5"})
    personal = Personal(recipient=NUMBER, sender="ACME", text="Olé, 1234")
    failed = story.status(Stage.UNDELIVERED, now + 90, code="51", reason="blocked")
    projection.store([story.send(now + 60, personal=personal), failed])
    message_id = derived_message_id(attempt_key("messente", "failed"))
    second = history(ref="second", told={"message_id": message_id, "reference": "order 5"})
    projection.store([second.send(now + 95), second.status(Stage.DELIVERED, now + 99)])


@pytest.mark.usefixtures("told")
async def test_it_lists_what_meets_its_filters_and_says_how_many_attempts_do(site, tab, photographs) -> None:
    await tab.goto(f"{site}/messages?lang=en&range=6h&outcome=delivered")
    await tab.until(SHOWN)
    assert await tab.until("document.querySelector('#found').dataset.attempts") == "51"
    rows = await tab.run(ROWS)
    assert len(rows) == 50
    aside, met = rows[0].split(" | ")
    assert aside == "undelivered blocked · sms · messente · code 51 · beside the filters"
    assert met == "delivered sms · mensatek · code DEL · 4 s"
    await tab.photograph(photographs / "messages.png")
    await tab.run("document.querySelector('.turning button:last-child').click()")
    await tab.until("location.search.includes('cursor=') && location.search.includes('from=')")
    await tab.until(f"{SHOWN} && document.querySelectorAll('#listed tbody tr').length === 1")
    await tab.goto(f"{site}/messages?lang=en&range=6h&reason=blocked&code=51")
    await tab.until(SHOWN)
    assert await tab.until("document.querySelector('#found').dataset.attempts") == "1"
    assert await tab.run("document.querySelector('#finer').open && document.querySelector('[name=code]').value") == "51"
    (row,) = await tab.run(ROWS)
    assert "undelivered blocked · sms · messente · code 51" in row
    assert "beside the filters" in row
    await tab.photograph(photographs / "messages-filtered.png")
    links = await tab.run("[...document.querySelectorAll('#listed .links a:not([hidden])')].map((link) => link.href)")
    assert [parse_qs(urlsplit(link).query)["format"] for link in links] == [["csv"], ["parquet"], ["sql"]]
    rows = (await tab.run(f"fetch({links[0]!r}).then((answer) => answer.text())")).split("\r\n")
    assert len(rows) == 4


@pytest.mark.usefixtures("told")
async def test_it_finds_by_number_in_the_dark_in_spanish_at_400_pixels_and_keeps_it_out_of_the_address(
    site, tab, photographs
) -> None:
    await tab.sized(400)
    await tab.goto(f"{site}/messages?lang=es&theme=dark&provider=nobody")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_here'")
    for text in (NUMBER, "Olé, 1234", "order 5"):
        await tab.run(SEARCH.format(text=text))
        await tab.until(f"{SHOWN} && document.querySelector('#search-text').value === {text!r}")
        (row,) = await tab.run(ROWS)
        assert "mensatek" in row
        assert "messente" in row
    assert await tab.run("document.documentElement.scrollWidth") <= 400
    assert "600000077" not in await tab.run("location.href + document.querySelector('#listed').textContent")
    await tab.photograph(photographs / "messages-found-dark-400.png")
    await tab.run(SEARCH.format(text="+34600000078"))
    assert "Nada de lo llegado" in await tab.until("document.querySelector('#listed .scroll p')?.textContent")
    await tab.run("document.querySelector('.search .plain:not([hidden])').click()")
    await tab.until("document.querySelector('#notice').dataset.state === 'nothing_here'")
    message_id = derived_message_id(attempt_key("messente", "failed"))
    await tab.run(SEARCH.format(text=f" {message_id.upper()} "))
    await tab.until(f"location.pathname === '/messages/{message_id}' && location.search.includes('lang=es')")
