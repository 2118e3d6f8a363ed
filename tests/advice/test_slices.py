"""How many reviews an advice times: whole batches, and no more than fit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import Reviews, Scenario
from skipzeros.bench.advice import slices as module
from skipzeros.bench.advice.slices import FEWEST_REVIEWS, dense_step_seconds, slices


def reviews(number: int, words: int = 5, size: int = 50) -> Reviews:
    indptr = np.arange(number + 1) * words
    indices = np.tile(np.arange(words), number)
    return Reviews(indptr, indices, None, np.zeros(number), size)


@given(
    number=st.integers(1, 3000),
    batch=st.sampled_from([1, 7, 256]),
    step=st.floats(1e-6, 100),
    seconds=st.floats(1, 1000),
)
def test_slices_are_whole_batches_and_dense_ones_no_longer(
    number: int, batch: int, step: float, seconds: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "dense_step_seconds", lambda *_: step)
        found = slices(reviews(number), Scenario(batch_size=batch), seconds)
    assert 1 <= found.sparse <= number
    assert 0 <= found.dense <= found.sparse
    for part in (found.sparse, found.dense):
        assert part % batch == 0 or part == number
    # What is said to be enough is enough.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "dense_step_seconds", lambda *_: step)
        again = slices(reviews(number), Scenario(batch_size=batch), max(seconds, found.needed))
    assert again.dense >= min(number, FEWEST_REVIEWS, again.sparse)


def test_more_seconds_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "dense_step_seconds", lambda *_: 0.01)
    few, some, many = (slices(reviews(9000), Scenario(), seconds) for seconds in (20, 60, 300))
    assert few.sparse < some.sparse == many.sparse
    assert few.dense < some.dense < many.dense
    assert few.apart


def test_dense_that_is_quick_is_timed_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "dense_step_seconds", lambda *_: 1e-6)
    found = slices(reviews(100), Scenario(), 60)
    assert found.dense == found.sparse == 100
    assert not found.apart


def test_a_dense_layer_beyond_memory_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "machine_memory", lambda: 1000)
    assert math.isnan(dense_step_seconds(reviews(4), Scenario()))
    found = slices(reviews(4), Scenario(), 60)
    assert found.dense == 0
    assert math.isnan(found.step_seconds)


def test_a_dense_step_is_tried() -> None:
    assert dense_step_seconds(reviews(4), Scenario(dtype="float32")) > 0
