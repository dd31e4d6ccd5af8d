"""Our client of Altiria, its platform and its SMS gateway, and the simulator."""

from datetime import UTC, datetime
from typing import Any

import pytest

from delivery.channels import Channel
from delivery.events import Reply
from delivery.orders import Template, Voice
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.outbound import Busy, Refused, Unauthorised, Unclear
from ingest.unsendable import Unsendable

TO = "+34600009900"
ANSWERING = "+34600009926"
LATER = datetime(2099, 3, 1, 9, 30, tzinfo=UTC)
OURS = "+34911234567"
OTP = Template(name="otp", language="es", parameters={"code": "4711"})


@pytest.mark.parametrize("form", ["json", "form"])
async def test_sends_follows_and_agrees(connect: Any, form: str) -> None:
    side, simulation = await connect("altiria", callback_format=form)
    long = "Camión \u4f60 " * 20
    [send] = await side.taken(Channel.SMS, TO, text=long, sender="Shop")
    told = await side.told(2)
    assert side.stages(told) == [Stage.SENT, Stage.DELIVERED]
    assert {(event.ref, event.message_id) for event in told} == {(send.ref, send.message_id)}
    assert side.facts(await side.polled(send)) == side.facts(told[1:])
    [message] = await simulation.messages(reference=send.reference)
    assert message["text"] == long


@pytest.mark.parametrize(
    ("channel", "to", "personal"),
    [
        (Channel.SMS, TO, {"text": "Hola", "options": {"flash": True, "certified": True, "landing": "77"}}),
        (Channel.SMS, TO, {"text": "Hola", "send_at": LATER}),
        (Channel.VOICE, TO, {"voice": Voice(text="Hola", language="es-ES"), "options": {"gender": "F", "retries": 1}}),
        (Channel.VOICE, TO, {"text": "Hola"}),
        (Channel.VOICE, TO, {"voice": Voice(audio_url="https://example.com/a.mp3")}),
        (
            Channel.EMAIL,
            "ana@example.com",
            {"text": "Hola", "sender": "us@example.com", "options": {"subject": "Hi", "from_name": "Us"}},
        ),
        (Channel.WHATSAPP, TO, {"template": OTP, "sender": OURS}),
    ],
)
async def test_takes_whatever_passes_our_check(
    connect: Any, channel: Channel, to: str, personal: dict[str, Any]
) -> None:
    side, simulation = await connect("altiria")
    [send] = await side.taken(channel, to, **personal)
    assert send.stage is (Stage.SCHEDULED if "send_at" in personal else Stage.QUEUED)
    [message] = await simulation.messages()
    assert (message["channel"], message["recipient"]) == (channel.value, to)
    if "send_at" not in personal:
        events = await side.told(2)
        assert [(event.ref, event.channel) for event in events] == [(send.ref, channel)] * 2


async def test_holds_conversations(connect: Any) -> None:
    side, _ = await connect("altiria")
    closed = await side.send(Channel.WHATSAPP, ANSWERING, text="Hola", sender=OURS)
    assert isinstance(closed, Refused)
    assert closed.reason is Reason.WINDOW_CLOSED
    await side.taken(Channel.WHATSAPP, ANSWERING, template=OTP, sender=OURS)
    told = await side.told(3)
    [reply] = [event for event in told if isinstance(event, Reply)]
    assert (reply.personal.sender, bool(reply.personal.text)) == (ANSWERING, True)
    assert reply.event_id in side.facts(await side.listed())
    [send] = await side.taken(Channel.WHATSAPP, ANSWERING, text="Gracias", sender=OURS)
    assert send.stage is Stage.QUEUED


async def test_says_why_not(connect: Any) -> None:
    side, simulation = await connect("altiria", credit=0)
    broke = await side.send(Channel.SMS, TO, text="Hola")
    assert isinstance(broke, Refused)
    assert broke.reason is Reason.NO_CREDIT
    await simulation.change({"providers": {"altiria": {"credit": 9, "http": {"busy": 1.0}}}})
    busy = await side.send(Channel.SMS, TO, text="Hola")
    assert isinstance(busy, Busy)
    assert busy.retry_after_seconds == 1
    await simulation.change({"providers": {"altiria": {"http": {"busy": 0.0, "html": 1.0, "taken": 1.0}}}})
    assert isinstance(await side.send(Channel.SMS, TO, text="Hola"), Unclear)
    changed = {"http": {"html": 0.0}, "credentials": {"password": "new"}}
    await simulation.change({"providers": {"altiria": changed}})
    assert isinstance(await side.send(Channel.SMS, TO, text="Hola"), Unauthorised)


async def test_gateway_sends_and_is_told(connect: Any) -> None:
    side, simulation = await connect("altiria", path="/apirest/ws")
    [send] = await side.taken(Channel.SMS, TO, text="Hola \u20ac", sender="Shop")
    [told] = await side.told(1)
    assert (told.ref, told.stage) == (send.ref, Stage.DELIVERED)
    refused = await side.send(Channel.SMS, "+34600009930", text="Hola")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.INVALID_NUMBER
    with pytest.raises(Unsendable):
        await side.send(Channel.SMS, TO, text="Hola", send_at=LATER)
    await simulation.change({"providers": {"altiria": {"credentials": {"password": "new"}}}})
    assert isinstance(await side.send(Channel.SMS, TO, text="Hola"), Unauthorised)
