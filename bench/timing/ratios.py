"""From timed passes to ratios with intervals: pure functions, so that anyone can recompute them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from ...impls.network import Array

CONFIDENCE = 0.95

# A network that waits does so in most passes, and for more than this share of their time.
WAITING_SHARE = 0.01


@dataclass(frozen=True)
class Ratio:
    """The time of a network relative to the baseline; NaN where there is none."""

    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def half_width(self) -> float:
        """How far the interval reaches from the ratio, as a share of it; infinite without one."""
        reach = max(self.high - self.ratio, self.ratio - self.low) / self.ratio
        return math.inf if math.isnan(reach) else reach


def clock_of(passes: pd.DataFrame, *networks: str) -> str:
    """Choose the clock to compare by: cpu, or wall where a network waits, or has more than a core.

    CPU time leaves out what other programs do, but also what a network does in another process
    and the time that it sleeps. A network that waits for such things gives up the core of its own
    accord, which no other program can make it do.
    """
    return "wall" if any(_wants_wall(passes, network) for network in networks) else "cpu"


def _wants_wall(passes: pd.DataFrame, network: str) -> bool:
    own = passes[passes["network"] == network]
    if beyond_a_core(passes, network):
        return True
    idle = 1 - own["cpu_seconds"] / own["wall_seconds"]
    # Where the system doesn't count, the column holds no numbers at all.
    waits = pd.to_numeric(own["waits"]).fillna(0)
    return bool(waits.median() >= 1 and idle.median() > WAITING_SHARE)


def beyond_a_core(passes: pd.DataFrame, network: str) -> bool:
    """Say whether a network had several threads, or another device."""
    return threads_used(passes, network) > 1 or device_used(passes, network) != "cpu"


def threads_used(passes: pd.DataFrame, network: str) -> int:
    """Return how many threads a network had; 1 where passes.csv doesn't tell."""
    if "threads_used" not in passes:
        return 1
    own = passes.loc[passes["network"] == network, "threads_used"]
    return int(pd.to_numeric(own).max()) if len(own) else 1


def device_used(passes: pd.DataFrame, network: str) -> str:
    """Return what a network computed on; cpu where passes.csv doesn't tell."""
    if "device_used" not in passes:
        return "cpu"
    own = passes.loc[passes["network"] == network, "device_used"]
    return str(own.iloc[0]) if len(own) else "cpu"


def paired_logs(passes: pd.DataFrame, network: str, baseline: str, clock: str) -> pd.Series[float]:
    """Return log(time of the network / time of the baseline) by set and round.

    The two times of a pair come from the same round, side by side, so that what slows the
    machine slows both.

    Args:
        passes: as in passes.csv: network, set, round and the two clocks' seconds.
        clock: cpu or wall.
    """
    seconds = passes.pivot(index=["set", "round"], columns="network", values=f"{clock}_seconds")
    if network not in seconds or baseline not in seconds:
        return pd.Series(dtype=float)
    return (seconds[network] / seconds[baseline]).dropna().map(math.log)


def paired_ratio(
    passes: pd.DataFrame, network: str, baseline: str, clock: str | None = None
) -> Ratio:
    """Return the median of the paired ratios over all rounds and sets, with its 95 % interval.

    The interval is that of the median by binomial order statistics (scipy.stats.quantile_test has
    the same), which assumes no distribution; below 6 rounds there is none. Rounds of one set of
    workers share where its processes lie in memory, so the interval is no narrower than that of the
    mean of the sets' medians (Student's t).

    Args:
        passes: as for paired_logs.
        clock: cpu or wall; None for the one that suits both networks.
    """
    if network == baseline:
        return Ratio(1.0, 1.0, 1.0)
    clock = clock or clock_of(passes, network, baseline)
    return ratio_over_sets(paired_logs(passes, network, baseline, clock))


def ratio_over_sets(logs: pd.Series[float]) -> Ratio:
    """Return the median of ratios with its interval, as paired_ratio says, from their logarithms.

    Args:
        logs: by set and round.
    """
    ratio = median_ratio(logs)
    medians = logs.groupby(level="set").median().to_numpy() if len(logs) else np.empty(0)
    if len(medians) < 2 or math.isnan(ratio.low):
        return ratio
    quantile = float(stdtrit(len(medians) - 1, (1 + CONFIDENCE) / 2))
    reach = quantile * float(medians.std(ddof=1)) / math.sqrt(len(medians))
    low, high = medians.mean() - reach, medians.mean() + reach
    return Ratio(ratio.ratio, min(ratio.low, math.exp(low)), max(ratio.high, math.exp(high)))


def times_limit(passes: pd.DataFrame, network: str, clock: str) -> Ratio:
    """Return the median of (time of a pass / time to move its rows) with its interval.

    Args:
        passes, clock: as for paired_logs.
    """
    own = passes[passes["network"] == network]
    limits = pd.to_numeric(own["limit_seconds"])
    return median_ratio((own[f"{clock}_seconds"] / limits).dropna().map(math.log))


def median_ratio(series: pd.Series[float], confidence: float = CONFIDENCE) -> Ratio:
    """Return the median of some ratios with its interval, from their logarithms."""
    logs = np.sort(series.to_numpy())
    if not len(logs):
        return Ratio()
    below = _below_the_median(len(logs), (1 - confidence) / 2)
    low, high = (logs[below - 1], logs[-below]) if below else (math.nan, math.nan)
    return Ratio(*(math.exp(log) for log in (np.median(logs), low, high)))


def _below_the_median(values: int, error: float) -> int:
    """Return how many of some values lie below their true median, but for so small an error.

    It is the quantile of a binomial distribution with the share 1/2. scipy.stats has it too, and
    takes longer to import than all else.
    """
    wanted = math.ceil(Fraction(error) * 2**values)
    ways = met = 1
    below = 0
    while met < wanted:
        ways = ways * (values - below) // (below + 1)
        met += ways
        below += 1
    return below


def floor_seconds(passes: pd.DataFrame, network: str) -> float:
    """Return the least floor of a network's passes in seconds; NaN without any.

    Noise only makes it longer to move rows, so that the least comes nearest to what the memory can
    do; the median was once above the time of an honest pass of half a millisecond.
    """
    if "floor_seconds" not in passes:
        return math.nan
    own = passes.loc[passes["network"] == network, "floor_seconds"]
    return float(pd.to_numeric(own).min())


def between_sets(passes: pd.DataFrame, network: str, baseline: str, clock: str) -> float:
    """Return how much the medians of sets of workers differ: largest / smallest, less 1.

    It is NaN for fewer than two sets.
    """
    logs = paired_logs(passes, network, baseline, clock)
    medians = logs.groupby(level="set").median() if len(logs) else logs
    return math.expm1(medians.max() - medians.min()) if len(medians) > 1 else math.nan


def widest(passes: pd.DataFrame, networks: Iterable[str], baseline: str) -> float:
    """Return half the width of the widest interval of some networks, as a share of its ratio."""
    found = (paired_ratio(passes, name, baseline) for name in networks)
    return max((ratio.half_width for ratio in found), default=0.0)


def median_seconds(passes: pd.DataFrame, network: str, clock: str) -> float:
    """Return the median time of a network's passes in seconds; NaN without passes."""
    return float(passes.loc[passes["network"] == network, f"{clock}_seconds"].median())


def slowest(passes: pd.DataFrame, networks: Sequence[str]) -> str:
    """Return the network of some whose passes take longest in the median; empty without passes."""
    clock = clock_of(passes, *networks)
    seconds = {name: median_seconds(passes, name, clock) for name in networks}
    timed = {name: median for name, median in seconds.items() if not math.isnan(median)}
    return max(timed, key=lambda name: timed[name], default="")


def median_bound(values: Array, alternative: str, error: float) -> float:
    """Return a one-sided bound of the median by binomial order statistics; infinite for none.

    Args:
        alternative: "greater" for a lower bound, "less" for an upper one.
        error: how often it may be wrong, a share.
    """
    below = _below_the_median(len(values), error)
    if not below:
        return -math.inf if alternative == "greater" else math.inf
    return float(np.sort(values)[below - 1 if alternative == "greater" else -below])
