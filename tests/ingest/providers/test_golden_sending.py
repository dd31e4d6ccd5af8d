"""What every provider is asked, and what its answers mean, against files that only people change (`golden.py`).

`sends.cases.json` has an order for every parameter, `answers.cases.json` an answer for every outcome of every question,
`unsendable.cases.json` what `check` must refuse, `operations.cases.json` every operation with every parameter. Registry
in, no provider named here; one whose files lack what it can do fails.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from ingest.outbound import AskNext, Taken, Told
from ingest.provider import CanBePolled, CancelsMessages, HasOperations, ListsInbound, LooksUp, SendsMessages
from ingest.providers import PROVIDERS
from ingest.unsendable import Unsendable
from tests.ingest.providers.golden import FIXTURES, Case, asked, cases, hold, operated, order_of, read, shown, title

ALL: Final = {name: made() for name, made in PROVIDERS.items()}
SENDERS: Final = {name: provider for name, provider in ALL.items() if isinstance(provider, SendsMessages)}
OPERATED: Final = {name: provider for name, provider in ALL.items() if isinstance(provider, HasOperations)}
MADE_BY: Final[Mapping[str, Callable[[str, Case], Any]]] = {
    "sends": asked,
    "answers": lambda name, case: shown(read(name, case)),
    "operations": operated,
}
NEEDED_TO: Final = {SendsMessages: ("sends", "unsendable", "answers"), HasOperations: ("operations",)}
ANSWERED: Final = {
    "sent": SendsMessages,
    "polled": CanBePolled,
    "cancelled": CancelsMessages,
    "looked up": LooksUp,
    "listed": ListsInbound,
}


def all_of(kind: str) -> list[Any]:
    return [
        pytest.param(name, case, id=f"{name}-{case.get('field') or title(case)}")
        for name in ALL
        for case in cases(name, kind)
    ]


@pytest.mark.parametrize("name", ALL)
def test_every_provider_has_cases_for_all_that_it_can_do(name: str) -> None:
    for ability, kinds in NEEDED_TO.items():
        for kind in kinds:
            needed = isinstance(ALL[name], ability)
            assert bool(cases(name, kind)) is needed, f"tests/fixtures/{name}/{kind}.cases.json"
    given = {case["ask"] for case in cases(name, "answers")}
    assert given == {ask for ask, ability in ANSWERED.items() if isinstance(ALL[name], ability)}


@pytest.mark.parametrize("kind", MADE_BY)
@pytest.mark.parametrize("name", ALL)
def test_every_call_and_every_answer_is_as_expected(name: str, kind: str) -> None:
    if found := cases(name, kind):
        made = ((title(case), MADE_BY[kind](name, case)) for case in found)
        hold(FIXTURES / name / f"{kind}.expected.json", made)


@pytest.mark.parametrize(("name", "case"), all_of("unsendable"))
def test_what_cannot_be_sent_is_refused_by_its_field(name: str, case: Case) -> None:
    order = order_of(case)
    with pytest.raises(Unsendable) as refused:
        SENDERS[name].check(order)
    assert refused.value.field == case["field"]
    assert refused.value.remedy
    assert order.personal.to.removeprefix("+") not in str(refused.value)


@pytest.mark.parametrize(("name", "case"), all_of("answers"))
def test_what_was_refused_or_is_unclear_names_nobody(name: str, case: Case) -> None:
    result = read(name, case)
    if not isinstance(result, Taken | Told | AskNext):
        for personal in ("600000000", "3001234567", "4711"):
            assert personal not in str(result)


@pytest.mark.parametrize("name", SENDERS)
def test_every_option_has_a_case(name: str) -> None:
    given = {option for case in cases(name, "sends") for option in case["order"]["personal"].get("options", {})}
    assert given == set(SENDERS[name].options.__struct_encode_fields__)


@pytest.mark.parametrize("name", OPERATED)
def test_every_operation_and_every_parameter_has_a_case(name: str) -> None:
    given: dict[str, set[str]] = {}
    for case in cases(name, "operations"):
        given.setdefault(case["operation"], set()).update(case.get("parameters", ()))
    each = OPERATED[name].operations.items()
    assert given == {key: set(operation.parameters.__struct_encode_fields__) for key, operation in each}
