"""Consumers of ours that are members of a group: opened, not started, and let go of."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer

FETCH_WAIT_MS: Final = 100
FOREVER_MS: Final = 2**31 - 1
ANSWER_SECONDS: Final = 5.0
"""How long the broker may take for an answer."""


def open_member(
    bootstrap_servers: str,
    *,
    client_id: str,
    group_id: str,
    instance_id: str | None,
    session_seconds: float,
    handover_seconds: float,
) -> AIOKafkaConsumer:
    """One that commits for itself and waits for slow work: ``handover_seconds`` are left to it in a rebalance."""
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        client_id=client_id,
        group_id=group_id,
        group_instance_id=instance_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        # Heartbeats say that the process is alive; how long others take is not for the group to judge.
        max_poll_interval_ms=FOREVER_MS,
        session_timeout_ms=int(session_seconds * 1000),
        heartbeat_interval_ms=int(session_seconds * 300),
        rebalance_timeout_ms=int((handover_seconds + 2 * ANSWER_SECONDS) * 1000),
    )


async def let_go(consumer: AIOKafkaConsumer, seconds: float = ANSWER_SECONDS) -> bool:
    """Stop a consumer, within that time; whether it left in order.

    Where the broker is away, ``stop`` is cancelled by a fetch of the consumer's own: that must not pass for our being
    cancelled.
    """
    stopping = asyncio.ensure_future(consumer.stop())
    try:
        await asyncio.wait([stopping], timeout=seconds)
    finally:
        stopping.cancel()
    # A failure is looked at here, or asyncio complains that nobody did.
    return stopping.done() and not stopping.cancelled() and stopping.exception() is None
