"""AI Number's own client (sendbee-api) runs against the simulator."""

import asyncio
from typing import Any

import pytest
from sendbee_api import PaginationException, SendbeeApi, SendbeeRequestApiException
from sendbee_api.auth import SendbeeAuth

PHONE = "+34600009900"
ANSWERING = "+34600009926"
FAST = {"speed": 20_000.0, "delivery": {"median_seconds": 3.0, "spread": 0.0, "off_share": 0.0}}
OTP = {"template_keyword": "otp", "language": "es", "tags": {"code": "4711"}}


class Client:
    """The client, each call in a thread of its own."""

    def __init__(self, url: str, key: str = "simulated-key", proof: str = "simulated-secret") -> None:
        self.api = SendbeeApi(key, proof)
        self.api.protocol, _, self.api.base_url = f"{url}/ainumber".partition("://")

    async def __call__(self, function: str, /, **parameters: Any) -> Any:
        return await asyncio.to_thread(getattr(self.api, function), **parameters)

    async def until_answered(self, phone: str) -> Any:
        async with asyncio.timeout(60):
            while True:
                [conversation] = await self("conversations", search_query=phone)
                if conversation.last_message.inbound_sent_at:
                    return conversation
                await asyncio.sleep(0.01)


async def test_sends_a_template_and_is_told(simulate: Any, receiver: Any) -> None:
    simulation = await simulate(FAST)
    client = Client(simulation.url)
    for event in ("message.received", "message.sent_status"):
        webhook = await client("subscribe_webhook", url=receiver.url, event=event)
    assert (webhook.url, webhook.active) == (receiver.url, True)
    assert webhook.selected_webhooks == ["message.received", "message.sent_status"]
    sent = await client("send_template_message", phone=PHONE, **OTP)
    assert sent.status == "queued"
    assert sent.message_id
    assert sent.message_reference_id
    for each in await receiver.wait_for(2):
        assert client.api.auth.check_auth_token(each.headers["x-authorization"])
        assert SendbeeAuth(webhook.secret_key).check_auth_token(each.headers["x-auth-token"])
    messages = await client("messages", conversation_id=sent.conversation_id)
    assert [(message.direction, message.status, message.body) for message in messages] == [
        ("outbound", "delivered", "4711 es su código.")
    ]


async def test_answers_within_the_window_alone(simulate: Any) -> None:
    simulation = await simulate({**FAST, "speed": 5_000.0})
    client = Client(simulation.url)
    with pytest.raises(SendbeeRequestApiException) as closed:
        await client("send_message", phone=ANSWERING, text="Hi")
    assert "24-hour" in str(closed.value.args)
    await client("send_template_message", phone=ANSWERING, **OTP)
    conversation = await client.until_answered(ANSWERING)
    assert (conversation.contact.phone, conversation.platform) == (ANSWERING, "whatsapp")
    sent = await client("send_message", phone=ANSWERING, text="Hi")
    assert sent.conversation_id == conversation.id
    messages = [message.direction for message in await client("messages", conversation_id=conversation.id)]
    assert messages[-2:] == ["inbound", "outbound"]
    assert "outbound" in messages[:-2]
    picture = await client("send_message", phone=ANSWERING, media_url="https://example.com/i.jpg")
    assert picture.conversation_id == conversation.id
    messages = await client("messages", conversation_id=conversation.id)
    assert ("image", "https://example.com/i.jpg") in [(each.media_type, each.media_url) for each in messages]


async def test_keeps_contacts(simulate: Any) -> None:
    simulation = await simulate()
    client = Client(simulation.url)
    field = await client("create_contact_field", name="plan", type="list", options=["basic", "premium"])
    assert (field.type, field.options) == ("list", ["basic", "premium"])
    contact = await client(
        "subscribe_contact",
        phone=PHONE,
        name="Ana",
        tags=["vip", "new"],
        notes=["first"],
        contact_fields={"plan": "basic", "nothing": "x"},
    )
    assert (contact.phone, contact.status, contact.folder, contact.name) == (PHONE, "subscribed", "open", "Ana")
    assert [tag.name for tag in contact.tags] == ["vip", "new"]
    assert [(each.key, each.value) for each in contact.contact_fields] == [("plan", "basic")]
    again = await client("update_contact", id=contact.id, notes=["second"], contact_fields={"plan": "premium"})
    assert [note.value for note in again.notes] == ["first", "second"]
    assert again.contact_fields[0].value == "premium"
    assert [each.id for each in await client("contacts", tags=["vip"], status="subscribed")] == [contact.id]
    assert not (await client("contacts", search_query="nobody")).models
    renamed = await client("update_contact_field", id=field.id, name="tier")
    assert [(each.name, each.type) for each in await client("contact_fields")] == [(renamed.name, "list")]
    assert "deleted" in (await client("delete_contact_field", id=field.id)).message
    assert not (await client("contact_fields")).models


async def test_keeps_tags_and_pages(simulate: Any) -> None:
    simulation = await simulate()
    client = Client(simulation.url)
    made = [await client("create_tag", name=f"tag{number}") for number in range(3)]
    first = await client("tags", limit="2")
    assert first.has_next()
    second = await client("tags", limit="2", page=first.next_page())
    assert not second.has_next()
    assert [tag.name for page in (first, second) for tag in page] == ["tag0", "tag1", "tag2"]
    with pytest.raises(PaginationException):
        await client("tags", limit="2", page=second.next_page())
    assert (await client("update_tag", id=made[0].id, name="gold")).name == "gold"
    assert (await client("delete_tag", id=made[0].id)).message
    assert [tag.name for tag in await client("tags", name="TAG1")] == ["tag1"]


async def test_holds_conversations(simulate: Any) -> None:
    simulation = await simulate()
    client = Client(simulation.url)
    sent = await client("send_template_message", phone=PHONE, prevent_bot_off=True, **OTP)
    one = await client("get_conversation", conversation_id=sent.conversation_id)
    assert (one.folder, one.chatbot_active, one.contact.phone) == ("open", True, PHONE)
    assert (await client("update_conversation", conversation_id=one.id, folder="done")).folder == "done"
    assert [each.id for each in await client("conversations", folder="done")] == [one.id]
    assert not (await client("conversations", folder="open")).models
    await client("send_template_message", phone=PHONE, **OTP)
    assert not (await client("chatbot_activity_status", conversation_id=one.id)).chatbot_active
    assert (await client("chatbot_activity", conversation_id=one.id, active=True)).message
    assert (await client("chatbot_activity_status", conversation_id=one.id)).chatbot_active


async def test_lists_templates_and_teams(simulate: Any) -> None:
    simulation = await simulate()
    client = Client(simulation.url)
    templates = await client("message_templates", status="approved", search_query="order")
    [template] = templates
    assert (template.keyword, template.language, template.status) == ("order_confirmation", "en", "approved")
    assert [tag.name for tag in template.tags] == ["order"]
    assert [tag.name for tag in template.button_tags] == ["path"]
    [rejected] = await client("message_templates", status="rejected")
    assert rejected.rejected_reason
    teams = (await client("teams")).models
    assert [team.name for team in teams] == ["Support", "Sales"]
    members = (await client("members", team_id=teams[1].id)).models
    assert [(member.name, member.role, member.teams[1].name) for member in members] == [("Ana Ruiz", "owner", "Sales")]
    assert [team.name for team in await client("teams", member_id=teams[0].members[1].id)] == ["Support"]


async def test_reads_the_errors(simulate: Any) -> None:
    simulation = await simulate({"providers": {"ainumber": {"credit": 0}}})
    client = Client(simulation.url)
    for wrong in (Client(simulation.url, key="other"), Client(simulation.url, proof="other")):
        with pytest.raises(SendbeeRequestApiException) as unknown:
            await wrong("teams")
        assert unknown.value.response.status_code == 401
    cases = [
        ("send_template_message", {"phone": "12", **OTP}, 400),
        ("send_template_message", {"phone": PHONE, "template_keyword": "otp", "language": "es"}, 400),
        ("send_template_message", {"phone": PHONE, "template_keyword": "promo", "language": "en"}, 400),
        ("send_template_message", {"phone": PHONE, "template_keyword": "none", "language": "en"}, 400),
        ("send_template_message", {"phone": PHONE, **OTP}, 402),
        ("send_message", {"phone": PHONE}, 400),
        ("messages", {"conversation_id": "nobody's"}, 400),
        ("update_contact", {"id": "nobody"}, 400),
        ("subscribe_webhook", {"url": "https://example.com", "event": "message.lost"}, 400),
        ("rate_limit_request_test", {}, 429),
        ("rate_limit_error_test", {}, 429),
    ]
    for name, parameters, status in cases:
        with pytest.raises(SendbeeRequestApiException) as refused:
            await client(name, **parameters)
        assert refused.value.response.status_code == status, name
        assert refused.value.response.formatted_data["error"]["detail"]
    assert refused.value.response.headers["Retry-After"] == "1"
