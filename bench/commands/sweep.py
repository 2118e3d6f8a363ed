"""`skipzeros sweep`: a run in each of many scenarios, on as many machines as there are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ..records.rows import CellRow
from ..sweep.cells import Sweep
from ..sweep.folders import Folders
from ..sweep.window import Engine, Window
from ..text.progress import progress_bar


def sweep(
    planned: Sweep, engine: Engine, out: Path, *, resume: bool = False, retry_failed: bool = False
) -> list[CellRow]:
    """Do every cell, and write cells.csv, attempts.csv, passes.csv and summary.csv.

    Args:
        out: the folder for them, and for a folder of each cell.
        resume: whether cells that are done there are not done again.
        retry_failed: whether, of those, the failed ones are.

    Returns:
        The rows of cells.csv.

    Raises:
        BadInput: the folder can't be written, or what lies there can't be read.
    """
    folders = Folders(out, resume)
    kept = {"done"} if retry_failed else {"done", "failed"}

    def known(name: str) -> bool:
        return name in folders.rows and folders.rows[name].state in kept

    window = Window(planned, engine, folders.begin, folders.keep, known)
    try:
        with progress_bar("cells", None) as advance:
            more, listed = True, 0
            while more:
                more = window.step()
                advance(0, _now(window, folders))
                if folders.kept != listed:
                    # The passes are joined at the end: to join those of all cells after each one
                    # would take the longer the more there are.
                    folders.list_cells(window.names)
                    listed = folders.kept
    finally:
        window.stop()
        rows = folders.conclude(window.names)
    return rows


def _now(window: Window, folders: Folders) -> str:
    """Say in one line how far the sweep is."""
    states = Counter(folders.rows[name].state for name in window.names if name in folders.rows)
    told = [f"{states[state]} {state}" for state in ("done", "failed", "lost") if states[state]]
    where = [f"{begun.worker.label}: {begun.task.name}" for begun in window.running.values()]
    return ", ".join([*told, f"{window.left} to do", *where])
