"""The charts of what was measured: speed, every pass, where networks part, accuracy."""

from __future__ import annotations

from ..records.schema import ACCURACY, PARTING, PASSES
from ..text.amounts import percent, seconds, times
from .figure import COLOURS, FRAME, LEGEND, ROW, Figure, listed, log_log, marker_of
from .source import Source, label

MOST_POINTS = 5_000  # of a network; a strip shows no more


def speed_ups(source: Source) -> Figure | None:
    """Draw how many times faster each network is, with its interval; None without ratios."""
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
                "type": "scatter", "mode": "markers", "x": listed(faster),
                "y": [label(name) for name in rows["network"]],
                "error_x": {"type": "data", "array": listed(ends[0]), "arrayminus": listed(ends[1]),
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
    """Draw every timed pass, a strip of dots for each network; None without passes."""
    passes, order = source.tables[PASSES], source.certified["network"].tolist()[::-1]
    passes = passes[passes["network"].isin(order)]
    if passes.empty:
        return None
    data = []
    for place, name in enumerate(order):
        own = passes[passes["network"] == name].head(MOST_POINTS)
        # Each set has a height of its own, so that differences between sets show.
        spread = (own["set"] - own["set"].mean()) / (own["set"].max() + 1) * 0.5
        told = [f"set {timed.set}, round {timed.round}" for timed in own.itertuples()]
        data.append({
            "type": "scatter", "mode": "markers", "x": listed(own["cpu_seconds"]),
            "y": listed(place + spread), "text": told, "showlegend": False,
            "marker": marker_of(source, name, size=7, opacity=0.6),
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
         "yaxis": {"tickvals": list(range(len(order))), "ticktext": [label(name) for name in order],
                   "zeroline": False}},
        FRAME + ROW * len(order),
    )  # fmt: skip


def parting(source: Source) -> Figure | None:
    """Draw how far apart correct networks are, review by review; None where none differ."""
    rows = source.tables[PARTING]
    rows = rows[rows["difference"] > 0]
    if rows.empty:
        return None
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": label(name),
            "x": listed(own["review"]),
            "y": listed(own["difference"]),
            "line": {"color": marker_of(source, name)["color"]},
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
        log_log("review", "largest difference so far", "power"),
    )


def accuracy(source: Source) -> Figure | None:
    """Draw the accuracy on presence and on counts, a dot for each seed; None without any."""
    rows = source.tables[ACCURACY]
    if rows.empty:
        return None
    names = [f"{row.input}, rate {row.learning_rate:g}" for row in rows.itertuples()]
    medians = rows.groupby(names, sort=False)["test_accuracy"].median()
    return Figure(
        "Presence against counts",
        "; ".join(f"{name}: {percent(share)} of the test reviews right" for name, share in
                  medians.items()),
        "The share of reviews that come out right, a dot for each seed: while passing once, and "
        "on test reviews after the pass.",
        [
            {
                "type": "scatter", "mode": "markers", "name": part,
                "x": listed(rows[f"{part}_accuracy"] * 100), "y": names,
                "marker": {"size": 9, "opacity": 0.6, "color": COLOURS[number],
                           "symbol": ("circle", "diamond")[number]},
            }
            for number, part in enumerate(("train", "test"))
        ],
        {"xaxis": {"title": {"text": "% right"}}, "yaxis": {"type": "category"}, "legend": LEGEND},
        FRAME + 40 + ROW * rows.groupby(["input", "learning_rate"]).ngroups,
    )  # fmt: skip
