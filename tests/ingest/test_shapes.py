"""Whatever is given becomes the struct or a named fault, and no value is quoted."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from ingest.invalid import InvalidField
from ingest.shapes import plain, shaped


class Stop(Struct, tag_field="kind", tag="stop"):
    street: str = ""


class Ride(Struct, tag_field="kind", tag="ride"):
    line: int


class Journey(Struct):
    name: Annotated[str, Meta(min_length=2, max_length=5)]
    legs: tuple[Stop | Ride, ...] = ()
    stops: list[Stop] = []
    by: Literal["bus", "train"] = "bus"
    notes: dict[str, Annotated[int, Meta(ge=1)]] = {}
    back: bool | None = None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
NAMES = st.sampled_from([*Journey.__struct_fields__, "nme", "kind", "line"])


@given(st.dictionaries(NAMES, ANYTHING) | ANYTHING)
def test_anything(value: Any) -> None:
    found = _shaped(value)
    if isinstance(found, InvalidField):
        assert found.remedy
    else:
        assert _shaped(plain(found)) == found


def _shaped(value: Any) -> Journey | InvalidField:
    try:
        return shaped(value, Journey)
    except InvalidField as fault:
        return fault


@pytest.mark.parametrize(
    ("value", "field", "remedy"),
    [
        ({}, "name", "missing; it is needed"),
        ({"name": "x"}, "name", "give a string of length >= 2"),
        ({"name": 5}, "name", "give a string"),
        ({"name": "abc", "nam": 1}, "nam", "unknown field; did you mean name?"),
        ({"name": "abc", "legs": 3}, "legs", "give a list"),
        ({"name": "abc", "legs": [{"kind": "walk"}]}, "legs[0].kind", "invalid value"),
        ({"name": "abc", "legs": [{"kind": "ride", "line": "7"}]}, "legs[0].line", "give a whole number"),
        (
            {"name": "abc", "stops": [{"kind": "stop"}, {"kind": "stop", "stret": 1}]},
            "stops[1].stret",
            "did you mean street?",
        ),
        ({"name": "abc", "by": "34600000000"}, "by", "give one of bus, train"),
        ({"name": "abc", "notes": {"34600000000": 0}}, "notes", "give a whole number >= 1"),
        ({"name": "abc", "back": "34600000000"}, "back", "give true or false"),
    ],
)
def test_the_fault_is_named_as_the_caller_writes_it(value: Any, field: str, remedy: str) -> None:
    for prefix in ("", "options"):
        with pytest.raises(InvalidField) as caught:
            shaped(value, Journey, prefix)
        assert caught.value.field == (f"{prefix}.{field}" if prefix else field)
        assert remedy in caught.value.remedy
        assert "34600000000" not in str(caught.value)


def test_texts_may_stand_for_numbers_where_that_is_asked_for() -> None:
    value = {"name": "abc", "notes": {"a": "3"}, "back": "true"}
    assert shaped(value, Journey, strict=False) == Journey(name="abc", notes={"a": 3}, back=True)
    with pytest.raises(InvalidField):
        shaped(value, Journey)
    assert msgspec.to_builtins(Journey(name="abc"))["name"] == "abc"
