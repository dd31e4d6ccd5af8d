"""The deciding worker on a real broker: killed, robbed of its store, and asked the same again."""

import shutil
import uuid
from datetime import UTC, datetime

import msgspec

from delivery.attempts import state_of
from delivery.channels import Channel
from delivery.decisions import SendDecision
from delivery.events import Payload, Personal, Send, Source
from delivery.orders import Order, OrderPersonal
from delivery.requests import MessageRequest
from delivery.stages import Stage
from delivery.standing import Attempt, describe

NOW = datetime.now(UTC)


def message(number: int) -> str:
    return str(uuid.UUID(int=number))


def asked(number: int, at: datetime = NOW) -> MessageRequest:
    order = Order(provider="messente", channel=Channel.SMS, personal=OrderPersonal(to="+34600000000", text="Hola"))
    return MessageRequest(message_id=message(number), received_at=at, order=order)


def attempt(
    number: int, stage: Stage, version: int, *, provider: str = "messente", claimed: bool = True, at: datetime = NOW
) -> Attempt:
    event = Send(
        provider=provider,
        ref=f"r{number}",
        channel=Channel.SMS,
        received_at=at,
        source=Source.CALL,
        payload=Payload(sha256="0"),
        personal=Personal(),
        message_id=message(number) if claimed else None,
        stage=stage,
    )
    return describe(state_of(event), version=version, month="2026-03")


async def test_every_request_is_decided_under_one_id_through_kills_and_lost_stores(deciding_ground) -> None:
    ground = deciding_ground
    one = ground.worker("one").start()
    await ground.ask(*map(asked, range(300)))
    await ground.until_decided([f"{message(0)}/1"])
    one.kill()

    one.start()
    await ground.ask(*map(asked, range(200, 600)))
    await ground.tell(*[attempt(number, Stage.QUEUED, 2) for number in range(400)])
    await ground.until_decided([f"{message(0)}/1"])
    one.kill()
    shutil.rmtree(ground.data_dir("one"), ignore_errors=True)

    one.start()
    await ground.ask(*map(asked, range(900)))
    await ground.tell(*[attempt(number, Stage.DELIVERED, 4) for number in range(400)])
    decided = await ground.until_decided(f"{message(number)}/1" for number in range(900))
    assert one.stop() < 5
    assert all(isinstance(each, SendDecision) for each in decided)
    assert {each.decision_id for each in decided} == {f"{message(number)}/1" for number in range(900)}
    assert all(len(said) == 1 for said in _said_by_id(decided).values())


def _said_by_id(decided) -> dict[str, set[bytes]]:
    said: dict[str, set[bytes]] = {}
    for each in decided:
        said.setdefault(each.decision_id, set()).add(msgspec.json.encode(each))
    return said
