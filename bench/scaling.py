"""`skipzeros run --vary`: how the cost of each network grows, and where the dense product wins.

Each value is a run of its own, in a folder of its own; scaling.csv puts them together. Ratios are
paired within each run as ever. Exponents compare runs, one after the other, so that they are good
for what grows tenfold and not for a few per cent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..impls.reviews import Reviews
from .errors import BadInput
from .progress import note
from .ratios import CONFIDENCE
from .recording import describe
from .records import (
    PASSES,
    SCENARIO_COLUMNS,
    SUMMARY,
    SUMMARY_COLUMNS,
    cell,
    make_folder,
    read_table,
    write_table,
)
from .run import Networks, run
from .scenario import Scenario
from .timing import Plan
from .vary import Vary

SCALING = "scaling.csv"
DENSE = "dense"


class Slope(NamedTuple):
    """An exponent with its interval; NaN where there is none."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan


class Scaling(NamedTuple):
    """How the cost of one network grows.

    Attributes:
        exponent: of the cost in what is varied.
        crossover: the density (words present / vocabulary) from which dense takes no longer;
            where the vocabulary or the words are varied.
    """

    exponent: Slope = Slope()
    crossover: Slope = Slope()


FITTED = tuple(
    f"{name}{end}" for name in Scaling._fields for end in ("", "_low", "_high")
)  # fmt: skip
COLUMNS = (
    "network", "vary", "value", "density", "status", "reason", "clock", "median_seconds", "ratio",
    "ratio_low", "ratio_high", "times_limit", *FITTED, "reviews", *SCENARIO_COLUMNS,
)  # fmt: skip


def scale(
    networks: Networks,
    baseline: str,
    vary: Vary,
    reviews: Reviews,
    all_reviews: Reviews,
    data: str,
    scenario: Scenario,
    sample: int | None,
    plan: Plan,
    timeout: float,
    out: Path,
    resume: bool = False,
) -> list[dict[str, Any]]:
    """A run for each value, and scaling.csv; its rows are returned.

    Args:
        all_reviews: as Vary.cases takes them; for the others see run.
        plan: of each value.
        resume: take finished values as they are, and go on with the one that was interrupted.

    Raises:
        BadInput: as run does, or as Vary.cases.
    """
    make_folder(out)
    summaries: dict[int, pd.DataFrame] = {}
    passes: dict[int, pd.DataFrame] = {}
    cases = list(vary.cases(reviews, scenario, all_reviews))
    for number, (value, own, setting) in enumerate(cases, 1):
        folder = out / f"{vary.name}={value}"
        if not (resume and _finished(folder, networks, describe(own, data, setting))):
            note(f"{vary.name} {value:,}: {number} of {len(cases)}")
            run(networks, baseline, own, data, setting, sample, plan, timeout, folder, resume)
        summaries[value] = read_table(folder / SUMMARY, SUMMARY_COLUMNS)
        passes[value] = read_table(folder / PASSES, ["network"])
    rows = list(_rows(vary, summaries, passes))
    write_table(out / SCALING, COLUMNS, rows)
    return rows


def _finished(folder: Path, networks: Networks, setting: Mapping[str, Any]) -> bool:
    if not (folder / SUMMARY).is_file():
        return False
    found = read_table(folder / SUMMARY, SUMMARY_COLUMNS, as_text=True)
    names = {cell(name) for name, _ in networks}
    same = all(found[name].eq(cell(value)).all() for name, value in setting.items())
    if not same or set(found["network"]) != names:
        raise BadInput(
            f"--resume: the run in {folder} has other options or networks; give the same ones, or "
            "run without --resume"
        )
    return True


def _rows(
    vary: Vary, summaries: Mapping[int, pd.DataFrame], passes: Mapping[int, pd.DataFrame]
) -> Iterable[dict[str, Any]]:
    table = pd.concat(
        [frame.assign(vary=vary.name, value=value) for value, frame in summaries.items()],
        ignore_index=True,
    )
    # pandas reads an empty text as a number that is none.
    table[["reason", "clock"]] = table[["reason", "clock"]].astype(object).fillna("")
    table["density"] = table["nonzeros"] / (table["reviews"] * table["vocabulary_size"])
    for name, own in table.groupby("network", sort=False):
        fitted = _scaling(vary, str(name), own, table, passes)
        columns = dict(zip(FITTED, (end for slope in fitted for end in slope), strict=True))
        for row in own.to_dict("records"):
            yield {key: row.get(key) for key in COLUMNS} | columns


def _scaling(
    vary: Vary, network: str, own: pd.DataFrame, table: pd.DataFrame, passes: Mapping[int, Any]
) -> Scaling:
    certified = own[own["status"] == "certified"]
    if len(certified) < 2:
        return Scaling()
    sizes, logs = [], []
    for row in certified.to_dict("records"):
        timed = passes[row["value"]]
        took = timed.loc[timed["network"] == network, f"{row['clock']}_seconds"]
        # A review may have fewer words than it may keep.
        size = row["nonzeros"] if vary.name == "words" else row["value"]
        sizes += [math.log(max(size, 1))] * len(took)
        logs += list(np.log(took))
    crossover = Slope()
    if vary.name in ("vocabulary", "words") and network != DENSE:
        crossover = crossing(certified, table[table["network"] == DENSE])
    return Scaling(exponent(sizes, logs), crossover)


def exponent(sizes: Sequence[float], logs: Sequence[float]) -> Slope:
    """e of cost = a * size ** e, by least squares on logarithms, with its interval.

    Args:
        sizes: (n,) the logarithm of the size, for each pass.
        logs: (n,) that of the time of the pass.
    """
    from scipy.stats import linregress, t

    if len(sizes) < 3 or len({*sizes}) < 2:
        return Slope()
    line = linregress(sizes, logs)
    reach = float(t.ppf((1 + CONFIDENCE) / 2, len(sizes) - 2) * line.stderr)
    return Slope(float(line.slope), float(line.slope) - reach, float(line.slope) + reach)


def crossing(network: pd.DataFrame, dense: pd.DataFrame) -> Slope:
    """The density at which the dense product begins to take no longer than a network.

    Between two values that lie on either side, the logarithm of the ratio is taken to be straight
    over that of the density. NaN where there are none.

    Args:
        network, dense: rows of summaries, with their ratios to one baseline.
    """
    both = network.merge(dense, on="value", suffixes=("", "_dense"))
    both = both[both["status_dense"] == "certified"].sort_values("density")
    density = np.log(both["density"].to_numpy(dtype=float))
    over = both["ratio_dense"].to_numpy(dtype=float)

    def at(column: str) -> float:
        logs = np.log(both[column].to_numpy(dtype=float) / over)
        for place in range(1, len(logs)):
            first, last = logs[place - 1], logs[place]
            if first < 0 <= last:
                share = -first / (last - first)
                return float(np.exp(density[place - 1] + share * np.diff(density)[place - 1]))
        return math.nan

    # A slower network meets the dense one earlier, at a smaller density.
    return Slope(at("ratio"), at("ratio_high"), at("ratio_low"))


def without_crossing(network: str, ratios: Iterable[float]) -> str:
    """In words, how dense compares with a network where crossing() finds no density.

    Args:
        ratios: time of the network / time of dense at each value; NaN where there is none.
    """
    slower = [ratio > 1 for ratio in ratios if not math.isnan(ratio)]
    if not slower:
        return f"{network}: no ratio to dense"
    if all(slower):
        return f"dense beats {network} at every density tried"
    if any(slower):
        return (
            f"dense beats {network} at {sum(slower)} of {len(slower)} densities tried, but from "
            "none on"
        )
    return f"dense beats {network} at no density tried"
