"""The section of a sweep: what each cell found, and what machines say together."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from ..records.files import read_table
from ..records.rows import CellRow, columns, rows_of
from ..records.schema import CELLS
from ..show.sweep import SCENARIO, in_words, matrix, said, summaries
from ..text.amounts import interval, times
from .figure import COLOURS, FRAME, LEGEND, ROW, Figure, listed
from .source import label, text
from .words import html_table

# Of so many scenarios there is a chart each; a matrix has its table.
MOST_CHARTS = 12
ABOUT = ("machine", "label", "cpu", "cores", "os", "python", "numpy", "scipy", "blas", "numba")


def is_sweep(folder: Path) -> bool:
    """Say whether a folder holds the records of a sweep."""
    return (folder / CELLS).is_file()


def cells_of(folder: Path) -> list[CellRow]:
    """Read the cells of a sweep.

    Raises:
        BadInput: cells.csv isn't what its name says.
    """
    return rows_of(CellRow, read_table(folder / CELLS, columns(CellRow)))


def sweep_section(folder: Path) -> tuple[list[str], list[Figure]]:
    """Write what is known of a sweep: what went wrong first, then ratios and machines.

    Returns:
        Parts in HTML, and charts, which stand behind them.

    Raises:
        BadInput: a record isn't what its name says.
    """
    rows = cells_of(folder)
    found = summaries(rows, folder)
    done = sum(row.state == "done" for row in rows)
    machines = {row.machine: row for row in rows if row.machine}
    parts = [
        f'<p class="verdict">{done} of {len(rows)} cells are done, on {len(machines)} '
        f"machine{'s' * (len(machines) != 1)}.</p>"
    ]
    left = [row for row in rows if row.state != "done"]
    if left:
        cells = [[(row.cell, None), (row.state, None), (row.reason, None), (row.arguments, None)]
                 for row in left]  # fmt: skip
        parts.append("<h3>Not done</h3>" + html_table(("cell", "state", "reason", "run"), cells))
    if found.empty:
        return parts, []
    parts += [f"<p>{text(line)}</p>" for line in said(found, machines, folder)]
    parts.append(_matrix(found, len(machines)))
    about = [[(getattr(row, name), None) for name in ABOUT] for row in machines.values()]
    parts.append("<h3>Machines</h3>" + html_table(ABOUT, about))
    scenarios = [
        _chart(own, found, machines)
        for _, own in found.groupby(list(SCENARIO), sort=False, dropna=False)
        if own["machine"].nunique() > 1
    ]
    return parts, scenarios[:MOST_CHARTS]


def _matrix(found: pd.DataFrame, machines: int) -> str:
    """Write a row for each cell, in whose columns the faster networks are darker."""
    heads, networks, cells = matrix(found, machines)
    most = max(math.log(1 / found["ratio"].min()), 1e-9) if found["ratio"].notna().any() else 1.0
    lines = [
        "".join(f'<td class="text">{text(value)}</td>' for value in told)
        + "".join(_heat(row, most) for row in rows)
        for told, rows in cells
    ]
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in (*heads, *networks))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        "<h3>How many times faster than the baseline of its cell</h3>"
        '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _heat(row: Any, most: float) -> str:
    if row is None:
        return "<td></td>"
    if row["ratio"] != row["ratio"]:
        return f'<td class="text {text(row["status"])}">{text(row["status"])}</td>'
    # At most half, so that figures can be read in light and dark.
    share = 0.5 * max(0.0, min(1.0, -math.log(row["ratio"]) / most))
    reach = interval(row["ratio_low"], row["ratio_high"])
    return (
        f'<td style="background:color-mix(in srgb, var(--accent) {share:.0%}, transparent)" '
        f'title="{text(reach)}">{text(times(row["ratio"]))}</td>'
    )


def _chart(own: pd.DataFrame, found: pd.DataFrame, machines: dict[str, CellRow]) -> Figure:
    """Draw the ratios of one scenario on each machine, with their intervals."""
    told = in_words(own.iloc[0], found)
    own = own.dropna(subset=["ratio"])
    networks = list(dict.fromkeys(own.sort_values("ratio", ascending=False)["network"]))
    data = []
    for number, (machine, rows) in enumerate(own.groupby("machine", sort=False)):
        faster = 1 / rows["ratio"]
        name = machines[str(machine)].label or str(machine)
        colour = COLOURS[number % len(COLOURS)]
        data.append({
            "type": "scatter", "mode": "markers", "name": label(name), "x": listed(faster),
            "y": [label(network) for network in rows["network"]],
            "error_x": {"type": "data", "array": listed(1 / rows["ratio_low"] - faster),
                        "arrayminus": listed(faster - 1 / rows["ratio_high"]), "color": colour},
            "marker": {"size": 10, "color": colour},
            "hovertemplate": f"%{{y}} on {label(name)}: %{{x:.3g}} times<extra></extra>",
        })  # fmt: skip
    return Figure(
        f"Machine by machine{': ' * bool(told)}{told}",
        "; ".join(
            f"{row['network']} on {row['machine']} {times(row['ratio'])} times"
            for row in own.to_dict("records")
        ),
        "The median of the paired ratios in each cell, with its 95 % interval.",
        data,
        {"xaxis": {"type": "log", "title": {"text": "times faster"}, "dtick": 1},
         "yaxis": {"type": "category", "categoryarray": [label(name) for name in networks]},
         "legend": LEGEND},
        FRAME + ROW * (len(networks) + 1),
    )  # fmt: skip
