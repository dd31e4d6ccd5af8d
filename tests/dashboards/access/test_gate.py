"""Who may read what."""

import base64
import re

import httpx2
import pytest

from dashboards.access.people import Role
from dashboards.access.scripts import Script, digest_of, new_token
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader

TOKENS = frozenset({"first-token", "sëcond-token"})
LED_TO = re.compile(r'<a href="([^"]+)" data-page="/[^"]+"')
PAGES = (
    *(f"/reports/{name}" for name in ("overview", "delivery-time", "failures", "failover", "providers", "replies")),
    *("/messages", "/live", "/pipeline"),
)


def unopened():
    raise OSError("there is no ClickHouse in these tests")


def client_of(config: DashboardsConfig, *, peer: str = "127.0.0.1", host: str = "localhost:8080") -> httpx2.AsyncClient:
    app = create_app(config, Reader(unopened, concurrency=1, timeout_seconds=1))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app, client=(peer, 1024)), base_url=f"http://{host}")


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer first-token", 503),
        ("bearer  first-token ", 503),
        (basic("anybody", "first-token"), 503),
        (basic("", "sëcond-token"), 503),
        ("Bearer first-toke", 401),
        ("Bearer ", 401),
        ("first-token", 401),
        (basic("first-token", ""), 401),
        ("Basic %%%", 401),
        ("Basic /w==", 401),
        (None, 401),
    ],
)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/attempts/a/b"])
async def test_a_token_opens_what_is_read(authorization, status, path) -> None:
    async with client_of(DashboardsConfig(api_tokens=TOKENS)) as client:
        answer = await client.get(path, headers={"Authorization": authorization} if authorization else {})
    assert answer.status_code == status
    if status == 401:
        assert answer.headers.get_list("www-authenticate") == ["Bearer", 'Basic realm="Acuse", charset="UTF-8"']
        assert "token" in answer.json()["error"]


@pytest.mark.parametrize(
    ("peer", "host", "status"),
    [
        ("127.0.0.1", "localhost:8080", 503),
        ("127.0.0.1", "127.0.0.1", 503),
        ("::1", "[::1]:8080", 503),
        ("127.0.0.1", "rebound.example:8080", 403),
        ("127.0.0.1", "127.0.0.1.example", 403),
        ("10.0.0.7", "localhost:8080", 403),
        ("10.0.0.7", "10.0.0.1:8080", 403),
    ],
)
async def test_where_this_machine_may_read_it_must_really_be_this_machine(peer, host, status) -> None:
    async with client_of(DashboardsConfig(open_to_this_machine=True), peer=peer, host=host) as client:
        assert (await client.get("/v1/messages")).status_code == status


async def test_others_may_show_a_token_where_this_machine_needs_none() -> None:
    config = DashboardsConfig(api_tokens=TOKENS, open_to_this_machine=True)
    async with client_of(config, peer="10.0.0.7", host="acuse.example") as client:
        assert (await client.get("/v1/messages")).status_code == 401
        shown = await client.get("/v1/messages", headers={"Authorization": "Bearer first-token"})
        assert shown.status_code == 503


async def test_without_tokens_nobody_may_read_unless_it_was_said() -> None:
    async with client_of(DashboardsConfig()) as client:
        refused = await client.get("/v1/messages", headers={"Authorization": "Bearer "})
        assert refused.status_code == 403
        assert "[api] tokens" in refused.json()["error"]
        page = await client.get("/")
        assert (page.status_code, page.headers["content-type"]) == (403, "text/html; charset=utf-8")


async def test_health_metrics_and_the_description_are_open() -> None:
    async with client_of(DashboardsConfig(), peer="10.0.0.7", host="acuse.example") as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/openapi.json")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert "clickhouse" in ready.json()["not_ready"]


def test_tokens_show_in_no_repr() -> None:
    assert "first-token" not in repr(DashboardsConfig(api_tokens=TOKENS))


async def test_a_script_of_a_name_may_what_its_role_may() -> None:
    tokens = {role: new_token() for role in Role}
    scripts = tuple(Script(name=f"a-{role}", role=role, token_sha256=digest_of(t)) for role, t in tokens.items())
    config = DashboardsConfig(scripts=scripts, api_tokens=TOKENS)
    async with client_of(config, peer="10.0.0.7", host="acuse.example") as client:
        for role, allowed in ((Role.VIEWER, False), (Role.ANALYST, True), (Role.AUDITOR, True)):
            shown = {"Authorization": f"Bearer {tokens[role]}"}
            assert (await client.get("/v1/reports/overview", headers=shown)).status_code == 503, "nothing is stored"
            listed = await client.get("/v1/messages", headers=shown)
            assert listed.status_code == (503 if allowed else 403)
            assert allowed or "a-viewer has 'viewer'" in listed.json()["error"]
            led_to = set(LED_TO.findall((await client.get("/reports/overview", headers=shown)).text))
            opened = {page for page in PAGES if (await client.get(page, headers=shown)).status_code != 403}
            assert led_to == opened
            assert allowed == ("/messages" in led_to)
        digest = {"Authorization": f"Bearer {scripts[0].token_sha256}"}
        assert (await client.get("/v1/reports/overview", headers=digest)).status_code == 401
        # An unmasking is somebody's: a program can have none, whatever its role.
        shown = {"Authorization": f"Bearer {tokens[Role.AUDITOR]}"}
        path = "/v1/messages/018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c/unmasked"
        assert (await client.post(path, headers=shown, json={"why": "to see whether I may"})).status_code == 403
    assert scripts[0].token_sha256 not in repr(config)
