"""Records of health and of alerts: what is written once is read for ever."""

import json
import typing
from pathlib import Path

import msgspec
import pytest

from delivery.health.alerts import Alert, MalformedAlert, decode_alert
from delivery.health.records import HealthRecord, MalformedHealth, decode_health

GOLDEN = Path(__file__).parents[2] / "fixtures" / "delivery"
DECODERS = {
    **{member.__struct_config__.tag: (member, decode_health) for member in typing.get_args(HealthRecord)},
    Alert.__struct_config__.tag: (Alert, decode_alert),
}


@pytest.mark.parametrize("tag", sorted(DECODERS))
def test_every_version_ever_written_is_still_read(tag: str) -> None:
    kind, decode = DECODERS[tag]
    golden = (GOLDEN / f"{tag}.json").read_bytes()
    decoded = decode(golden)
    assert type(decoded) is kind
    assert json.loads(msgspec.json.encode(decoded)) == json.loads(golden)
    assert not set(kind.__struct_fields__) - set(json.loads(golden)), "a field that could be lost unseen"


def test_what_is_neither_is_refused_with_the_place() -> None:
    with pytest.raises(MalformedHealth, match="lane"):
        decode_health(b'{"kind":"lane-health.v1"}')
    with pytest.raises(MalformedHealth, match=r"group-shares\.v2"):
        decode_health(b'{"kind":"group-shares.v2"}')
    with pytest.raises(MalformedAlert, match="alert_id"):
        decode_alert(b'{"kind":"alert.v1"}')
    with pytest.raises(MalformedAlert):
        decode_alert(b'{"kind":"alert.v1","alert_id":"\xff"}')
