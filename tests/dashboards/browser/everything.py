"""A site over a projection that has something for every page, shared by the tests that only look."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import uvicorn

from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader
from dashboards.server import uvicorn_config
from delivery.channels import Channel
from delivery.decisions import Decision, FailoverOutcome, Grounds, Why
from delivery.events import Event
from delivery.reasons import Reason
from delivery.requests import Request
from delivery.stages import Stage
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import migrate
from tests.dashboards.browser.chromium import DEADLINE
from tests.dashboards.conftest import START, History, Projection
from tests.sinks.sending_story import BEGAN, SendingStory

FATES = (
    (Stage.DELIVERED, None, 4.0),
    (Stage.DELIVERED, None, 45.0),
    (Stage.UNDELIVERED, Reason.BLOCKED, 9.0),
    (Stage.UNKNOWN, None, 20.0),
    (None, None, 0.0),
)
"""What becomes of attempts in turn: the stage, why, and after how many seconds; None: still in flight."""
ATTEMPTS = 60
MESSAGE = "018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c"
"""Of the first attempt."""
PROVIDERS = (("mensatek", Channel.SMS), ("messente", Channel.VIBER), ("altiria", Channel.SMS))


def fill(projection: Projection) -> None:
    """Today and yesterday attempts of three providers, replies, and messages that failed over."""
    projection.store(list(attempted()))
    projection.tell(*failed_over())


def attempted() -> Iterator[Event]:
    now = (datetime.now(UTC) - START).total_seconds()
    for number in range(ATTEMPTS):
        provider, channel = PROVIDERS[number % len(PROVIDERS)]
        told = {"country": ("ES", "CO", None)[number // 2 % 3], "reference": ("autumn", None)[number // 4 % 2]}
        if not number:
            told["message_id"] = MESSAGE
        history = History(provider=provider, ref=f"r{number}", channel=channel, told=told)
        stage, reason, took = FATES[number % len(FATES)]
        sent = now - 7200 - number * 1500
        yield history.send(sent, sent)
        if stage:
            yield history.status(stage, sent + took + 1, sent + took, reason=reason)
        if number % 7 == 0:
            yield history.reply(sent + 300, f"reply{number}")


def failed_over() -> Iterator[Request | Decision]:
    since = (datetime.now(UTC) - timedelta(minutes=50) - BEGAN).total_seconds()
    for place, outcome in enumerate((FailoverOutcome.RESCUED, FailoverOutcome.NEEDLESS, None)):
        story, second = SendingStory(), since + place * 10
        yield story.request(second, plan=story.plan())
        asked = Grounds(rule="it was asked for", plan="sms-first", plan_version="0a1b2c")
        yield story.send(second + 1, 1, cost=Decimal("0.045"), grounds=asked)
        onward = {"order": story.order(provider="messente", channel=Channel.VIBER), "cost": Decimal("0.08")}
        yield story.send(second + 60, 2, why=Why.FAILED, grounds=story.grounds(), **onward)
        if outcome:
            yield story.outcome(second + 90, outcome, step=2, added_seconds=75.0, grounds=asked)


@contextlib.contextmanager
def filled_site(path: Path) -> Iterator[str]:
    """The address of a site over all of that while this lasts."""
    config = ClickHouseConfig(path=path)
    client = open_client(config, readonly=False)
    try:
        migrate(client)
        fill(Projection(client))
    finally:
        client.close()
    bounded = replace(config, read_seconds=60)
    reader = Reader(partial(open_client, bounded, readonly=True), concurrency=2, timeout_seconds=60)
    app = create_app(DashboardsConfig(open_to_this_machine=True), reader)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn_config(app, host="127.0.0.1", port=0))
    serving = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listening]),))
    serving.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        serving.join(DEADLINE)
