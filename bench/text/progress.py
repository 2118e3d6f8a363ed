"""What is said while a command works: notes on stderr, and progress bars on a terminal only."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Any, Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

# How much is said: "quiet", "usual" or "verbose".
talk: ContextVar[str] = ContextVar("talk", default="usual")


class Advance(Protocol):
    """A function that lets a progress bar grow, and says what is under way from now on."""

    def __call__(self, amount: float, now: str = "") -> None: ...


def note(line: str) -> None:
    """Print a line on stderr, whether that is a terminal or not."""
    Console(stderr=True, highlight=False, force_jupyter=False).print(Text(line), soft_wrap=True)


def foretell(line: str) -> None:
    """Print what is to be expected, for who waits."""
    if talk.get() != "quiet":
        note(line)


@contextmanager
def progress_bar(what: str, total: float | None) -> Iterator[Advance]:
    """Show a progress bar on a terminal or in a notebook, and nothing elsewhere.

    Where more is to be said, a line tells the seconds that it took.

    Args:
        total: at which the bar is full; None where that is not known.

    Returns:
        A context with the function that lets the bar grow.
    """
    begun = time.perf_counter()
    with _bar(what, total) as advance:
        yield advance
    if talk.get() == "verbose":
        note(f"{what}: {time.perf_counter() - begun:.1f} s")


@contextmanager
def _bar(what: str, total: float | None) -> Iterator[Advance]:
    if talk.get() == "quiet":
        yield lambda amount, now="": None
        return
    console = Console(stderr=True)
    if console.is_jupyter:
        with _notebook_bar(what, total) as advance:
            yield advance
        return
    if not console.is_terminal:
        yield lambda amount, now="": None
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

        def advance(amount: float, now: str = "") -> None:
            nonlocal last
            description = f"{what}: {escape(now)}" if now else None
            bar.update(task, advance=amount, description=description)
            if bar.get_time() - last > 0.1:
                last = bar.get_time()
                bar.refresh()

        yield advance


_places: dict[int, Any] = {}


def _place(ipython: Any) -> Any:
    """Where bars stand below the cell that is running: one place for one after the other."""
    cell = import_module("IPython").get_ipython().execution_count
    if cell not in _places:
        _places.clear()
        _places[cell] = ipython.display(ipython.HTML(""), display_id=True)
    return _places[cell]


@contextmanager
def _notebook_bar(what: str, total: float | None) -> Iterator[Advance]:
    # Typed loosely, since IPython is there only in a notebook.
    ipython: Any = import_module("IPython.display")

    done, last = 0.0, 0.0
    handle = _place(ipython)
    handle.update(ipython.HTML(html.escape(what)))

    def advance(amount: float, now: str = "") -> None:
        nonlocal done, last
        done += amount
        if time.monotonic() - last > 0.1:
            last = time.monotonic()
            size = f' max="{total}" value="{done}"' if total else ""
            told = html.escape(f"{what}: {now}" if now else what)
            handle.update(ipython.HTML(f"<progress{size}></progress> {told}"))

    try:
        yield advance
    finally:
        handle.update(ipython.HTML(""))
