"""Gates and runs that are put together from recorded sets come out as real ones would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skipzeros import Reviews
from skipzeros.bench.gate import simulation
from skipzeros.bench.gate.comparison import Comparison
from skipzeros.bench.gate.controls import Controls
from skipzeros.bench.gate.decide import SetRounds, Threshold
from skipzeros.bench.gate.simulation import Sets, coverage, simulate, simulate_tested
from skipzeros.bench.workers.entry import Entry
from skipzeros.bench.workers.shared_reviews import write_reviews

FIVE = Threshold.max_slowdown(0.05)


def recorded(ratio: float, sets: int = 20, between: float = 0.003) -> Sets:
    rng = np.random.default_rng(1)
    logs = [
        np.log(ratio) + between * rng.normal() + 0.01 * rng.normal(size=25) for _ in range(sets)
    ]
    return {number: SetRounds(one, one, 1.0) for number, one in enumerate(logs)}


def test_gates_put_together_from_identical_code_pass_and_from_slower_code_do_not() -> None:
    assert simulate(recorded(1.0), FIVE, 100) == {"pass": 100}
    assert simulate(recorded(1.05), FIVE, 100) == {"slower": 100}
    assert simulate(recorded(0.9), FIVE, 50) == {"faster": 50}


def test_gates_put_together_from_what_decides_nothing_are_inconclusive() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0.05, 0.5, (20, 25))
    restless = {number: SetRounds(one, one, 1.0) for number, one in enumerate(noise)}
    assert simulate(restless, FIVE, 50) == {"inconclusive": 50}


def test_a_simulated_slower_has_to_be_confirmed_too() -> None:
    verdicts: Any = iter(["slower", "slower", "pass", "slower", "pass", "faster"])
    found = simulation._confirmed(lambda: next(verdicts), 4)
    assert found == {"slower": 1, "pass": 1, "inconclusive": 1, "faster": 1}


@pytest.mark.parametrize(
    ("copy", "longer", "ratio", "verdict"),
    [
        (recorded(1.0), recorded(1.05), 1.0, "pass"),
        (recorded(1.0), recorded(1.05), 1.08, "slower"),
        # A copy that comes out as slower, or a slower one that doesn't, makes all of it void
        (recorded(1.06), recorded(1.05), 1.0, "inconclusive"),
        (recorded(1.0), recorded(1.0), 1.06, "inconclusive"),
        # but for what is plain.
        (recorded(1.06), recorded(1.05), 2.0, "slower"),
        (recorded(1.0, between=0.04), recorded(1.05, between=0.04), 2.0, "slower"),
        (recorded(1.0, between=0.04), recorded(1.05, between=0.04), 0.4, "faster"),
    ],
)
def test_a_gate_that_tests_itself_believes_only_what_is_plain_where_the_test_fails(
    copy: Sets, longer: Sets, ratio: float, verdict: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    (tmp_path / "reviews").mkdir()
    entry = Entry("csr", "csr", write_reviews(few_reviews, tmp_path / "reviews"))
    controls = Controls.of(entry, 0.05, few_reviews, few_reviews, tmp_path / "longer")
    mine = Comparison(Entry("mine", "mine.py:Mine", entry.reviews), entry, FIVE)
    sets = {controls.copy: copy, controls.longer: longer, mine: recorded(ratio)}
    assert simulate_tested(sets, mine, controls, 40) == {verdict: 40}


def test_only_sets_that_all_have_are_drawn(few_reviews: Reviews, tmp_path: Path) -> None:
    (tmp_path / "reviews").mkdir()
    entry = Entry("csr", "csr", write_reviews(few_reviews, tmp_path / "reviews"))
    controls = Controls.of(entry, 0.05, few_reviews, few_reviews, tmp_path / "longer")
    mine = Comparison(Entry("mine", "mine.py:Mine", entry.reviews), entry, FIVE)
    later = {number + 15: one for number, one in recorded(1.0).items()}
    sets = {controls.copy: later, controls.longer: recorded(1.05), mine: recorded(1.0)}
    assert simulate_tested(sets, mine, controls, 20) == {"pass": 20}


def test_an_interval_holds_the_truth_as_often_as_it_should_and_misses_what_is_false() -> None:
    held = coverage([*recorded(1.0, sets=60).values()], 200)
    assert list(held) == [6, 12, 20, 40, 60]
    assert min(held.values()) >= 0.95
    assert max(coverage([*recorded(1.2, sets=60).values()], 50).values()) < 0.05
    assert coverage([*recorded(1.0, sets=2).values()], 50) == {}
