"""Counts in the narrowest type: every one of them comes back, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import Reviews
from skipzeros.bench.arrays.counts import for_each, narrowest, once, ones


@given(
    st.lists(st.integers(-3, 300) | st.integers(0, 2**33) | st.floats(allow_nan=False), max_size=9)
)
def test_counts_come_back_from_the_narrowest_type_to_the_last_bit(counts: list[float]) -> None:
    array = np.array(counts, np.float64)
    narrow = array.astype(narrowest(array))
    assert narrow.astype(np.float64).tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("counts", "kind"),
    [
        ([], "u1"), ([0, 255], "u1"), ([256], "u2"), ([65_535], "u2"), ([65_536], "u4"),
        ([2**32], "f4"), ([2**32 - 1], "u4"), ([0.5, 3], "f4"), ([-1], "f4"), ([-0.0], "f4"),
        ([0.1], "f8"), ([2**53], "f4"), ([2**53 - 1], "f8"), ([np.inf], "f4"),
    ],
)  # fmt: skip
def test_it_is_the_narrowest(counts: list[float], kind: str) -> None:
    assert narrowest(np.array(counts, np.float64)) == np.dtype(kind)


def test_it_looks_at_every_block() -> None:
    counts = np.ones(5_000_000)
    counts[-1] = 256
    assert narrowest(counts) == np.uint16
    assert ones(counts) == len(counts) - 1


@given(st.lists(st.sampled_from([1.0, 1.0, 1.0, 2.0]), max_size=5))
def test_counts_that_are_all_1_are_one_number(counts: list[float]) -> None:
    array = np.array(counts)
    kept = once(array)
    assert len(kept) == (min(1, len(counts)) if set(counts) <= {1.0} else len(counts))
    assert for_each(kept, len(counts)).tolist() == counts
    reviews = Reviews.trusted(
        np.array([0, len(counts)]), np.arange(len(counts), dtype=np.int32),
        for_each(kept, len(counts)), np.ones(1), 9,
    )  # fmt: skip
    # What networks get lies side by side, whatever is kept.
    assert reviews.counts is not None
    assert reviews.counts.flags.c_contiguous
    assert reviews.counts.dtype == np.float64
    assert reviews.counts.tolist() == counts
    assert once(for_each(kept, len(counts))).tolist() == kept.tolist()


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        for_each(np.ones(2), 3)
