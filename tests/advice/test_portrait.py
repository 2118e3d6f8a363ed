"""What is said of data is what a dense layer_0 shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import Reviews
from skipzeros.bench.advice.portrait import Portrait

SIZE = 300


@given(st.lists(st.sets(st.integers(0, SIZE - 1), max_size=40), min_size=1, max_size=12), st.data())
def test_a_portrait_agrees_with_the_dense_layer(words: list[set[int]], data: st.DataObject) -> None:
    counts = [[float(data.draw(st.sampled_from([1, 1, 2, 5]))) for _ in review] for review in words]
    reviews = Reviews.from_lists([sorted(one) for one in words], [0] * len(words), SIZE, counts)
    dense = np.zeros((len(words), SIZE))
    for row, review in enumerate(reviews):
        dense[row, review[0]] = review[1]
    found = Portrait.of(reviews)
    present = dense != 0
    assert found.reviews == len(words)
    assert found.words_a_review == pytest.approx(present.sum(axis=1).mean())
    assert found.density == pytest.approx(present.mean())
    often = np.sort(present.sum(axis=0))[::-1][:3].sum()  # 1 % of 300 words
    assert found.commonest_share == pytest.approx(often / max(1, present.sum()))
    assert found.share_of_ones == pytest.approx((dense == 1).sum() / max(1, present.sum()))


def test_presence_is_all_ones() -> None:
    assert Portrait.of(Reviews.from_lists([[0], [1]], [0, 1], 2)).share_of_ones == 1
