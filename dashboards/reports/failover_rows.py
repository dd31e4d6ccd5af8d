"""The rows of the report on failing over. Whoever reads them must bear fields that are added."""

from decimal import Decimal

from msgspec import Struct

from dashboards.reports.rows import Period
from delivery.channels import Channel
from delivery.decisions import Why
from delivery.reasons import Reason


class Fates(Struct, kw_only=True):
    """What became of messages that failed over, each counted once: `rescued`, a later step arrived and no earlier one;
    `needless`, the first arrived after all and no later one; `both`, more than one did; `failed_too`, none did;
    `pending`, nobody knows yet.

    `cost` is what all that was sent is expected to have cost. `added_seconds_p50` and `_p95` are, of those that were
    rescued, how long after the first step was sent the later one arrived; None where none was.
    """

    period: Period
    rescued: int
    needless: int
    both: int
    failed_too: int
    pending: int
    cost: Decimal
    added_seconds_p50: float | None
    added_seconds_p95: float | None


class PlanFates(Fates, kw_only=True):
    """What came of messages that were asked for with one version of one plan; both are None for all plans together,
    and a plan that came with its request has the name "".

    `sent` are those of which anything was sent, `failed_over` those of which more than one step was. `extra_cost` is
    that part of `cost` which the first sending of each message is not, and `sendings_of_unknown_cost` are in neither.
    `rescue_rate` and `needless_rate` are shares of those that failed over and are not pending.
    """

    plan: str | None
    version: str | None
    messages: int
    sent: int
    failed_over: int
    extra_cost: Decimal
    sendings_of_unknown_cost: int
    rescue_rate: float | None
    needless_rate: float | None


class StepFates(Fates, kw_only=True):
    """How often a step took over from the one before, which was sent through `from_provider` last, why, and what became
    of those messages as a whole.

    `why` and `reason` are those of the decision. `arrived_first` counts where this step is the one that arrived first.
    `cost` is that of this step alone, all tries at it together.
    """

    plan: str
    version: str
    step: int
    from_provider: str
    from_channel: Channel
    provider: str
    channel: Channel
    why: Why
    reason: Reason | None
    fired_over: int
    arrived_first: int
