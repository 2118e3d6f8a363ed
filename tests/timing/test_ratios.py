"""Ratios of paired passes, and by which clock: against the definition and restless machines."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, quantile_test, t

from skipzeros.bench.timing.ratios import (
    Ratio,
    between_sets,
    clock_of,
    median_bound,
    median_ratio,
    median_seconds,
    paired_logs,
    paired_ratio,
    widest,
)


def passes(
    fast: list[float], slow: list[float], sets: int = 1, idle: float = 0.5, waits: object = 0
) -> pd.DataFrame:
    """As in passes.csv: the CPU seconds, cut into sets; fast is idle for a share and waits."""
    rows = [
        {
            "network": name,
            "set": 1 + number % sets,
            "round": 1 + number // sets,
            "cpu_seconds": one,
            "wall_seconds": one / (1 - share),
            "process_seconds": one,
            "waits": waited,
        }
        for name, column, share, waited in (("fast", fast, idle, waits), ("slow", slow, 0.5, 0))
        for number, one in enumerate(column)
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


@given(
    st.integers(1, 2000),
    st.sampled_from([0.025, 0.05, 1e-3, 1.25e-5, 7.5e-5]) | st.floats(1e-6, 0.4),
    st.integers(0, 2**32 - 1),
)
def test_bounds_of_a_median_are_those_of_scipy(number: int, error: float, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=number)
    for alternative in ("greater", "less"):
        test = quantile_test(values, p=0.5, alternative=alternative)
        bound = median_bound(values, alternative, error)
        interval = test.confidence_interval(1 - error)
        expected = interval.low if alternative == "greater" else interval.high
        if math.isnan(expected):
            assert math.isinf(bound)
            assert (bound < 0) == (alternative == "greater")
        else:
            assert bound == expected
    both = quantile_test(values, p=0.5).confidence_interval(1 - error)
    ratio = median_ratio(pd.Series(values), 1 - error)
    assert math.isnan(both.low) == math.isnan(ratio.low)
    if not math.isnan(both.low):
        assert (ratio.low, ratio.high) == (math.exp(both.low), math.exp(both.high))


@given(st.lists(st.floats(0.5, 2), min_size=6, max_size=40), st.integers(2, 5))
def test_the_interval_is_no_narrower_than_the_sets_allow(factors: list[float], sets: int) -> None:
    ones = [1.0] * len(factors)
    together = paired_ratio(passes(factors, ones), "fast", "slow", "cpu")
    ratio = paired_ratio(passes(factors, ones, sets), "fast", "slow", "cpu")
    medians = [np.median(np.log(factors[first::sets])) for first in range(sets)]
    reach = t.ppf(0.975, sets - 1) * np.std(medians, ddof=1) / math.sqrt(sets)
    middle = float(np.mean(medians))
    assert ratio.ratio == pytest.approx(together.ratio)
    assert ratio.low == pytest.approx(min(together.low, math.exp(middle - reach)))
    assert ratio.high == pytest.approx(max(together.high, math.exp(middle + reach)))


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


def test_a_busy_machine_is_told_by_cpu_time() -> None:
    assert clock_of(passes([0.1] * 6, [0.2] * 6), "fast", "slow") == "cpu"


def test_one_that_sleeps_is_told_by_wall_time_and_so_is_every_ratio_with_it() -> None:
    table = passes([0.1] * 6, [0.2] * 6, idle=0.9, waits=1)
    assert clock_of(table, "fast") == "wall"
    assert clock_of(table, "fast", "slow") == "wall"
    assert clock_of(table, "slow", "fast") == "wall"
    assert clock_of(table, "slow") == "cpu"
    assert paired_ratio(table, "fast", "slow", "wall").ratio == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("idle", "waits", "clock"),
    [
        (0.009, 5, "cpu"),
        (0.011, 5, "wall"),
        (0.011, 1, "wall"),
        (0.011, 0, "cpu"),
        (-0.1, 5, "cpu"),
    ],
)
def test_one_waits_that_gives_up_the_core_and_is_idle_for_over_a_hundredth(
    idle: float, waits: int, clock: str
) -> None:
    assert clock_of(passes([0.1] * 6, [0.2] * 6, idle=idle, waits=waits), "fast") == clock


@pytest.mark.parametrize(("passes_that_wait", "clock"), [(3, "cpu"), (4, "wall")])
def test_one_waits_that_does_so_in_most_passes(passes_that_wait: int, clock: str) -> None:
    table = passes([0.1] * 7, [0.2] * 7, idle=0.9, waits=0)
    table.loc[table["round"] <= passes_that_wait, "waits"] = 1
    assert clock_of(table, "fast") == clock


@pytest.mark.parametrize("nothing", [math.nan, None])
def test_where_the_system_counts_no_waits_cpu_time_decides(nothing: object) -> None:
    table = passes([0.1] * 6, [0.2] * 6, idle=0.9, waits=nothing)
    assert clock_of(table, "fast") == "cpu"
    table["waits"] = nothing
    assert clock_of(table, "fast", "slow") == "cpu"


def test_one_that_was_never_timed_waits_for_nothing() -> None:
    assert clock_of(passes([0.1], [0.2], waits=1), "absent") == "cpu"


def test_logs_are_of_each_round_by_set() -> None:
    table = passes([0.1, 0.2, 0.4, 0.8, 1.6], [0.1] * 6, sets=2)
    logs = paired_logs(table, "fast", "slow", "cpu")
    assert list(logs.index) == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
    assert logs.to_numpy() / math.log(2) == pytest.approx([0, 2, 4, 1, 3])
    assert not len(paired_logs(table, "fast", "absent", "cpu"))


def test_sets_are_apart_by_their_medians() -> None:
    # Medians 2, 3 and 2.4, whatever single rounds do.
    table = passes([0.2, 0.3, 0.24, 0.2, 0.3, 0.24, 9, 0.01, 0.24], [0.1] * 9, sets=3)
    assert between_sets(table, "fast", "slow", "cpu") == pytest.approx(0.5)
    assert math.isnan(between_sets(passes([0.1] * 6, [0.2] * 6), "fast", "slow", "cpu"))
    assert math.isnan(between_sets(table, "fast", "absent", "cpu"))


def test_half_the_width_is_that_of_the_farther_end() -> None:
    assert Ratio(2, 1, 2.5).half_width == pytest.approx(0.5)
    assert Ratio(2, 1.9, 3).half_width == pytest.approx(0.5)
    assert Ratio(1, 1, 1).half_width == 0
    assert Ratio(2).half_width == math.inf
    assert Ratio().half_width == math.inf


def test_the_widest_interval_is_found_by_each_networks_own_clock() -> None:
    table = passes([0.1, 0.11, 0.12, 0.13, 0.14, 0.16], [0.1] * 6, idle=0.9, waits=1)
    table.loc[table["network"] == "fast", "wall_seconds"] = 0.2
    assert widest(table, ["fast", "slow"], "slow") == pytest.approx(0)
    table["waits"] = 0
    assert widest(table, ["fast", "slow"], "slow") == pytest.approx(
        0.16 / math.sqrt(0.12 * 0.13) - 1
    )
    assert widest(table, ["slow"], "slow") == 0
    assert widest(table, [], "slow") == 0
    assert widest(table, ["slow", "absent"], "slow") == math.inf
