"""The charts, as what plotly.js draws; each with a text for those who don't see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..accuracy import ACCURACY
from ..compare import PARTING
from ..phases import PHASES
from ..records import PASSES
from ..scaling import DENSE, SCALING
from ..table import percent, seconds, times
from ..waste import WASTE
from .source import Source, label

# Okabe and Ito's, to be told apart by everybody.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#999999", "#7F7F00")
# By shape too; seven beside eight colours, so that 56 networks differ.
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down")
ROW, FRAME = 34, 110  # pixels
# Above the chart, where no title of an axis is.
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"}
MOST_POINTS = 5_000  # of a network; a strip shows no more


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
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    height: int = 380


def figures(source: Source) -> list[Figure]:
    """The charts that the records of a folder are enough for."""
    makers: list[Callable[[Source], Figure | None]] = [
        speed_ups, strips, phases, waste, scaling, density, parting, accuracy,
    ]  # fmt: skip
    return [found for found in (make(source) for make in makers) if found is not None]


def speed_ups(source: Source) -> Figure | None:
    """How many times faster, with intervals, on a logarithmic axis."""
    rows = source.certified.dropna(subset=["ratio"]).iloc[::-1]
    if rows.empty or not source.baseline:
        return None
    faster = 1 / rows["ratio"]
    ends = [(1 / rows["ratio_low"] - faster).fillna(0), (faster - 1 / rows["ratio_high"]).fillna(0)]
    pairs = zip(rows["network"], rows["ratio"], strict=True)
    return Figure(
        f"How many times faster than {source.baseline}",
        "; ".join(f"{name} {times(ratio)} times" for name, ratio in pairs),
        "The median of the paired ratios, with its 95 % interval.",
        [
            {
                "type": "scatter", "mode": "markers", "x": _list(faster),
                "y": [label(one) for one in rows["network"]],
                "error_x": {"type": "data", "array": _list(ends[0]), "arrayminus": _list(ends[1]),
                            "color": COLOURS[0]},
                "marker": {"size": 10, "color": COLOURS[0]},
                "hovertemplate": "%{y}: %{x:.3g} times<extra></extra>",
            }
        ],
        {"xaxis": {"type": "log", "title": {"text": "times faster"}, "dtick": 1},
         "yaxis": {"type": "category"}},
        FRAME + ROW * len(rows),
    )  # fmt: skip


def strips(source: Source) -> Figure | None:
    """Every timed pass."""
    passes, order = source.tables[PASSES], source.certified["network"].tolist()[::-1]
    passes = passes[passes["network"].isin(order)]
    if passes.empty:
        return None
    data = []
    for place, name in enumerate(order):
        own = passes[passes["network"] == name].head(MOST_POINTS)
        # Sets one above the other, so that what differs between them shows.
        spread = (own["set"] - own["set"].mean()) / (own["set"].max() + 1) * 0.5
        told = [f"set {one.set}, round {one.round}" for one in own.itertuples()]
        data.append({
            "type": "scatter", "mode": "markers", "x": _list(own["cpu_seconds"]),
            "y": _list(place + spread), "text": told, "showlegend": False,
            "marker": _marker(source, name, size=7, opacity=0.6),
            "hovertemplate": f"{label(name)}: %{{x:.4g}} s, %{{text}}<extra></extra>",
        })  # fmt: skip
    medians = passes.groupby("network")["cpu_seconds"].agg(["min", "median", "max"]).loc[order]
    return Figure(
        "Every pass",
        "; ".join(f"{name}: {seconds(row['min'])} to {seconds(row['max'])}"
                  for name, row in medians.iterrows()),
        "CPU seconds of each timed pass; the sets of workers of a network lie one above the other.",
        data,
        {"xaxis": {"type": "log", "title": {"text": "CPU seconds"}, "dtick": 1},
         "yaxis": {"tickvals": list(range(len(order))), "ticktext": [label(one) for one in order],
                   "zeroline": False}},
        FRAME + ROW * len(order),
    )  # fmt: skip


def phases(source: Source) -> Figure | None:
    """The share of each phase."""
    rows = _measured(source)
    if rows is None:
        return None
    parts = rows[[f"{phase}_seconds" for phase in PHASES]]
    shares = parts.div(parts.sum(axis=1), axis=0) * 100
    largest = [PHASES[place].replace("_", " ") for place in shares.to_numpy().argmax(axis=1)]
    named = zip(rows["network"], largest, shares.max(axis=1), strict=True)
    return Figure(
        "Where the time goes",
        "; ".join(f"{name}: mostly {what}, {share:.0f} %" for name, what, share in named),
        "Shares of preparing and one pass, from passes with parts left out.",
        [_bar(rows, shares[f"{phase}_seconds"], phase.replace("_", " "), number, "%{x:.1f} %")
         for number, phase in enumerate(PHASES)],
        {"barmode": "stack", "xaxis": {"title": {"text": "%"}, "range": [0, 101]},
         "yaxis": {"type": "category"}, "legend": LEGEND},
        FRAME + 40 + ROW * len(rows),
    )  # fmt: skip


def waste(source: Source) -> Figure | None:
    """Multiplications by zero, by one, and useful ones."""
    rows = _measured(source)
    if rows is None or rows["multiplications"].isna().all():
        return None
    rows = rows.dropna(subset=["multiplications"])
    per_review = {
        "by zero": rows["by_zero"],
        "by one": rows["by_one"],
        "useful": rows["multiplications"] - rows["by_zero"] - rows["by_one"],
    }
    share = rows["by_zero"] / rows["multiplications"]
    return Figure(
        "What is multiplied, for one review",
        "; ".join(f"{name}: {percent(one)} by zero"
                  for name, one in zip(rows["network"], share, strict=True)),
        "On a logarithmic axis, since the useful ones would not show on another. None is no dot.",
        [
            {
                "type": "scatter", "mode": "markers", "name": kind,
                "x": _list((numbers / rows["reviews"]).where(numbers > 0)),
                "y": [label(one) for one in rows["network"]],
                "marker": {"size": 11, "color": COLOURS[number],
                           "symbol": ("circle", "square", "diamond")[number]},
                "hovertemplate": f"%{{y}}: %{{x:,.0f}} {kind}<extra></extra>",
            }
            for number, (kind, numbers) in enumerate(per_review.items())
        ],
        {"xaxis": {"type": "log", "title": {"text": "multiplications"}, "dtick": 1},
         "yaxis": {"type": "category"}, "legend": LEGEND},
        FRAME + 40 + ROW * len(rows),
    )  # fmt: skip


def scaling(source: Source) -> Figure | None:
    """Cost against the size that was varied, with fitted lines."""
    rows = source.tables[SCALING]
    rows = rows[rows["status"] == "certified"]
    if rows.empty:
        return None
    vary, told = str(rows["vary"].iloc[0]), []
    data: list[dict[str, Any]] = []
    for name, own in rows.groupby("network", sort=False):
        marker = _marker(source, name, size=9)
        data.append({
            "type": "scatter", "mode": "markers", "name": label(name), "x": _list(own["value"]),
            "y": _list(own["median_seconds"]), "marker": marker,
            "hovertemplate": f"{label(name)} at %{{x:,}}: %{{y:.4g}} s<extra></extra>",
        })  # fmt: skip
        power = own["exponent"].iloc[0]
        if not np.isnan(power):
            told.append(f"{name} grows with {vary} to the power of {power:.2f}")
            x, y = np.log(own["value"]), np.log(own["median_seconds"])
            fitted = np.exp(y.mean() + power * (x - x.mean()))
            data.append({
                "type": "scatter", "mode": "lines", "x": _list(own["value"]), "y": _list(fitted),
                "line": {"color": marker["color"], "width": 1, "dash": "dot"}, "showlegend": False,
                "hoverinfo": "skip",
            })  # fmt: skip
    return Figure(
        f"How the cost grows with {vary}",
        "; ".join(told) or f"times of one pass at each {vary}",
        "The median of one pass, and the power of the size that is fitted to it (dotted).",
        data,
        _log_log(vary, "CPU seconds", "none"),
    )


def density(source: Source) -> Figure | None:
    """Time of the others relative to dense, against density, with the crossover marked."""
    rows = source.tables[SCALING]
    rows = rows[rows["status"] == "certified"]
    dense = rows[rows["network"] == DENSE].set_index("value")["ratio"]
    if dense.empty or rows["density"].nunique() < 2 or rows["vary"].iloc[0] == "hidden":
        return None
    data, told, marks = [], [], []
    others = rows[rows["network"] != DENSE]
    for name, own in others.groupby("network", sort=False):
        own = own[own["value"].isin(dense.index)].sort_values("density")
        marker = _marker(source, name, size=8)
        colour = marker["color"]
        relative = own["ratio"].to_numpy() / dense.loc[own["value"]].to_numpy()
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": label(name),
            "x": _list(own["density"] * 100), "y": _list(pd.Series(relative)),
            "line": {"color": colour}, "marker": marker,
            "hovertemplate": f"{label(name)} at %{{x:.3g}} %: %{{y:.3g}}<extra></extra>",
        })  # fmt: skip
        meets = own["crossover"].iloc[0]
        if not np.isnan(meets):
            told.append(f"dense beats {name} from {percent(meets)} on")
            marks.append({"type": "line", "x0": 100 * meets, "x1": 100 * meets, "yref": "paper",
                          "y0": 0, "y1": 1, "line": {"color": colour, "dash": "dash"}})  # fmt: skip
    layout = _log_log("words present / vocabulary, %", "time / time of dense", "none")
    marks.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1,
                  "line": {"color": COLOURS[6]}})  # fmt: skip
    return Figure(
        "From which density the dense product wins",
        "; ".join(told) or "dense beats none of them at the densities that were tried",
        "Above 1 dense is faster; dashed lines mark where each crosses it.",
        data,
        layout | {"shapes": marks},
    )


def parting(source: Source) -> Figure | None:
    """How far correct networks are apart, review by review."""
    rows = source.tables[PARTING]
    rows = rows[rows["difference"] > 0]
    if rows.empty:
        return None
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": label(name),
            "x": _list(own["review"]),
            "y": _list(own["difference"]),
            "line": {"color": _marker(source, name)["color"]},
        }
        for name, own in rows.groupby("network", sort=False)
    ]
    ends = rows.groupby("network", sort=False)["difference"].max()
    return Figure(
        "Where correct networks part",
        "; ".join(f"{name} is up to {end:.2g} apart" for name, end in ends.items()),
        f"The largest difference so far of an output from that of {rows['baseline'].iloc[0]}. All "
        "of them are certified: where the lines reach 1, training is chaotic, and comparing the "
        "ends of a pass proves nothing.",
        data,
        _log_log("review", "largest difference so far", "power"),
    )


def accuracy(source: Source) -> Figure | None:
    """Presence against counts, a dot a seed."""
    rows = source.tables[ACCURACY]
    if rows.empty:
        return None
    names = [f"{row.input}, rate {row.learning_rate:g}" for row in rows.itertuples()]
    medians = rows.groupby(names, sort=False)["test_accuracy"].median()
    return Figure(
        "Presence against counts",
        "; ".join(f"{name}: {percent(one)} of the test reviews right" for name, one in
                  medians.items()),
        "The share of reviews that come out right, a dot for each seed: while passing once, and "
        "on test reviews after the pass.",
        [
            {
                "type": "scatter", "mode": "markers", "name": part,
                "x": _list(rows[f"{part}_accuracy"] * 100), "y": names,
                "marker": {"size": 9, "opacity": 0.6, "color": COLOURS[number],
                           "symbol": ("circle", "diamond")[number]},
            }
            for number, part in enumerate(("train", "test"))
        ],
        {"xaxis": {"title": {"text": "% right"}}, "yaxis": {"type": "category"}, "legend": LEGEND},
        FRAME + 40 + ROW * rows.groupby(["input", "learning_rate"]).ngroups,
    )  # fmt: skip


def _marker(source: Source, network: Any, **more: Any) -> dict[str, Any]:
    """Colour and shape, the same for a network in every chart."""
    number = source.networks.index(network)
    return {
        "color": COLOURS[number % len(COLOURS)], "symbol": SYMBOLS[number % len(SYMBOLS)], **more
    }  # fmt: skip


def _measured(source: Source) -> pd.DataFrame | None:
    rows = source.tables[WASTE]
    rows = rows[rows["status"] == "certified"].dropna(subset=["pass_seconds"])
    return None if rows.empty else rows.sort_values("pass_seconds", ascending=False)


def _bar(
    rows: pd.DataFrame, values: Iterable[Any], name: str, number: int, hover: str
) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "name": name, "x": _list(values),
        "y": [label(one) for one in rows["network"]], "marker": {"color": COLOURS[number]},
        "hovertemplate": f"%{{y}}: {name} {hover}<extra></extra>",
    }  # fmt: skip


def _log_log(x: str, y: str, exponents: str) -> dict[str, Any]:
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


def _list(values: Iterable[Any]) -> list[float | None]:
    return [None if pd.isna(one) else float(f"{float(one):.6g}") for one in values]
