"""People sign in by an OpenID provider over real HTTP, and what those try who must not get in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from joserfc.jwk import OctKey, RSAKey

from dashboards.access.oidc.config import OidcConfig
from dashboards.access.oidc.errands import LIFETIME_SECONDS, new_errand, opened, sealed
from dashboards.access.oidc.identity import NotLetIn, user_of
from dashboards.access.people import Role, User
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader
from tests.dashboards.access.openid_provider import CLIENT_ID, CLIENT_SECRET, SmallProvider, running

URL = "https://acuse.example"
CALLBACK = f"{URL}/sign-in/oidc/callback"
SESSION, ERRAND = "__Host-acuse_session", "__Host-acuse_errand"
ROLES = {"staff": Role.VIEWER, "acuse-audit": Role.AUDITOR}
HASH = "argon2id-v19:m=65536,t=3,p=4:" + "A" * 22 + "==:" + "A" * 43 + "="


def unopened():
    raise OSError("there is no ClickHouse in these tests")


def config(issuer: str, **changes: Any) -> OidcConfig:
    told = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "title": "Acme", "roles": ROLES, "url": URL}
    return OidcConfig(issuer=issuer, **{**told, **changes})


@pytest.fixture
async def provider() -> AsyncIterator[SmallProvider]:
    async with running(CALLBACK) as provider:
        yield provider


@asynccontextmanager
async def browser(oidc: OidcConfig, *users: User) -> AsyncIterator[httpx2.AsyncClient]:
    """It goes where it is sent only when told to."""
    reader = Reader(unopened, concurrency=1, timeout_seconds=1)
    app = create_app(DashboardsConfig(oidc=oidc, users=users), reader)
    transport = httpx2.ASGITransport(app, client=("10.0.0.7", 1024))
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
        yield client
    await reader.close()


async def sent_back(client: httpx2.AsyncClient, wanted: str = "/reports/overview?range=7d") -> str:
    """Where the provider sends the browser that we sent there."""
    away = await client.get("/sign-in/oidc", params={"next": wanted})
    assert away.status_code == 303, away.text
    async with httpx2.AsyncClient() as outside:
        return (await outside.get(away.headers["location"])).headers["location"]


async def sign_in(client: httpx2.AsyncClient) -> httpx2.Response:
    return await client.get(await sent_back(client))


async def test_who_the_provider_vouches_for_is_let_in_with_the_highest_role(provider) -> None:
    async with browser(config(provider.issuer)) as client:
        page = await client.get("/sign-in?next=/reports/overview%3Frange%3D7d")
        assert 'href="/sign-in/oidc?next=/reports/overview%3Frange%3D7d"' in page.text
        assert "Acme" in page.text
        assert 'type="password"' not in page.text, "nobody has one"
        answer = await sign_in(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/reports/overview?range=7d")
        cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(SESSION))
        assert {"HttpOnly", "SameSite=lax", "Secure", "Path=/"} <= set(cookie.split("; "))
        assert ERRAND not in client.cookies
        first = await client.get("/reports/overview")
        assert "ana@example.com" in first.text
        assert "auditor" in first.text
        assert (await client.get("/v1/messages")).status_code == 503


async def test_the_errand_is_hidden_from_scripts_and_other_sites(provider) -> None:
    async with browser(config(provider.issuer)) as client:
        (cookie,) = (await client.get("/sign-in/oidc")).headers.get_list("set-cookie")
    assert cookie.startswith(f"{ERRAND}=")
    assert {"HttpOnly", "SameSite=lax", "Secure", "Path=/", "Max-Age=600"} <= set(cookie.split("; "))


async def test_nothing_is_taken_twice_nor_from_another_browser(provider) -> None:
    async with browser(config(provider.issuer)) as client:
        back = await sent_back(client)
        errand = client.cookies[ERRAND]
        async with browser(config(provider.issuer)) as other:
            assert (await other.get(back)).status_code == 403
            await other.get("/sign-in/oidc")
            assert (await other.get(back)).status_code == 403, "the state is of another errand"
        assert (await client.get(back)).status_code == 303
        again = await client.get(back, headers={"Cookie": f"{ERRAND}={errand}"})
        assert again.status_code == 403, "the provider takes a code once"
        assert "begin again" in again.text


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"state": "another"}, "begin again"),
        ({"iss": "https://evil.example"}, "begin again"),
        ({"iss": None}, "begin again"),
        ({"code": "guessed"}, "begin again"),
        ({"code": None}, "begin again"),
        ({"error": "access_denied"}, "You were not let in by Acme (access denied)."),
        ({"error": "<script>"}, "You were not let in by Acme."),
    ],
)
async def test_an_answer_that_is_not_as_it_was_given_lets_nobody_in(provider, change, word) -> None:
    async with browser(config(provider.issuer)) as client:
        back = httpx2.URL(await sent_back(client))
        for name, said in change.items():
            back = back.copy_set_param(name, said) if said else back.copy_remove_param(name)
        answer = await client.get(back)
        assert answer.status_code == 403
        assert word in answer.text
        assert "<script>" not in answer.text
        assert SESSION not in client.cookies


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": [CLIENT_ID, "another"]}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": None}, "sub"),
        ({"exp": 1}, "exp"),
        ({"exp": None}, "exp"),
        ({"iat": 9_999_999_999}, "iat"),
    ],
)
async def test_a_token_that_is_not_for_us_and_now_proves_nothing(provider, caplog, claims, reason) -> None:
    provider.claims = claims
    async with browser(config(provider.issuer)) as client:
        answer = await sign_in(client)
        assert answer.status_code == 403
        assert "did not prove who you are" in answer.text
        assert SESSION not in client.cookies
    assert f"claim {reason} " in caplog.text


async def test_a_token_that_somebody_else_signed_proves_nothing(provider, monkeypatch) -> None:
    monkeypatch.setattr("dashboards.access.oidc.provider.ASKED_AGAIN_SECONDS", 0.0)
    another = RSAKey.generate_key(2048)
    forgeries: list[tuple[Any, dict[str, Any]]] = [
        (another, {}),
        (another, {"kid": "unknown"}),
        (OctKey.import_key(CLIENT_SECRET), {"alg": "HS256"}),
        (OctKey.import_key(b"x" * 32), {"alg": "HS256", "kid": None}),
        (None, {"alg": "none"}),
        (None, {"alg": "RS512"}),
    ]
    async with browser(config(provider.issuer)) as client:
        for key, header in forgeries:
            provider.signed_by, provider.header = key, header
            answer = await sign_in(client)
            assert answer.status_code == 403, header
            assert "did not prove who you are" in answer.text


async def test_new_keys_of_the_provider_are_asked_for(provider, monkeypatch) -> None:
    monkeypatch.setattr("dashboards.access.oidc.provider.ASKED_AGAIN_SECONDS", 0.0)
    async with browser(config(provider.issuer)) as client:
        assert (await sign_in(client)).status_code == 303
        provider.key = RSAKey.generate_key(2048, auto_kid=True)
        assert (await sign_in(client)).status_code == 303


@pytest.mark.parametrize("secret", [CLIENT_SECRET, ""])
async def test_we_say_who_we_are_as_the_provider_wants_it(provider, secret) -> None:
    provider.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]} if secret else {}
    provider.secret = secret or None
    async with browser(config(provider.issuer, client_secret=secret)) as client:
        assert (await sign_in(client)).status_code == 303


@pytest.mark.parametrize(
    ("about", "secret", "why"),
    [
        ({"issuer": "https://other.example"}, CLIENT_SECRET, "write that as [dashboards.oidc] issuer"),
        ({"token_endpoint": "http://clear.example/token"}, CLIENT_SECRET, "not https"),
        ({"jwks_uri": None}, CLIENT_SECRET, "cannot be read"),
        ({}, "wrong", "see client_id and client_secret"),
    ],
)
async def test_a_provider_that_cannot_be_used_is_said_to_the_operator(provider, caplog, about, secret, why) -> None:
    provider.about = about
    async with browser(config(provider.issuer, client_secret=secret)) as client:
        answer = await client.get("/sign-in/oidc") if about else await sign_in(client)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "cannot be asked" in answer.text
    assert why in caplog.text
    assert secret not in caplog.text


async def test_a_provider_that_is_away_is_not_asked_by_everybody(caplog, monkeypatch) -> None:
    async with running(CALLBACK) as gone:
        issuer = gone.issuer
    async with browser(config(issuer)) as client:
        assert (await client.get("/sign-in/oidc")).status_code == 503
        monkeypatch.setattr("dashboards.access.oidc.provider.ask", None)
        assert (await client.get("/sign-in/oidc")).status_code == 503
    assert "cannot be reached: ConnectError" in caplog.text


async def test_one_address_may_not_try_for_ever(provider) -> None:
    async with browser(config(provider.issuer)) as client:
        statuses = []
        for _ in range(11):
            back = httpx2.URL(await sent_back(client)).copy_set_param("code", "guessed")
            statuses.append((await client.get(back)).status_code)
        assert statuses == [403] * 10 + [429]


async def test_nobody_takes_the_name_of_who_has_a_password(provider) -> None:
    ana = User(name="ana@example.com", role=Role.VIEWER, password_hash=HASH)
    async with browser(config(provider.issuer), ana) as client:
        answer = await sign_in(client)
        assert answer.status_code == 403
        assert "the name of somebody who signs in with a password" in answer.text
        assert 'type="password"' in answer.text


WHO = {"sub": "1", "email": "ana@example.com", "roles": ["staff"]}


@pytest.mark.parametrize(
    ("claims", "changes", "name", "role"),
    [
        (WHO, {}, "ana@example.com", Role.VIEWER),
        (WHO | {"roles": "acuse-audit", "email_verified": True}, {}, "ana@example.com", Role.AUDITOR),
        (WHO | {"realm": {"roles": ["staff"]}}, {"role_claim": "realm.roles"}, "ana@example.com", Role.VIEWER),
        (WHO | {"https://x.y/r": ["staff"]}, {"role_claim": "https://x.y/r"}, "ana@example.com", Role.VIEWER),
        (WHO | {"oid": "A-7", "email_verified": False}, {"name_claim": "oid"}, "a-7", Role.VIEWER),
        (WHO | {"roles": ["staff", 3, None, {}]}, {}, "ana@example.com", Role.VIEWER),
    ],
)
def test_who_somebody_is_here(claims, changes, name, role) -> None:
    user = user_of(claims, config("https://id.example", **changes))
    assert (user.name, user.role, user.password_hash) == (name, role, "")


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        (WHO | {"roles": ["nobody"]}, "no role"),
        (WHO | {"roles": {"staff": True}}, "no role"),
        ({"email": "a@b"}, "no role"),
        (WHO | {"email": ""}, "who you are"),
        (WHO | {"email": ["a@b"]}, "who you are"),
        (WHO | {"email": "a b"}, "who you are"),
        (WHO | {"email": "a\x00b"}, "who you are"),
        (WHO | {"email": "a" * 200}, "who you are"),
        (WHO | {"email_verified": False}, "not verified"),
    ],
)
def test_who_is_not_let_in_is_told_what_is_missing(claims, word) -> None:
    with pytest.raises(NotLetIn, match=word):
        user_of(claims, config("https://id.example"))


def test_an_errand_is_ours_and_of_its_time() -> None:
    errand = new_errand("/x", 1000.0)
    shown = sealed(errand, b"key")
    assert opened(shown, b"key", 1000.0 + LIFETIME_SECONDS) == errand
    assert opened(shown, b"key", 1001.0 + LIFETIME_SECONDS) is None
    assert opened(shown, b"key", 900.0) is None
    assert opened(shown, b"another key", 1000.0) is None
    for broken in ("", ".", shown[:-1], shown.replace(".", "x."), "é.é", shown + "x"):
        assert opened(broken, b"key", 1000.0) is None


def test_the_secret_shows_in_no_repr() -> None:
    assert CLIENT_SECRET not in repr(DashboardsConfig(oidc=config("https://id.example")))
