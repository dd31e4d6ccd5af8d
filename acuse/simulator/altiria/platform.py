"""The platform: campaigns, their status, and WhatsApp conversations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from acuse.simulator.altiria.errors import BAD_ID, NO_CREDIT, NO_RECIPIENTS, UNKNOWN_FIELD, Failed, json
from acuse.simulator.altiria.notifications import INBOUND, Sent, notification, said_by, steps, written
from acuse.simulator.altiria.orders import CHANNELS, DEFAULT_NUMBER, Campaign, Options, read_campaign, read_reply
from acuse.simulator.callbacks import Callback, CallbackPoster, Written
from acuse.simulator.clock import Clock
from acuse.simulator.fates import Answered
from acuse.simulator.messages import TakenMessage
from acuse.simulator.numbers import e164
from acuse.simulator.shelf import Shelf
from acuse.simulator.whatsapp import OUT_OF_WINDOW
from acuse.simulator.world import World
from delivery.channels import Channel
from delivery.reasons import Reason

NAME: Final = "altiria"
ALL_ACCEPTED: Final = 202
NOT_ALL_ACCEPTED: Final = 207
PER_PAGE: Final = 20


class Platform:
    def __init__(self, world: World, post: CallbackPoster, clock: Clock) -> None:
        self._world = world
        self._post = post
        self._clock = clock
        self._sent: Shelf[Sent] = Shelf()
        self._conversations: Shelf[list[Sent]] = Shelf()
        post.inboxes[NAME] = self._written

    @property
    def _options(self) -> Options:
        return self._world.account(NAME).options

    async def send(self, kind: str, request: Request) -> Response:
        campaign = read_campaign(kind, await request.body(), self._options, self._clock())
        addressed = {to: _address(campaign.kind, to) for to in campaign.to}
        if not any(addressed.values()):
            raise Failed(NO_RECIPIENTS)
        cost = campaign.parts * sum(address is not None for address in addressed.values())
        if not self._world.charge(NAME, cost):
            raise Failed(NO_CREDIT, status=402)
        number = self._world.number(NAME)
        result = [await self._send_to(campaign, to, address, number) for to, address in addressed.items()]
        accepted = [each["accepted"] for each in result]
        if not any(accepted):
            raise Failed(NO_RECIPIENTS)
        status = ALL_ACCEPTED if all(accepted) else NOT_ALL_ACCEPTED
        return json({"campaignId": number, "sendingId": self._world.number(NAME), "result": result}, status)

    async def show_sms(self, request: Request) -> Response:
        sent = self._sent.get(request.path_params["id"])
        if sent is None or sent.message.channel is not Channel.SMS:
            raise Failed(BAD_ID, status=404)
        now = self._clock()
        return json(sent.document(sent.standing(now), now))

    async def show_conversation(self, request: Request) -> Response:
        now, told = self._clock(), []
        for sent in self._conversations.get(_key(request)) or []:
            document = sent.document(sent.standing(now), now) | {"direction": "outbound", "text": sent.message.text}
            told.append((sent.message.out_at, document | {"date": written(sent.message.said_out_at)}))
            if sent.answer and sent.message.due(sent.answer) <= now:
                told.append((sent.message.due(sent.answer), sent.answer_document() | {"direction": "inbound"}))
        return json({"messages": [document for _, document in sorted(told, key=lambda each: each[0])]})

    async def reply(self, request: Request) -> Response:
        said, (ours, theirs) = read_reply(await request.body()), _parties(request)
        held = self._conversations.get(_key(request)) or []
        wrote_at = [sent.message.due(sent.answer) for sent in held if sent.answer]
        if not self._world.window_is_open(NAME, f"+{theirs}", wrote_at, self._clock()):
            self._world.turn_away(
                NAME,
                Reason.WINDOW_CLOSED,
                channel=Channel.WHATSAPP,
                recipient=f"+{theirs}",
                sender=ours,
                text=said,
            )
            raise Failed(OUT_OF_WINDOW, "More than 24 hours have passed since the person's last message")
        if not self._world.charge(NAME, 1):
            raise Failed(NO_CREDIT, status=402)
        campaign = Campaign("whatsapp", [theirs], ours, said, "", None, "")
        result = await self._send_to(campaign, theirs, e164(theirs), 0)
        if not result["accepted"]:
            raise Failed(NO_RECIPIENTS)
        return json({"result": [result]}, ALL_ACCEPTED)

    def _written(self, written_by: Written) -> list[Callback]:
        if written_by.channel is not Channel.WHATSAPP:
            return []
        account, now = self._world.account(NAME), self._clock()
        ours = str(self._options.get("whatsapp_number", DEFAULT_NUMBER))
        theirs, text = written_by.contact.removeprefix("+"), written_by.text
        fields = said_by(str(self._world.number(NAME)), theirs, ours, text, now) | {"event": INBOUND}
        return [notification(fields, account.callback_format, now, INBOUND, Answered(0.0, text))]

    async def list_conversations(self, request: Request) -> Response:
        written_page = request.query_params.get("page", "1")
        if not written_page.isdecimal() or not 0 < int(written_page) < 10**6:
            raise Failed(UNKNOWN_FIELD, "page is a positive number")
        now, page = self._clock(), int(written_page)
        held = sorted(self._conversations, key=lambda each: _latest(each, now)[0], reverse=True)
        shown = [
            {"from": sent[0].message.sender, "to": sent[0].to, "date": written(_latest(sent, now)[1])}
            for sent in held[(page - 1) * PER_PAGE : page * PER_PAGE]
        ]
        pages = max(-(-len(held) // PER_PAGE), 1)
        return json({"conversations": shown, "page": page, "pages": pages})

    async def _send_to(self, campaign: Campaign, to: str, address: str | None, number: int) -> Mapping[str, Any]:
        message = self._take(campaign, address) if address else None
        if address is None or message is None or message.fate.refused:
            if message:
                self._world.refuse(message)
                self._world.refund(NAME, campaign.parts)
            return {"to": to, "accepted": False, "error": Failed(NO_RECIPIENTS).document()}
        sent = Sent(
            message=message,
            kind=campaign.kind,
            to=to.removeprefix("+"),
            campaign_id=number,
            contact_id=self._world.number(NAME),
            notification_url=campaign.notification_url,
            answer_id=str(self._world.number(NAME)),
            steps=steps(message),
        )
        self._sent.put(message.id, sent)
        if message.channel is Channel.WHATSAPP:
            key = f"{campaign.sender}/{address}"
            held = self._conversations.get(key) or []
            held.append(sent)
            self._conversations.put(key, held)
        await self._post.plan(message, sent.notifications(self._world.account(NAME).callback_format))
        return {"to": to, "accepted": True, "id": message.id}

    def _take(self, campaign: Campaign, address: str) -> TakenMessage:
        return self._world.take(
            NAME,
            channel=CHANNELS[campaign.kind],
            recipient=address,
            id=str(self._world.number(NAME)),
            reference=campaign.name,
            sender=campaign.sender,
            text=campaign.content,
            scheduled_for=campaign.send_at,
        )


def _address(kind: str, to: str) -> str | None:
    if kind == "mailing":
        name, _, host = to.partition("@")
        return to if name and "." in host else None
    return e164(to)


def _parties(request: Request) -> tuple[str, str]:
    """Ours and theirs, as the path has them. Raises ``Failed``."""
    ours, theirs = request.path_params["ours"], request.path_params["theirs"]
    if e164(ours) is None or e164(theirs) is None:
        raise Failed(NO_RECIPIENTS)
    return ours.removeprefix("+"), theirs.removeprefix("+")


def _key(request: Request) -> str:
    ours, theirs = _parties(request)
    return f"{ours}/+{theirs}"


def _latest(held: Sequence[Sent], now: datetime) -> tuple[datetime, datetime]:
    """When the last message was, here and as it is told."""
    times = [(sent.message.out_at, sent.message.said_out_at) for sent in held]
    times += [
        (sent.message.due(sent.answer), sent.message.said(sent.answer))
        for sent in held
        if sent.answer and sent.message.due(sent.answer) <= now
    ]
    return max(times)
