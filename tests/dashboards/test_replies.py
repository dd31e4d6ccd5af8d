"""Replies as they are listed: the same ones that the report counts, newest first, nobody's number whole."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.masking import masked
from delivery.channels import Channel
from delivery.events import Personal
from delivery.stages import Stage

embedded = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
COUNT = 12
WORDS = ("STOP", "thank you", " baja. ")


@pytest.fixture
def written(projection, history) -> list:
    """Three in four answer an attempt; each came in again later."""
    sent, replies, again = [], [], []
    for number in range(COUNT):
        story = history(
            provider=("mensatek", "messente")[number % 2],
            ref=f"r{number}",
            channel=(Channel.SMS, Channel.WHATSAPP)[number % 3 == 0],
            told={"country": ("ES", None)[number % 5 == 0], "reference": "spring" if number < 6 else None},
        )
        personal = Personal(sender=f"+346000000{number:02}", recipient="ACME", text=WORDS[number % 3])
        told = {"reply_id": f"r{number}", "personal": personal, "answers_attempt": number % 4 > 0}
        sent += [story.send(1.0), story.status(Stage.DELIVERED, 5.0)]
        replies.append(story.reply(100.0 * (number // 2), **told))
        again.append(story.reply(9000.0, **told))
    projection.store([*sent, *replies, *again])
    return sorted(replies, key=lambda reply: (reply.received_at, reply.event_id), reverse=True)


def wants_no_more(reply) -> bool:
    return reply.personal.text != "thank you"


CASES = {
    "all": ({}, lambda _: True),
    "provider": ({"provider": "messente"}, lambda reply: reply.provider == "messente"),
    "channel": ({"channel": "whatsapp"}, lambda reply: reply.channel == "whatsapp"),
    "reference": ({"reference": "spring", "country": "ES"}, lambda r: (r.reference, r.country) == ("spring", "ES")),
    "nobody": ({"sender": "BANK"}, lambda _: False),
    "opt-outs": ({"opt_out": "true"}, wants_no_more),
    "others": ({"opt_out": "false"}, lambda reply: not wants_no_more(reply)),
    "early": ({"to": "2026-03-31T20:03:20Z"}, lambda r: r.received_at < datetime(2026, 3, 31, 20, 3, 20, tzinfo=UTC)),
}


@embedded
async def test_every_filter_finds_what_meets_it_newest_first(written, projection, ask) -> None:
    for name, (asked, meets) in CASES.items():
        told = await ask("/v1/replies", **asked)
        assert [reply["event_id"] for reply in told["replies"]] == [r.event_id for r in written if meets(r)], name
        assert told["next_cursor"] is None
    for reply, said in zip(written, (await ask("/v1/replies"))["replies"], strict=True):
        attempt = projection.attempt((reply.provider, reply.ref))
        assert said["message_id"] == (attempt.message_id if reply.answers_attempt else None)
        assert (said["sender"], said["recipient"]) == (masked(reply.personal.sender), "ACME")
        assert (said["opt_out"], said["country"]) == (wants_no_more(reply), reply.country)
        assert datetime.fromisoformat(said["received_at"]) == reply.received_at
        assert (said["provider"], said["ref"], said["channel"]) == (reply.provider, reply.ref, reply.channel)


@embedded
async def test_pages_hold_each_of_them_once(written, ask) -> None:
    period = {"from": "2026-03-31T19:00:00Z", "to": "2026-04-01T00:00:00Z"}
    found, cursor = [], None
    for _ in range(COUNT):
        page = await ask("/v1/replies", **period, limit=5, **({"cursor": cursor} if cursor else {}))
        found += [reply["event_id"] for reply in page["replies"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [reply.event_id for reply in written]
    page = await ask("/v1/replies", limit=5)
    refused = await ask.refused("/v1/replies", 400, cursor=page["next_cursor"], opt_out="true")
    assert refused["field"] == "cursor"
    report = await ask("/v1/reports/replies", **period, table="figures")
    assert report["figures"][0]["replies"] == COUNT
    later = (written[0].received_at + timedelta(seconds=1)).isoformat()
    assert (await ask("/v1/replies", **{"from": later}))["replies"] == []


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ({"opt_out": "yes"}, "opt_out", "true or false"),
        ({"channel": "fax"}, "channel", "use one of sms"),
        ({"recipient": "+34600000000"}, "recipient", ""),
        ({"from": "2026-04-02T00:00:00Z", "to": "2026-04-01T00:00:00Z"}, "to", ""),
    ],
)
async def test_what_cannot_be_asked_is_refused(asked, field, said, ask_unread) -> None:
    refused = await ask_unread.refused("/v1/replies", 400, **asked)
    assert refused["field"] == field
    assert said in refused["error"]
