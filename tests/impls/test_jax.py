"""What JAX does otherwise than the other networks: padding, compiling, threads, types."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from skipzeros import Reviews
from skipzeros.bench.corpus.synthetic import generate
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.impls import jax as network

needs_jax = pytest.mark.skipif(
    find_spec("jax") is None, reason="jax is missing: pip install 'skipzeros[jax]'"
)


def built(scenario: Scenario, vocabulary: int) -> network.Jax:
    return network.Jax(
        *scenario.first_weights(vocabulary), scenario.learning_rate, scenario.batch_size
    )


def test_without_jax_it_says_which_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "find_spec", lambda name: None)
    assert network.Jax.unavailable() == "needs jax: pip install 'skipzeros[jax]'"


@needs_jax
@pytest.mark.parametrize("batch", [1, 16])
def test_a_long_review_pads_no_other_one(batch: int) -> None:
    words = [[0, 1]] * 9_000 + [list(range(50_000))]
    reviews = Reviews.from_lists(words, [1] * 9_001, 50_000)
    form, number = built(Scenario(batch_size=batch), 50_000).prepare(reviews)
    assert number == len(reviews)
    assert max(len(array) for array in form if array is not None) < 2 * len(reviews.indices)
    assert len(form.labels) < 2 * len(reviews)


@needs_jax
@pytest.mark.parametrize("batch", [1, 16])
def test_calls_with_few_reviews_are_compiled_once(batch: int) -> None:
    from skipzeros.impls import jax_pass

    reviews = generate(8).presence()
    trained = built(Scenario(hidden=3, batch_size=batch), reviews.vocabulary_size)
    trained.train(trained.prepare(reviews[:1]))
    before = jax_pass.train._cache_size()
    for stop in (0, 1, 2, 5, 8):
        trained.train(trained.prepare(reviews[:stop]))
    assert jax_pass.train._cache_size() == before


@needs_jax
@pytest.mark.parametrize("hidden", [10, 300])
@pytest.mark.parametrize("batch", [1, 16])
def test_a_pass_is_made_by_the_thread_that_asks_for_it(batch: int, hidden: int) -> None:
    reviews = generate(300)
    scenario = Scenario(hidden=hidden, batch_size=batch, input="counts", learning_rate=0.001)
    trained = built(scenario, reviews.vocabulary_size)
    prepared = trained.prepare(reviews)
    others = []
    for _ in range(5):
        thread, process = time.thread_time(), time.process_time()
        trained.train(prepared)
        thread, process = time.thread_time() - thread, time.process_time() - process
        others.append((process - thread) / process)
    assert np.median(others) < 0.1


@needs_jax
def test_float64_stays_with_the_network(few_reviews: Reviews) -> None:
    import jax

    trained = built(Scenario(input="counts"), 30)
    outputs = trained.train(trained.prepare(few_reviews))
    assert outputs.dtype == trained.weights_0_1.dtype == np.float64
    found: Any = jax.numpy.zeros(1)
    assert found.dtype == np.float32


@needs_jax
def test_weights_that_somebody_holds_stay_as_they_were(few_reviews: Reviews) -> None:
    trained = built(Scenario(input="counts"), 30)
    held = trained.weights_0_1
    copy = held.copy()
    trained.train(trained.prepare(few_reviews))
    assert np.array_equal(held, copy)
    assert not np.array_equal(trained.weights_0_1, copy)
