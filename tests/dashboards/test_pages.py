"""The pages: what they show, and that a browser is allowed nothing that is not ours."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from delivery.identities import attempt_key, derived_message_id
from delivery.stages import Stage

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
"""Every question that is behind these is asked of both engines elsewhere."""
HOSTILE = "<script>alert(1)</script>&\"'"


class Seen(HTMLParser):
    """What a page would make a browser do, and the text that it shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loaded: list[str] = []
        self.text = ""
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self._in_script = tag in ("script", "style")
        named = dict(attrs)
        self.inline += [name for name in named if name == "style" or name.startswith("on")]
        if tag in ("script", "link", "img", "iframe"):
            self.loaded += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, _tag) -> None:
        self._in_script = False

    def handle_data(self, data) -> None:
        if self._in_script and data.strip():
            self.inline.append(data)
        self.text += f"{data} "


@pytest.fixture
def recent(history, start):
    """A history of the last minute, so that it is in the page's period."""
    return history, (datetime.now(UTC) - start).total_seconds() - 60


async def pages_of(client, story) -> list:
    message_id = derived_message_id(attempt_key(story.provider, story.ref))
    paths = ["/", "/?window=all", f"/messages/{message_id}", f"/attempts/{story.provider}/{story.ref}", "/nothing"]
    return [await client.get(path) for path in paths]


async def test_every_page_is_under_a_strict_policy_and_holds_nothing_inline(projection, client, recent) -> None:
    make, now = recent
    story = make(ref=f"1/{HOSTILE}", told={"reference": HOSTILE})
    projection.store([story.send(now), story.status(Stage.SENT, now + 1, code=HOSTILE, code_text=HOSTILE)])
    for page in await pages_of(client, make(ref="1/" + HOSTILE.replace("&", "%26").replace("#", "%23"))):
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["cache-control"] == "no-store"
        seen = Seen(page.text)
        assert seen.inline == []
        assert all(path.startswith("/static/") for path in seen.loaded)
        assert "<script>alert" not in page.text


async def test_the_first_page_shows_what_has_come_in(projection, client, recent) -> None:
    make, now = recent
    sms, voice = make(ref="a/1"), make(ref="b", provider="messente", channel="voice")
    projection.store([sms.send(now), sms.status(Stage.DELIVERED, now + 30, now + 12, elapsed_seconds=12.5)])
    projection.store([voice.send(now), voice.status(Stage.UNDELIVERED, now + 5, reason="absent_subscriber")])
    page = await client.get("/")
    assert page.status_code == 200
    text = re.sub(r"\s+", " ", Seen(page.text).text)
    assert "2 attempts" in text
    assert "mensatek sms 1 1 0 0 0 12 s" in text
    assert "messente voice 1 0 1 0 0 —" in text
    assert "1 absent subscriber" in text
    assert "Data as of" in text
    assert 'href="/attempts/mensatek/a/1"' in page.text
    assert "600000001" not in page.text


@pytest.mark.usefixtures("projection")
async def test_while_nothing_has_come_in_the_first_page_says_how_to_begin(client) -> None:
    page = await client.get("/")
    assert "Nothing yet" in page.text
    assert "curl http://127.0.0.1:8090/v1/sends" in page.text


async def test_a_quiet_period_is_not_nothing(projection, client, history) -> None:
    projection.store([history().send(1.0)])
    page = await client.get("/?window=hour")
    assert "Nothing in this period" in page.text
    assert "Nothing yet" not in page.text
    assert (await client.get("/?window=year")).status_code == 400


async def test_without_tables_the_first_page_says_what_is_missing(client) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert "acuse migrate" in page.text


async def test_an_attempt_has_a_page_with_the_timeline_and_a_message_a_frame(projection, client, history) -> None:
    story = history()
    projection.store([story.send(1.0), *[story.status(Stage.DELIVERED, 60.0, 59.0)] * 3, story.reply(90.0)])
    _, _, message, attempt, missing = await pages_of(client, story)
    assert attempt.text.index(">queued<") < attempt.text.rindex("it is delivered") < attempt.text.index(">reply<")
    assert "3 copies" in attempt.text
    assert "+34•••••••01" in attempt.text
    assert "what they wrote" not in attempt.text
    assert (message.status_code, "/static/pages/message.js" in message.text) == (200, True)
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_static_files_are_served_without_asking_who_comes(client) -> None:
    for path in ("acuse.css", "refresh.js", "icon.svg"):
        assert (await client.get(f"/static/{path}")).status_code == 200
    assert (await client.get("/static/../app.py")).status_code == 404


async def test_times_are_written_for_machines_too(projection, client, history, start) -> None:
    projection.store([history().send(1.5)])
    page = await client.get("/attempts/mensatek/77:habc")
    assert f'datetime="{(start + timedelta(seconds=1.5)).isoformat()}"' in page.text
