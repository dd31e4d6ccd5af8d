"""The pages: what they show, and that a browser is allowed nothing that is not ours."""

from html.parser import HTMLParser

import pytest

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


MESSAGE = "018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c"


async def test_every_page_is_under_a_strict_policy_and_holds_nothing_inline(client) -> None:
    pages = [f"/messages/{MESSAGE}", "/messages", "/reports/overview", "/live", "/openapi", "/sign-in"]
    for page in [await client.get(path) for path in (*pages, f"/messages/{HOSTILE}", f"/attempts/{HOSTILE}/1")]:
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["cache-control"] == "no-store"
        seen = Seen(page.text)
        assert seen.inline == []
        assert all(path.startswith("/static/") for path in seen.loaded)
        assert "<script>alert" not in page.text


async def test_who_asks_for_no_page_in_particular_is_led_to_the_overview(client) -> None:
    for asked in ("", "?lang=es&zone=Europe/Madrid&provider=a%26b"):
        led = await client.get(f"/{asked}")
        assert (led.status_code, led.headers["location"]) == (307, f"/reports/overview{asked}")
        assert (await client.get(led.headers["location"])).status_code == 200


async def test_an_attempt_leads_to_its_message(projection, client, history) -> None:
    story = history(ref="1/ñ & 2", told={"message_id": MESSAGE})
    projection.store([story.send(1.0)])
    led = await client.get("/attempts/mensatek/1/ñ & 2", params={"lang": "es"})
    assert led.headers["location"] == f"/messages/{MESSAGE}?lang=es&attempt=mensatek%2F1%2F%C3%B1+%26+2"
    page = await client.get(led.headers["location"])
    assert (page.status_code, "/static/pages/message.js" in page.text) == (200, True)
    missing = await client.get("/attempts/mensatek/nothing")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_static_files_are_served_without_asking_who_comes(client) -> None:
    for path in ("acuse.css", "pages/overview.js", "icon.svg"):
        assert (await client.get(f"/static/{path}")).status_code == 200
    assert (await client.get("/static/../app.py")).status_code == 404
