"""Unmaskings are written once and read for ever."""

import json
from pathlib import Path

import pytest

from delivery.unmaskings import MalformedUnmasking, Unmasking, decode_unmasking, encode_unmasking

GOLDEN = Path(__file__).parents[1] / "fixtures" / "delivery" / "unmasking.v1.json"


def test_what_was_written_is_still_read() -> None:
    written = GOLDEN.read_bytes()
    read = decode_unmasking(written)
    assert json.loads(encode_unmasking(read)) == json.loads(written)
    assert set(json.loads(written)) == {"kind", *Unmasking.__struct_fields__}


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", GOLDEN.read_bytes().replace(b"who", b"whom")])
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedUnmasking):
        decode_unmasking(data)
