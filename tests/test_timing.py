"""Rounds, their order, and what happens to a network that is another one under the clock."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pytest

from skipzeros import Reviews
from skipzeros.bench.examine import examine, judge_timing, line_up
from skipzeros.bench.networks import Candidate
from skipzeros.bench.scenario import Scenario
from skipzeros.bench.timing import Contestant, time_rounds
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.dense import Dense
from skipzeros.impls.sum_loop import SumLoop


@pytest.fixture
def reviews(few_reviews: Reviews) -> Reviews:
    return few_reviews.presence()


def contestant(network: type, reviews: Reviews, name: str = "") -> Contestant:
    scenario = Scenario()
    candidate = Candidate(name or network.__name__, network)
    result = examine(candidate, reviews, scenario, None, whole_passes=1)
    ready = line_up(network, result, reviews, scenario)
    assert ready is not None, result.reason
    return ready


def test_every_round_has_every_network_once_in_changing_order(reviews: Reviews) -> None:
    ready = [contestant(network, reviews) for network in (Dense, SumLoop, AddReduce)]
    passes = list(time_rounds(ready, 30, budget=1))
    assert len(passes) == 90
    orders = set()
    for number in range(1, 31):
        of_round = [one for one in passes if one.round == number]
        assert [one.order for one in of_round] == [1, 2, 3]
        orders.add(tuple(one.network for one in of_round))
    assert {tuple(sorted(order)) for order in orders} == {("AddReduce", "Dense", "SumLoop")}
    assert len(orders) == 6
    assert all(one.outputs_match and one.cpu_seconds > 0 for one in passes)


def test_a_budget_ends_the_rounds_but_not_before_six(reviews: Reviews) -> None:
    ready = [contestant(AddReduce, reviews)]
    assert len(list(time_rounds(ready, None, budget=1e-9))) == 6
    assert len(list(time_rounds(ready, None, budget=0.2))) > 6


def test_no_garbage_is_collected_under_the_clock_and_it_is_collected_after(
    reviews: Reviews,
) -> None:
    seen = []

    class Looks(AddReduce):
        def train(self, prepared: Any) -> Any:
            seen.append(gc.isenabled())
            return super().train(prepared)

    ready = contestant(Looks, reviews)
    seen.clear()
    ready.time_pass(1, 1, 1)
    assert seen == [True, False]  # the warm-up, then the pass
    assert gc.isenabled()


def timed(network: type, reviews: Reviews) -> tuple[str, str]:
    """Status and reason of a network after six rounds beside a sound one."""
    scenario = Scenario()
    candidate = Candidate("odd", network)
    result = examine(candidate, reviews, scenario, None, whole_passes=1)
    odd = line_up(network, result, reviews, scenario)
    assert odd is not None
    sound = contestant(SumLoop, reviews)
    passes = list(time_rounds([odd, sound], 6, budget=1))
    assert sum(one.network == "SumLoop" for one in passes) == 6
    judge_timing(result, odd, reviews)
    return result.status, result.reason


def test_one_that_trains_only_while_watched_is_incorrect(reviews: Reviews) -> None:
    class Cheats(AddReduce):
        passes = 0

        def train(self, prepared: Any) -> Any:
            outputs = super().train(prepared)
            if len(prepared) == len(reviews):
                type(self).passes += 1
                if self.passes > 3:
                    self.weights_1_2 = np.ones_like(self.weights_1_2)
            return outputs

    status, reason = timed(Cheats, reviews)
    assert status == "incorrect"
    assert reason.startswith("under the clock: ")
    assert "weights_1_2" in reason


def test_one_that_raises_under_the_clock_is_failed(reviews: Reviews) -> None:
    class Tires(AddReduce):
        passes = 0

        def train(self, prepared: Any) -> Any:
            type(self).passes += len(prepared) == len(reviews)
            if self.passes > 4:
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

    class WrongThreads(Threads):
        passes = 0

        def train(self, prepared: Any) -> Any:
            type(self).passes += len(prepared) == len(reviews)
            return super().train(prepared) + 1e-9 * (self.passes > 3)

    status, reason = timed(Threads, reviews)
    assert status == "failed"
    assert "uses threads" in reason
    # Incorrect beats failed: nothing is said of the threads of a wrong network.
    assert timed(WrongThreads, reviews)[0] == "incorrect"
