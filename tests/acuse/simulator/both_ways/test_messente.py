"""Our client of Messente and the simulator."""

from datetime import UTC, datetime
from typing import Any

import pytest

from delivery.channels import Channel
from delivery.events import Reply, Source
from delivery.orders import Media, MediaKind, Template
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.outbound import Refused, Told, Unauthorised

TO = "+34600009900"
ANSWERING = "+34600009926"
LATER = datetime(2099, 3, 1, 9, 30, tzinfo=UTC)
PICTURE = Media(kind=MediaKind.IMAGE, url="https://example.com/i.jpg")


async def test_sends_follows_and_agrees(connect: Any) -> None:
    side, simulation = await connect("messente")
    [send] = await side.taken(Channel.SMS, TO, text="Hola", sender="Shop", options={"autoconvert": "full"})
    told = await side.told(2)
    assert side.stages(told) == [Stage.SENT, Stage.DELIVERED]
    for event in told:
        assert (event.ref, event.message_id) == (send.ref, send.message_id)
    polled = await side.polled(send)
    assert side.facts(polled) == side.facts(told[1:])
    assert {event.source for event in polled} == {Source.POLL}
    [message] = await simulation.messages(reference=send.reference)
    assert (message["id"], message["text"]) == (send.ref, "Hola")


@pytest.mark.parametrize(
    ("channel", "personal"),
    [
        (Channel.VIBER, {"text": "Hola"}),
        (Channel.VIBER, {"media": PICTURE}),
        (
            Channel.VIBER,
            {"text": "x", "media": PICTURE, "options": {"button_text": "Go", "button_url": "https://e.com"}},
        ),
        (
            Channel.VIBER,
            {
                "text": "x",
                "media": Media(kind=MediaKind.VIDEO, url="https://e.com/v.mp4"),
                "options": {"video": {"thumbnail": "https://e.com/t", "file_size": 9, "duration": 9}},
            },
        ),
        (Channel.WHATSAPP, {"template": Template(name="otp", language="es", parameters={"1": "4711"})}),
        (Channel.WHATSAPP, {"text": "Hola", "options": {"preview_url": False}}),
        (Channel.WHATSAPP, {"media": PICTURE, "text": "A picture"}),
        (Channel.SMS, {"text": "Hola", "ttl_seconds": 600}),
        (Channel.SMS, {"text": "Hola", "options": {"validity": 10, "udh": "050003CC0301"}}),
    ],
)
async def test_takes_whatever_passes_our_check(connect: Any, channel: Channel, personal: dict[str, Any]) -> None:
    side, _ = await connect("messente", options={"open_window": True})
    [send] = await side.taken(channel, TO, **personal)
    assert send.channel is channel
    assert [event.ref for event in await side.told(2)] == [send.ref] * 2


async def test_fails_over_in_one_send(connect: Any) -> None:
    side, _ = await connect("messente")
    legs = [{"channel": "sms", "text": "Hola", "sender": "Shop"}]
    first, second = await side.taken(Channel.VIBER, "+34600009906", text="Hola", options={"legs": legs})
    assert (first.stage, second.stage) == (Stage.QUEUED, Stage.SCHEDULED)
    told = await side.told(4)
    assert [event.ref for event in told] == [first.ref, first.ref, second.ref, second.ref]
    assert side.stages(told) == [Stage.SENT, Stage.UNDELIVERED] * 2
    assert {event.message_id for event in told} == {first.message_id}


async def test_cancels(connect: Any) -> None:
    side, simulation = await connect("messente")
    [send] = await side.taken(Channel.SMS, TO, text="Hola", send_at=LATER)
    assert (send.stage, send.scheduled_for) == (Stage.SCHEDULED, LATER)
    target = side.target(send)
    call = side.provider.cancel_call(target, side.account)
    cancelled = side.provider.read_cancelled(target, await side.ask(call))
    assert isinstance(cancelled, Told)
    assert not isinstance(side.provider.read_cancelled(target, await side.ask(call)), Told)
    [message] = await simulation.messages()
    assert message["cancelled_at"]
    assert side.stages(await side.polled(send)) == [Stage.CANCELLED]


async def test_says_why_not(connect: Any) -> None:
    side, simulation = await connect("messente")
    refused = await side.send(Channel.SMS, "+34600009930", text="Hola")
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.code) == (Reason.INVALID_NUMBER, "105")
    await side.send(Channel.SMS, "+34600009907", text="Hola")
    assert (await side.told(2))[1].reason is Reason.UNROUTABLE
    await simulation.change({"providers": {"messente": {"credentials": {"password": "new"}}}})
    assert isinstance(await side.send(Channel.SMS, TO, text="Hola"), Unauthorised)


async def test_tells_what_a_person_answers(connect: Any) -> None:
    side, _ = await connect("messente")
    await side.taken(Channel.SMS, ANSWERING, text="Hola")
    [reply] = [event for event in await side.told(3) if isinstance(event, Reply)]
    assert (reply.personal.sender, bool(reply.personal.text)) == (ANSWERING, True)
