"""`acuse up`: the local stack until somebody stops it."""

import asyncio

from rich.console import Console

from acuse.local.console import ConsoleReporter, example_command, panel
from acuse.local.interruption import until_interrupted
from acuse.local.stack import LocalStack, StackOptions


def up(options: StackOptions, console: Console) -> None:
    """Returns after SIGINT or SIGTERM, once nothing runs any more.

    Raises a ``Refusal`` when it cannot start, or gives up.
    """
    with ConsoleReporter(console) as reporter:
        stack = LocalStack(options, reporter)
        with stack.prepared():
            asyncio.run(until_interrupted(_work(stack, reporter, console)))
    console.print("Stopped.")


async def _work(stack: LocalStack, reporter: ConsoleReporter, console: Console) -> None:
    async with stack.running() as running:
        reporter.done()
        console.print(panel(running))
        console.print("Try a delivery report:", highlight=False)
        # As it is, so that a wide line can be pasted.
        console.out(example_command(running), highlight=False)
        await running.until_failed()
