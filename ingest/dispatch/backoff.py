"""How long to wait before what was certainly not taken is tried again."""

import random

from ingest.dispatch.config import RetryConfig


def wait_seconds(config: RetryConfig, tried: int, retry_after_seconds: float | None = None) -> float:
    """After so many tries, from 1: twice as long each time up to the limit, half of it by chance, and never less than
    the provider asked for.
    """
    longest = min(config.first_seconds * 2.0 ** min(tried - 1, 30), config.limit_seconds)
    return max(random.uniform(longest / 2, longest), retry_after_seconds or 0.0)
