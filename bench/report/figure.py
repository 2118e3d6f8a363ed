"""A chart as plotly.js takes it, with a text for those who can't see it; and what charts share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .source import Source

# The colours of Okabe and Ito, which colour-blind people can tell apart too.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#999999", "#7F7F00")
# Seven shapes beside eight colours: 56 networks differ.
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down")
# The height of a row of a chart, and of everything around the rows, in pixels.
ROW, FRAME = 34, 110
# Above the chart, because titles of axes are below it.
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"}

# A piece of JSON as Plotly documents it: a trace, a layout, a marker.
Plotly = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """One chart.

    Attributes:
        alt: what it shows, in words.
        data, layout: as plotly.js takes them; no NaN.
        height: in pixels.
    """

    title: str
    alt: str
    caption: str
    data: list[Plotly]
    layout: Plotly
    height: int = 380


def marker_of(source: Source, network: Any, **more: Any) -> Plotly:
    """Return a network's colour and shape, which are the same in every chart.

    Args:
        more: other settings of the marker.
    """
    number = source.networks.index(network)
    return {
        "color": COLOURS[number % len(COLOURS)], "symbol": SYMBOLS[number % len(SYMBOLS)], **more
    }  # fmt: skip


def log_log(x: str, y: str, exponents: str) -> Plotly:
    """Return the layout of two logarithmic axes.

    Args:
        x, y: the titles of the axes.
        exponents: how numbers of y are written, as plotly.js names it.
    """
    return {
        "xaxis": {"type": "log", "title": {"text": x}, "dtick": 1},
        # A tick at each power of ten, or at every third where there are many.
        "yaxis": {
            "type": "log",
            "title": {"text": y},
            "exponentformat": exponents,
            "dtick": 3 if exponents == "power" else 1,
        },
        "legend": LEGEND,
    }


def listed(values: Iterable[Any]) -> list[float | None]:
    """Return numbers as JSON can hold them: with as many digits as can be seen, None for NaN."""
    return [None if pd.isna(value) else float(f"{float(value):.6g}") for value in values]
