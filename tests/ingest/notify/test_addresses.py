import pytest

from ingest.notify.addresses import BadAddress, checked_address, shown_address


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example/hooks",
        "https://app.example:8443/hooks?key=1",
        "http://127.0.0.1:9000/",
        "http://localhost/x",
        "http://[::1]:80/x",
        "http://127.9.9.9",
    ],
)
def test_tls_everywhere_and_anything_on_this_machine(url: str) -> None:
    assert checked_address(url) == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://app.example/hooks", "must begin with https://"),
        ("http://10.0.0.7/hooks", "must begin with https://"),
        ("http://127.0.0.1.evil.example/", "must begin with https://"),
        ("http://localhost.evil.example/", "must begin with https://"),
        ("https://user:word@app.example/", "leave user and password out"),
        ("https://app.example/#part", "leave out what follows #"),
        ("ftp://app.example/", "is no address"),
        ("app.example/hooks", "is no address"),
        ("https:///hooks", "is no address"),
        ("https://app.example:99999/", "is no address"),
        ("https://[::1/", "is no address"),
    ],
)
def test_other_addresses_are_refused_with_what_to_do(url: str, says: str) -> None:
    with pytest.raises(BadAddress, match=says):
        checked_address(url)


def test_no_path_is_shown_since_it_may_be_what_opens_the_door() -> None:
    assert shown_address("https://app.example:8443/hooks/s3cr3t?key=1") == "https://app.example:8443"
