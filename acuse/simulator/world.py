"""The world that the simulators share: accounts, fates, and everything that they took."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import phonenumbers

from acuse.simulator.accounts import CREDENTIALS, SimulatedAccount
from acuse.simulator.clock import Clock
from acuse.simulator.endings import HttpFault
from acuse.simulator.fates import Fates, chance_of
from acuse.simulator.messages import Ledger, TakenMessage
from acuse.simulator.windows import Windows
from acuse.simulator.world_file import (
    CallbackFaults,
    HttpFaults,
    Outage,
    ProviderWorld,
    WorldError,
    WorldFile,
    merged,
    read_world,
)
from delivery.channels import Channel
from delivery.reasons import Reason

ROOM: Final = 1_000
"""Ids of integers that two starts a millisecond apart have to themselves."""


class World:
    """Deterministic: with the same seed and file the n-th message of a provider to a recipient fares the same, whatever
    else is sent at the same time. Ids are the run's own, so that two runs on one Kafka do not meet; ``run`` names it,
    by default the time of the start in milliseconds.
    """

    def __init__(self, file: WorldFile, clock: Clock, *, seed: int | None = None, run: int | None = None) -> None:
        self.seed = file.seed if seed is None else seed
        self.started_at = clock()
        self.messages = Ledger()
        self.run = int(self.started_at.timestamp() * 1000) if run is None else run
        self._clock = clock
        self._ids: Counter[str] = Counter()
        self._nth: Counter[tuple[str, Channel, str]] = Counter()
        self._accounts: dict[str, SimulatedAccount] = {}
        self._behave(file)
        for name in CREDENTIALS:
            self._accounts[name] = _account(name, self._own(name))
        self._windows = Windows(self.started_at, self._wrote_before)
        self._further_outages: dict[str, list[Outage]] = {}

    @property
    def file(self) -> WorldFile:
        """As it stands, changes included, but for credit, which is spent."""
        return self._file

    @property
    def speed(self) -> float:
        return self._file.speed

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(self._accounts)

    def account(self, provider: str) -> SimulatedAccount:
        return self._accounts[provider]

    def charge(self, provider: str, cost: float) -> bool:
        """Takes the cost from the account's credit; False, and nothing taken, where it is not there."""
        account = self._accounts[provider]
        if account.credit < cost:
            return False
        account.credit = round(account.credit - cost, 4)
        return True

    def refund(self, provider: str, cost: float) -> None:
        self._accounts[provider].credit = round(self._accounts[provider].credit + cost, 4)

    def take(
        self,
        provider: str,
        *,
        channel: Channel,
        recipient: str,
        id: str,  # noqa: A002 - what everybody calls it
        reference: str = "",
        sender: str = "",
        text: str = "",
        scheduled_for: datetime | None = None,
        leg: int = 0,
    ) -> TakenMessage:
        """Notes that the provider has the message, and draws its fate. ``recipient`` is E.164 where it is a number.

        ``leg`` is above 0 for what the provider sends by itself where the message that it was given failed.
        """
        country = country_of(recipient)
        nth = self._nth[provider, channel, recipient]
        self._nth[provider, channel, recipient] += 1
        now = self._clock()
        message = TakenMessage(
            provider=provider,
            channel=channel,
            id=id,
            reference=reference,
            recipient=recipient,
            sender=sender,
            text=text,
            country=country,
            taken_at=now,
            scheduled_for=scheduled_for,
            fate=self._fates.draw(provider, channel, recipient, country, nth),
            speed=self._file.speed,
            out_at=now,
            said_out_at=now,
            leg=leg,
        )
        message.schedule(scheduled_for, now)
        self.messages.add(message)
        return message

    def refuse(self, message: TakenMessage) -> None:
        """The provider answered that it does not take it: it stays in the ledger, as refused."""
        message.refused = True

    def turn_away(
        self, provider: str, reason: Reason, *, channel: Channel, recipient: str, sender: str, text: str
    ) -> None:
        """The provider answers that it does not take this, whatever becomes of others to the same person: it is in the
        ledger, as refused for this reason.
        """
        message = self.take(
            provider, channel=channel, recipient=recipient, id=self.uuid(provider), sender=sender, text=text
        )
        self._nth[provider, channel, recipient] -= 1
        message.fate = replace(message.fate, beats=(), refused=reason, reply=None)
        self.refuse(message)

    def cancel(self, message: TakenMessage) -> None:
        message.cancelled_at = self._clock()

    def reschedule(self, message: TakenMessage, at: datetime) -> None:
        message.schedule(at, self._clock())

    def write(self, provider: str, contact: str) -> None:
        """The person writes, in answer to nothing, and so opens a window."""
        self._windows.note(provider, contact, self._clock())

    def window_is_open(self, provider: str, contact: str, answered: Iterable[datetime], at: datetime) -> bool:
        """Whether free words may go to the person then; ``answered`` are the times of answers to messages, here."""
        if self._accounts[provider].options.get("open_window"):
            return True
        return self._windows.is_open(provider, contact, answered, at, speed=self.speed)

    def number(self, provider: str) -> int:
        """A positive integer that this provider has not used before, of 12 digits at most."""
        self._ids[provider] += 1
        return (self.run % 10**9) * ROOM + self._ids[provider]

    def uuid(self, provider: str) -> str:
        """A UUID that this provider has not used before."""
        self._ids[provider] += 1
        bits = chance_of(self.seed, self.run, provider, self._ids[provider]).getrandbits(128)
        return str(uuid.UUID(int=bits, version=4))

    def http_faults(self, provider: str) -> HttpFaults:
        return self._own(provider).http or self._file.http

    def callback_faults(self, provider: str) -> CallbackFaults:
        return self._own(provider).callbacks or self._file.callbacks

    def outage(self, provider: str, now: datetime) -> HttpFault | None:
        """The fault that every request meets now, None outside of outages."""
        passed = (now - self.started_at).total_seconds()
        for outage in self._outages(provider):
            if outage.after_seconds <= passed and not outage.is_over(passed):
                return outage.fault
        return None

    def strike(self, provider: str, outage: Outage) -> None:
        """One outage more, counted from now."""
        passed = (self._clock() - self.started_at).total_seconds()
        counted = outage.model_copy(update={"after_seconds": passed + outage.after_seconds})
        further = self._further_outages.get(provider, [])
        self._further_outages[provider] = [each for each in further if not each.is_over(passed)] + [counted]

    def change(self, change: Mapping[str, Any]) -> None:
        """Lays the change over the world as it is. What was taken before keeps its fate. Raises ``WorldError``.

        Outages count from the start; credit is set where the change names it, and else stays as it was spent.
        """
        document = merged(self._file.model_dump(mode="json", exclude_unset=True), change)
        self._behave(read_world(document, "the change"))
        for name, own in change.get("providers", {}).items():
            account = _account(name, self._own(name))
            if "credit" not in own:
                account.credit = self._accounts[name].credit
            self._accounts[name] = account

    def _behave(self, file: WorldFile) -> None:
        for name, provider in file.providers.items():
            unknown = sorted(set(provider.credentials) - set(CREDENTIALS[name]))
            if unknown:
                raise WorldError(
                    f"providers.{name}.credentials.{unknown[0]}: there is no such credential; "
                    f"write one of {', '.join(CREDENTIALS[name])}"
                )
        self._file = file
        self._fates = Fates(file, self.seed)

    def _outages(self, provider: str) -> list[Outage]:
        return [*self._own(provider).outages, *self._further_outages.get(provider, [])]

    def _wrote_before(self, provider: str, contact: str) -> float | None:
        return self._fates.wrote_before(provider, contact, country_of(contact))

    def _own(self, provider: str) -> ProviderWorld:
        return self._file.providers.get(provider, _ORDINARY)


_ORDINARY: Final = ProviderWorld()


@lru_cache(maxsize=4096)
def country_of(recipient: str) -> str | None:
    """ISO 3166 alpha-2 of an E.164 number, None where that cannot be told."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(recipient))
    except phonenumbers.NumberParseException:
        return None


def _account(name: str, own: ProviderWorld) -> SimulatedAccount:
    return SimulatedAccount(
        credentials={**CREDENTIALS[name], **own.credentials},
        credit=own.credit,
        callback_url=own.callback_url,
        callback_username=own.callback_username,
        callback_password=own.callback_password,
        callback_format=own.callback_format,
        options=own.options,
    )
