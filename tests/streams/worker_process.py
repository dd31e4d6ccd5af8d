"""A worker in a process of its own, so that it can be killed: ``worker_process.py '<json>'``."""

import json
import logging
import sys
from datetime import timedelta
from pathlib import Path

from delivery.channels import Channel
from delivery.health.rules import HealthRules, ShareRules
from delivery.polling import Schedule
from streams.config import DecidingConfig, DecidingTopics, TrackingConfig, TrackingTopics
from streams.health.config import HealthConfig
from streams.worker import run


def tracking(said: dict) -> TrackingConfig:
    return TrackingConfig(**common(said), topics=TrackingTopics(**said["topics"]))


def deciding(said: dict) -> DecidingConfig:
    first = tuple(timedelta(seconds=seconds) for seconds in said["poll_seconds"])
    return DecidingConfig(
        **common(said),
        polled={provider: frozenset(map(Channel, channels)) for provider, channels in said["polled"].items()},
        schedule=Schedule(first, first[-1]),
        poll_tick=timedelta(seconds=0.1),
        topics=DecidingTopics(**said["topics"]),
    )


def health(said: dict) -> HealthConfig:
    """Whoever is ill gives all his points at once."""
    return HealthConfig(
        bootstrap_servers=said["bootstrap_servers"],
        instance_id=said["instance_id"],
        rules=HealthRules(shares=ShareRules(points=100, floor=0)),
        tick=timedelta(seconds=0.2),
        write_interval=timedelta(seconds=0.5),
        retry_after=timedelta(seconds=0.2),
        **said["topics"],
    )


def common(said: dict) -> dict:
    return {
        "bootstrap_servers": said["bootstrap_servers"],
        "data_dir": Path(said["data_dir"]),
        "instance_id": said["instance_id"],
        "receipt_window": timedelta(seconds=said["receipt_window"]),
        "close_interval": timedelta(seconds=0.2),
        "close_tick": timedelta(seconds=0.1),
        "session_timeout": timedelta(seconds=6),
        "stall_timeout": timedelta(seconds=said["stall_timeout"]),
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    told = json.loads(sys.argv[1])
    judging = told.pop("health", None)
    kinds = {"tracking": tracking, "deciding": deciding}
    run(*[kinds[kind](said) for kind, said in told.items()], health=None if judging is None else health(judging))
