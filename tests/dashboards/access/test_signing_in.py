"""People sign in and out, through the real app, and what those try who must not get in."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import resources
from typing import TypeAlias

import httpx2
import pytest

from dashboards.access.passwords import hashed
from dashboards.access.people import Role, User
from dashboards.access.problems import PROBLEMS
from dashboards.access.signing_in import own_path
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.pages import FIRST
from dashboards.reader import Reader

PASSWORD = "a long señor's password"
TOKEN = "the-api-token"
Open: TypeAlias = Callable[..., "httpx2.AsyncClient"]


def unopened():
    raise OSError("there is no ClickHouse in these tests")


@pytest.fixture(scope="module")
def password_hash() -> str:
    return hashed(PASSWORD)


@pytest.fixture
def users(password_hash) -> tuple[User, ...]:
    return tuple(User(name=role, role=role, password_hash=password_hash) for role in Role)


@pytest.fixture
async def app(users, monkeypatch):
    # One test undoes it, and takes the time that a real password takes.
    monkeypatch.setattr("dashboards.access.passwords.PasswordHash.matches", lambda _, typed: typed == PASSWORD)
    reader = Reader(unopened, concurrency=1, timeout_seconds=1)
    yield create_app(DashboardsConfig(api_tokens=frozenset({TOKEN}), users=users), reader)
    await reader.close()


@asynccontextmanager
async def browser(
    app, *, peer: str = "10.0.0.7", url: str = "https://acuse.example"
) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, client=(peer, 1024))
    async with httpx2.AsyncClient(transport=transport, base_url=url) as client:
        yield client


def form_token(page: httpx2.Response) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert found
    return found[1]


async def sign_in(client, name: str = "analyst", password: str = PASSWORD, **fields: str) -> httpx2.Response:
    page = await client.get("/sign-in")
    sent = {"form_token": form_token(page), "name": name, "password": password, **fields}
    return await client.post("/sign-in", data=sent)


async def test_who_signs_in_is_taken_where_he_wanted_to_go_and_sees_who_he_is(app, monkeypatch) -> None:
    monkeypatch.undo()
    async with browser(app) as client:
        sent_away = await client.get("/?window=day")
        assert (sent_away.status_code, sent_away.headers["location"]) == (303, "/sign-in?next=%2F%3Fwindow%3Dday")
        page = await client.get(sent_away.headers["location"])
        assert 'name="next" value="/?window=day"' in page.text
        answer = await sign_in(client, name=" Analyst ", next="/?window=day")
        assert (answer.status_code, answer.headers["location"]) == (303, "/?window=day")
        first = await client.get(FIRST)
        assert first.status_code == 200
        assert 'analyst, <span data-say="analyst">analyst</span>' in first.text
        assert (await client.get("/v1/messages")).status_code == 503


async def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_the_clear(app) -> None:
    async with browser(app) as client:
        cookie = (await sign_in(client)).headers.get_list("set-cookie")[0]
    assert cookie.startswith("__Host-acuse_session=")
    assert {"HttpOnly", "SameSite=lax", "Secure", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


async def test_on_this_machine_it_works_without_tls(app) -> None:
    async with browser(app, peer="127.0.0.1", url="http://localhost:8080") as client:
        cookie = (await sign_in(client)).headers.get_list("set-cookie")[0]
        assert cookie.startswith("acuse_session=")
        assert "Secure" not in cookie
        assert (await client.get(FIRST)).status_code == 200


async def test_without_tls_elsewhere_the_page_says_why_it_cannot_work(app) -> None:
    async with browser(app, url="http://acuse.example") as client:
        answer = await sign_in(client)
    assert answer.status_code == 403
    assert "ask for https" in answer.text


async def test_who_signed_out_is_out_also_with_the_cookie_that_he_had(app) -> None:
    async with browser(app) as client:
        await sign_in(client)
        kept = client.cookies["__Host-acuse_session"]
        token = form_token(await client.get(FIRST))
        left = await client.post("/sign-out", data={"form_token": token})
        assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
        assert "__Host-acuse_session" not in client.cookies
    async with browser(app) as thief:
        shown = {"Cookie": f"__Host-acuse_session={kept}"}
        assert (await thief.get("/v1/messages", headers=shown)).status_code == 401
        assert (await thief.get(FIRST, headers=shown)).status_code == 303


async def test_signing_in_ends_the_session_that_the_browser_had(app) -> None:
    async with browser(app) as client:
        await sign_in(client)
        former = client.cookies["__Host-acuse_session"]
        await sign_in(client)
        assert client.cookies["__Host-acuse_session"] != former
    async with browser(app) as thief:
        shown = {"Cookie": f"__Host-acuse_session={former}"}
        assert (await thief.get("/v1/messages", headers=shown)).status_code == 401


@pytest.mark.parametrize("value", ["", "x", "A" * 43, '"quoted"', "a" * 5000, "ñ", "../../etc/passwd"])
async def test_a_made_up_cookie_opens_nothing(app, value) -> None:
    async with browser(app) as client:
        for name in ("__Host-acuse_session", "acuse_session"):
            shown = {"Cookie": f"{name}={value}".encode()}
            assert (await client.get("/v1/messages", headers=shown)).status_code == 401


async def test_a_cookie_that_came_without_our_prefix_is_not_ours(app) -> None:
    async with browser(app) as client:
        await sign_in(client)
        value = client.cookies["__Host-acuse_session"]
    async with browser(app) as client:
        shown = {"Cookie": f"acuse_session={value}"}
        assert (await client.get("/v1/messages", headers=shown)).status_code == 401


@pytest.mark.parametrize("changed", [None, "", "x", "ñ", "0" * 43])
async def test_what_changes_anything_needs_the_sessions_form_token(app, changed) -> None:
    async with browser(app) as client:
        await sign_in(client)
        sent = {} if changed is None else {"form_token": changed}
        refused = await client.post("/sign-out", data=sent)
        assert refused.status_code == 403
        assert "open the page again" in refused.text
        headers = {} if changed is None else {"X-Form-Token": changed.encode()}
        for content_type in ("application/json", "text/plain"):
            searched = await client.post(
                "/v1/messages/search", content=b"{}", headers={**headers, "Content-Type": content_type}
            )
            assert (searched.status_code, searched.json()["field"]) == (403, "form_token")
        assert (await client.get(FIRST)).status_code == 200


async def test_a_form_token_of_another_session_is_none(app) -> None:
    async with browser(app) as other:
        await sign_in(other, name="viewer")
        token = form_token(await other.get(FIRST))
    async with browser(app) as client:
        await sign_in(client)
        assert (await client.post("/sign-out", data={"form_token": token})).status_code == 403


async def test_a_script_of_ours_may_show_the_form_token_in_a_header(app) -> None:
    async with browser(app) as client:
        await sign_in(client)
        shown = {"X-Form-Token": form_token(await client.get(FIRST))}
        assert (await client.post("/v1/messages/search", json={}, headers=shown)).status_code == 503
        refused = await client.post("/v1/messages/search", json={}, headers={**shown, "Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403


async def test_the_body_still_reaches_the_handler_behind_the_gate(app) -> None:
    async with browser(app) as client:
        await sign_in(client)
        token = form_token(await client.get(FIRST))
        answer = await client.post("/v1/messages/search", data={"form_token": token})
        assert (answer.status_code, answer.json()["field"]) == (400, "body")
        long = await client.post("/v1/messages/search", data={"form_token": token, "more": "x" * 20_000})
        assert long.status_code == 413
        twice = f"form_token={token}&form_token=x"
        assert (
            await client.post("/sign-out", content=twice, headers={"Content-Type": "application/x-www-form-urlencoded"})
        ).status_code == 400


async def test_nobody_is_signed_in_by_a_foreign_page(app) -> None:
    async with browser(app) as client:
        good = {"name": "analyst", "password": PASSWORD}
        assert (await client.post("/sign-in", data=good)).status_code == 403
        token = form_token(await client.get("/sign-in"))
        assert (await client.post("/sign-in", data={**good, "form_token": "0" * 64})).status_code == 403
        foreign = await client.post(
            "/sign-in", data={**good, "form_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert foreign.status_code == 403
        client.cookies.clear()
        assert (await client.post("/sign-in", data={**good, "form_token": token})).status_code == 403


@pytest.mark.parametrize(
    ("name", "password"), [("analyst", "wrong"), ("nobody", PASSWORD), ("", ""), ("analyst\x00", PASSWORD)]
)
async def test_a_wrong_name_and_a_wrong_password_look_the_same(app, monkeypatch, name, password) -> None:
    monkeypatch.undo()
    async with browser(app) as client:
        answer = await sign_in(client, name=name, password=password)
        assert answer.status_code == 401
        assert "The name or the password is wrong." in answer.text
        assert "__Host-acuse_session" not in client.cookies


async def test_one_address_may_not_try_for_ever_and_others_may(app) -> None:
    async with browser(app) as client:
        tried = [(await sign_in(client, name=f"name-{number}", password="wrong")) for number in range(11)]
        assert [answer.status_code for answer in tried] == [401] * 10 + [429]
        assert 0 < int(tried[-1].headers["retry-after"]) <= 30
        assert "wait" in tried[-1].text
        assert (await sign_in(client)).status_code == 429
    async with browser(app, peer="10.0.0.8") as client:
        assert (await sign_in(client)).status_code == 303


async def test_one_name_may_not_be_tried_from_everywhere(app) -> None:
    for name in ("analyst", "nobody"):
        statuses = []
        for number in range(21):
            async with browser(app, peer=f"10.{len(name)}.0.{number}") as client:
                statuses.append((await sign_in(client, name=name, password="wrong")).status_code)
        assert statuses == [401] * 20 + [429]


async def test_while_too_many_passwords_are_looked_at_it_is_said_and_then_goes_on(app, monkeypatch) -> None:
    looked_at = threading.Event()
    monkeypatch.setattr("dashboards.access.passwords.PasswordHash.matches", lambda *_: looked_at.wait(20))
    monkeypatch.setattr("dashboards.access.signing_in.WAIT_SECONDS", 0.2)
    async with browser(app) as first, browser(app) as second, browser(app) as third:
        waiting = [asyncio.create_task(sign_in(client)) for client in (first, second, third)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            looked_at.set()
        answers = await asyncio.gather(*waiting)
        assert sorted(answer.status_code for answer in answers) == [303, 303, 503]
        assert {answer.headers.get("retry-after") for answer in answers} == {None, "5"}
        assert (await sign_in(third)).status_code == 303


async def test_who_signs_in_often_is_not_taken_for_who_guesses(app) -> None:
    async with browser(app) as client:
        assert {(await sign_in(client)).status_code for _ in range(25)} == {303}


@pytest.mark.parametrize(
    "wanted",
    [
        *("//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example"),
        *("/\r\nSet-Cookie: a=b", "/%0d\n", "javascript:alert(1)", "", "evil.example", "/ñ", "/" + "a" * 2000),
        *("/sign-in", "/sign-out", " //evil.example", "/\n/evil.example"),
    ],
)
def test_nobody_is_led_astray_by_where_he_wanted_to_go(wanted) -> None:
    assert own_path(wanted) == "/"


async def test_a_foreign_address_is_not_gone_to_after_signing_in(app) -> None:
    async with browser(app) as client:
        for wanted in ("//evil.example", "/\r\nSet-Cookie: a=b"):
            assert 'name="next" value="/"' in (await client.get("/sign-in", params={"next": wanted})).text
            answer = await sign_in(client, next=wanted)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_the_way_back_is_kept_whole(app) -> None:
    assert own_path("/attempts/mensatek/1:h%2F?a=b&c=%25") == "/attempts/mensatek/1:h%2F?a=b&c=%25"
    async with browser(app) as client:
        answer = await client.get("/attempts/a/%22%3E%3Cscript%3E%0d%0aX:y")
        assert answer.status_code == 303
        page = await client.get(answer.headers["location"])
        assert "<script>" not in page.text
        assert "unsafe" not in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/messages/x", "/attempts/a/b", "/v1/messages", "/v1/decisions", "/v1/doubts"])
async def test_a_viewer_sees_figures_and_nobodys_messages(app, path) -> None:
    async with browser(app) as client:
        await sign_in(client, name="viewer")
        assert (await client.get(FIRST)).status_code == 200
        assert (await client.get("/v1/alerts")).status_code == 503
        refused = await client.get(path)
        assert refused.status_code == 403
        assert "takes the role" in refused.text
    async with browser(app) as client:
        await sign_in(client, name="operator")
        assert (await client.get(path)).status_code in (400, 503)


async def test_scripts_keep_their_tokens_and_need_no_form_token(app) -> None:
    async with browser(app) as client:
        shown = {"Authorization": f"Bearer {TOKEN}"}
        assert (await client.post("/v1/messages/search", json={}, headers=shown)).status_code == 503
        refused = await client.get("/v1/messages")
        assert refused.status_code == 401
        assert refused.headers.get_list("www-authenticate") == ["Bearer"]
        assert "/sign-in" in refused.json()["error"]


async def test_this_machine_is_let_in_as_before_and_told_where_to_sign_in(users) -> None:
    reader = Reader(unopened, concurrency=1, timeout_seconds=1)
    app = create_app(DashboardsConfig(open_to_this_machine=True, users=users), reader)
    async with browser(app, peer="127.0.0.1", url="http://localhost:8080") as client:
        assert (await client.post("/v1/messages/search", json={})).status_code == 503
        page = await client.get(FIRST)
        assert "this machine" in page.text
        assert 'href="/sign-in"' in page.text
    async with browser(app) as client:
        assert (await client.get("/v1/messages")).status_code == 401
    await reader.close()


async def test_without_users_the_page_says_how_to_make_one() -> None:
    reader = Reader(unopened, concurrency=1, timeout_seconds=1)
    async with browser(create_app(DashboardsConfig(), reader)) as client:
        page = await client.get("/sign-in")
        assert "acuse user hash" in page.text
        assert (await sign_in(client)).status_code == 401
    await reader.close()


def test_nothing_secret_shows_in_a_repr(users, password_hash) -> None:
    assert password_hash not in repr(DashboardsConfig(users=users))


def test_every_problem_is_said_in_both_languages() -> None:
    script = resources.files("dashboards").joinpath("static/pages/sign_in.js").read_text("utf-8")
    said = {key: words for key, *words in re.findall(r'(\w+): \[\s*"([^"]+)",\s*"([^"]+)",?\s*\]', script)}
    for problem in PROBLEMS:
        english, spanish = said[problem.key]
        assert english == problem.text
        assert spanish.count("{}") == english.count("{}")
