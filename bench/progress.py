"""What a run says of itself while it works: to stderr, and only on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Advance = Callable[[float], None]


def note(line: str) -> None:
    """A line on stderr, on a terminal or not."""
    Console(stderr=True, highlight=False).print(Text(line), soft_wrap=True)


@contextmanager
def progress_bar(what: str, total: float | None) -> Iterator[Advance]:
    """A bar that grows by what the yielded function is told, to a total if that is known."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda amount: None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        # No thread of its own: it would run while a network is under the clock.
        auto_refresh=False,
    )
    with bar:
        task = bar.add_task(what, total=total)
        last = bar.get_time()

        def advance(amount: float) -> None:
            nonlocal last
            bar.advance(task, amount)
            if bar.get_time() - last > 0.1:
                last = bar.get_time()
                bar.refresh()

        yield advance
