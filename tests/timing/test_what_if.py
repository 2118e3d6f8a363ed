"""Passes with something taken out: all else stays as it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import Reviews
from skipzeros.bench.timing.call_price import call_seconds
from skipzeros.bench.timing.what_if import fitted, nearest, other_width

words = st.lists(st.lists(st.integers(0, 30), unique=True), max_size=12)


@given(words, st.integers(1, 5))
def test_the_nearest_words_are_as_many_and_shared_as_before(
    lists: list[list[int]], batch_size: int
) -> None:
    reviews = Reviews.from_lists(lists, [0] * len(lists), 31)
    near = nearest(reviews, batch_size)
    assert near.vocabulary_size == 31
    assert np.array_equal(near.indptr, reviews.indptr)
    for start in range(0, len(lists), batch_size):
        own, moved = (part[start : start + batch_size].indices for part in (reviews, near))
        # The same words of a batch stay the same, others others, and none is left out between.
        assert len(set(zip(own.tolist(), moved.tolist(), strict=True))) == len(set(own.tolist()))
        assert set(moved.tolist()) == set(range(len(set(own.tolist()))))


@given(words)
def test_the_vocabulary_ends_with_the_last_word(lists: list[list[int]]) -> None:
    reviews = Reviews.from_lists(lists, [0] * len(lists), 31)
    last = max((word for review in lists for word in review), default=0)
    assert fitted(reviews).vocabulary_size == last + 1
    assert np.array_equal(fitted(reviews).indices, reviews.indices)


def test_counts_stay_with_their_reviews(few_reviews: Reviews) -> None:
    near = fitted(nearest(few_reviews, 1))
    assert np.array_equal(near.counts, few_reviews.counts)
    assert near.vocabulary_size == np.diff(few_reviews.indptr).max()


@given(st.integers(1, 1000))
def test_another_width_is_another_one(hidden: int) -> None:
    assert other_width(hidden) != hidden
    assert other_width(hidden) > 1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_call_takes_some_time(dtype: str) -> None:
    assert 0 < call_seconds(3, dtype) < 1
