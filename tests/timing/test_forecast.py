"""What is told at the start grows with what there is to do; how exact it is, depends on luck."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.text.amounts import minutes
from skipzeros.bench.timing.examine import first_calls
from skipzeros.bench.timing.forecast import STARTING_SECONDS, certifying, timing
from skipzeros.bench.timing.rounds import Plan
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.reviews import Reviews

SCENARIO = Scenario(hidden=10)


def reviews(number: int) -> Reviews:
    return Reviews.from_lists([[0, 1, 2]] * number, [0, 1] * (number // 2), 3)


def test_a_certificate_takes_its_passes_and_the_steps_of_the_reference() -> None:
    all_of_them = certifying(2.0, reviews(1000), SCENARIO, None, 1)
    assert all_of_them > 4
    assert certifying(2.0, reviews(1000), SCENARIO, None, 3) == pytest.approx(all_of_them + 4)
    assert certifying(2.0, reviews(1000), SCENARIO, 100, 1) < all_of_them
    assert certifying(2.0, reviews(1000), replace(SCENARIO, hidden=99), None, 1) > all_of_them


@pytest.mark.parametrize(
    ("plan", "seconds"),
    [
        (Plan(rounds=20), 3 * 20),
        (Plan(rounds=20, budget=50), 50),
        (Plan(rounds=20, budget=5), 3 * 6),  # no fewer give an interval
        (Plan(budget=200), 200),
        (Plan(budget=5), 3 * 6),
    ],
)
def test_the_rounds_take_what_is_asked_for_or_the_budget(plan: Plan, seconds: float) -> None:
    assert timing([1.0, 2.0], plan) == pytest.approx(seconds + 2 * STARTING_SECONDS)


def test_a_short_pass_has_others_beside_it() -> None:
    short = timing([0.01] * 100, Plan(rounds=6)) - 100 * STARTING_SECONDS
    assert short > 1.5 * (timing([1.0], Plan(rounds=6)) - STARTING_SECONDS)


@pytest.mark.parametrize(("batch_size", "seconds"), [(1, 2.0 * 50), (500, 2.0 * 10)])
def test_the_first_calls_tell_how_long_compiling_and_a_pass_take(
    batch_size: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.perf_counter", iter([0.0, 5.0, 5.0, 7.0]).__next__)
    scenario = replace(SCENARIO, batch_size=batch_size)
    assert first_calls(AddReduce, reviews(5000), scenario) == (3.0, seconds)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(3, "10 s"), (26, "30 s"), (89, "90 s"), (90, "2 minutes"), (300, "5 minutes"),
     (5400, "2 hours")],
)  # fmt: skip
def test_a_wait_is_told_roughly(seconds: float, told: str) -> None:
    assert minutes(seconds) == told
