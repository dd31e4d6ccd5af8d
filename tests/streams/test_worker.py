"""The real worker on a real broker: killed, joined, robbed of its store, and told to stop."""

import asyncio
import random
import shutil
from datetime import UTC, datetime, timedelta

from delivery.attempts import join
from delivery.channels import Channel
from delivery.events import Personal, Reply, Status, encode
from delivery.identities import attempt_key, derived_message_id
from delivery.reasons import Reason
from delivery.stages import Stage
from delivery.standing import Attempt, describe
from delivery.unparsed import decode_unparsed
from delivery.windows import decode_window, opened_by

STALLED_SECONDS = 60
"""As in a stack."""


async def test_survives_kills_company_and_lost_or_stale_stores(ground, making) -> None:
    shuffled = random.Random(3)

    def portion(first: int) -> list:
        # Attempts of earlier portions go on in later ones, so that a state that was lost shows.
        events = [event for number in range(first, first + 300) for event in making.history(number)]
        events += [making.status(number, 60 + first, Stage.SEEN, f"s{first}") for number in range(0, first, 3)]
        shuffled.shuffle(events)
        return events

    await ground.publish(portion(0))
    one = ground.worker("one", stall_timeout=STALLED_SECONDS).start()
    await ground.caught_up()
    shutil.copytree(ground.data_dir("one"), ground.directory / "stale")
    await ground.publish(portion(300))
    one.kill()

    one.start()
    await ground.publish(portion(600))
    one.kill()
    shutil.rmtree(ground.data_dir("one"))

    one.start()
    two = ground.worker("two").start()
    await ground.publish(portion(900))
    await ground.caught_up()
    one.kill()
    shutil.rmtree(ground.data_dir("one"))
    shutil.copytree(ground.directory / "stale", ground.data_dir("one"))

    await ground.publish(portion(1200))
    one.start()
    two.stop()
    await ground.publish(portion(1500))
    left = await ground.caught_up(one)
    one.stop()
    assert {attempt.month for attempt in left.attempts} == {"2024-05"}


async def test_sets_poison_aside_retires_derived_ids_and_is_silent_about_repetition(ground, making) -> None:
    worker = ground.worker().start()
    await ground.publish([making.status(1, 5, Stage.DELIVERED)])
    await ground.caught_up()
    await ground.publish_raw(
        [(b"mensatek/x", b"{not an event"), (b"altiria/other", encode(making.status(3, 1, Stage.SENT)))]
    )
    await ground.publish([making.send(1, 0, message_id="ours"), making.status(2, 3, Stage.SENT)])
    await ground.publish([making.status(1, 5, Stage.DELIVERED)] * 3)
    await ground.publish([making.status(2, 4, Stage.DELIVERED), (answer := _answer(making.status(2, 9, Stage.SEEN)))])

    await ground.caught_up()
    # What leads to these may be read later than what leads to attempts.
    await ground.records_in(ground.topics.unparsed, 2)
    await ground.records_in(ground.topics.windows)
    worker.stop()
    left = await ground.left()
    windows = [decode_window(record.value) for record in await ground.read(ground.topics.windows)]
    assert windows == [opened_by(answer)]

    key = attempt_key("mensatek", "n1")
    told = [attempt for attempt in left.attempts if attempt.ref == "n1"]
    assert [attempt.message_id for attempt in told] == [derived_message_id(key), "ours"]
    assert [(alias.retired, alias.message_id) for alias in left.aliases] == [(derived_message_id(key), "ours")]
    poison = [decode_unparsed(record.value) for record in await ground.read(ground.topics.unparsed)]
    assert sorted(item.provider for item in poison) == ["altiria", "mensatek"]
    assert {item.body for item in poison} >= {b"{not an event"}


def _answer(seen: Status) -> Reply:
    """What a person wrote on WhatsApp to the attempt of a status."""
    return Reply(
        provider=seen.provider,
        ref=seen.ref,
        channel=Channel.WHATSAPP,
        received_at=seen.received_at,
        source=seen.source,
        answers_attempt=True,
        payload=seen.payload,
        personal=Personal(sender="+34600000001"),
    )


async def test_closes_what_is_no_longer_heard_of_and_begins_anew_with_a_late_receipt(ground, making) -> None:
    making.began = datetime.now(UTC) - timedelta(seconds=2_000)
    worker = ground.worker(receipt_window=1_000).start()
    await ground.publish(
        [making.send(1, 0), making.status(1, 1, Stage.SENT), *making.history(2), making.send(3, 1_995)]
    )

    async def both_closed() -> dict | None:
        latest = (await ground.left()).latest
        closed = {key: attempt for key, attempt in latest.items() if attempt.closed_at}
        return closed if len(closed) == 2 else None

    closed = await ground.eventually(both_closed)
    given_up, delivered = closed["mensatek/n1"], closed["messente/n2"]
    assert (given_up.stage, given_up.reason, given_up.final) == (Stage.UNKNOWN, Reason.NO_RECEIPT, True)
    assert (delivered.stage, delivered.final) == (Stage.DELIVERED, True)
    assert given_up.closed_at == making.began + timedelta(seconds=1_001)
    assert given_up.version % 2 == 1

    async def tombstones() -> set | None:
        records = await ground.read(ground.topics.changelog)
        gone = {record.key for record in records if record.value is None}
        return gone if len(gone) == 2 else None

    assert await ground.eventually(tombstones) == {b"mensatek/n1", b"messente/n2"}

    await ground.publish([making.status(1, 1_999, Stage.DELIVERED)])

    async def late() -> Attempt | None:
        latest = (await ground.left()).latest["mensatek/n1"]
        return latest if latest.version > given_up.version else None

    attempt = await ground.eventually(late)
    assert set(attempt.state.stages) == {Stage.DELIVERED}
    joined = describe(join(given_up.state, attempt.state), version=attempt.version, month=given_up.month)
    assert joined.stage is Stage.DELIVERED
    assert set(joined.times) == {Stage.QUEUED, Stage.SENT, Stage.DELIVERED}
    worker.stop()


async def test_nothing_is_lost_while_the_broker_is_away(ground, making) -> None:
    worker = ground.worker().start()
    await ground.publish(event for number in range(300) for event in making.history(number))
    await ground.caught_up()
    await ground.publish(making.status(number, 9, Stage.SEEN) for number in range(300))
    await asyncio.to_thread(ground.broker.stop)
    try:
        await asyncio.sleep(8)
    finally:
        await asyncio.to_thread(ground.broker.start)
    await ground.publish(making.status(number, 10, Stage.UNKNOWN) for number in range(300))

    async def caught_up() -> bool | None:
        if not worker.running():
            worker.start()
        expected = await ground.expected()
        latest = (await ground.left()).latest
        return {key: (attempt.state, attempt.version) for key, attempt in latest.items()} == expected or None

    assert await ground.eventually(caught_up)
    worker.stop()


async def test_a_store_that_knows_more_than_its_changelog_is_removed(ground, making) -> None:
    worker = ground.worker().start()
    await ground.publish(event for number in range(30) for event in making.history(number))
    await ground.caught_up()
    worker.stop()
    kept = ground.data_dir()

    await ground.renew()
    await ground.publish(making.history(1))
    worker.start()
    assert worker.wait(120) == 1
    assert "topics were made anew" in worker.log.read_text()
    assert not list(kept.glob("**/*.db"))
    worker.start()
    await ground.caught_up()
    worker.stop()
