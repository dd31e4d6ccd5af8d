"""What `acuse provider messente` reaches: Messente's document has nothing beside messages, so it is about these."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from ingest.operations import Operation, OperationFailed
from ingest.outbound import HttpAnswer, HttpCall
from ingest.providers.messente import client
from ingest.providers.messente.faults import failure_of


class Which(Struct, frozen=True, kw_only=True):
    omnimessage_id: Annotated[str, Meta(min_length=1, description="The UUID that sending was answered with")]


def _status(which: Which) -> HttpCall:
    return client.status(which.omnimessage_id)


def _cancel(which: Which) -> HttpCall:
    return client.cancel(which.omnimessage_id)


def _read(answer: HttpAnswer) -> Any:
    if not answer.succeeded:
        failure = failure_of(answer)
        raise OperationFailed(f"HTTP {answer.status}" + (f": {failure.code} {failure.text}" if failure else ""))
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise OperationFailed(f"HTTP {answer.status} with an answer that is not JSON") from None


OPERATIONS: Final[Mapping[str, Operation]] = {
    "status": Operation("How far each leg of an omnimessage has come.", Which, _status, _read),
    "cancel": Operation(
        "Withdraw an omnimessage that is still scheduled, with all of its legs.", Which, _cancel, _read
    ),
}
