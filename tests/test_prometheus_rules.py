"""The rules for Prometheus name what is there to be scraped."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.health.alerts import AlertKind
from delivery.metric_names import MetricName
from streams.health import metrics

FILE = Path(__file__).parents[1] / "prometheus" / "acuse.rules.yaml"
GROUPS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
COUNTED = "_total"
"""What a counter's name ends in where it is scraped."""


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
    assert {name.removesuffix(COUNTED) for name in asked} <= {name.value for name in MetricName}


def test_metrics_that_are_spoken_of_are_there_too() -> None:
    spoken = re.findall(r"\bacuse_\w+", " ".join(rule["annotations"].get("description", "") for rule in RULES))
    assert set(spoken) <= {name.value for name in MetricName}


def test_every_kind_of_alert_has_its_rule() -> None:
    asked = {about for rule in RULES for about in re.findall(r'about="(\w+)"', rule["expr"])}
    assert asked == set(AlertKind)
    assert metrics.ALERT._labelnames == ("about", *metrics.LANE)
