"""EnviarSMS, CancelarSMS, ReprogramarSMS and GetReportSMS."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from acuse.simulator.callbacks import Callback, CallbackPoster, Written
from acuse.simulator.clock import Clock
from acuse.simulator.endings import Ending
from acuse.simulator.fates import Beat, Fate
from acuse.simulator.mensatek.batches import Attempt, Batch
from acuse.simulator.mensatek.clocks import read_minute
from acuse.simulator.mensatek.orders import Order, Recipient, batch_id, read_order
from acuse.simulator.mensatek.parameters import Parameters
from acuse.simulator.mensatek.reports import callbacks, inbound
from acuse.simulator.mensatek.results import Failed, wrong
from acuse.simulator.mensatek.statuses import steps
from acuse.simulator.mensatek.texts import filled, parts
from acuse.simulator.world import World
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import Stage

NAME: Final = "mensatek"
PRICE: Final = 1.0
"""Credits for one SMS."""
CERTIFIED_PRICE: Final = 5.0
NOT_CONNECTED_AFTER: Final = 1.0


class Sender:
    """Keeps the account's sends for as long as the simulator runs."""

    def __init__(self, world: World, post: CallbackPoster, clock: Clock) -> None:
        self._world = world
        self._post = post
        self._clock = clock
        self._batches: dict[int, Batch] = {}
        post.inboxes[NAME] = self._written

    async def send(self, parameters: Parameters, *, certified: bool = False) -> dict[str, Any]:
        """`EnviarSMS`, and `EnviarSMSCERTIFICADO`. Raises ``Failed``."""
        order = read_order(parameters, self._clock(), certified=certified)
        batch = self._batch(order)
        texts = {
            each: filled(order.text, each.variables) for each in order.recipients if each.number not in batch.attempts
        }
        sizes = {each: parts(text, unicode=order.unicode) for each, text in texts.items()}
        price = CERTIFIED_PRICE if certified else PRICE
        needed = sum(sizes.values()) * price
        if not self._world.charge(NAME, needed):
            raise Failed(-2, CreditosNecesarios=needed)
        self._batches[batch.id] = batch
        taken = [each for each, text in texts.items() if await self._take(order, batch, each, text)]
        used = sum(sizes[each] for each in taken) * price
        self._world.refund(NAME, needed - used)
        batch.cost += used
        if not taken:
            raise wrong("Ningún destinatario correcto: móviles duplicados o erróneos")
        return {
            "Res": len(taken),
            "Destinatarios": order.asked,
            "Msgid": batch.id,
            "idMensaje": batch.id,
            "Mensajes": sum(sizes[each] for each in taken),
            "NoEnviados": order.asked - len(taken),
            "CreditosUsados": used,
        }

    def cancel(self, parameters: Parameters) -> dict[str, Any]:
        """`CancelarSMS`. Raises ``Failed``."""
        batch = self._scheduled(batch_id(parameters))
        batch.cancelled = True
        for attempt in batch.all_attempts():
            self._world.cancel(attempt.message)
            self._post.withdraw(attempt.message)
        self._world.refund(NAME, batch.cost)
        return {"Res": len(batch.attempts), "IDMENSAJE": batch.id, "CREDR": batch.cost}

    async def reschedule(self, parameters: Parameters) -> dict[str, Any]:
        """`ReprogramarSMS`. Raises ``Failed``."""
        wanted = batch_id(parameters)
        if not parameters.has("fecha"):
            raise wrong("Falta el parámetro obligatorio Fecha")
        batch = self._scheduled(wanted)
        at = read_minute(parameters.text("fecha").strip())
        now = self._clock()
        if at is None:
            raise Failed(-6)
        if at <= now:
            raise Failed(-7)
        for attempt in batch.attempts.values():
            self._world.reschedule(attempt.message, at)
            self._post.withdraw(attempt.message)
            await self._report(batch, attempt, now)
            call, failed = batch.calls.get(attempt.message.recipient), attempt.failure
            if call and failed:
                self._post.withdraw(call.message)
                self._begin_after(attempt, call, failed)
                await self._report(batch, call, now)
        return {"Res": len(batch.attempts)}

    def report(self, parameters: Parameters) -> dict[str, Any]:
        """`GetReportSMS`, and `GetReportSMSCERTIFICADO`. Raises ``Failed``."""
        batch = self._known(batch_id(parameters))
        if batch.cancelled:
            raise Failed(-4)
        now = self._clock()
        rows = [attempt.row(now) for attempt in batch.attempts.values()]
        return {"Res": 1, "Destinatarios": len(rows), "Informe": rows}

    def _written(self, written: Written) -> list[Callback]:
        if written.channel is not Channel.SMS:
            return []
        account, now = self._world.account(NAME), self._clock()
        return [inbound(account, written.contact, written.text, self._world.number(NAME), now)]

    def _batch(self, order: Order) -> Batch:
        """The group that the order names, else a new one."""
        if order.group is None:
            return Batch(self._world.number(NAME), order.sender, order.reference, order.reported)
        batch = self._batches.get(order.group)
        if batch is None or batch.cancelled:
            raise wrong("Idmensaje no corresponde a ningún envío anterior")
        return batch

    async def _take(self, order: Order, batch: Batch, recipient: Recipient, text: str) -> bool:
        """False where the world has the number refused."""
        channel = Channel.SMS if recipient.mobile else Channel.VOICE
        attempt = self._attempt(order, batch, recipient, text, channel)
        if attempt.message.fate.refused:
            self._world.refuse(attempt.message)
            return False
        batch.attempts[recipient.number] = attempt
        now = self._clock()
        failed = attempt.failure
        if order.voice and channel is Channel.SMS and failed:
            call = self._attempt(order, batch, recipient, text, Channel.VOICE, leg=1)
            batch.calls[recipient.number] = call
            self._begin_after(attempt, call, failed)
            await self._report(batch, call, now)
        await self._report(batch, attempt, now)
        return True

    def _attempt(
        self, order: Order, batch: Batch, recipient: Recipient, text: str, channel: Channel, *, leg: int = 0
    ) -> Attempt:
        message = self._world.take(
            NAME,
            channel=channel,
            recipient=recipient.number,
            id=str(batch.id),
            reference=order.reference,
            sender=batch.sender,
            text=text,
            scheduled_for=order.scheduled_for,
            leg=leg,
        )
        if leg and message.fate.refused:
            message.fate = _not_connected(message.fate)
        service = "SMSCERTIFICADO" if order.certified else "SMSMASIVO"
        if channel is Channel.VOICE:
            service = str(self._world.account(NAME).options.get("voice_service", "FAIL2VOICE"))
        told = steps(message.fate, certified=order.certified, contract=order.contract)
        return Attempt(message, told, service, self._world.number(NAME))

    @staticmethod
    def _begin_after(attempt: Attempt, call: Attempt, failed: Beat) -> None:
        call.message.out_at = attempt.message.due(failed)
        call.message.said_out_at = attempt.message.said(failed)

    async def _report(self, batch: Batch, attempt: Attempt, now: datetime) -> None:
        if batch.reported:
            account = self._world.account(NAME)
            await self._post.plan(attempt.message, list(callbacks(batch, attempt, account, now)))

    def _known(self, wanted: int) -> Batch:
        batch = self._batches.get(wanted)
        if batch is None:
            raise Failed(-2)
        return batch

    def _scheduled(self, wanted: int) -> Batch:
        """One that can still be changed."""
        batch = self._known(wanted)
        if batch.cancelled:
            raise Failed(-5)
        if batch.released(self._clock()):
            raise Failed(-4)
        return batch


def _not_connected(fate: Fate) -> Fate:
    """A number that cannot be called: nobody asks who could be told so at once."""
    beat = Beat(NOT_CONNECTED_AFTER, Stage.UNDELIVERED, Reason.INVALID_NUMBER)
    return replace(fate, beats=(beat,), ending=Ending.INVALID_NUMBER, refused=None, reply=None)
