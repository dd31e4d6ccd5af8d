"""Notices are kept as they were written, and their ids follow from what they tell of."""

import json
from pathlib import Path

import msgspec
import pytest

from delivery.notices import MalformedNotice, Notice, NoticeType, decode_notice, encode_notice, notice_id

GOLDEN = Path(__file__).parents[1] / "fixtures" / "delivery" / "notice.v1.json"


def test_every_version_ever_written_is_still_read() -> None:
    golden = GOLDEN.read_bytes()
    notice = decode_notice(golden)
    assert json.loads(encode_notice(notice)) == json.loads(golden)
    assert set(Notice.__struct_fields__) == set(json.loads(golden)) - {"kind"}
    assert decode_notice(encode_notice(notice)) == notice


def test_what_is_no_notice_is_refused_with_the_place() -> None:
    for data, named in ((b"", "truncated"), (b'{"kind":"notice.v9"}', "notice.v9"), (b"\xff", "malformed|utf-8")):
        with pytest.raises(MalformedNotice, match=named):
            decode_notice(data)


def test_the_id_differs_by_type_and_by_what_it_is_about() -> None:
    ids = {notice_id(type_, about) for type_ in NoticeType for about in ("a", "b")}
    assert len(ids) == 2 * len(NoticeType)
    assert msgspec.json.decode(GOLDEN.read_bytes())["notice_id"] == notice_id(
        NoticeType.DELIVERED, "end/01960000-0000-7000-8000-000000000001/succeeded"
    )
