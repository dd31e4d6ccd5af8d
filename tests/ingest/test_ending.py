"""What is to end ends, also where it did not hear it the first time."""

import asyncio
import contextlib

import pytest

from ingest import ending
from ingest.ending import ended


async def deaf(begun: asyncio.Event) -> None:
    """As `asyncio.wait_for` is where its result comes together with the cancellation."""
    with contextlib.suppress(asyncio.CancelledError):
        begun.set()
        await asyncio.Event().wait()
    await asyncio.Event().wait()


async def test_who_lost_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_SECONDS", 0.01)
    begun = asyncio.Event()
    task, other = asyncio.create_task(deaf(begun)), asyncio.create_task(asyncio.Event().wait())
    over = asyncio.create_task(begun.wait())
    await over
    async with asyncio.timeout(60):
        await ended(task, other, over)
    assert (task.cancelled(), other.cancelled(), over.result()) == (True, True, True)
