"""Rounds, their order, and what happens to a network that is another one under the clock."""

from __future__ import annotations

import gc
import itertools
import math
import sys
import threading
import time
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import Reviews
from skipzeros.bench.networks.registry import Candidate
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import Failed
from skipzeros.bench.timing import clock as timing
from skipzeros.bench.timing.clock import Contestant
from skipzeros.bench.timing.examine import examine, judge_timing, line_up, wake
from skipzeros.bench.timing.ratios import Ratio, ratio_over_sets
from skipzeros.bench.timing.reading import Aside, Outer, Reading
from skipzeros.bench.timing.rounds import MIN_ROUNDS, Plan, time_round
from skipzeros.bench.timing.secret import Secret
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.dense import Dense
from skipzeros.impls.sum_loop import SumLoop


@pytest.fixture
def reviews(few_reviews: Reviews) -> Reviews:
    return few_reviews.presence()


def secret_of(reviews: Reviews, last: Secret | None = None) -> Secret:
    return Secret(reviews, Scenario(), last)


def contestant(network: type, reviews: Reviews, name: str = "") -> Contestant:
    scenario = Scenario()
    candidate = Candidate(name or network.__name__, network)
    result = examine(candidate, reviews, scenario, judged=None, whole_passes=1)
    result, ready = line_up(wake(network, reviews, scenario), result, reviews, scenario)
    assert ready is not None, result.reason
    return ready


def test_every_round_has_every_network_once_in_changing_order(reviews: Reviews) -> None:
    ready = [contestant(network, reviews) for network in (Dense, SumLoop, AddReduce)]
    orders = set()
    # One of the six orders is missing after 100 rounds once in ten million runs.
    for number in range(1, 101):
        passes = list(time_round(ready, 2, number, secret_of(reviews)))
        assert [(one.set, one.round) for one in passes] == [(2, number)] * 3
        assert [one.order for one in passes] == [1, 2, 3]
        orders.add(tuple(one.network for one in passes))
        assert all(one.outputs_match and one.cpu_seconds > 0 for one in passes)
    assert {tuple(sorted(order)) for order in orders} == {("AddReduce", "Dense", "SumLoop")}
    assert len(orders) == 6


def rounds_of(plan: Plan, seconds: float, widest: float = math.inf) -> tuple[int, str]:
    """How many rounds of so many seconds each are timed, and why no more."""
    for rounds in range(1_000):
        why = plan.done(rounds, rounds * seconds, lambda: widest)
        if why is not None:
            return rounds, why
    return 1_000, ""


def test_a_budget_ends_the_rounds_but_not_before_six() -> None:
    rounds, why = rounds_of(Plan(budget=1e-9), 1.0)
    assert rounds == MIN_ROUNDS == 6
    assert why == "the budget of 1e-09 s was spent; no fewer rounds give an interval"
    # Nor is a round begun that would go beyond it.
    assert rounds_of(Plan(budget=10.5), 1.0) == (10, "the budget of 10.5 s was spent")
    assert rounds_of(Plan(budget=9.5), 1.0)[0] == 9


def test_rounds_that_are_asked_for_are_timed() -> None:
    assert rounds_of(Plan(rounds=3), 1e9) == (3, "as asked")
    assert rounds_of(Plan(rounds=40), 1e9) == (40, "as asked")


def test_without_a_bound_rounds_have_no_end() -> None:
    assert rounds_of(Plan(), 1e9) == (1_000, "")


@given(st.integers(1, 50), st.floats(0.01, 100), st.floats(0.001, 10))
def test_rounds_and_a_budget_are_both_bounds(rounds: int, budget: float, seconds: float) -> None:
    timed, why = rounds_of(Plan(rounds, budget), seconds)
    assert timed == rounds_of(Plan(min(rounds, timed)), seconds)[0]
    if timed < rounds:
        assert timed >= MIN_ROUNDS
        assert timed == MIN_ROUNDS or timed * seconds <= budget * (1 + 1e-9)
        assert (timed + 1) * seconds > budget * (1 - 1e-9)
        assert "budget" in why


def test_rounds_end_once_every_interval_is_precise_but_not_before_six() -> None:
    plan = Plan(budget=20, precision=0.01)
    assert rounds_of(plan, 1.0, 0.01) == (6, "every interval is within 1% of its ratio")
    assert rounds_of(plan, 1.0, 0.011)[0] == 20
    widths = iter([math.inf, 0.2, 0.05, 0.009])
    assert [plan.done(rounds, rounds, lambda: next(widths)) for rounds in range(5, 9)] == [None] * 4
    assert plan.done(9, 9, lambda: next(widths)) is not None


def test_no_garbage_is_collected_under_the_clock_and_it_is_collected_after(
    reviews: Reviews,
) -> None:
    seen = []

    class Looks(AddReduce):
        def train(self, prepared: Any) -> Any:
            seen.append(gc.isenabled())
            return super().train(prepared)

    ready = contestant(Looks, reviews)
    ready.few = None  # no short pass in between
    seen.clear()
    ready.time_pass(1, 1, 1, secret_of(reviews))
    # The warm-up, the two calls of the key, then the pass.
    assert seen == [True, True, True, False]
    assert gc.isenabled()


class Clock:
    """Readings of a contestant's passes that take what they are told, and the time of day."""

    def __init__(self, ready: Contestant, seconds: list[float]) -> None:
        self.left, self.now, self.passes = list(seconds), 0.0, 0
        ready.clock = self.read  # type: ignore[method-assign]

    def read(self, weights: Any) -> Reading:
        # The last one for ever.
        seconds = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        self.now += seconds
        self.passes += 1
        return Reading(seconds, seconds, seconds, 0, np.empty(0))


@pytest.mark.parametrize(
    ("seconds", "passes"),
    [
        ([0.05, 0.03, 0.0299], 3),  # within 2 %
        ([0.05, 0.03, 0.0293, 0.01, 0.01], 5),
        ([0.03, 0.0305], 2),
        ([0.2], 1),  # it was taken for a short one
        ([0.05, 0.2, 0.05], 2),
        # Never steady: 20 of 0.05 s and 0.06 s are beyond a second.
        ([0.05, 0.06] * 20, 19),
    ],
)
def test_warming_up_ends_when_passes_are_steady_and_never_beyond_a_second(
    seconds: list[float], passes: int, reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = contestant(AddReduce, reviews)
    clock = Clock(ready, seconds)
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    ready.pass_seconds = 0.09
    ready.warm_up()
    assert clock.passes == passes
    assert ready.pass_seconds == seconds[passes - 1]


@pytest.mark.parametrize(("between", "precision"), [(0.0, 0.02), (0.002, 0.03), (0.01, 0.05)])
def test_an_interval_whose_width_ended_the_rounds_still_holds_the_truth(
    between: float, precision: float
) -> None:
    draw, plan, held, runs = np.random.default_rng(1), Plan(60, precision=precision), 0, 150
    for _ in range(runs):
        # The truth is 0: rounds differ by 2 %, and so do sets by a little, as long as they live.
        logs = draw.normal(draw.normal(0, between, 3), 0.02, (20, 3)).ravel()
        sets = pd.MultiIndex.from_tuples(
            [(number % 3, number) for number in range(60)], names=["set", "round"]
        )
        rounds = pd.Series(logs, index=sets)
        ratio, number = Ratio(), 0
        while plan.done(number, 0.0, partial(float, ratio.half_width)) is None:
            number += 1
            ratio = ratio_over_sets(rounds[:number])
        held += ratio.low <= 1 <= ratio.high
    # 95 % without looks at the width; three standard errors of 150 runs are 0.05.
    assert held / runs >= 0.9


@pytest.mark.parametrize(
    ("wall", "cpu", "passes"),
    [
        # A busy machine: wall time is never steady, CPU time is.
        ([0.02, 0.05, 0.03, 0.06], [0.03, 0.02, 0.0201, 0.02], 3),
        # A network that mostly waits: the other way round.
        ([0.03, 0.02, 0.0201, 0.02], [0.001, 0.002, 0.001, 0.002], 3),
    ],
)
def test_passes_are_steady_by_either_clock(
    wall: list[float], cpu: list[float], passes: int, reviews: Reviews
) -> None:
    ready = contestant(AddReduce, reviews)
    readings = iter([Outer(*both, 0.0, 0, 0.0) for both in zip(cpu, wall, strict=True)])
    ready.clock = lambda _: Reading(0.0, 0.0, 0.0, 0, None, next(readings))  # type: ignore[method-assign]
    ready.pass_seconds = 0.09
    ready.warm_up()
    assert ready.pass_seconds == wall[passes - 1]


def test_a_long_pass_is_not_warmed_up(reviews: Reviews) -> None:
    ready = contestant(AddReduce, reviews)
    clock = Clock(ready, [0.05])
    ready.pass_seconds = 0.1
    ready.warm_up()
    assert clock.passes == 0
    assert not ready.passes


def test_who_lines_up_is_warmed_up(reviews: Reviews, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Contestant, "warm_up", lambda ready: setattr(ready, "pass_seconds", 7.0))
    assert contestant(AddReduce, reviews).pass_seconds == 7


def test_one_that_raises_while_it_is_warmed_up_is_failed(reviews: Reviews) -> None:
    ready = contestant(AddReduce, reviews)

    def train(prepared: Any) -> Any:
        raise MemoryError("enough")

    ready.network.train = train  # type: ignore[method-assign]
    with pytest.raises(Failed, match="MemoryError: enough"):
        ready.warm_up()
    assert gc.isenabled()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a thread's waits")
def test_the_sleep_of_a_network_shows_in_its_readings(reviews: Reviews) -> None:
    class Sleeps(AddReduce):
        def train(self, prepared: Any) -> Any:
            time.sleep(0.005)
            return super().train(prepared)

    ready = contestant(Sleeps, reviews)
    reading = ready.clock(ready.weights)
    assert reading.waits is not None
    assert reading.waits >= 1
    assert reading.wall_seconds - reading.cpu_seconds > 0.004
    timed = ready.time_pass(1, 1, 1, secret_of(reviews))
    assert timed is not None
    assert (timed.waits or 0) >= 1
    awake = contestant(AddReduce, reviews)
    assert sum(awake.clock(awake.weights).waits or 0 for _ in range(20)) < 20


@pytest.mark.parametrize("slow", range(8))
def test_what_reading_the_clocks_takes_is_not_taken_for_another_thread(
    slow: int, reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = contestant(AddReduce, reviews)
    # All clocks are one, and on a busy machine one read of them takes a millisecond.
    now = itertools.accumulate(1_000_000 if read == slow else 100 for read in itertools.count())
    clocks = dict.fromkeys(("thread_time_ns", "process_time_ns", "perf_counter_ns"), now.__next__)
    monkeypatch.setattr(timing, "time", SimpleNamespace(sleep=time.sleep, **clocks))
    reading = ready.clock(ready.weights)
    assert reading.process_seconds <= reading.cpu_seconds


def timed(network: type, reviews: Reviews) -> tuple[str, str]:
    """Status and reason of a network after six rounds beside a sound one."""
    scenario = Scenario()
    candidate = Candidate("odd", network)
    result = examine(candidate, reviews, scenario, judged=None, whole_passes=1)
    result, odd = line_up(wake(network, reviews, scenario), result, reviews, scenario)
    assert odd is not None, result.reason
    sound = contestant(SumLoop, reviews)
    network.timed = True  # type: ignore[attr-defined]
    passes, secret = [], None
    for number in range(6):
        secret = secret_of(reviews, secret)
        passes += list(time_round([odd, sound], 1, number, secret))
    assert sum(one.network == "SumLoop" for one in passes) == 6
    result = judge_timing(result, odd, Aside())
    return result.status, result.reason


def test_one_that_raises_under_the_clock_is_failed(reviews: Reviews) -> None:
    class Tires(AddReduce):
        timed = False

        def train(self, prepared: Any) -> Any:
            if self.timed:
                raise MemoryError("enough")
            return super().train(prepared)

    status, reason = timed(Tires, reviews)
    assert status == "failed"
    assert "MemoryError: enough" in reason


def test_one_with_threads_is_failed(reviews: Reviews) -> None:
    class Threads(AddReduce):
        def train(self, prepared: Any) -> Any:
            outputs: list[Any] = []
            thread = threading.Thread(
                target=lambda: outputs.append(super(Threads, self).train(prepared))
            )
            thread.start()
            thread.join()
            return outputs[0]

    status, reason = timed(Threads, reviews)
    assert status == "failed"
    assert "uses threads" in reason
