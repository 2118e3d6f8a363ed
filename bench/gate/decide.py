"""The gate's decision at a look: from paired passes to slower, pass, faster, or not yet.

These are pure functions. A gate that looked at its data again and again, and stopped once a verdict
showed, would call identical code slower sooner or later. So there are only three looks, which share
the error that is allowed. The median must lie beyond a margin, because two processes of identical
code may differ by some 0.3 % as long as they live. And nearly all sets of workers must agree,
because a set is one sample of that difference, however many rounds it has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...impls.network import Array
from ..outcomes import Verdict
from ..timing.ratios import Ratio, beyond_a_core, clock_of, median_bound, paired_logs

# Sets of workers at each look, and how many of their medians must be beyond the margin.
VOTES = {4: 4, 8: 7, 12: 9}
LOOKS = tuple(VOTES)
# One-sided errors at each look: 1.25e-4 in all for "slower", so that a gate over 8 networks is
# wrong once in 1,000; "pass" may be wrong more often, because its margin is wide.
SLOWER_ERROR = dict(zip(LOOKS, (0.1 * 1.25e-4, 0.3 * 1.25e-4, 0.6 * 1.25e-4), strict=True))
PASS_ERROR = dict(zip(LOOKS, (1e-3, 3e-3, 4e-3), strict=True))

# Whose time is compared, where it isn't that of prepare or reset.
PASS = "pass"

ROUNDS = 25  # of a set; a claim such as "20x faster" needs fewer
# The first look's bound lies 4.2 standard errors from the median; 2.3 more give a power of 99 %.
STANDARD_ERRORS = 6.5
MEDIAN_ERROR = math.sqrt(math.pi / 2)  # standard error of a median / that of a mean
ROBUST = 1.4826  # standard deviation / median absolute deviation

# The gate gives up at a look if the smallest slowdown that the last look would find is more than so
# many times the threshold. The first looks estimate it from few sets, so they must be surer.
SURELY = dict(zip(LOOKS, (2.0, 1.3, 1.0), strict=True))

# So near the limit that more than so many times as many reviews would decide, it may stay so.
MOST_REVIEWS = 20

LARGEST_CORRELATION = 0.3
LARGEST_DISAGREEMENT = 0.03  # of CPU and wall time, where nothing else keeps the core busy
QUIET = 1.05  # wall time / CPU time, below which nothing else keeps the core busy


@dataclass(frozen=True)
class Threshold:
    """What is demanded of log(time of the network / time of the baseline).

    Attributes:
        slower: the verdict is slower where the lower bound is above this.
        passes: the verdict is pass where the upper bound is below this.
        faster: the verdict is faster where the upper bound is below this too.
        slowdown: the fraction that must not be exceeded; 0 for a claim.
        text: what is demanded, in words.
    """

    slower: float
    passes: float
    faster: float
    slowdown: float
    text: str

    @classmethod
    def max_slowdown(cls, fraction: float, what: str = PASS) -> Threshold:
        """Demand at most so much slower; the margin reaches from 0.4 to 0.6 of that.

        Args:
            what: of which this is demanded: a pass, prepare or reset.
        """
        of = "" if what == PASS else f"{what} "
        return cls(
            math.log1p(0.4 * fraction),
            math.log1p(0.6 * fraction),
            math.log1p(-0.4 * fraction) if 0.4 * fraction < 1 else -math.inf,
            fraction,
            f"{of}at most {100 * fraction:.4g}% slower",
        )

    @classmethod
    def faster_than(cls, factor: float) -> Threshold:
        """Demand at least so many times faster: a claim, which has no margin."""
        edge = -math.log(factor)
        return cls(edge, edge, -math.inf, 0.0, f"at least {factor:.4g}x faster")

    @property
    def zone(self) -> str:
        """What the margin means, in a sentence."""
        return (
            f"A slowdown of {100 * self.slowdown:.4g}% is stopped, one of up to "
            f"{40 * self.slowdown:.4g}% passes; from there to {60 * self.slowdown:.4g}% it may go "
            "either way, and from there on it doesn't pass, but may stay undecided."
        )

    def detectable(self, error: float) -> float:
        """Return the smallest slowdown, a fraction, that is found with 99 % at a standard error."""
        return math.expm1(math.log1p(0.4 * self.slowdown) + STANDARD_ERRORS * error)


@dataclass(frozen=True)
class SetRounds:
    """The paired rounds of one set of workers, in their order.

    Attributes:
        logs: (rounds,) log(time of the network / time of the baseline), by the clock that decides.
        other_logs: (rounds,) the same by the other clock.
        stretch: the median of wall time / CPU time of the passes.
    """

    logs: Array
    other_logs: Array
    stretch: float


@dataclass(frozen=True)
class Decision:
    """What a look says.

    Attributes:
        verdict: slower, pass, faster or undecided.
        doubt: why a verdict is withheld, in a sentence; empty if none is.
        hopeless: why even the last look would not find the slowdown in question, in a sentence;
            empty if it would.
        ratio: the median, and the bounds that decide.
        minimum_detectable: the smallest slowdown, a fraction, that the first look finds.
        more: about how many times as many reviews would decide; 0 where that is not known.
    """

    verdict: Verdict
    doubt: str
    hopeless: str
    ratio: Ratio
    minimum_detectable: float
    more: int = 0

    @property
    def final(self) -> bool:
        """Whether no more sets are wanted for it."""
        return bool(self.verdict or self.hopeless)


def evidence(
    passes: pd.DataFrame, network: str, baseline: str, what: str = PASS
) -> tuple[dict[int, SetRounds], str]:
    """Pair the rounds of each set.

    Args:
        passes: as in passes.csv.
        what: whose time is compared: of a pass, of prepare or of reset.

    Returns:
        The paired rounds of each set, by its number, and the clock that decides.
    """
    clock = clock_of(passes, network, baseline) if what == PASS else "cpu"
    logs = paired_logs(passes, network, baseline, clock if what == PASS else what)
    if what != PASS or any(beyond_a_core(passes, name) for name in (network, baseline)):
        # Only CPU time is known of prepare and reset, and that of several threads, or of a device,
        # is no second opinion on wall time: nothing can disagree.
        numbers = dict.fromkeys(logs.index.get_level_values("set"))
        values = {number: logs[number].to_numpy() for number in numbers}
        return {number: SetRounds(one, one, math.inf) for number, one in values.items()}, clock
    others = paired_logs(passes, network, baseline, "cpu" if clock == "wall" else "wall")
    own = passes[passes["network"].isin([network, baseline])]
    stretch = (own["wall_seconds"] / own["cpu_seconds"]).groupby(own["set"]).median()
    sets = {
        number: SetRounds(logs[number].to_numpy(), others[number].to_numpy(), stretch[number])
        for number in dict.fromkeys(logs.index.get_level_values("set"))
    }
    return sets, clock


def decide(sets: Sequence[SetRounds], threshold: Threshold) -> Decision:
    """Decide at a look, after 4, 8 or 12 sets."""
    look = len(sets)
    logs = np.concatenate([paired.logs for paired in sets])
    medians = np.array([np.median(paired.logs) for paired in sets])
    middle = float(np.median(logs))
    low = median_bound(logs, "greater", SLOWER_ERROR[look])
    high = median_bound(logs, "less", PASS_ERROR[look])
    verdict, edge = Verdict.UNDECIDED, 0.0
    if low > threshold.slower and (medians > threshold.slower).sum() >= VOTES[look]:
        verdict, edge = Verdict.SLOWER, threshold.slower
    elif high < threshold.passes and (medians < threshold.passes).sum() >= VOTES[look]:
        verdict, edge = (
            Verdict.FASTER if high < threshold.faster else Verdict.PASS,
            threshold.passes,
        )
    doubt = _doubt(sets, middle, abs(middle - edge)) if verdict else ""
    error = standard_error(sets, LOOKS[0])
    bounds = (math.exp(log) if math.isfinite(log) else math.nan for log in (low, high))
    ratio = Ratio(math.exp(middle), *bounds)
    verdict = Verdict.UNDECIDED if doubt else verdict
    # A doubt may go with more sets.
    late, more = ("", 0) if verdict or doubt else _hopeless(error, threshold, look)
    if not (verdict or late) and look == LOOKS[-1]:
        more = _more_to_decide(middle, low, high, threshold)
    return Decision(verdict, doubt, late, ratio, threshold.detectable(error), more)


def plain(decision: Decision, threshold: Threshold, spread: float) -> bool:
    """Say whether a verdict holds though the self-test was not decided.

    It does where the interval lies beyond the edge by more than those of the self-test reach from
    what they should show: whatever made them unsure can't have made this.

    Args:
        spread: how far they reach; see Controls.spread.
    """
    low, high = decision.ratio.low, decision.ratio.high
    if not decision.verdict or math.isnan(low) or math.isnan(high):
        return False
    return math.log(low) - threshold.slower > spread or threshold.passes - math.log(high) > spread


def standard_error(sets: Sequence[SetRounds], look: int) -> float:
    """Estimate the standard error of the median log-ratio after `look` sets such as these."""
    within, between = _variances(sets)
    return math.sqrt((within + between) / look)


def _hopeless(error: float, threshold: Threshold, look: int) -> tuple[str, int]:
    """Say why even the last look would not find the slowdown in question; empty if it would.

    Args:
        error: the standard error at the first look.

    Returns:
        The reason, and how many times as many reviews would do; 0 where none are needed.
    """
    error /= math.sqrt(LOOKS[-1] / LOOKS[0])
    least = threshold.detectable(error)
    if not threshold.slowdown or least <= threshold.slowdown * SURELY[look]:
        return "", 0
    needed = math.exp(STANDARD_ERRORS * error)
    allowed = math.log1p(threshold.slowdown) - math.log1p(0.4 * threshold.slowdown)
    # The error shrinks with the root of the time that is measured.
    more = max(2, math.ceil((STANDARD_ERRORS * error / allowed) ** 2))
    text = (
        f"the smallest slowdown that {LOOKS[-1]} sets can tell on this machine now is {least:.2%}, "
        f"above the limit of {100 * threshold.slowdown:.4g}%: use about {more} times as "
        "many reviews or a quieter machine"
    )
    if 0.4 * needed < 1:
        # The slowdown s for which (1 + 0.4 s) * needed is 1 + s, so that it is just found.
        found = (needed - 1) / (1 - 0.4 * needed)
        text += f", or allow a slowdown of {math.ceil(1000 * found) / 10:g}%"
    return text, more


def _more_to_decide(middle: float, low: float, high: float, threshold: Threshold) -> int:
    """Return by how many times as many reviews the bound would be beyond its edge; 0 for never."""
    reach, distance = high - middle, threshold.passes - middle
    if middle > (threshold.slower + threshold.passes) / 2:
        reach, distance = middle - low, middle - threshold.slower
    if not (distance > 0 and math.isfinite(reach)):
        return 0
    more = max(2, math.ceil((reach / distance) ** 2))
    return more if more <= MOST_REVIEWS else 0


def _variances(sets: Sequence[SetRounds]) -> tuple[float, float]:
    """Return the variance of the sets' medians that the noise of rounds explains, and the rest."""
    medians = np.array([np.median(paired.logs) for paired in sets])
    centred = np.concatenate([paired.logs - np.median(paired.logs) for paired in sets])
    rounds = len(centred) / len(sets)
    within = (MEDIAN_ERROR * _robust_deviation(centred)) ** 2 / rounds
    return within, max(0.0, _robust_deviation(medians) ** 2 - within)


def _doubt(sets: Sequence[SetRounds], middle: float, distance: float) -> str:
    """Say why the rounds are not fit to decide; empty if they are.

    Args:
        middle: the median of all logs.
        distance: of the median from the edge that it must be beyond. With a threshold of 5 % it
            is 3 % for identical code, and for a true slowdown of 5 % as well; a third of it is 1 %.
    """
    spread = math.sqrt(_variances(sets)[1])
    # More sets may differ more: what counts is the error that is left in their median.
    allowed = distance / 3 * math.sqrt(len(sets) / LOOKS[0])
    if spread > allowed:
        return (
            f"the sets of workers differ by {spread:.2%} among themselves beyond the noise of "
            f"their rounds, over the {allowed:.2%} that so near a decision allows: run on a "
            "quieter machine"
        )
    correlation, pairs = _correlation(sets)
    # A drift that is small beside the distance can't have covered it.
    drifts = _robust_deviation(np.concatenate([paired.logs for paired in sets])) > distance / 5
    if drifts and correlation > max(LARGEST_CORRELATION, 3 / math.sqrt(pairs)):
        return (
            f"neighbouring rounds are alike (rank correlation {correlation:.2f}): the machine "
            "changes its speed while it measures; run on a quieter one"
        )
    stretch = float(np.median([paired.stretch for paired in sets]))
    apart = abs(float(np.median(np.concatenate([paired.other_logs for paired in sets]))) - middle)
    if stretch < QUIET and apart > max(LARGEST_DISAGREEMENT, distance / 3):
        return (
            f"CPU and wall time disagree by {apart:.1%}, though nothing else keeps the core busy: "
            "see whether the network sleeps or waits"
        )
    return ""


def _correlation(sets: Sequence[SetRounds]) -> tuple[float, int]:
    """Return the mean rank correlation of neighbouring rounds, and the number of their pairs."""
    found = [
        (_rank_correlation(paired.logs[:-1], paired.logs[1:]), len(paired.logs) - 1)
        for paired in sets
        if len(paired.logs) > 3 and np.ptp(paired.logs[:-1]) and np.ptp(paired.logs[1:])
    ]
    if not found:
        return 0.0, 1
    values, pairs = np.array(found).T
    return float(np.average(values, weights=pairs)), int(pairs.sum())


def _rank_correlation(first: Array, second: Array) -> float:
    """Return Spearman's; scipy.stats, which has it too, takes long to import."""
    ranks = np.column_stack([pd.Series(values).rank() for values in (first, second)])
    correlations: Array = np.asarray(np.corrcoef(ranks, rowvar=False))
    return float(correlations[1, 0])


def _robust_deviation(values: Array) -> float:
    return float(ROBUST * np.median(np.abs(values - np.median(values))))
