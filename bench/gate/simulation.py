"""Gates and runs that are put together from recorded sets of workers, where real ones are few."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from ..outcomes import Verdict
from ..timing.ratios import ratio_over_sets
from ..workers.worker_sets import SETS
from .comparison import Comparison
from .controls import Controls
from .decide import LOOKS, Decision, SetRounds, Threshold, decide

COVERED_ROUNDS = (6, 12, 20, 40, 60)
# The paired rounds of each recorded set, by its number.
Sets = Mapping[int, SetRounds]


def simulate(sets: Sets, threshold: Threshold, gates: int) -> Counter[Verdict]:
    """Count the verdicts of gates on one comparison, without a test of the gate itself.

    Args:
        sets: are drawn at random, each with its rounds as they were, and one may be drawn several
            times.
        gates: how many.
    """
    numbers, draw = list(sets), random.Random(1)

    def once() -> Verdict:
        drawn: list[int] = []
        for look in LOOKS:
            drawn += draw.choices(numbers, k=look - len(drawn))
            decision = decide([sets[number] for number in drawn], threshold)
            if decision.final:
                break
        return decision.verdict or Verdict.INCONCLUSIVE

    return _confirmed(once, gates)


def simulate_tested(
    recorded: Mapping[Comparison, Sets], comparison: Comparison, controls: Controls, gates: int
) -> Counter[Verdict]:
    """Count the verdicts of gates on one comparison that test themselves, as real ones do.

    Args:
        recorded: of the comparison and the controls; sets that all of them have are drawn as they
            were, for all of them at once.
        gates: how many.
    """
    taking_part = (comparison, *controls.both)
    numbers = [n for n in recorded[comparison] if all(n in recorded[one] for one in taking_part)]
    draw = random.Random(1)

    def once() -> Verdict:
        drawn: list[int] = []
        decided: dict[Comparison, Decision] = {}
        wanted = list(taking_part)
        for look in LOOKS:
            drawn += draw.choices(numbers, k=look - len(drawn))
            for one in wanted:
                sets = [recorded[one][number] for number in drawn]
                decided[one] = decide(sets, one.threshold)
            wanted = controls.wanted([comparison], decided)
            if not wanted:
                break
        failed, _ = controls.judge(decided)
        if failed and not controls.plain(comparison, decided):
            return Verdict.INCONCLUSIVE
        return decided[comparison].verdict or Verdict.INCONCLUSIVE

    return _confirmed(once, gates)


def _confirmed(once: Callable[[], Verdict], gates: int) -> Counter[Verdict]:
    """Count the verdicts of gates in which what is slower must be slower once more."""
    verdicts: Counter[Verdict] = Counter()
    for _ in range(gates):
        verdict = once()
        if verdict == Verdict.SLOWER and once() != Verdict.SLOWER:
            verdict = Verdict.INCONCLUSIVE
        verdicts[verdict] += 1
    return verdicts


def coverage(sets: Sequence[SetRounds], runs: int) -> dict[int, float]:
    """Say how often an interval of `run` holds 1, for a network and its copy.

    Args:
        sets: recorded of them; of each run three are drawn, and of each of these some rounds in a
            row.
        runs: how many are put together for each number of rounds.

    Returns:
        The share of them, by the number of rounds; empty where too few sets are long enough.
    """
    draw = random.Random(1)
    found = {}
    for rounds in COVERED_ROUNDS:
        long = [paired.logs for paired in sets if len(paired.logs) >= math.ceil(rounds / SETS)]
        if len(long) < SETS:
            continue
        held = 0
        for _ in range(runs):
            parts = {}
            for number, logs in enumerate(draw.sample(long, SETS)):
                size = len(range(number, rounds, SETS))
                begin = draw.randrange(len(logs) - size + 1)
                parts[number] = pd.Series(logs[begin : begin + size])
            ratio = ratio_over_sets(pd.concat(parts, names=["set", "round"]))
            held += ratio.low <= 1 <= ratio.high
        found[rounds] = held / runs
    return found
