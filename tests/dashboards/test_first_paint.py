"""The frame of every page is answered before ClickHouse is asked for anything, and its words are in both languages."""

import re
from importlib import resources

import pytest

from dashboards.access.people import Role
from dashboards.answers import CallKind, EventKind, RequestKind
from dashboards.decision_answers import DecisionKind
from dashboards.filters import AttemptOutcome
from dashboards.reports.rows import Lasting
from delivery.calls import Result
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome, Why
from delivery.events import Source
from delivery.health.alerts import AlertKind, AlertState
from delivery.messages import MessageOutcome
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.requests import Finding
from delivery.stages import Stage
from delivery.standing import Clock
from delivery.steps import StepStanding

LED_TO = re.compile(r'<a href="([^"]+)" data-page=')
FIRST = "/"
"""It leads to another page."""
SHOWN = (
    *(
        AlertKind,
        AlertState,
        AttemptOutcome,
        CallKind,
        Channel,
        Clock,
        DecisionKind,
        EventKind,
        FailoverOutcome,
        Finding,
    ),
    *(Lasting, MessageOutcome, NumberType, Reason, RequestKind, Result, Role, Source, Stage, StepStanding, Why),
)
"""What pages show the words of."""


async def test_every_page_that_is_led_to_is_answered_before_anything_is_asked(unread_client) -> None:
    first = await unread_client.get("/sign-in")
    pages = set(LED_TO.findall(first.text))
    assert len(pages) >= 9
    for page in sorted({*pages, "/messages/018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c"} - {FIRST}):
        answer = await unread_client.get(page)
        assert answer.status_code == 200, page
        assert "<h1" in answer.text, page
        assert "Loading" in answer.text, page


@pytest.mark.parametrize("words", SHOWN)
def test_the_vocabulary_is_spanish_too(words) -> None:
    script = resources.files("dashboards").joinpath("static", "pages", "vocabulary.js").read_text(encoding="utf-8")
    known = set(re.findall(r'^  (\w+): "', script, re.MULTILINE))
    assert {str(word) for word in words} <= known


def test_every_word_of_a_page_is_said_in_both_languages() -> None:
    for file in resources.files("dashboards").joinpath("static", "pages").iterdir():
        if file.name.endswith("words.js"):
            script = file.read_text(encoding="utf-8")
            entries = re.findall(
                r'^  (\w+): \[\s*"((?:[^"\\]|\\.)+)",\s*"((?:[^"\\]|\\.)+)",?\s*\],$', script, re.MULTILINE
            )
            assert len(entries) == len(re.findall(r"^  \w+: \[", script, re.MULTILINE)), file.name
            assert len({name for name, _, _ in entries}) == len(entries), file.name
