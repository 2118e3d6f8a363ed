"""The page of a history: a chart for each series, with intervals and labelled steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..commands.history import Line, Series
from ..records.files import replacing
from ..show.history import step_in_words, steps, title
from .figure import COLOURS, LEGEND, Figure, Plotly, listed
from .page import figure_html, page, refuse_no_folder
from .source import label, text


def write_history_page(found: Sequence[Series], path: Path) -> None:
    """Write the page of a history, self-contained like every page.

    Raises:
        BadInput: it can't be written there.
    """
    refuse_no_folder(path)
    sections: list[str] = []
    drawn: list[Figure] = []
    for series in found:
        figure = _chart(series)
        told = "".join(f"<li>{text(one)}</li>" for line in series.lines for one in steps(line))
        sections.append(
            f"<section><h2>{text(title(series))}</h2>{figure_html(figure, len(drawn))}"
            f"<ul>{told or '<li>No step was found.</li>'}</ul></section>"
        )
        drawn.append(figure)
    with replacing(path) as file:
        file.write(page(sections, drawn))


def _chart(series: Series) -> Figure:
    data: list[Plotly] = []
    notes: list[Plotly] = []
    for number, line in enumerate(series.lines):
        colour = COLOURS[number % len(COLOURS)]
        data.append(_trace(line, colour))
        for step in line.steps:
            row = line.timed[step.place]
            notes.append(
                {
                    # On a logarithmic axis notes stand at the logarithm.
                    "x": label(row.commit), "y": -math.log10(row.ratio), "showarrow": True,
                    "text": label(step_in_words(line, step)[:60]), "font": {"size": 11},
                    "arrowcolor": colour, "ax": 0, "ay": -40,
                }
            )  # fmt: skip
    anchor = series.about["anchor"]
    return Figure(
        f"Times faster than {anchor}, commit by commit",
        "; ".join(told for line in series.lines for told in steps(line)) or "no step was found",
        "Each point is the ratio within one run, with its 95 % interval. Drag to zoom in.",
        data,
        {
            "xaxis": {"type": "category", "categoryarray": [label(c) for c in series.commits],
                      "title": {"text": "commit"}},
            "yaxis": {"type": "log", "title": {"text": f"times faster than {label(str(anchor))}"}},
            "legend": LEGEND,
            "annotations": notes,
        },
        460,
    )  # fmt: skip


def _trace(line: Line, colour: str) -> dict[str, Any]:
    faster = [1 / row.ratio for row in line.timed]
    above = [1 / row.ratio_low - own for row, own in zip(line.timed, faster, strict=True)]
    below = [own - 1 / row.ratio_high for row, own in zip(line.timed, faster, strict=True)]
    return {
        "type": "scatter", "mode": "lines+markers", "name": label(line.network),
        "x": [label(row.commit) for row in line.timed], "y": listed(faster),
        "error_y": {"type": "data", "array": listed(above), "arrayminus": listed(below),
                    "color": colour, "thickness": 1},
        "line": {"color": colour, "shape": "hv"}, "marker": {"color": colour, "size": 8},
        "text": [label(f"{row.author_date[:10]} {row.subject}") for row in line.timed],
        "hovertemplate": "%{x}: %{y:.3g} times<br>%{text}<extra>" + label(line.network)
        + "</extra>",
    }  # fmt: skip
