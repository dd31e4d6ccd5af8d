"""The truth: what the simulated providers have taken, and what they have told of it, as they themselves say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from acuse.demo.http_client import HttpClient
from acuse.demo.readback import ask_patiently
from acuse.demo.wanted import OWN, REFERENCE, run_of
from delivery.channels import Channel
from delivery.stages import FAILURES, PROGRESS, SUCCESSES, Stage
from ingest.providers import PROVIDERS

PAGE: Final = 1_000
REPLY: Final = "reply"
FAILED: Final = "failed"
"""How an attempt stands that failed, whatever a provider calls the failure."""
RANKS: Final[Mapping[str, int]] = {
    **{stage.value: rank for rank, stage in enumerate(PROGRESS) if stage not in SUCCESSES},
    FAILED: len(PROGRESS),
    **{stage.value: len(PROGRESS) + 1 + rank for rank, stage in enumerate(PROGRESS) if stage in SUCCESSES},
}
"""A failure counts for more than what is under way, and a success for more than a failure."""


class Callback(Struct, frozen=True):
    """``stage`` is the world's word for what it tells, ``reply`` that a person answered; ``due`` is when it is posted,
    and ``taken`` counts how often it was answered 2xx.
    """

    stage: str
    reason: str | None
    due: datetime
    taken: int
    lost: bool


class Taken(Struct, frozen=True):
    """One message that a provider took, or refused at once.

    ``leg`` is above 0 for what the provider sent by itself, where the message that it was given failed.
    """

    provider: str
    channel: Channel
    id: str
    reference: str
    recipient: str
    text: str
    taken_at: datetime
    refused: bool
    seconds: float | None
    callbacks: tuple[Callback, ...]
    leg: int = 0

    @property
    def key(self) -> str:
        """That of the attempt which Acuse must know it as."""
        return f"{self.provider}/{PROVIDERS[self.provider]().attempt_ref(self.id, self.recipient, self.channel)}"

    @property
    def wanted_as(self) -> str | None:
        """The application's own reference, as the message's text has it."""
        named = REFERENCE.search(self.text)
        return named[0] if named else None

    @property
    def run(self) -> str | None:
        """The run of the demo in which it was asked for, as that reference has it."""
        return run_of(self.wanted_as) if self.wanted_as else None

    def reported_by_nobody(self, reported: Mapping[str, str]) -> bool:
        """Whether the application sent it by itself and has not learnt that it was taken."""
        return OWN in (self.wanted_as or "") and self.key not in reported

    @property
    def unheard_of(self) -> bool:
        """Mensatek itself goes on by voice where an SMS fails, and that it does so only its callbacks tell."""
        return self.provider == "mensatek" and self.channel is Channel.VOICE and not self.told

    @property
    def told(self) -> tuple[str, ...]:
        """What Acuse was told by callbacks, and has acknowledged."""
        return tuple(standing_of(each.stage) for each in self.callbacks if each.taken and each.stage != REPLY)

    @property
    def told_end(self) -> str | None:
        """How it ended by what Acuse was told; None where it was told no end."""
        highest = max(self.told, key=RANKS.__getitem__, default="")
        return highest if highest and RANKS[highest] >= RANKS[FAILED] else None

    @property
    def end_lost(self) -> bool:
        """Whether it has ended, and the callback that told so was lost."""
        return self.told_end is None and any(
            each.lost and RANKS.get(standing_of(each.stage), 0) >= RANKS[FAILED] for each in self.callbacks
        )

    def may_stand(self, standing: str) -> bool:
        """Whether an attempt may stand so that has heard at least what it was told, and by asking perhaps more."""
        if standing not in RANKS:
            return False
        least = max((RANKS[each] for each in self.told), default=0)
        if RANKS[standing] <= RANKS[Stage.SENT]:
            return least <= RANKS[Stage.SENT]
        happens = {standing_of(each.stage) for each in self.callbacks if each.stage != REPLY}
        return RANKS[standing] >= least and standing in happens


class _Page(Struct, frozen=True):
    total: int
    messages: tuple[Taken, ...]


class Callbacks(Struct, frozen=True):
    """``overdue``: what should have been posted by now, and was not yet."""

    waiting: int
    overdue: int
    posted: int
    taken: int
    given_up: int
    no_room: int


class SimulatorState(Struct, frozen=True):
    """``messages`` counts what was taken so far; ``twice`` has an entry for each that was taken more than once."""

    messages: int
    twice: Sequence[Mapping[str, object]]
    callbacks: Callbacks


class Ledger:
    """Reads it over HTTP, as anybody may. Raises a ``Refusal`` when it goes on not answering."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def state(self) -> SimulatorState:
        answer = await ask_patiently(self._client, "/_simulator/state", {})
        return msgspec.json.decode(answer.body, type=SimulatorState)

    async def messages(self, start: int) -> list[Taken]:
        """All that was taken since there were ``start`` messages."""
        found: list[Taken] = []
        while True:
            path = f"/_simulator/messages?offset={start + len(found)}&limit={PAGE}"
            page = msgspec.json.decode((await ask_patiently(self._client, path, {})).body, type=_Page)
            found += page.messages
            if len(page.messages) < PAGE:
                return found


def standing_of(stage: str) -> str:
    return FAILED if stage in FAILURES else stage
