"""What `skipzeros history` prints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..commands.history import Line, Series
from ..history.steps import MISSING, SHORTEST, Step
from ..outcomes import Status
from ..records.documents import Document
from ..records.rows import HistoryRow
from ..text.amounts import change, interval, times
from ..text.markdown import one_line
from ..text.table import console, print_lines, print_table

BARS, PLAIN_BARS = "▁▂▃▄▅▆▇█", "_.-=+*#@"
# Of so many commits the last have a bar.
MOST_BARS = 40
# What a series has in common and a title tells, where it isn't the usual.
USUAL = {"input": "presence", "dtype": "float64", "batch_size": 1, "learning_rate": 0.1, "seed": 1,
         "threads": 1, "device": "cpu", "definition": "lesson"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StepRow(HistoryRow):
    """Where the level of a network changed: the line of the first commit of the new one.

    Attributes:
        change: new level / old level; above 1 is slower.
    """

    change: float


@dataclass(frozen=True, kw_only=True)
class HistoryDocument(Document):
    """Ratios over commits: a row for each network of each run, as in history.csv.

    Attributes:
        steps: where levels changed; None where ruptures, which finds them, is missing.
    """

    name = "history-show"
    of = "history show"

    steps: list[StepRow] | None
    rows: list[HistoryRow]


@dataclass(frozen=True, kw_only=True)
class AddedDocument(Document):
    """The lines of a run in a history.

    Attributes:
        added: how many of them were not there yet.
    """

    name = "history-add"
    of = "history add"

    added: int
    rows: list[HistoryRow]


def history_document(
    rows: list[HistoryRow], found: Sequence[Series] | None, files: list[Path]
) -> HistoryDocument:
    """Return a history for other programs.

    Args:
        rows: its lines.
        found: its series with their steps; None where nobody could look for any.
        files: where it lies, and the page of it.
    """
    if found is None:
        return HistoryDocument(files=files, notes=[MISSING], steps=None, rows=rows)
    told = [
        StepRow(**vars(line.timed[step.place]), change=step.change)
        for series in found
        for line in series.lines
        for step in line.steps
    ]
    notes = [one for series in found for one in _notes(series)]
    return HistoryDocument(files=files, notes=notes, steps=told, rows=rows)


def print_history(found: Sequence[Series]) -> None:
    """Print a table for each series, and below it the steps with their commits."""
    for series in found:
        rows = [
            (
                line.network,
                f"{len(line.timed)}",
                times(line.timed[-1].ratio) if line.timed else line.last.status,
                _reach(line),
                bars([row.ratio for row in line.timed]),
            )
            for line in series.lines
        ]
        anchor = series.about["anchor"]
        print_table(
            title(series),
            ["network", "commits", f"times faster\nthan {anchor}", "95 %\ninterval", "over time"],
            rows,
        )
        print_lines(*_notes(series))


def _notes(series: Series) -> list[str]:
    told = [one for line in series.lines for one in steps(line)]
    most = max((len(line.timed) for line in series.lines), default=0)
    if most < 2 * SHORTEST:
        told.append(
            f"Too few commits to tell a step: there are {most} of {2 * SHORTEST}; `skipzeros "
            "compare` compares two runs."
        )
    return told


def title(series: Series) -> str:
    """Say what the runs of a series have in common."""
    about = series.about
    unusual = [f"{name} {about[name]}" for name, value in USUAL.items() if about[name] != value]
    commits = f"{len(series.commits)} commit{'s' * (len(series.commits) != 1)}"
    return one_line(
        f"{commits}; {about['reviews']:,} reviews of {about['data']}, hidden {about['hidden']}"
        f"{''.join(f', {one}' for one in unusual)}; {about['cpu']}, numpy {about['numpy']}"
    )


def steps(line: Line) -> list[str]:
    """Say where the level of a network changed, and what it is now where it has no speed."""
    told = [f"{line.network}: {step_in_words(line, step)}" for step in line.steps]
    if line.last.status != Status.CERTIFIED:
        told.append(f"{line.network}: {line.last.status} at {line.last.commit}")
    return [one_line(one) for one in told]


def step_in_words(line: Line, step: Step) -> str:
    """Say how large a step is, and at which commit of which day and subject."""
    row = line.timed[step.place]
    about = ", ".join(filter(None, (row.author_date[:10], row.subject)))
    return f"{' '.join(change(step.change))} since {row.commit}{f' ({about})' if about else ''}"


def bars(ratios: Sequence[float]) -> str:
    """Draw how fast a network was, a bar for each commit; higher is faster."""
    logs = [-math.log(ratio) for ratio in ratios[-MOST_BARS:]]
    if not logs:
        return ""
    signs = PLAIN_BARS if console().options.ascii_only else BARS
    low, span = min(logs), max(logs) - min(logs)
    if span < math.log(1.02):  # noise is no picture
        return signs[3] * len(logs)
    return "".join(signs[round((log - low) / span * (len(signs) - 1))] for log in logs)


def _reach(line: Line) -> str:
    if not line.timed:
        return ""
    last = line.timed[-1]
    return interval(last.ratio_low, last.ratio_high)


def added_notes(number: int, commit: str, file: Path) -> list[str]:
    """Say what was added to a history."""
    told = [f"{file}: this run of {commit} is there already; nothing was added."]
    if number:
        told = [f"{file}: {number} line{'s' * (number != 1)} of {commit} added."]
    if commit.endswith("-dirty"):
        told.append("Files differed from that commit: a history of clean commits says more.")
    return told
