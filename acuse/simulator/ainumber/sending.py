"""Sending: free words within the window, templates at any time."""

from typing import Final

from starlette.responses import Response

from acuse.simulator.ainumber.answers import Failed, one
from acuse.simulator.ainumber.hooks import Hooks
from acuse.simulator.ainumber.messages import Sent, steps
from acuse.simulator.ainumber.office import is_member
from acuse.simulator.ainumber.parameters import Parameters
from acuse.simulator.ainumber.people import NAME, Contact, People
from acuse.simulator.ainumber.templates import find_template
from acuse.simulator.callbacks import CallbackPoster
from acuse.simulator.clock import Clock
from acuse.simulator.world import World
from delivery.channels import Channel
from delivery.reasons import Reason

COST: Final = 1.0
COMMON: Final = frozenset({"phone", "whatsapp_user_id", "prevent_bot_off", "agent_id", "live_inbox"})
OF_MESSAGE: Final = COMMON | {"text", "media_url"}
OF_TEMPLATE: Final = COMMON | {"template_keyword", "language", "tags", "button_tags", "attachment"}
CLOSED: Final = "The 24-hour customer care window is closed; send a message template."


class Sender:
    def __init__(self, world: World, post: CallbackPoster, clock: Clock, people: People, hooks: Hooks) -> None:
        self._world = world
        self._post = post
        self._clock = clock
        self._people = people
        self._hooks = hooks

    async def send_message(self, parameters: Parameters) -> Response:
        text, media_url = parameters.text("text"), parameters.url("media_url")
        if not text and not media_url:
            raise Failed("text: give text or media_url.")
        contact = self._people.meet(parameters.text("phone"), parameters.text("whatsapp_user_id"))
        wrote_at = [sent.message.due(sent.answer) for sent in contact.sent if sent.message.fate.reply]
        if not self._world.window_is_open(NAME, contact.phone, wrote_at, self._clock()):
            self._world.turn_away(
                NAME,
                Reason.WINDOW_CLOSED,
                channel=Channel.WHATSAPP,
                recipient=contact.phone,
                sender="",
                text=text or media_url,
            )
            raise Failed(CLOSED, "conversation_window_closed")
        return await self._send(contact, parameters, text, media_url, is_template=False)

    async def send_template(self, parameters: Parameters) -> Response:
        any_will_do = bool(self._world.account(NAME).options.get("any_template"))
        template = find_template(
            parameters.required("template_keyword"), parameters.required("language"), any_will_do=any_will_do
        )
        text = template.filled(parameters.table("tags"), parameters.table("button_tags"))
        attachment = parameters.url("attachment")
        contact = self._people.meet(parameters.text("phone"), parameters.text("whatsapp_user_id"))
        return await self._send(contact, parameters, text, attachment, is_template=True)

    async def _send(
        self, contact: Contact, parameters: Parameters, text: str, media_url: str, *, is_template: bool
    ) -> Response:
        agent, keeps_bot = parameters.text("agent_id"), parameters.flag("prevent_bot_off")
        parameters.flag("live_inbox")
        if agent and not is_member(agent):
            raise Failed("agent_id: there is no such agent.")
        if not self._world.charge(NAME, COST):
            raise Failed("There is not enough credit.", "insufficient_credit", 402)
        message = self._world.take(
            NAME, channel=Channel.WHATSAPP, recipient=contact.phone, id=self._people.new_id(), text=text or media_url
        )
        if message.fate.refused:
            self._world.refuse(message)
            self._world.refund(NAME, COST)
            raise Failed("phone: this is not a valid WhatsApp number.")
        sent = Sent(
            message.id, self._people.new_id(), message, steps(message), media_url, is_template, self._people.new_id()
        )
        contact.sent.append(sent)
        contact.agent_id = agent or contact.agent_id
        contact.chatbot_active = contact.chatbot_active and keeps_bot
        await self._post.plan(message, self._hooks.callbacks(contact, sent))
        return one(
            {
                "id": contact.conversation_id,
                "message_id": sent.id,
                "message_reference_id": sent.reference_id,
                "status": "queued",
            }
        )
