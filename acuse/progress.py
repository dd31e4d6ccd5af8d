"""How far something is that takes a while."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def progress_bar(console: Console, sentence: str) -> Iterator[Callable[[int, int], None]]:
    """A bar while the block runs, on a terminal; tell it what is done, of what."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(sentence, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
