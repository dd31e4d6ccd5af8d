"""What is amiss, whoever asks."""

from dashboards.access.people import Role, needed_role
from delivery.calls import Result
from delivery.health.alerts import AlertState
from tests.sinks.sending_story import SendingStory, at


async def test_open_alerts_and_messages_in_doubt_are_counted(projection, ask) -> None:
    sending, other = SendingStory(), SendingStory(provider="messente")
    assert (await ask("/v1/amiss"))["open_alerts"] == 0
    projection.tell(sending.alert(9.0), sending.alert(50.0, alert_id="b", opened_at=at(50.0)))
    projection.tell(*(each.doubt(31.0) for each in (sending, sending, other)))
    told = await ask("/v1/amiss")
    assert (told["open_alerts"], told["messages_in_doubt"]) == (2, 2)
    projection.tell(sending.alert(99.0, AlertState.CLOSED), other.called(60.0, Result.TAKEN))
    told = await ask("/v1/amiss")
    assert (told["open_alerts"], told["messages_in_doubt"]) == (1, 1)


def test_a_viewer_may_know_it() -> None:
    assert needed_role("/v1/amiss") is Role.VIEWER
