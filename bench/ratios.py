"""From timed passes to ratios with intervals: pure functions, so that anyone can recompute them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import quantile_test

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Ratio:
    """The time of a network relative to the baseline; NaN where there is none."""

    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan


def paired_ratio(passes: pd.DataFrame, network: str, baseline: str, clock: str) -> Ratio:
    """The median over rounds of time(network) / time(baseline), with its 95 % interval.

    The two times of a pair come from the same round, side by side, so that what slows the
    machine slows both. The interval is that of the median by binomial order statistics
    (scipy.stats.quantile_test), which assumes no distribution; below 6 rounds there is none.

    Args:
        passes: as in passes.csv: network, set, round and the two clocks' seconds.
        clock: cpu or wall.
    """
    if network == baseline:
        return Ratio(1.0, 1.0, 1.0)
    seconds = passes.pivot(index=["set", "round"], columns="network", values=f"{clock}_seconds")
    if network not in seconds or baseline not in seconds:
        return Ratio()
    logs = np.log((seconds[network] / seconds[baseline]).dropna().to_numpy())
    if not len(logs):
        return Ratio()
    interval: Any = quantile_test(logs, p=0.5).confidence_interval(CONFIDENCE)
    return Ratio(*(math.exp(log) for log in (np.median(logs), interval.low, interval.high)))


def median_seconds(passes: pd.DataFrame, network: str, clock: str) -> float:
    """The median time of a network's passes in seconds; NaN without passes."""
    return float(passes.loc[passes["network"] == network, f"{clock}_seconds"].median())
