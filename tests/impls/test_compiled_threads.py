"""The compiled pass in threads: the same steps, whatever the number of threads."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.corpus.synthetic import generate
from skipzeros.bench.equality.certificate import certify
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.impls import compiled_threads
from skipzeros.impls.compiled import Compiled
from skipzeros.impls.compiled_threads import CompiledThreads, on_own_cores

pytestmark = pytest.mark.skipif(
    find_spec("numba") is None, reason="numba is missing: pip install 'skipzeros[compiled]'"
)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    number: int = request.param
    monkeypatch.setattr("numba.config.NUMBA_NUM_THREADS", number)
    return number


@pytest.mark.parametrize("threads", [1, 2, 3], indirect=True)
@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(learning_rate=0.01),
        Scenario(hidden=1),
        Scenario(hidden=17, dtype="float32", batch_size=3, learning_rate=0.01),
        Scenario(hidden=40, batch_size=16, learning_rate=0.01),
    ],
    ids=str,
)
def test_any_number_of_threads_is_certified(threads: int, scenario: Scenario) -> None:
    certificate = certify(CompiledThreads, generate(40).presence(), scenario)
    assert certificate.reason == ""


@pytest.mark.parametrize("threads", [2], indirect=True)
def test_counts_are_certified(threads: int) -> None:
    scenario = Scenario(input="counts", learning_rate=0.01)
    certificate = certify(CompiledThreads, generate(40), scenario)
    assert certificate.reason == ""


@pytest.mark.parametrize("threads", [2, 4], indirect=True)
def test_the_bits_of_a_pass_are_the_same_each_time(threads: int) -> None:
    reviews, scenario = generate(200).presence(), Scenario(hidden=33)
    weights = scenario.first_weights(reviews.vocabulary_size)
    network = scenario.build(CompiledThreads, *weights)
    form = network.prepare(reviews)
    first = network.train(form)
    for _ in range(5):
        network.reset(*weights)  # type: ignore[attr-defined]
        assert np.array_equal(network.train(form), first)


@given(hidden=st.integers(1, 400), number=st.integers(1, 9))
def test_each_thread_has_whole_cache_lines_but_the_last(hidden: int, number: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("numba.config.NUMBA_NUM_THREADS", number)
        network = Scenario(hidden=hidden).build(
            CompiledThreads, np.zeros((2, hidden)), np.ones(hidden)
        )
    assert isinstance(network, CompiledThreads)
    widths = [part.weights_0_1.shape[1] for part in network.parts]
    assert sum(widths) == hidden
    assert min(widths) > 0
    assert len(widths) == min(number, -(-hidden // 8))
    assert all(width % 8 == 0 for width in widths[:-1])
    assert max(widths) - min(widths) < 16


@pytest.mark.parametrize("threads", [2], indirect=True)
def test_an_error_in_one_thread_leaves_none_waiting(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews, scenario = generate(20).presence(), Scenario(hidden=16)
    network = scenario.build(CompiledThreads, *scenario.first_weights(reviews.vocabulary_size))
    form = network.prepare(reviews)

    def broken(self: Compiled, *arguments: object) -> object:
        raise MemoryError("no room")

    monkeypatch.setattr(network.parts[1], "arguments", broken.__get__(network.parts[1]))  # type: ignore[attr-defined]
    with pytest.raises(MemoryError):
        network.train(form)
    monkeypatch.undo()
    monkeypatch.setattr("numba.config.NUMBA_NUM_THREADS", 2)
    assert len(network.train(form)) == 20


@pytest.mark.parametrize("threads", [3], indirect=True)
def test_where_no_further_thread_can_be_had_the_others_end(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews, scenario = generate(20).presence(), Scenario(hidden=24)
    network = scenario.build(CompiledThreads, *scenario.first_weights(reviews.vocabulary_size))
    form, real = network.prepare(reviews), compiled_threads.pool(3)
    begun: list[Future[None]] = []

    class Full:
        def submit(self, *arguments: Any) -> Future[None]:
            if begun:
                raise RuntimeError("can't start new thread")
            begun.append(real.submit(*arguments))
            return begun[0]

    monkeypatch.setattr(compiled_threads, "pool", lambda threads: Full())
    with pytest.raises(RuntimeError, match="new thread"):
        network.train(form)
    begun[0].result(timeout=60)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system pins no thread")
def test_the_cores_of_the_calling_thread_are_given_back() -> None:
    before = os.sched_getaffinity(0)
    with on_own_cores(len(before)) as cores:
        assert {*cores} == before
        assert os.sched_getaffinity(0) == {cores[0]}
    assert os.sched_getaffinity(0) == before
    with on_own_cores(len(before) + 1) as cores:
        assert cores == [None] * (len(before) + 1)
        assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize("threads", [3], indirect=True)
def test_no_more_threads_stay_than_a_pass_needs(threads: int) -> None:
    reviews, scenario = generate(20).presence(), Scenario(hidden=24)
    compiled_threads.pool.cache_clear()
    before = threading.active_count()
    for _ in range(3):
        network = scenario.build(CompiledThreads, *scenario.first_weights(reviews.vocabulary_size))
        network.train(network.prepare(reviews))
    assert threading.active_count() <= before + 2
