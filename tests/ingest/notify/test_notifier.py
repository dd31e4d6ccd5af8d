"""The application is told of what ended, each under an id that stays; what it does not take has an end."""

import asyncio
import time
from dataclasses import replace

from delivery.decisions import Why
from delivery.notices import NoticeResult, NoticeType
from ingest.dispatch.config import BreakerConfig
from ingest.notify.retrying import Retrying
from ingest.notify.telling import Wanted
from tests.ingest.notify.conftest import World, ends, id_of, reply
from tests.ingest.notify.test_telling import AlertState, alert
from tests.ingest.waiting import until


async def test_it_is_told_of_ends_replies_and_alerts_and_that_is_written_down(world: World) -> None:
    done, failed, heard = ends("order-1"), ends(why=Why.EXHAUSTED), reply("r-1")
    async with world.notifying():
        await world.decide(done, failed)
        await world.hear(heard)
        await world.alert(alert(AlertState.OPENED), alert(AlertState.CLOSED))
        await until(lambda: len(world.kept) == 5)
    told = {each.body["type"]: each for each in world.application.told}
    assert set(told) == {"message.delivered", "message.failed", "message.replied", "alert.opened", "alert.closed"}
    assert told["message.delivered"].notice_id == id_of(done)
    assert told["message.delivered"].body["data"]["reference"] == "order-1"
    [notice] = world.of(done)
    assert (notice.type, notice.about, notice.message_id) == (NoticeType.DELIVERED, done.decision_id, done.message_id)
    assert (notice.result, notice.tries, notice.status, notice.why) == (NoticeResult.DELIVERED, 1, 204, "")
    assert not world.application.forged
    assert all("34600000001" not in each.body for each in world.kept)


async def test_what_is_not_wanted_is_not_told(world: World) -> None:
    wanted = Wanted(types={NoticeType.FAILED}, recipient=True)
    failed = ends(why=Why.STOPPED)
    async with world.notifying(wanted=wanted):
        await world.hear(reply("r-1"))
        await world.decide(ends(), failed)
        await world.ended(failed)
    [told] = world.application.told
    assert told.body["data"]["recipient"] == "+34600000001"


async def test_after_failures_it_is_told_again_under_the_same_id_and_signed_anew(world: World) -> None:
    decision = ends("fail 2")
    async with world.notifying(retrying=Retrying(schedule=(0.05, 1.1, 5))):
        await world.decide(decision)
        await world.ended(decision)
    first, second, third = world.application.told
    assert first.notice_id == second.notice_id == third.notice_id == id_of(decision)
    assert third.timestamp > first.timestamp
    assert not world.application.forged
    [notice] = world.of(decision)
    assert (notice.result, notice.tries, notice.status) == (NoticeResult.DELIVERED, 3, 204)


async def test_what_it_never_takes_is_a_dead_letter_in_the_end(world: World) -> None:
    hopeless = [ends("fail"), ends("refuse"), ends("redirect")]
    async with world.notifying() as notifier:
        await world.decide(*hopeless)
        await world.ended(*hopeless)
        count = notifier.metrics.notices.labels("message.delivered", "dead")._value.get()
    assert count == 3
    for decision, status in zip(hopeless, (500, 400, 307), strict=True):
        [notice] = world.of(decision)
        assert (notice.result, notice.tries, notice.status) == (NoticeResult.DEAD, 4, status)
        assert notice.why == f"HTTP {status}"
        assert world.application.times(notice.notice_id) == 4


async def test_it_waits_for_as_long_as_it_is_asked_to_and_so_do_others(world: World) -> None:
    asked, other = ends("busy-for 1"), ends()
    async with world.notifying():
        await world.decide(asked)
        await until(lambda: world.application.told)
        await world.decide(other)
        await world.ended(asked, other)
    first = world.application.told[0].at
    assert all(told.at - first >= 1 for told in world.application.told[1:])


async def test_one_that_is_slow_holds_up_no_other(world: World) -> None:
    first, slow, quick = ends(), ends("held"), [ends() for _ in range(20)]
    async with world.notifying():
        await world.decide(first)
        await world.ended(first)  # a first one shows how it is
        await world.decide(slow)
        await until(lambda: world.application.under_way)
        await world.decide(*quick)
        await world.ended(*quick)
        assert not world.of(slow)
        world.application.lets_go = True
        await world.ended(slow)


async def test_an_answer_that_has_no_end_is_an_answer_all_the_same(world: World) -> None:
    decision = ends("endless")
    async with world.notifying():
        await world.decide(decision)
        await world.ended(decision)
    assert world.application.taken == {id_of(decision): 1}


async def test_one_that_does_not_answer_in_time_is_asked_again(world: World) -> None:
    decision = ends()
    config = replace(world.config().receiver, connect_seconds=0.2, answer_seconds=0.2)
    world.application.answers_all = 0
    async with world.notifying(receiver=config):
        await world.decide(decision)
        await until(lambda: world.application.times(id_of(decision)) >= 2)
        world.application.answers_all = None
        await world.ended(decision)
    assert world.of(decision)[0].tries >= 2


async def test_while_it_is_away_no_more_is_read_than_the_window_holds_and_nothing_is_lost(world: World) -> None:
    many = [ends() for _ in range(120)]
    world.application.answers_all = 503
    breaker = BreakerConfig(failures=3, open_seconds=0.2, open_limit_seconds=0.4)
    async with world.notifying(
        window=25, breaker=breaker, retrying=Retrying(schedule=(0.1,) * 3000, give_up_seconds=300)
    ) as notifier:
        await world.decide(*many)
        await until(lambda: len(world.application.told) >= 6)
        assert notifier._membership is not None
        await until(lambda: notifier._membership.waiting == 25)
        asked_by_then = len({told.notice_id for told in world.application.told})
        assert asked_by_then <= 25
        # From time to time one is let through, to see.
        await until(lambda: "calls fail" in notifier.notes().get("notices", ""))
        world.application.answers_all = None
        await world.ended(*many)
        assert not notifier.notes()
    assert all(world.application.taken[id_of(decision)] == 1 for decision in many)


async def test_no_more_at_one_time_than_it_says(world: World) -> None:
    many = [ends("slow 0.05") for _ in range(60)]
    config = replace(world.config().receiver, concurrency=3)
    async with world.notifying(receiver=config):
        await world.decide(*many)
        await world.ended(*many)
    assert world.application.most_under_way == 3


async def test_one_that_wants_no_more_is_told_no_more_and_what_it_missed_waits(world: World) -> None:
    first, later = ends(), ends()
    world.application.answers_all = 410
    async with world.notifying() as notifier:
        await world.decide(first)
        await until(notifier.notes)
        assert "HTTP 410" in notifier.notes()["notices"]
        assert notifier.metrics.requests.labels("gone")._value.get() == 1
        await world.decide(later)
        await asyncio.sleep(0.5)
    assert len(world.application.told) == 1
    assert not world.kept
    world.application.answers_all = None
    async with world.notifying():
        await world.ended(first, later)
    assert world.application.taken == {id_of(first): 1, id_of(later): 1}


async def test_the_same_told_twice_by_its_writer_is_told_once(world: World) -> None:
    decision, other, heard = ends(), ends(), reply("r-1")
    async with world.notifying():
        await world.decide(decision, decision)
        await world.hear(heard, heard)
        await world.ended(decision)
        await world.decide(decision)
    async with world.notifying():  # another one, that has read what was written down
        await world.decide(decision, other)
        await world.ended(other)
    assert set(world.application.taken.values()) == {1}
    assert len(world.application.taken) == 3


async def test_a_record_that_cannot_be_read_is_passed_over(world: World) -> None:
    decision = ends()
    async with world.notifying() as notifier:
        for topic in (world.topics.decisions, world.topics.events, world.topics.alerts):
            await world.put(topic, b"no record")
        await world.put(world.topics.decisions, b'{"kind":"end-decision.v1"}')
        await world.decide(decision)
        await world.ended(decision)
        await until(
            lambda: (
                sum(
                    notifier.metrics.unreadable.labels(topic.name)._value.get()
                    for topic in (world.topics.decisions, world.topics.events, world.topics.alerts)
                )
                == 4
            )
        )


async def test_switched_on_late_it_does_not_tell_of_long_ago(world: World) -> None:
    old, new = ends(), ends()
    await world.decide(old)
    before = time.time()
    await until(lambda: time.time() > before + 0.1)
    async with world.notifying(begin_hours=0.05 / 3600):
        await world.decide(new)
        await world.ended(new)
    assert set(world.application.taken) == {id_of(new)}
    later = ends()
    await world.decide(later)  # while nobody is there; where it began is kept, though nothing had been read there
    async with world.notifying(begin_hours=0.05 / 3600):
        await world.ended(later)
