"""What ratios measured on several machines say together: pure functions, so that anyone can check.

A ratio means something within one run on one machine. Across machines there is no common ratio:
how far they differ belongs to the answer. So logarithms of ratios are random effects of kinds of
machines (Hartung and Knapp's interval for their mean, and a prediction interval for one more kind),
and passes of different machines are never pooled.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtri, stdtrit

from ...impls.network import Array
from ..timing.ratios import CONFIDENCE, Ratio, paired_ratio

# With two kinds how far they differ is anybody's guess.
FEWEST_KINDS = 3


@dataclass(frozen=True)
class Effect:
    """A ratio that was measured on one machine.

    Attributes:
        kind: what the machine has in common with others: its processor.
        ratio: with its 95 % interval.
    """

    machine: str
    kind: str
    ratio: Ratio


@dataclass(frozen=True)
class Together:
    """What effects say together.

    Attributes:
        kinds: how many kinds of machines there are.
        mean: the ratio on an average kind of machine, with its 95 % interval.
        predicted: the interval in which one more kind of machine like these has its ratio, with
            95 %.
    """

    kinds: int
    mean: Ratio
    predicted: tuple[float, float]


def together(effects: Iterable[Effect]) -> Together | None:
    """Combine effects; None for fewer than three kinds of machines with an interval.

    Args:
        effects: one for each machine.
    """
    logs, variances = _of_kinds(effects)
    kinds = len(logs)
    if kinds < FEWEST_KINDS:
        return None
    between = _between(logs, variances)
    weights = 1 / (variances + between)
    mean = float(np.average(logs, weights=weights))
    scattered = float(np.sum(weights * (logs - mean) ** 2)) / (kinds - 1)
    # Kinds that agree by luck don't make the mean surer than the single intervals do.
    variance = max(1.0, scattered) / float(weights.sum())
    reach = _quantile(kinds - 1) * math.sqrt(variance)
    further = _quantile(kinds - 2) * math.sqrt(variance + between)
    low, high = (math.exp(mean + sign * reach) for sign in (-1, 1))
    predicted = math.exp(mean - further), math.exp(mean + further)
    return Together(kinds, Ratio(math.exp(mean), low, high), predicted)


def _of_kinds(effects: Iterable[Effect]) -> tuple[Array, Array]:
    """Return the logarithm of each kind's ratio, and the variance that its measurement has."""
    by_kind: dict[str, list[Ratio]] = {}
    for effect in effects:
        if effect.ratio.low > 0 and effect.ratio.high > effect.ratio.low:
            by_kind.setdefault(effect.kind, []).append(effect.ratio)
    logs, variances = [], []
    for ratios in by_kind.values():
        own = [math.log(ratio.ratio) for ratio in ratios]
        errors = [math.log(one.high / one.low) / 2 / _normal() for one in ratios]
        logs.append(math.fsum(own) / len(own))
        variances.append(math.fsum(error**2 for error in errors) / len(own) ** 2)
    return np.array(logs), np.array(variances)


def _between(logs: Array, variances: Array) -> float:
    """Return the variance between kinds, as Paule and Mandel estimate it."""

    def excess(between: float) -> float:
        weights = 1 / (variances + between)
        mean = np.average(logs, weights=weights)
        return float(np.sum(weights * (logs - mean) ** 2)) - (len(logs) - 1)

    most = float(np.ptp(logs)) ** 2 + float(variances.max())
    if excess(0.0) <= 0 or excess(most) >= 0:
        return 0.0 if excess(0.0) <= 0 else most
    return float(brentq(excess, 0.0, most))


def _normal() -> float:
    return float(ndtri((1 + CONFIDENCE) / 2))


def _quantile(freedom: int) -> float:
    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


@dataclass(frozen=True)
class Swap:
    """Two networks of which one is faster on some machines and slower on others."""

    first: str
    second: str
    faster: tuple[str, ...]
    slower: tuple[str, ...]


def swaps(passes: Mapping[str, pd.DataFrame], networks: Sequence[str]) -> list[Swap]:
    """Find pairs of networks whose order differs between machines, beyond what intervals allow.

    Args:
        passes: of one scenario, by machine, as in passes.csv.
        networks: those that are certified on all of them.
    """
    found = []
    for first, second in combinations(networks, 2):
        ratios = {machine: paired_ratio(rows, first, second) for machine, rows in passes.items()}
        faster = tuple(machine for machine, ratio in ratios.items() if ratio.high < 1)
        slower = tuple(machine for machine, ratio in ratios.items() if ratio.low > 1)
        if faster and slower:
            found.append(Swap(first, second, faster, slower))
    return found
