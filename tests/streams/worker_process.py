"""A tracking worker in a process of its own, so that it can be killed: ``worker_process.py '<json>'``."""

import json
import logging
import sys
from datetime import timedelta
from pathlib import Path

from streams.config import TrackingConfig, TrackingTopics
from streams.worker import run

if __name__ == "__main__":
    said = json.loads(sys.argv[1])
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    run(
        TrackingConfig(
            bootstrap_servers=said["bootstrap_servers"],
            data_dir=Path(said["data_dir"]),
            instance_id=said["instance_id"],
            receipt_window=timedelta(seconds=said["receipt_window"]),
            close_interval=timedelta(seconds=0.2),
            close_tick=timedelta(seconds=0.1),
            session_timeout=timedelta(seconds=6),
            stall_timeout=timedelta(seconds=said["stall_timeout"]),
            topics=TrackingTopics(**said["topics"]),
        )
    )
