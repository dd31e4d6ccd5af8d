"""Signatures are those of Standard Webhooks: its published example, and what its reference library makes of ours."""

import base64
from datetime import UTC, datetime

import pytest

from ingest.notify.signing import BadSecret, new_secret, signed_headers, signing_key

PUBLISHED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def at(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def test_the_specifications_own_example_is_signed_as_it_says() -> None:
    headers = signed_headers(
        [signing_key(PUBLISHED)], "msg_p5jXN8AQM9LWM0D4loKWxJek", at(1614265330), b'{"test": 2432232314}'
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_of_two_secrets_each_signs_so_that_either_side_may_change_first() -> None:
    headers = signed_headers([signing_key(PUBLISHED), signing_key(OTHER)], "ntc_1", at(1614265330), "{…}".encode())
    # As standardwebhooks 1.1.0 signs the same, with each.
    assert headers["webhook-signature"].split(" ") == [
        "v1,E0HJiWLyd+GsnTSZB6KJWWcFL0KKegVr0iqhpOYR2gI=",
        "v1,IhnsSGwYFyBiALLbkmMy0yhLFncnn7WPFkgNDC7YScA=",
    ]


def test_a_fraction_of_a_second_is_not_signed() -> None:
    assert signed_headers([b"k" * 24], "ntc_1", at(7).replace(microsecond=999_999), b"")["webhook-timestamp"] == "7"


def test_a_new_secret_is_one() -> None:
    assert len(signing_key(new_secret())) == 32
    assert new_secret() != new_secret()


def test_padding_may_be_left_out() -> None:
    assert signing_key(OTHER.rstrip("=")) == signing_key(OTHER)


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "begins with whsec_"),
        ("whsec_", "24 to 64 bytes"),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), "24 to 64 bytes"),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(), "24 to 64 bytes"),
        ("whsec_no base 64 at all!", "must be base64"),
        ("whsec_ñññññññññ", "must be base64"),
    ],
)
def test_what_is_no_secret_is_told_without_showing_it(secret: str, says: str) -> None:
    with pytest.raises(BadSecret, match=says) as raised:
        signing_key(secret)
    rest = secret.removeprefix("whsec_")
    assert not rest or rest not in str(raised.value)
