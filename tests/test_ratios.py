"""Ratios of paired passes: against the definition, and against a machine that slows down."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from skipzeros.bench.ratios import median_seconds, paired_ratio


def passes(fast: list[float], slow: list[float]) -> pd.DataFrame:
    rows = [
        {"network": name, "set": 1, "round": number, "cpu_seconds": one, "wall_seconds": 2 * one}
        for name, column in (("fast", fast), ("slow", slow))
        for number, one in enumerate(column, 1)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


def test_a_slow_spell_of_the_machine_leaves_the_ratio_alone() -> None:
    spell = np.array([1, 1, 30, 30, 1, 1, 5])
    ratio = paired_ratio(passes(list(0.1 * spell), list(0.4 * spell)), "fast", "slow", "cpu")
    assert ratio.ratio == pytest.approx(0.25)
    assert ratio.low == pytest.approx(0.25)
    assert ratio.high == pytest.approx(0.25)


@given(st.lists(st.floats(0.5, 2), min_size=1, max_size=40))
def test_the_interval_is_that_of_binomial_order_statistics(factors: list[float]) -> None:
    ratio = paired_ratio(passes(factors, [1.0] * len(factors)), "fast", "slow", "cpu")
    n, ordered = len(factors), sorted(factors)
    assert ratio.ratio == pytest.approx(math.exp(np.median(np.log(factors))))
    # The widest tail below 2.5 % on each side: the k-th smallest and the k-th largest.
    k = int(binom.ppf(0.025, n, 0.5))
    if n < 6:
        assert math.isnan(ratio.low)
        assert math.isnan(ratio.high)
    else:
        assert ratio.low == pytest.approx(ordered[k - 1])
        assert ratio.high == pytest.approx(ordered[n - k])


def test_the_baseline_is_one_and_an_absent_one_gives_nothing() -> None:
    table = passes([0.1] * 6, [0.2] * 6)
    own = paired_ratio(table, "slow", "slow", "cpu")
    assert (own.ratio, own.low, own.high) == (1, 1, 1)
    assert math.isnan(paired_ratio(table, "fast", "absent", "cpu").ratio)
    assert math.isnan(paired_ratio(table, "absent", "slow", "cpu").ratio)


def test_rounds_without_a_partner_do_not_count() -> None:
    table = passes([0.1, 0.1, 0.1], [0.2, 0.2])
    assert paired_ratio(table, "fast", "slow", "cpu").ratio == pytest.approx(0.5)
    table = passes([0.1], [0.2, 9.0, 9.0])
    assert paired_ratio(table, "fast", "slow", "cpu").ratio == pytest.approx(0.5)


def test_the_clock_is_the_one_asked_for() -> None:
    table = passes([0.1, 0.3, 0.2], [1.0, 1.0, 1.0])
    assert median_seconds(table, "fast", "cpu") == pytest.approx(0.2)
    assert median_seconds(table, "fast", "wall") == pytest.approx(0.4)
