"""Passwords, sessions and tries, each by itself."""

import pytest
from argon2 import PasswordHasher

from dashboards.access.passwords import MalformedHash, decoy, hashed, parsed
from dashboards.access.people import Role, User
from dashboards.access.sessions import IDLE_SECONDS, LIFETIME_SECONDS, MOST_SESSIONS, Sessions
from dashboards.access.trying import Rate, Tries, address_key

USER = User(name="ana", role=Role.ANALYST, password_hash="")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_password_matches_its_hash_and_no_other() -> None:
    kept = hashed("contraseña larga")
    assert kept.startswith("argon2id-v19:m=65536,t=3,p=4:")
    assert "$" not in kept
    assert parsed(kept).matches("contraseña larga")
    assert parsed(kept).matches("contrasen\u0303a larga")
    assert not parsed(kept).matches("contraseña larg")
    assert not parsed(kept).decoy().matches("contraseña larga")
    assert not decoy().matches("")
    assert hashed("contraseña larga") != kept


def test_the_digest_is_what_others_make_by_argon2id() -> None:
    _, cost, salt, digest = hashed("a long password").split(":")
    salt, digest = (text.replace("-", "+").replace("_", "/").rstrip("=") for text in (salt, digest))
    assert PasswordHasher().verify(f"$argon2id$v=19${cost}${salt}${digest}", "a long password")


def test_what_was_hashed_by_scrypt_before_still_counts() -> None:
    kept = "scrypt-v1:ln=15,r=8,p=3:MDEyMzQ1Njc4OWFiY2RlZg==:wDwI-Jub8yYj8ayZvzOcKmUdGIWRha6rCYy5kzycors="
    assert parsed(kept).matches("contraseña larga")
    assert not parsed(kept).matches("contraseña larg")


SALT, DIGEST = "A" * 22 + "==", "A" * 43 + "="


@pytest.mark.parametrize(
    "encoded",
    [
        f"argon2id-v19:m=19456,t=2,p=1:{SALT}:{DIGEST}",
        f"argon2id-v19:m=262144,t=16,p=16:{SALT}:{DIGEST}",
        f"scrypt-v1:ln=17,r=8,p=1:{SALT}:{DIGEST}",
    ],
)
def test_dearer_hashes_may_be_named(encoded) -> None:
    assert parsed(encoded).recipe.sound


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "password",
        f"argon2id-v18:m=65536,t=3,p=4:{SALT}:{DIGEST}",
        f"argon2i-v19:m=65536,t=3,p=4:{SALT}:{DIGEST}",
        f"argon2id-v19:m=19456,t=1,p=1:{SALT}:{DIGEST}",
        f"argon2id-v19:m=16384,t=9,p=1:{SALT}:{DIGEST}",
        f"argon2id-v19:m=65536,t=3,p=0:{SALT}:{DIGEST}",
        f"argon2id-v19:m=999999,t=3,p=4:{SALT}:{DIGEST}",
        f"argon2id-v19:m=65536,t=99,p=4:{SALT}:{DIGEST}",
        f"argon2id-v19:m=65536,t=3,p=99:{SALT}:{DIGEST}",
        f"argon2id-v19:m=65536,t=3,p=4:{SALT[:8]}:{DIGEST}",
        f"argon2id-v19:m=65536,t=3,p=4:{SALT}:{DIGEST[:8]}",
        f"argon2id-v19:m=65536,t=3,p=4:{SALT}:{DIGEST}\n",
        f"scrypt-v2:ln=15,r=8,p=3:{SALT}:{DIGEST}",
        f"scrypt-v1:ln=10,r=8,p=1:{SALT}:{DIGEST}",
        f"scrypt-v1:ln=15,r=8,p=0:{SALT}:{DIGEST}",
        f"scrypt-v1:ln=30,r=8,p=3:{SALT}:{DIGEST}",
        f"scrypt-v1:ln=15,r=8,p=3:A:{DIGEST}",
    ],
)
def test_what_is_no_hash_or_a_cheap_one_is_refused_with_the_remedy(encoded) -> None:
    with pytest.raises(MalformedHash, match="acuse user hash"):
        parsed(encoded)


def test_a_session_ends_after_its_time_and_when_nobody_uses_it() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    unused, used = sessions.begin(USER), sessions.begin(USER)
    for _ in range(LIFETIME_SECONDS // (IDLE_SECONDS // 2) - 1):
        clock.now += IDLE_SECONDS / 2
        assert sessions.find(used)
    assert sessions.find(unused) is None
    clock.now += IDLE_SECONDS / 2
    assert sessions.find(used) is None


def test_a_session_is_found_by_its_own_token_until_it_is_ended() -> None:
    sessions = Sessions(Clock())
    first, second = sessions.begin(USER), sessions.begin(USER)
    sessions.end(first)
    sessions.end("never begun")
    assert sessions.find(first) is None
    session = sessions.find(second)
    assert session
    assert session.user is USER
    assert sessions.find(session.form_token) is None
    assert second not in repr(sessions.__dict__)


def test_sessions_are_bounded_and_the_least_used_goes_first() -> None:
    sessions = Sessions(Clock())
    kept, dropped = sessions.begin(USER), sessions.begin(USER)
    for _ in range(MOST_SESSIONS - 1):
        sessions.find(kept)
        sessions.begin(USER)
    assert sessions.find(kept)
    assert sessions.find(dropped) is None


def test_tries_come_back_one_by_one() -> None:
    clock = Clock()
    tries = Tries(Rate(burst=3, seconds=10.0), clock)
    assert [tries.take("a") for _ in range(4)] == [None, None, None, 10]
    assert tries.take("b") is None
    clock.now += 9.5
    assert tries.take("a") == 1
    clock.now += 0.5
    assert [tries.take("a"), tries.take("a")] == [None, 10]
    clock.now += 1000
    assert [tries.take("a") for _ in range(4)] == [None, None, None, 10]


def test_what_succeeded_does_not_count() -> None:
    tries = Tries(Rate(burst=1, seconds=10.0), Clock())
    for _ in range(5):
        assert tries.take("a") is None
        tries.give_back("a")
    assert tries.take("a") is None
    assert tries.take("a") == 10


def test_memory_of_tries_is_bounded() -> None:
    tries = Tries(Rate(burst=1, seconds=10.0), Clock(), most=3)
    for number in range(100):
        tries.take(str(number))
    assert len(tries) == 3


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_subscribers_network_is_one_address(address, key) -> None:
    assert address_key(address) == key
