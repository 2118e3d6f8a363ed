"""The charts of where the cost comes from: phases, waste, sizes, density."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..cost.growth import DENSE, without_crossing
from ..records.schema import SCALING, WASTE
from ..text.amounts import percent
from ..timing.cut_passes import PHASES
from .figure import COLOURS, FRAME, LEGEND, ROW, Figure, Plotly, listed, log_log, marker_of
from .source import Source, label


def phases(source: Source) -> Figure | None:
    """Draw the share of each phase in a pass; None without measured phases."""
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
    """Draw multiplications by zero, by one, and useful ones; None where none were counted."""
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
        "; ".join(f"{name}: {percent(part)} by zero"
                  for name, part in zip(rows["network"], share, strict=True)),
        "On a logarithmic axis, since the useful ones would not show on another. None is no dot.",
        [
            {
                "type": "scatter", "mode": "markers", "name": kind,
                "x": listed((numbers / rows["reviews"]).where(numbers > 0)),
                "y": [label(name) for name in rows["network"]],
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
    """Draw the cost against the size that was varied, with fitted lines; None without any."""
    rows = source.certified_in(SCALING)
    if rows.empty:
        return None
    vary, told = str(rows["vary"].iloc[0]), []
    data: list[Plotly] = []
    for name, own in rows.groupby("network", sort=False):
        marker = marker_of(source, name, size=9)
        data.append({
            "type": "scatter", "mode": "markers", "name": label(name), "x": listed(own["value"]),
            "y": listed(own["median_seconds"]), "marker": marker,
            "hovertemplate": f"{label(name)} at %{{x:,}}: %{{y:.4g}} s<extra></extra>",
        })  # fmt: skip
        power = own["exponent"].iloc[0]
        if not np.isnan(power):
            told.append(f"{name} grows with {vary} to the power of {power:.2f}")
            x, y = np.log(own["value"]), np.log(own["median_seconds"])
            fitted = np.exp(y.mean() + power * (x - x.mean()))
            data.append({
                "type": "scatter", "mode": "lines", "x": listed(own["value"]), "y": listed(fitted),
                "line": {"color": marker["color"], "width": 1, "dash": "dot"}, "showlegend": False,
                "hoverinfo": "skip",
            })  # fmt: skip
    return Figure(
        f"How the cost grows with {vary}",
        "; ".join(told) or f"times of one pass at each {vary}",
        "The median of one pass, and the power of the size that is fitted to it (dotted).",
        data,
        log_log(vary, "CPU seconds", "none"),
    )


def density(source: Source) -> Figure | None:
    """Draw each network's time relative to dense against density, with the crossovers marked.

    Returns:
        The chart; None where dense wasn't timed or the density didn't vary.
    """
    rows = source.certified_in(SCALING)
    dense = rows[rows["network"] == DENSE].set_index("value")["ratio"]
    if dense.empty or rows["density"].nunique() < 2 or rows["vary"].iloc[0] == "hidden":
        return None
    data, told, marks = [], [], []
    others = rows[rows["network"] != DENSE]
    for name, own in others.groupby("network", sort=False):
        own = own[own["value"].isin(dense.index)].sort_values("density")
        if own.empty:
            continue
        marker = marker_of(source, name, size=8)
        colour = marker["color"]
        relative = own["ratio"].to_numpy() / dense.loc[own["value"]].to_numpy()
        data.append({
            "type": "scatter", "mode": "lines+markers", "name": label(name),
            "x": listed(own["density"] * 100), "y": listed(pd.Series(relative)),
            "line": {"color": colour}, "marker": marker,
            "hovertemplate": f"{label(name)} at %{{x:.3g}} %: %{{y:.3g}}<extra></extra>",
        })  # fmt: skip
        meets = own["crossover"].iloc[0]
        if not np.isnan(meets):
            told.append(f"dense beats {name} from {percent(meets)} on")
            marks.append({"type": "line", "x0": 100 * meets, "x1": 100 * meets, "yref": "paper",
                          "y0": 0, "y1": 1, "line": {"color": colour, "dash": "dash"}})  # fmt: skip
        else:
            told.append(without_crossing(str(name), relative))
    layout = log_log("words present / vocabulary, %", "time / time of dense", "none")
    marks.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1,
                  "line": {"color": COLOURS[6]}})  # fmt: skip
    return Figure(
        "From which density the dense product wins",
        "; ".join(told),
        "Above 1 dense is faster; dashed lines mark where each crosses it.",
        data,
        layout | {"shapes": marks},
    )


def _measured(source: Source) -> pd.DataFrame | None:
    rows = source.certified_in(WASTE).dropna(subset=["pass_seconds"])
    return None if rows.empty else rows.sort_values("pass_seconds", ascending=False)


def _bar(rows: pd.DataFrame, values: Iterable[Any], name: str, number: int, hover: str) -> Plotly:
    return {
        "type": "bar", "orientation": "h", "name": name, "x": listed(values),
        "y": [label(network) for network in rows["network"]], "marker": {"color": COLOURS[number]},
        "hovertemplate": f"%{{y}}: {name} {hover}<extra></extra>",
    }  # fmt: skip
