"""`acuse demo`: simulated providers against a local stack, until somebody stops it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from acuse.demo.play import play
from acuse.demo.simulated import simulators, simulators_url
from acuse.local.console import ConsoleReporter, panel
from acuse.local.interruption import until_interrupted
from acuse.local.ports import free_port
from acuse.local.stack import LocalStack, StackOptions


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """``seed`` decides what is sent and what becomes of it. ``once``: stop after the burst, and fail if a check does.
    ``simulators_port`` is a free one if None.
    """

    messages: int
    seed: int
    once: bool
    data: Path
    config: Path | None = None
    ingest_port: int | None = None
    dashboards_port: int | None = None
    broker_port: int | None = None
    simulators_port: int | None = None


def demo(options: DemoOptions) -> None:
    """Returns after SIGINT or SIGTERM, or after the burst with ``once``, when nothing runs any more.

    Raises a ``Refusal`` when it cannot go on, and with ``once`` when what was read back is not what was posted.
    """
    console = Console()
    port = options.simulators_port or free_port()
    with ConsoleReporter(console) as reporter:
        stack = LocalStack(
            StackOptions(
                data=options.data,
                config=options.config,
                ingest_port=options.ingest_port,
                dashboards_port=options.dashboards_port,
                broker_port=options.broker_port,
                companion=simulators(options.seed, port),
            ),
            reporter,
        )
        with stack.prepared():
            asyncio.run(until_interrupted(_run(stack, reporter, console, options, simulators_url(port))))


async def _run(
    stack: LocalStack, reporter: ConsoleReporter, console: Console, options: DemoOptions, providers_url: str
) -> None:
    async with stack.running() as running:
        reporter.done()
        console.print(panel(running))
        playing = asyncio.ensure_future(
            play(running, providers_url, console, options.messages, options.seed, once=options.once)
        )
        failing = running.until_failed()
        playing.add_done_callback(lambda _: failing.cancel())
        try:
            # It ends only by raising: because the stack gave up, or cancelled because the play is over.
            await failing
        except asyncio.CancelledError:
            if not playing.done():
                raise
            playing.result()
        finally:
            playing.cancel()
            failing.cancel()
            await asyncio.gather(playing, failing, return_exceptions=True)
