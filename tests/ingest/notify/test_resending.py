"""Dead letters are listed until they are taken, and are sent once more under the ids that they had."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from delivery.notices import Notice, NoticeResult, NoticeType, notice_id
from ingest.notify.listing import dead_letters, latest_notices, notices_by_id
from ingest.notify.recorder import notice_record
from ingest.notify.resending import FAILURES_IN_A_ROW, resend
from ingest.producer import KafkaPublisher, ProducerConfig
from tests.ingest.notify.conftest import World, ends, id_of
from tests.ingest.waiting import until


def notice(result: NoticeResult = NoticeResult.DEAD, reference: str = "") -> Notice:
    about = str(uuid.uuid4())
    return Notice(
        notice_id=notice_id(NoticeType.DELIVERED, about),
        type=NoticeType.DELIVERED,
        about=about,
        at=datetime.now(UTC),
        result=result,
        body=json.dumps({"type": "message.delivered", "data": {"reference": reference, "ñ": 1}}, ensure_ascii=False),
        status=500,
        why="HTTP 500",
    )


async def keep(world: World, *notices: Notice) -> None:
    publisher = KafkaPublisher(
        ProducerConfig(bootstrap_servers=world.bootstrap_servers, topics=(world.topics.notices.name,))
    )
    await publisher.start()
    await publisher.wait_connected(60)
    await publisher.publish([notice_record(each, world.topics.notices) for each in notices])
    await publisher.stop()


async def test_what_died_is_listed_until_it_is_taken(world: World) -> None:
    servers, topic = world.bootstrap_servers, world.topics.notices
    hopeless, well = ends("fail 4"), ends()
    async with world.notifying():
        await world.decide(hopeless, well)
        await world.ended(hopeless, well)
    [dead] = (await dead_letters(servers, topic=topic)).notices
    assert dead == world.of(hopeless)[0]
    assert {each.notice_id for each in await latest_notices(servers, limit=9, topic=topic)} == {
        id_of(hopeless),
        id_of(well),
    }
    assert len(await latest_notices(servers, limit=1, topic=topic)) == 1
    told: list[Notice] = []
    assert await resend(world.config(), [dead], topic=topic, told=told.append) == 0
    assert (told[0].result, told[0].status) == (NoticeResult.DELIVERED, 204)
    assert world.application.taken[dead.notice_id] == 1
    assert world.application.times(dead.notice_id) == 5
    assert not world.application.forged
    assert not (await dead_letters(servers, topic=topic)).notices
    assert await notices_by_id(servers, {dead.notice_id}, topic=topic) == told


async def test_what_fails_again_stays_dead_and_the_others_go(world: World) -> None:
    hopeless, well = notice(reference="refuse"), notice()
    await keep(world, hopeless, well)
    servers, topic = world.bootstrap_servers, world.topics.notices
    dead = (await dead_letters(servers, topic=topic)).notices
    assert dead == [hopeless, well]
    assert await resend(world.config(), dead, topic=topic) == 0
    [left] = (await dead_letters(servers, topic=topic)).notices
    assert (left.notice_id, left.status, left.why) == (hopeless.notice_id, 400, "HTTP 400")


@pytest.mark.parametrize(("status", "tried"), [(503, FAILURES_IN_A_ROW), (410, 1)])
async def test_an_application_that_is_away_is_not_asked_for_all_of_them(world: World, status: int, tried: int) -> None:
    many = [notice() for _ in range(40)]
    world.application.answers_all = status
    config = world.config()
    left = await resend(config, many, topic=world.topics.notices)
    asked = len(world.application.told)
    assert tried <= asked <= tried + config.receiver.concurrency
    assert left == len(many) - asked


async def test_only_so_many_are_held_at_one_time_and_what_is_older_can_be_left_out(world: World) -> None:
    many = [notice() for _ in range(5)]
    await keep(world, *many, notice(NoticeResult.DELIVERED))
    servers, topic = world.bootstrap_servers, world.topics.notices
    letters = await dead_letters(servers, topic=topic, most=3)
    assert (letters.notices, letters.more) == (many[:3], True)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert (await dead_letters(servers, topic=topic, since=later)).notices == []


async def test_a_resent_notice_is_not_told_again_by_the_notifier(world: World) -> None:
    decision = ends("fail 4")
    async with world.notifying():
        await world.decide(decision)
        await world.ended(decision)
        await resend(world.config(), world.of(decision), topic=world.topics.notices)
        await until(lambda: len(world.of(decision)) == 2)
        await world.decide(decision)
        other = ends()
        await world.decide(other)
        await world.ended(other)
    assert world.application.taken[id_of(decision)] == 1
