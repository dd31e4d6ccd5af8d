"""Our client of AI Number and the simulator."""

from typing import Any

from delivery.channels import Channel
from delivery.events import Reply, Send
from delivery.orders import Media, MediaKind, Template
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.outbound import Refused, Unauthorised

TO = "+34600009900"
SEEN = "+34600009924"
ANSWERING = "+34600009926"
OTP = Template(name="otp", language="es", parameters={"code": "4711"})
PICTURE = Media(kind=MediaKind.IMAGE, url="https://example.com/i.jpg")


async def test_sends_follows_and_agrees(connect: Any) -> None:
    side, simulation = await connect("ainumber")
    [send] = await side.taken(Channel.WHATSAPP, SEEN, template=OTP)
    told = await side.told(3)
    assert side.stages(told) == [Stage.SENT, Stage.DELIVERED, Stage.SEEN]
    assert {event.ref for event in told} == {send.ref}
    assert side.facts(await side.polled(send)) == side.facts(told[2:])
    [message] = await simulation.messages()
    assert (message["id"], message["text"]) == (send.ref, "4711 es su código.")


async def test_answers_within_the_window(connect: Any) -> None:
    side, _ = await connect("ainumber")
    closed = await side.send(Channel.WHATSAPP, ANSWERING, text="Hola")
    assert isinstance(closed, Refused)
    assert closed.reason is Reason.WINDOW_CLOSED
    await side.taken(Channel.WHATSAPP, ANSWERING, template=OTP)
    [reply] = [event for event in await side.told(3) if isinstance(event, Reply)]
    assert reply.event_id in side.facts(await side.listed())
    [send] = await side.taken(Channel.WHATSAPP, ANSWERING, media=PICTURE)
    assert isinstance(send, Send)


async def test_says_why_not(connect: Any) -> None:
    side, simulation = await connect("ainumber")
    cases = [
        (TO, Template(name="none", language="es"), Reason.TEMPLATE_REFUSED),
        (TO, Template(name="otp", language="es"), Reason.TEMPLATE_REFUSED),
        (TO, Template(name="promo", language="en"), Reason.TEMPLATE_REFUSED),
        ("+34600009930", OTP, Reason.NOT_ON_CHANNEL),
    ]
    for to, template, reason in cases:
        refused = await side.send(Channel.WHATSAPP, to, template=template)
        assert isinstance(refused, Refused)
        assert refused.reason is reason, template
    await side.taken(Channel.WHATSAPP, "+34600009904", template=OTP)
    assert (await side.told(2))[1].reason is Reason.OPTED_OUT
    await simulation.change({"providers": {"ainumber": {"credit": 0}}})
    broke = await side.send(Channel.WHATSAPP, TO, template=OTP)
    assert isinstance(broke, Refused)
    assert broke.reason is Reason.NO_CREDIT
    await simulation.change({"providers": {"ainumber": {"credentials": {"api_secret": "new"}}}})
    assert isinstance(await side.send(Channel.WHATSAPP, TO, template=OTP), Unauthorised)
