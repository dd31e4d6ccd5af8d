"""Steps in doubt as they are listed, against the pure fold of their calls."""

import random
from datetime import timedelta
from types import SimpleNamespace

import pytest

from dashboards.cursor import Cursor
from delivery.calls import Result
from delivery.decisions import send_id
from delivery.stages import Stage
from delivery.steps import StepStanding, standing_of, steps_of
from tests.sinks.sending_story import BEGAN, SendingStory


def random_calls(dice: random.Random, story: SendingStory) -> list:
    """Of one message with two steps, as dispatchers that do not know of each other may write them."""
    calls = []
    for second in range(dice.randrange(1, 9)):
        step = dice.choice([1, 1, 2])
        about = {"decision_id": f"{story.message_id}/{step}", "step": step, "claim": dice.choice(["c1", "c2"])}
        kind = dice.choice(["calling", "calling", "doubt", "doubt", "released", "done"])
        if kind == "calling":
            calls.append(story.calling(second, **about))
        elif kind == "doubt":
            calls.append(story.doubt(second, **about, why=f"doubt {dice.randrange(9)}"))
        else:
            ends = [Result.TAKEN, Result.NOT_TAKEN]
            if standing_of(call for call in calls if call.step == step)[1] is not None:
                ends.append(Result.ABANDONED)
            result = Result.RELEASED if kind == "released" else dice.choice(ends)
            calls.append(story.called(second, result, **about))
    return calls


async def test_what_is_listed_is_the_fold_of_the_calls(projection, ask, history, start) -> None:
    dice = random.Random(4)
    expected = []
    for number in range(80):
        story = SendingStory(provider=dice.choice(["mensatek", "messente"]))
        calls = random_calls(dice, story)
        projection.tell(*calls)
        heard = []
        if dice.random() < 0.3:
            second = dice.choice([-5.0, 0.0, 2.5, 60.0])
            make = history(provider=dice.choice(["mensatek", "messente"]), ref=f"{number}")
            offset = (BEGAN - start).total_seconds() + second
            sending = dice.choice([{}, {"step": 1}, {"step": 1, "tries": 1}, {"step": 2}])
            projection.store([make.status(Stage.SENT, offset, message_id=story.message_id, **sending)])
            at = BEGAN + timedelta(seconds=second)
            heard = [SimpleNamespace(provider=make.provider, opened_at=at, **({"step": None, "tries": 0} | sending))]
        expected += [
            (step.since, step.decision_id, step.step, step.provider, step.why)
            for step in steps_of([], calls, heard)
            if step.standing is StepStanding.IN_DOUBT
        ]
    assert len(expected) > 15
    told = []
    cursor: dict[str, str] = {}
    while True:
        page = await ask("/v1/doubts", limit=7, **cursor)
        assert len(page["doubts"]) <= 7
        told += page["doubts"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [(one["message_id"], one["step"], one["provider"], one["why"]) for one in told] == [
        (decision_id.partition("/")[0], step, provider, why) for _, decision_id, step, provider, why in sorted(expected)
    ]
    for doubt in random.Random(5).sample(told, 5):
        message = await ask(f"/v1/messages/{doubt['message_id']}")
        assert doubt in message["doubts"]


async def test_records_that_were_put_in_twice_and_unordered_months_change_nothing(projection, ask) -> None:
    story = SendingStory()
    told = [story.calling(0.0), story.doubt(1.0), story.called(40.0, Result.RELEASED), story.calling(41.0, "c2")]
    for upto, listed in ((2, 1), (3, 0), (4, 0)):
        for _ in range(2):
            projection.offset = 0
            projection.tell(*told[:upto])
        assert len((await ask("/v1/doubts"))["doubts"]) == listed
    projection.tell(
        story.doubt(90.0, "c2", why="again"), story.doubt(95.0, decision_id=send_id(story.message_id, 1, 3))
    )
    again, third = (await ask("/v1/doubts"))["doubts"]
    assert (again["why"], again["step"], again["tries"]) == ("again", 1, 0)
    assert (third["step"], third["tries"]) == (1, 3)


async def test_an_attempt_that_was_claimed_by_another_message_heals_nothing(projection, ask, history, start) -> None:
    story, offset = SendingStory(), (BEGAN - start).total_seconds()
    projection.tell(story.calling(0.0), story.doubt(1.0))
    make = history()
    projection.store([make.status(Stage.SENT, offset + 5, message_id=story.message_id)])
    assert (await ask("/v1/doubts"))["doubts"] == []
    projection.store([make.send(offset + 2, message_id=SendingStory().message_id)])
    assert len((await ask("/v1/doubts"))["doubts"]) == 1


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"provider": "mensatek"}, "provider"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": Cursor(BEGAN, "m", "0123456789ab").written()}, "cursor"),
    ],
)
async def test_what_cannot_be_read_is_refused(parameters, field, ask_unread) -> None:
    assert (await ask_unread.refused("/v1/doubts", 400, **parameters))["field"] == field
