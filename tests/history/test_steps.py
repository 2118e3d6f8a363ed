"""Steps in made series: those that are there are found, and hardly any that aren't."""

from __future__ import annotations

import math
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.history import steps as module
from skipzeros.bench.history.steps import steps_of
from skipzeros.bench.outcomes import BadInput

pytestmark = pytest.mark.skipif(
    find_spec("ruptures") is None, reason="ruptures is missing: pip install 'skipzeros[history]'"
)


def series(
    levels: list[tuple[int, float]], noise: float, seed: int, outliers: int = 0
) -> list[float]:
    """Ratios of so many commits at each level, some of them on a bad day."""
    random = np.random.default_rng(seed)
    logs = np.concatenate([np.full(commits, math.log(level)) for commits, level in levels])
    logs += random.normal(0, noise, len(logs))
    for _ in range(outliers):
        logs[random.integers(len(logs))] += random.choice([-1, 1]) * random.uniform(0.1, 0.5)
    return list(np.exp(logs))


def test_a_step_is_told_with_its_place_and_size() -> None:
    (found,) = steps_of(series([(12, 0.5), (10, 0.55)], 0.01, 1))
    assert found.place == 12
    assert found.change == pytest.approx(1.1, rel=0.02)


def test_a_step_there_and_back() -> None:
    first, second = steps_of(series([(12, 0.5), (8, 0.6), (12, 0.5)], 0.01, 2))
    assert (first.place, second.place) == (12, 20)
    assert first.change * second.change == pytest.approx(1, rel=0.03)


def test_few_commits_have_no_steps() -> None:
    assert steps_of([1, 1, 2, 2, 2]) == []
    assert steps_of([]) == []


@given(
    st.lists(st.floats(0.001, 1000), min_size=1, max_size=30),
    st.floats(0.001, 1000),
)
def test_what_a_ratio_relates_to_is_no_matter(ratios: list[float], scale: float) -> None:
    plain, scaled = steps_of(ratios), steps_of([scale * ratio for ratio in ratios])
    assert [step.place for step in plain] == [step.place for step in scaled]
    assert [step.change for step in plain] == pytest.approx([step.change for step in scaled])


def test_a_single_bad_day_is_no_step() -> None:
    ratios = series([(20, 0.5)], 0.01, 3)
    ratios[9] *= 1.6
    assert steps_of(ratios) == []


def rates(levels: list[tuple[int, float]], noise: float, outliers: int = 0) -> tuple[float, float]:
    """The false steps in each of 200 series, and the share of true ones that are missed."""
    true = np.cumsum([commits for commits, _ in levels])[:-1]
    false = missed = 0
    for seed in range(200):
        places = [step.place for step in steps_of(series(levels, noise, seed, outliers))]
        near = [any(abs(place - one) <= 1 for place in places) for one in true]
        missed += near.count(False)
        false += sum(all(abs(place - one) > 1 for one in true) for place in places)
    return false / 200, missed / max(1, 200 * len(true))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("levels", "noise", "outliers", "most_false", "most_missed"),
    [
        ([(60, 0.5)], 0.01, 0, 0.05, 0),
        ([(60, 0.5)], 0.03, 0, 0.1, 0),
        ([(60, 0.5)], 0.01, 4, 0.05, 0),
        ([(30, 0.5), (30, 0.55)], 0.01, 0, 0.05, 0.01),
        ([(30, 0.5), (30, 0.55)], 0.01, 4, 0.1, 0.02),
        ([(20, 0.5), (20, 0.55), (20, 0.5)], 0.02, 0, 0.1, 0.1),
    ],
    ids=["none", "none-noisy", "none-outliers", "one", "one-outliers", "two-noisy"],
)
def test_how_many_steps_are_false_and_how_many_missed(
    levels: list[tuple[int, float]],
    noise: float,
    outliers: int,
    most_false: float,
    most_missed: float,
) -> None:
    false, missed = rates(levels, noise, outliers)
    assert false <= most_false
    assert missed <= most_missed


def test_without_ruptures_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(BadInput, match=r"pip install 'skipzeros\[history\]'"):
        steps_of([1.0] * 10)
