"""How fresh what is stored is: by what tracking has said of it, and asked of ClickHouse once a second at most."""

from datetime import timedelta

import pytest

from dashboards.flow.freshness import Freshness
from dashboards.reports.catalogue import REPORTS
from delivery.stages import Stage

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)


async def newest(client, **asked) -> str | None:
    answer = await client.get("/v1/reports/overview", params=asked)
    told = answer.json()["data_as_of"] if "format" not in asked else answer.headers.get("acuse-data-as-of")
    assert answer.headers.get("acuse-data-as-of") == told
    assert answer.status_code == 200
    return told


async def test_reports_say_up_to_when_all_that_came_is_in_them(client, projection, history, start, monkeypatch) -> None:
    monkeypatch.setattr("dashboards.flow.freshness.KEPT_SECONDS", 0.0)

    def at(second: float) -> str:
        return f"{start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"

    assert await newest(client) is None
    story = history()
    projection.store([story.send(1.0)], tracked=False)
    assert await newest(client) is None
    projection.track((story.provider, story.ref))
    assert await newest(client) == at(1)
    # Ten days later a receipt comes in, and tracking has not said anything of it yet.
    projection.store([story.status(Stage.DELIVERED, 864_000.0)], tracked=False)
    assert await newest(client) == at(1)
    projection.track((story.provider, story.ref))
    assert await newest(client, format="csv") == at(864_000)
    other = history(ref="other")
    projection.store([other.send(864_060.0)])
    assert await newest(client) == at(864_060)
    for report in REPORTS:
        answer = await client.get(f"/v1/reports/{report.name}")
        assert answer.headers["acuse-data-as-of"] == answer.json()["data_as_of"] == at(864_060)
    assert (await client.get("/v1/messages")).headers["acuse-data-as-of"] == at(864_060)


async def test_it_is_asked_once_a_second_at_most(clickhouse_config) -> None:
    assert clickhouse_config
    asked = []

    class Counting:
        async def rows(self, name, parameters=None):
            asked.append((name, parameters))
            return [{"at": None, "events": 0}]

    now = [5.0]
    freshness = Freshness(Counting(), lambda: now[0])
    await freshness.newest()
    await freshness.newest()
    assert len(asked) == 1
    now[0] += 1.0
    await freshness.newest()
    assert len(asked) == 2
