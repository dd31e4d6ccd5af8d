"""Operations that are not messages: balance, templates, files, contacts, as `acuse provider` reaches them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from ingest.outbound import HttpAnswer, HttpCall


class OperationFailed(Exception):
    """The provider did not do it; the message says why, in its own words where it had any."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`about` is one sentence for people. The fields of `parameters` are its options, with their descriptions in
    `msgspec.Meta`. `read` returns what is to be shown, plain JSON, or raises `OperationFailed`.
    """

    about: str
    parameters: type[Struct]
    call: Callable[[Any], HttpCall]
    read: Callable[[HttpAnswer], Any]
