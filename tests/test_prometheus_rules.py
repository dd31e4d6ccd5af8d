"""The rules for Prometheus name what is there to be scraped."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.health.alerts import AlertKind
from delivery.metric_names import MetricName
from ingest.metrics import Outcome
from streams.health import metrics

FILE = Path(__file__).parents[1] / "prometheus" / "acuse.rules.yaml"
GROUPS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
SCRAPED = re.compile(r"_(total|bucket)$")
"""What a counter's name ends in where it is scraped, and a histogram's."""


def test_names_are_each_used_once() -> None:
    names = [group["name"] for group in GROUPS] + [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_is_there_and_says_what_it_means(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"]["summary"]
    asked = re.findall(r"\bacuse_\w+", rule["expr"])
    assert asked or rule["expr"].startswith("up{")
    assert {SCRAPED.sub("", name) for name in asked} <= {name.value for name in MetricName}
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_metrics_that_are_spoken_of_are_there_too() -> None:
    spoken = re.findall(r"\bacuse_\w+", " ".join(rule["annotations"].get("description", "") for rule in RULES))
    assert set(spoken) <= {name.value for name in MetricName}


def test_every_kind_of_alert_has_its_rule() -> None:
    asked = {about for rule in RULES for about in re.findall(r'about="(\w+)"', rule["expr"])}
    assert asked == set(AlertKind)
    assert metrics.ALERT._labelnames == ("about", *metrics.LANE)


def test_outcomes_that_are_asked_for_are_counted() -> None:
    said = [
        found
        for rule in RULES
        for found in re.findall(r"(acuse_\w+)\{([^}]*)\}", rule["expr"])
        if "outcome" in found[1]
    ]
    assert {metric for metric, _ in said} == {"acuse_ingest_requests_total", "acuse_dashboard_queries_total"}
    for metric, labels in said:
        (outcome,) = re.findall(r'outcome!?="(\w+)"', labels)
        assert outcome in ({*Outcome} if metric.startswith("acuse_ingest") else {"answered"})


def test_what_the_pipeline_lacks_has_its_rule() -> None:
    asked = " ".join(rule["expr"] for rule in RULES)
    lags = {name.value for name in MetricName if name.value.endswith("_lag")}
    unread = {name.value for name in MetricName if name.value.endswith(("_poison_records", "_unreadable_records"))}
    ready = {name.value for name in MetricName if name.value.endswith("_ready")}
    for metric in lags | unread | ready | {MetricName.SINK_NEWEST.value}:
        assert metric in asked, metric
