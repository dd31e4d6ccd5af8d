"""``make bench``: every figure that Acuse promises, as ratios within one run, printed and kept in results.json."""

import argparse
import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

RESULTS = Path(__file__).with_name("results.json")

GOALS: Mapping[str, tuple[str, float]] = {
    "fold_vs_quixstreams": (">=", 1.2),
    "fold_vs_aiokafka": (">=", 0.5),
    "ingest_vs_unacknowledged": (">=", 0.5),
    "sink_vs_insert": (">=", 0.8),
    "fold_growth": ("<=", 1.2),
    "end_to_end_per_second": (">=", 1500),
    "end_to_end_p99_seconds": ("<=", 2.0),
    "failover_timer_p99_seconds": ("<=", 2.0),
    "report_slowest_1d_seconds_10m": ("<=", 1.0),
    "report_slowest_7d_seconds_10m": ("<=", 1.0),
    "report_slowest_30d_seconds_10m": ("<=", 1.0),
    "report_figures_30d_seconds_10m": ("<=", 1.0),
    "report_trend_30d_seconds_10m": ("<=", 1.0),
    "page_paint_seconds_10m": ("<=", 0.1),
}
"""What is asked for. A figure without a goal is only reported."""

PARTS = ("fold", "ingest", "sink", "end_to_end", "failover", "reports")


def met(name: str, value: float) -> str:
    if name not in GOALS:
        return ""
    sign, goal = GOALS[name]
    reached = value >= goal if sign == ">=" else value <= goal
    return f"{'reached' if reached else 'MISSED'} (goal {sign} {goal:g})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"which to run, of {', '.join(PARTS)}; all by default")
    chosen = parser.parse_args().parts or PARTS
    if unknown := [part for part in chosen if part not in PARTS]:
        sys.exit(f"bench: no part named {unknown[0]!r}; choose of {', '.join(PARTS)}")
    results: dict[str, float] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for part in chosen:
        figures: Mapping[str, float] = importlib.import_module(f"bench.{part}").run()
        for name, value in figures.items():
            print(f"{name:32} {value:>12.3f}  {met(name, value)}", flush=True)
        results.update(figures)
        RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
