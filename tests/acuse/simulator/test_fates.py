"""What becomes of messages: the same for the same seed, as the world file says, and forced by magic numbers."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from acuse.simulator.endings import FAILED, MAGIC_CALLBACKS, MAGIC_ENDINGS, CallbackFault, Ending
from acuse.simulator.fates import Fate
from acuse.simulator.world import World, country_of
from acuse.simulator.world_file import read_world
from delivery.channels import Channel
from delivery.stages import FAILURES, Stage

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def world(document: dict[str, Any] | None = None, seed: int = 1) -> World:
    return World(read_world(document or {}), lambda: NOW, seed=seed, run=1)


def fates(made: World, numbers: list[str], channel: Channel = Channel.SMS) -> dict[tuple[str, int], Fate]:
    """The fate of each message, by its number and which of that number's it is."""
    nth: Counter[str] = Counter()
    found = {}
    for number in numbers:
        message = made.take("mensatek", channel=channel, recipient=number, id="1")
        found[number, nth[number]] = message.fate
        nth[number] += 1
    return found


def story(fate: Fate) -> tuple[Any, ...]:
    return (fate.ending, fate.beats, fate.timed, fate.reply, fate.faults, fate.chance.random())


NUMBERS = [f"+346000000{place:02d}" for place in range(40)] * 3


def test_the_same_seed_is_the_same_story_in_any_order() -> None:
    faults = {"callbacks": {"lost": 0.2, "duplicated": 0.2, "late": 0.2, "early": 0.2, "reordered": 0.2}}
    one = {key: story(fate) for key, fate in fates(world(faults), NUMBERS).items()}
    other = {key: story(fate) for key, fate in fates(world(faults), sorted(NUMBERS, reverse=True)).items()}
    assert one == other
    assert len(set(map(str, one.values()))) > 100


def test_another_seed_is_another_story() -> None:
    one, other = (fates(world(seed=seed), NUMBERS) for seed in (1, 2))
    assert [story(fate) for fate in one.values()] != [story(fate) for fate in other.values()]


def test_ids_are_the_runs_own() -> None:
    one, same = (World(read_world({}), lambda: NOW, run=1) for _ in range(2))
    other = World(read_world({}), lambda: NOW, run=2)
    assert [one.number("mensatek"), one.uuid("messente")] == [same.number("mensatek"), same.uuid("messente")]
    assert one.number("mensatek") != other.number("mensatek")
    assert one.uuid("messente") != other.uuid("messente")
    assert len({other.uuid("messente") for _ in range(100)}) == 100


@pytest.mark.parametrize("ending", list(Ending))
@pytest.mark.parametrize("channel", list(Channel))
def test_every_ending_has_a_story(ending: Ending, channel: Channel) -> None:
    made = world({"mix": {ending.value: 1}})
    fate = made.take("mensatek", channel=channel, recipient="+34600000001", id="1").fate
    assert fate.ending is ending
    assert list(fate.beats) == sorted(fate.beats, key=lambda beat: beat.after)
    assert len(fate.faults) > len(fate.beats)
    if ending is Ending.REFUSED:
        assert (fate.refused is not None, fate.beats) == (True, ())
        return
    last = fate.beats[-1]
    if ending in FAILED:
        assert (last.stage, last.reason) == FAILED[ending]
        assert last.stage in FAILURES
    elif ending is Ending.SEEN:
        assert last.stage is (Stage.SEEN if channel in (Channel.WHATSAPP, Channel.VIBER) else Stage.DELIVERED)
    elif ending is Ending.CONTRADICTED:
        assert [beat.stage for beat in fate.beats] == [Stage.SENT, Stage.DELIVERED, Stage.UNDELIVERED]
    elif ending is not Ending.SILENT:
        assert last.stage is Stage.DELIVERED


@pytest.mark.parametrize(("digits", "ending"), MAGIC_ENDINGS.items())
def test_magic_numbers_force_it(digits: str, ending: Ending) -> None:
    fate = (
        world({"mix": {"silent": 1}}).take("mensatek", channel=Channel.SMS, recipient=f"+3460000{digits}", id="1").fate
    )
    assert fate.ending is ending
    assert (fate.reply is not None) == (digits == "9926")
    wanted = frozenset({MAGIC_CALLBACKS[digits]}) if digits in MAGIC_CALLBACKS else frozenset[CallbackFault]()
    assert set(fate.faults) == {wanted}


def test_magic_can_be_turned_off() -> None:
    made = world({"magic_numbers": False, "mix": {"silent": 1}})
    assert made.take("mensatek", channel=Channel.SMS, recipient="+34600009901", id="1").fate.ending is Ending.SILENT


def test_what_is_said_more_narrowly_counts() -> None:
    made = world(
        {
            "mix": {"delivered": 1},
            "countries": {"FR": {"mix": {"blocked": 1}}, "IE": {"mix": {"unroutable": 1}}},
            "numbers": {"+34600000009": {"ending": "handset_full", "after_seconds": 7.5, "reply": "¿Sí?"}},
            "providers": {
                "mensatek": {"mix": {"expired": 1}, "countries": {"FR": {"mix": {"opted_out": 1}}}},
            },
        }
    )

    def ending(provider: str, number: str) -> Ending:
        return made.take(provider, channel=Channel.SMS, recipient=number, id="1").fate.ending

    assert ending("messente", "+34600000001") is Ending.DELIVERED
    assert ending("messente", "+33639980001") is Ending.BLOCKED
    assert ending("mensatek", "+33639980001") is Ending.OPTED_OUT
    assert ending("mensatek", "+353209100001") is Ending.UNROUTABLE
    assert ending("mensatek", "+34600000001") is Ending.EXPIRED
    assert ending("mensatek", "+34600000009") is Ending.HANDSET_FULL
    fate = made.take("mensatek", channel=Channel.SMS, recipient="+34600000009", id="1").fate
    assert fate.beats[-1].after == 7.5


def test_deliveries_take_as_long_as_said() -> None:
    document = {"mix": {"delivered": 1}, "delivery": {"median_seconds": 20, "spread": 0.5, "off_share": 0}}
    made = world(document)
    numbers = [f"+34600{place:06d}" for place in range(1000)]
    seconds = sorted(fate.beats[-1].after for fate in fates(made, numbers).values())
    assert 18 < seconds[500] < 22
    assert 35 < seconds[950] < 60


def test_shares_are_what_is_said() -> None:
    made = world({"mix": {"delivered": 3, "blocked": 1}, "replies": 0.5})
    numbers = [f"+34600{place:06d}" for place in range(2000)]
    found = list(fates(made, numbers).values())
    delivered = [fate for fate in found if fate.ending is Ending.DELIVERED]
    assert 1420 < len(delivered) < 1580
    assert 0.45 < sum(fate.reply is not None for fate in delivered) / len(delivered) < 0.55


def test_the_time_told_is_not_compressed() -> None:
    message = world({"speed": 100.0, "mix": {"delivered": 1}}).take(
        "mensatek", channel=Channel.SMS, recipient="+34600000001", id="1"
    )
    last = message.fate.beats[-1]
    assert (message.said(last) - NOW).total_seconds() == pytest.approx(last.after, abs=1e-5)
    assert (message.due(last) - NOW).total_seconds() == pytest.approx(last.after / 100, abs=1e-5)
    assert message.standing(NOW) is None
    assert message.standing(message.due(last)) is last


def test_countries() -> None:
    assert [country_of(number) for number in ("+34600000001", "+573001234567", "someone@example.com")] == [
        "ES",
        "CO",
        None,
    ]
