"""The deciding worker on a real broker: killed, robbed of its store, and asked the same again."""

import shutil
from collections import Counter
from datetime import UTC, datetime

import pytest

from delivery.decisions import (
    CancelDecision,
    EndDecision,
    PollDecision,
    SendDecision,
    Why,
    encode_decision,
    end_id,
)
from delivery.identities import attempt_key, derived_message_id
from delivery.requests import Finding
from delivery.stages import Stage
from delivery.standing import Alias
from delivery.unparsed import decode_unparsed


@pytest.fixture
def now(asking_class):
    """Requests and attempts of this moment."""
    return asking_class(datetime.now(UTC))


async def test_every_request_is_decided_under_one_id_through_kills_and_lost_stores(deciding_ground, now) -> None:
    ground = deciding_ground
    first = [f"{now.message(number)}/1" for number in range(900)]
    one = ground.worker("one").start()
    await ground.ask(*map(now.asked, range(300)))
    await ground.until_decided(first[:1])
    one.kill()

    one.start()
    await ground.ask(*map(now.asked, range(200, 600)))
    await ground.tell(*[now.attempt(number, Stage.QUEUED, 2) for number in range(400)])
    await ground.until_decided(first[300:301])
    one.kill()
    shutil.rmtree(ground.data_dir("one"))

    one.start()
    two = ground.worker("two").start()
    await ground.ask(*map(now.asked, range(900)))
    await ground.tell(*[now.attempt(number, Stage.SENT, 4) for number in range(400)])
    decided = await ground.until_decided(first)
    one.stop()
    # What the one knew the other has from the changelog: a withdrawal needs the attempt, a settlement the request.
    await ground.tell(*[now.attempt(number, Stage.QUEUED, 2) for number in range(400, 410)])
    await ground.ask(*map(now.cancelled, range(410)), *map(now.settled, range(20)), now.asked(5, "other"))
    withdrawn = [f"cancel/messente/r{number}" for number in range(400, 410)]
    settled = [f"settle/{now.message(number)}/1" for number in range(20)]
    decided = await ground.until_decided([*withdrawn, *settled])
    two.stop()

    # That a withdrawn message is over is decided by a timer, at the time that this is found.
    decided = [each for each in decided if not isinstance(each, EndDecision)]
    assert {each.decision_id for each in decided} == {*first, *withdrawn, *settled}
    # Under one id stands one decision, however often it was written.
    assert len({encode_decision(each) for each in decided}) == len({each.decision_id for each in decided})
    assert {each.order.personal.text for each in decided if isinstance(each, SendDecision)} == {"Hola"}


async def test_withdraws_settles_and_sends_again_once(deciding_ground, now) -> None:
    ground = deciding_ground
    worker = ground.worker().start()
    message = now.message(1)
    await ground.ask(now.asked(1), now.asked(2), now.asked(1))
    again = now.settled(1, Finding.NOT_SENT)
    await ground.ask(again, again)
    await ground.until_decided([f"{message}/1/1"])
    await ground.tell(now.attempt(2, Stage.SCHEDULED, 2))
    await ground.ask(now.cancelled(2), now.cancelled(3))
    await ground.until_decided(["cancel/messente/r2"])
    # Asked for before the attempt is known: withdrawn when it shows itself.
    await ground.tell(now.attempt(3, Stage.SCHEDULED, 2))
    await ground.write(ground.topics.requests, [(b"x", b"{not a request")])
    decided = await ground.until_decided(["cancel/messente/r3"])
    await ground.records_in(ground.topics.unparsed)  # which may be read later than the attempt
    worker.stop()
    end = end_id(now.message(2), Why.CANCELLED)
    assert {each.decision_id for each in decided if not isinstance(each, CancelDecision)} - {end} == {
        f"{message}/1",
        f"{now.message(2)}/1",
        f"settle/{message}/1",
        f"{message}/1/1",
    }
    [poison] = [decode_unparsed(record.value) for record in await ground.read(ground.topics.unparsed)]
    assert poison.body == b"{not a request"


async def test_asks_after_what_is_not_final_round_by_round_also_after_a_restart(
    deciding_ground, asking_class, now
) -> None:
    ground = deciding_ground
    worker = ground.worker(poll_seconds=(1, 2)).start()
    retired = derived_message_id(attempt_key("messente", "r5"))
    await ground.ask(now.asked(1), now.asked(2))
    await ground.tell(
        now.attempt(1, Stage.SENT, 2),
        now.attempt(2, Stage.DELIVERED, 2),
        now.attempt(3, Stage.SENT, 2, claimed=False),
        now.attempt(4, Stage.SENT, 2, provider="altiria"),
        now.attempt(5, Stage.SENT, 2, claimed=False),
        Alias(retired=retired, message_id=now.message(5), provider="messente", ref="r5", version=4),
        now.attempt(6, Stage.SENT, 2, sent=False, claimed=False),
    )

    async def further(least: int) -> int | None:
        """The last round of those two, once it is a later one than ``least``."""
        polls = await _polls(ground)
        last = min(max((turn for ref, turn in polls if ref == each), default=0) for each in ("r1", "r3"))
        return last if last > least else None

    last = await ground.eventually(lambda: further(1))
    worker.kill()
    shutil.rmtree(ground.data_dir())
    worker.start()
    await ground.eventually(lambda: further(last + 1))
    await ground.tell(now.attempt(1, Stage.DELIVERED, 4), now.attempt(3, Stage.SEEN, 4, claimed=False))

    async def final_known() -> bool | None:
        records = await ground.read(ground.topics.changelog)
        gone = {record.key for record in records if record.value is None}
        return derived_message_id(attempt_key("messente", "r3")).encode() in gone or None

    await ground.eventually(final_known)
    before = await _polls(ground)
    # One that began later has its second round: the others would have had theirs by then.
    later = asking_class(datetime.now(UTC))
    await ground.tell(later.attempt(8, Stage.SENT, 2))
    await ground.until_decided([f"poll/messente/r8/{turn}" for turn in range(1, 4)])
    polls = await _polls(ground)
    worker.stop()
    assert {key: count for key, count in polls.items() if key[0] != "r8"} == before
    assert {ref for ref, _ in before} == {"r1", "r3"}


async def _polls(ground) -> Counter:
    return Counter((each.target.ref, each.round) for each in await ground.decisions() if isinstance(each, PollDecision))


async def test_forgets_what_is_over(deciding_ground, asking_class) -> None:
    ground = deciding_ground
    past = asking_class(datetime.now(UTC))
    worker = ground.worker(receipt_window=2).start()
    await ground.ask(past.asked(1), past.asked(2))
    await ground.tell(past.attempt(1, Stage.DELIVERED, 2), past.attempt(2, Stage.SENT, 2))

    async def gone() -> set[bytes] | None:
        return {record.key for record in await ground.read(ground.topics.changelog) if record.value is None} or None

    assert await ground.eventually(gone) == {past.message(1).encode()}
    worker.stop()


async def test_tracking_and_deciding_work_in_one_process(ground, deciding_ground, making, now) -> None:
    deciding = deciding_ground.said(poll_seconds=(1, 2))
    deciding["topics"]["attempts"] = ground.topics.attempts
    worker = ground.process("both", tracking=ground.said(), deciding=deciding).start()
    making.began = now.received_at
    sent = making.send(2, 0, message_id=now.message(2))
    await deciding_ground.ask(now.asked(2))
    await ground.publish([sent, making.status(1, 0, Stage.SENT)])
    await ground.caught_up()
    decided = await deciding_ground.until_decided([f"{now.message(2)}/1", "poll/messente/n2/1"])
    worker.kill()
    worker.start()
    await ground.publish([making.status(2, 1, Stage.DELIVERED)])
    await deciding_ground.ask(now.asked(3))
    await ground.caught_up()
    decided = await deciding_ground.until_decided([f"{now.message(3)}/1"])
    worker.stop()
    assert {each.message_id for each in decided} == {now.message(2), now.message(3)}
