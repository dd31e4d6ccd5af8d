import uuid

from hypothesis import given
from hypothesis import strategies as st

from delivery.identities import MESSAGE_NAMESPACE, content_id, derived_message_id


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_derived_message_id_is_a_uuid_of_version_five(key: str) -> None:
    assert derived_message_id(key) == str(uuid.uuid5(MESSAGE_NAMESPACE, key))


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=5)),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=5)),
)
def test_a_content_id_depends_on_where_one_part_ends_and_the_next_begins(one: list[str], other: list[str]) -> None:
    assert (content_id(*one) == content_id(*other)) == (one == other)
