"""Whether a step may still be sent, when it is tried next, and what to say if it never is."""

import math
import time
from datetime import timedelta
from typing import Final

from delivery.decisions import SendDecision
from delivery.reasons import Reason
from ingest.dispatch.backoff import wait_seconds
from ingest.dispatch.ledger import Ledger
from ingest.dispatch.lines import Exchanged, Line
from ingest.dispatch.tools import Tools
from ingest.outbound import Busy, Unauthorised

TOO_MANY_REQUESTS: Final = 429


class Prospects:
    """`failure` is why it was not sent so far, `failed_as` the same as a reason, `exchanged` what was said last."""

    def __init__(self, tools: Tools, ledger: Ledger, decision: SendDecision) -> None:
        self._tools = tools
        self._ledger = ledger
        self._decision = decision
        self._give_up_at = time.monotonic() + tools.config.retry.give_up_seconds
        self._not_before = 0.0
        self.failure = ""
        self.failed_as = Reason.PROVIDER_ERROR
        self.exchanged: Exchanged | None = None

    @property
    def wait_seconds(self) -> float:
        """Before it is tried next."""
        return max(min(self._not_before, self._give_up_at) - time.monotonic(), 0.0)

    @property
    def patience_seconds(self) -> float:
        """How long the way to the account may take: until it is given up, or must not be sent any more."""
        return max(min(self._give_up_at - time.monotonic(), self._seconds_left()), 0.0)

    def put_off(self, result: Busy | Unauthorised, exchanged: Exchanged) -> None:
        """It was certainly not taken."""
        asked = result.retry_after_seconds if isinstance(result, Busy) else None
        self._not_before = time.monotonic() + wait_seconds(self._tools.config.retry, self._tried() or 1, asked)
        limited = exchanged.answer is not None and exchanged.answer.status == TOO_MANY_REQUESTS
        self.failed_as = Reason.RATE_LIMITED if limited else Reason.PROVIDER_ERROR
        self.failure, self.exchanged = result.text, exchanged

    def no_way(self, why: str) -> None:
        """The account could not be called in time."""
        self.failure = self.failure or why

    def refuse(self, why: str, reason: Reason) -> None:
        """It is not to be sent; nobody was asked."""
        self.failure, self.failed_as, self.exchanged = why, reason, None

    def are_over(self, line: Line) -> bool:
        """Whether it is not to be tried any more; `failure` says why then."""
        if self.expired():
            self.failure, self.failed_as = "its time to live was over before it could be sent", Reason.EXPIRED
            return True
        if line.gate.is_left_alone() and not self._decision.waits:
            self.failure, self.failed_as = line.gate.trouble or "", Reason.PROVIDER_UNAVAILABLE
            return True
        if self.failure and self.wait_seconds >= self._seconds_left():
            return True
        return self._tried() >= self._tools.config.retry.tries or time.monotonic() >= self._give_up_at

    def allow_another(self) -> bool:
        """Whether what is in doubt may be sent once more, where that was asked for."""
        return self._tried() < self._tools.config.retry.tries and not self.expired()

    def expired(self) -> bool:
        return self._seconds_left() < 0

    def _tried(self) -> int:
        entry = self._ledger.entry(self._decision.decision_id)
        return entry.held if entry else 0

    def _seconds_left(self) -> float:
        """Until it must not be sent any more; infinite where there is no such time."""
        decision, ends = self._decision, []
        if decision.expires_at is not None:
            ends.append(decision.expires_at)
        if decision.order.ttl_seconds is not None:
            begins = max(decision.decided_at, decision.order.send_at or decision.decided_at)
            ends.append(begins + timedelta(seconds=decision.order.ttl_seconds))
        return (min(ends) - self._tools.clock()).total_seconds() if ends else math.inf
