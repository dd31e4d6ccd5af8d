"""Messente's own client runs against the simulator."""

import asyncio
from collections.abc import Iterator
from typing import Any

import messente_api as official
import pytest
from messente_api.exceptions import ApiException, BadRequestException, NotFoundException, UnauthorizedException

TO = "+34600009900"
FAST = {"speed": 1000.0, "delivery": {"median_seconds": 3.0, "spread": 0.0, "off_share": 0.0}}


@pytest.fixture
def clients() -> Iterator[Any]:
    opened: list[official.ApiClient] = []

    def at(url: str, shown: str = "simulated-password") -> official.ApiClient:
        configuration = official.Configuration(
            host=f"{url}/messente/v1", username="simulated-user", password=shown, retries=0
        )
        client = official.ApiClient(configuration)
        opened.append(client)
        return client

    yield at
    for client in opened:
        client.rest_client.pool_manager.clear()


def omnimessage(*legs: Any, to: str = TO, **others: Any) -> official.Omnimessage:
    messages = [official.OmnimessageMessagesInner(leg) for leg in legs or [official.SMS(text="Hi", sender="Shop")]]
    return official.Omnimessage(to=to, messages=messages, **others)


async def sent_by(client: official.ApiClient, message: official.Omnimessage) -> Any:
    return await asyncio.to_thread(official.OmnimessageApi(client).send_omnimessage, message)


async def test_sends_and_asks(simulate: Any, receiver: Any, clients: Any) -> None:
    simulation = await simulate(FAST)
    client = clients(simulation.url)
    sent = await sent_by(client, omnimessage(dlr_url=receiver.url, text_store="plaintext", priority="high"))
    assert isinstance(sent, official.OmniMessageCreateSuccessResponse)
    assert (sent.to, sent.messages[0].channel, sent.messages[0].sender) == (TO, official.Channel.SMS, "Shop")
    received = await receiver.wait_for(2)
    told = official.DeliveryResult.from_json(received[-1].body.decode())
    asked = official.DeliveryReportApi(client)
    report = await asyncio.to_thread(asked.retrieve_delivery_report, sent.omnimessage_id)
    [status] = report.statuses
    assert (status.status, status.err, status.message_id) == ("DELIVRD", 0, sent.messages[0].message_id)
    assert told is not None
    assert (told.status, told.err, told.timestamp) == (status.status, status.err, status.timestamp)


async def test_sends_every_channel(simulate: Any, clients: Any) -> None:
    simulation = await simulate()
    client = clients(simulation.url)
    template = official.WhatsAppTemplate(
        name="otp",
        language=official.WhatsAppLanguage(code="es"),
        components=[
            official.WhatsAppComponent(type="body", parameters=[official.WhatsAppParameter(type="text", text="4711")])
        ],
    )
    video = official.ViberVideo(url="https://e.com/v", thumbnail="https://e.com/t", file_size=9, duration=9)
    legs = [
        official.WhatsApp(template=template, ttl=3600),
        official.WhatsApp(text=official.WhatsAppText(body="Hi")),
        official.WhatsApp(image=official.WhatsAppImage(link="https://e.com/i.jpg", caption="c")),
        official.Viber(text="Hi", validity=60),
        official.Viber(text="Hi", button_url="https://e.com", button_text="Go", image_url="https://e.com/i.jpg"),
        official.Viber(video=video, text="Hi"),
        official.SMS(text="Hi", autoconvert="full", udh="050003CC0301"),
    ]
    sent = await sent_by(client, omnimessage(*legs))
    assert [message.channel for message in sent.messages] == ["whatsapp"] * 3 + ["viber"] * 3 + ["sms"]
    report = await asyncio.to_thread(official.DeliveryReportApi(client).retrieve_delivery_report, sent.omnimessage_id)
    assert [status.status for status in report.statuses] == [None] * 7


async def test_cancels(simulate: Any, clients: Any) -> None:
    simulation = await simulate()
    client = clients(simulation.url)
    sent = await sent_by(client, omnimessage(time_to_send="2099-06-22T09:05:07+00:00"))
    cancel = official.OmnimessageApi(client).cancel_scheduled_message
    assert await asyncio.to_thread(cancel, sent.omnimessage_id) == {}
    report = await asyncio.to_thread(official.DeliveryReportApi(client).retrieve_delivery_report, sent.omnimessage_id)
    assert report.statuses[0].status == official.Status.DELETED
    with pytest.raises(NotFoundException) as refused:
        await asyncio.to_thread(cancel, sent.omnimessage_id)
    assert read_error(refused.value).code == "101"


async def test_reads_the_errors(simulate: Any, clients: Any) -> None:
    simulation = await simulate()
    client = clients(simulation.url)
    with pytest.raises(BadRequestException) as wrong:
        await sent_by(client, omnimessage(to="600"))
    assert (read_error(wrong.value).code, read_error(wrong.value).source) == ("105", "to")
    with pytest.raises(UnauthorizedException) as unknown:
        await sent_by(clients(simulation.url, "wrong"), omnimessage())
    assert (read_error(unknown.value).code, read_error(unknown.value).source) == ("103", None)
    with pytest.raises(NotFoundException):
        await asyncio.to_thread(
            official.DeliveryReportApi(client).retrieve_delivery_report, "632c6f3d-49d0-4a8f-8b2a-74023d31e51d"
        )


def read_error(error: ApiException) -> official.ErrorItemOmnichannel:
    read = official.ErrorOmnichannel.from_json(error.body or "{}")
    assert read is not None
    return read.errors[0]
