"""What is kept of sends: one `idMensaje`, its recipients, and how each stands."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from acuse.simulator.fates import Beat
from acuse.simulator.mensatek.clocks import written
from acuse.simulator.mensatek.statuses import SCHEDULED, SENDING, Step, text
from acuse.simulator.messages import TakenMessage
from delivery.stages import FAILURES, SUCCESSES


@dataclass(slots=True, eq=False)
class Attempt:
    """One message to one recipient, or the call in its stead. ``report_id`` is its own in all reports."""

    message: TakenMessage
    steps: tuple[Step, ...]
    service: str
    report_id: int

    @property
    def failure(self) -> Beat | None:
        """What it is told to have failed by, None where it came before that; it may come after all."""
        end = next((each.beat for each in self.steps if each.beat.stage in FAILURES | SUCCESSES), None)
        return end if end and end.stage in FAILURES else None

    def row(self, now: datetime) -> dict[str, Any]:
        """Its line in the answer of GetReportSMS."""
        done = [step for step in self.steps if self.message.due(step.beat) <= now]
        code, at, seconds = SENDING, self.message.said_out_at, 0
        if done:
            code, at, seconds = done[-1].code, self.message.said(done[-1].beat), int(done[-1].beat.after)
        elif not self.message.released(now):
            code, at = SCHEDULED[0], self.message.taken_at
        return {
            "Fecha": written(at),
            "Tiempo": seconds,
            "Telefono": self.message.recipient.removeprefix("+"),
            "Resultado": int(code),
            "Estado": text(code),
        }


@dataclass(slots=True, eq=False)
class Batch:
    """``attempts`` and the ``calls`` in their place by number. ``cost`` is what was paid in all."""

    id: int
    sender: str
    reference: str
    reported: bool
    attempts: dict[str, Attempt] = field(default_factory=dict)
    calls: dict[str, Attempt] = field(default_factory=dict)
    cost: float = 0.0
    cancelled: bool = False

    def released(self, now: datetime) -> bool:
        return all(attempt.message.released(now) for attempt in self.attempts.values())

    def all_attempts(self) -> list[Attempt]:
        return [*self.attempts.values(), *self.calls.values()]
