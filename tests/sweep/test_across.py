"""What machines say together: as often right as is said, and no more than can be said."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.sweep.across import Effect, swaps, together
from skipzeros.bench.timing.ratios import Ratio

TRUTH, ERROR = math.log(0.3), 0.01


def effects(logs: Sequence[float], error: float = ERROR) -> list[Effect]:
    return [
        Effect(f"m{n}", f"cpu {n}",
               Ratio(math.exp(log), math.exp(log - 1.96 * error), math.exp(log + 1.96 * error)))
        for n, log in enumerate(logs)
    ]  # fmt: skip


@pytest.mark.parametrize("kinds", [3, 6])
@pytest.mark.parametrize("apart", [0.0, 0.1])
def test_intervals_hold_the_truth_where_machines_differ(kinds: int, apart: float) -> None:
    rng = np.random.default_rng(1)
    held = foreseen = 0
    for _ in range(400):
        own = TRUTH + rng.normal(0, apart, kinds + 1)
        joint = together(effects(own[:-1] + rng.normal(0, ERROR, kinds)))
        assert joint is not None
        held += joint.mean.low <= math.exp(TRUTH) <= joint.mean.high
        foreseen += joint.predicted[0] <= math.exp(own[-1]) <= joint.predicted[1]
    # 95 % of 400, less three standard deviations.
    assert held >= 367
    assert foreseen >= 367


def test_pooled_passes_would_not_have_held_it() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        logs = TRUTH + rng.normal(0, 0.1, 6) + rng.normal(0, ERROR, 6)
        held += abs(logs.mean() - TRUTH) < 1.96 * ERROR / math.sqrt(6)
    assert held < 100


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=8), st.floats(1e-4, 0.5))
def test_the_mean_lies_among_the_ratios_and_its_interval_in_the_prediction(
    logs: list[float], error: float
) -> None:
    joint = together(effects(logs, error))
    assert joint is not None
    assert min(logs) - 1e-9 <= math.log(joint.mean.ratio) <= max(logs) + 1e-9
    low, high = joint.predicted
    assert low <= joint.mean.low <= joint.mean.ratio <= joint.mean.high <= high


def test_two_kinds_have_no_mean_however_many_machines() -> None:
    of_two = [Effect(str(n), str(n % 2), one.ratio) for n, one in enumerate(effects([0.1] * 6))]
    assert together(of_two) is None
    assert together([]) is None


def test_machines_of_a_kind_count_once() -> None:
    own = effects([0.1, 0.2, 0.3])
    again = [Effect(f"{one.machine} again", one.kind, one.ratio) for one in own]
    joint, twice = together(own), together([*own, *again])
    assert joint is not None
    assert twice is not None
    assert twice.kinds == joint.kinds == 3
    # Kinds differ by far more than measurements do, so that more of these say next to nothing.
    assert twice.mean.high == pytest.approx(joint.mean.high, rel=0.01)


def passes(first: float, second: float) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame([
        {"network": name, "set": 1 + n % 3, "round": n, "cpu_seconds": time * rng.uniform(1, 1.02),
         "wall_seconds": time, "waits": 0}
        for n in range(12)
        for name, time in (("a", first), ("b", second))
    ])  # fmt: skip


def test_networks_that_swap_their_order_are_found() -> None:
    (swap,) = swaps({"x": passes(1.0, 2.0), "y": passes(2.0, 1.0)}, ["a", "b"])
    assert (swap.first, swap.second, swap.faster, swap.slower) == ("a", "b", ("x",), ("y",))
    assert swaps({"x": passes(1.0, 2.0), "y": passes(1.0, 3.0)}, ["a", "b"]) == []
    assert swaps({"x": passes(1.0, 2.0), "y": passes(1.0, 1.0)}, ["a", "b"]) == []
