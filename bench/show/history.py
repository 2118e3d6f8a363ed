"""What `skipzeros history` prints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from ..commands.history import Line, Series
from ..history.steps import SHORTEST, Step
from ..outcomes import Status
from ..text.amounts import change, interval, times
from ..text.markdown import one_line
from ..text.table import console, print_lines, print_table

BARS, PLAIN_BARS = "▁▂▃▄▅▆▇█", "_.-=+*#@"
# Of so many commits the last have a bar.
MOST_BARS = 40
# What a series has in common and a title tells, where it isn't the usual.
USUAL = {"input": "presence", "dtype": "float64", "batch_size": 1, "learning_rate": 0.1, "seed": 1,
         "threads": 1, "device": "cpu"}  # fmt: skip


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
        print_lines(*(told for line in series.lines for told in steps(line)))
        most = max((len(line.timed) for line in series.lines), default=0)
        if most < 2 * SHORTEST:
            print_lines(
                f"Too few commits to tell a step: there are {most} of {2 * SHORTEST}; `skipzeros "
                "compare` compares two runs."
            )


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


def print_added(number: int, commit: str, file: Path) -> None:
    """Say what was added to a history."""
    if number:
        print_lines(f"{file}: {number} line{'s' * (number != 1)} of {commit} added.")
    else:
        print_lines(f"{file}: this run of {commit} is there already; nothing was added.")
    if commit.endswith("-dirty"):
        print_lines("Files differed from that commit: a history of clean commits says more.")
