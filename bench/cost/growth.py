"""How a cost grows with a size, and where the dense product begins to win: pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..outcomes import Status
from ..timing.ratios import CONFIDENCE

DENSE = "dense"


class Slope(NamedTuple):
    """An exponent with its interval; NaN where there is none."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan


class Scaling(NamedTuple):
    """How the cost of one network grows.

    Attributes:
        exponent: e where the cost grows as size ** e.
        crossover: the density (words present / vocabulary) from which on dense takes no longer;
            known only where the vocabulary or the words are varied.
    """

    exponent: Slope = Slope()
    crossover: Slope = Slope()


def exponent(sizes: Sequence[float], logs: Sequence[float]) -> Slope:
    """Fit e of cost = a * size ** e, by least squares on logarithms, with its interval.

    Args:
        sizes: (n,) the logarithm of the size, for each pass.
        logs: (n,) the logarithm of the time of the pass.
    """
    from scipy.stats import linregress, t

    if len(sizes) < 3 or len({*sizes}) < 2:
        return Slope()
    line = linregress(sizes, logs)
    reach = float(t.ppf((1 + CONFIDENCE) / 2, len(sizes) - 2) * line.stderr)
    return Slope(float(line.slope), float(line.slope) - reach, float(line.slope) + reach)


def crossing(network: pd.DataFrame, dense: pd.DataFrame) -> Slope:
    """Find the density at which the dense product begins to take no longer than a network.

    Between the two values on either side of it, the logarithm of the ratio is taken as a straight
    line over the logarithm of the density.

    Args:
        network, dense: rows of summaries, with their ratios to one baseline.

    Returns:
        The density with its interval; NaN where all values lie on the same side of it.
    """
    both = network.merge(dense, on="value", suffixes=("", "_dense"))
    both = both[both["status_dense"] == Status.CERTIFIED].sort_values("density")
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
    """Say how dense compares with a network where crossing() finds no density.

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
