"""Reviews: what they hold, that they cannot be changed, and what they refuse."""

from __future__ import annotations

import copy
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import Reviews

WORDS = [[4, 9], [], [0, 3, 1]]
LABELS = [1, 0, 1]


def test_it_iterates_over_words_counts_and_label() -> None:
    reviews = Reviews.from_lists(WORDS, LABELS, 10)
    seen = [(words.tolist(), counts, label) for words, counts, label in reviews]
    assert seen == [([4, 9], None, 1.0), ([], None, 0.0), ([0, 3, 1], None, 1.0)]


def test_the_dtypes_are_those_of_the_interface() -> None:
    reviews = Reviews.from_lists(WORDS, LABELS, 10, [[1, 2], [], [1, 1, 3]])
    assert reviews.indptr.dtype == np.int64
    assert reviews.indices.dtype == np.int32
    assert reviews.labels.dtype == np.float64
    assert reviews.counts is not None
    assert reviews.counts.dtype == np.float64
    assert reviews.presence().counts is None


def test_a_slice_is_a_view() -> None:
    reviews = Reviews.from_lists(WORDS, LABELS, 10, [[1, 2], [], [1, 1, 3]])
    part = reviews[1:]
    assert np.shares_memory(part.indices, reviews.indices)
    assert np.shares_memory(part.counts, reviews.counts)
    assert np.shares_memory(part.labels, reviews.labels)
    assert part.indptr.tolist() == [0, 0, 3]


@given(st.lists(st.sets(st.integers(0, 20)), max_size=6), st.slices(6))
def test_slices_are_those_of_a_list(words: list[set[int]], part: slice) -> None:
    rows = [sorted(review) for review in words]
    reviews = Reviews.from_lists(rows, [0] * len(rows), 21)
    if part.step not in (None, 1):
        with pytest.raises(ValueError, match="step must be 1"):
            reviews[part]
        return
    assert [words.tolist() for words, _, _ in reviews[part]] == rows[part]
    assert len(reviews[part]) == len(rows[part])


def test_it_cannot_be_changed() -> None:
    reviews = Reviews.from_lists(WORDS, LABELS, 10)
    with pytest.raises(AttributeError, match="immutable"):
        reviews.labels = np.zeros(3)
    with pytest.raises(AttributeError, match="immutable"):
        del reviews.counts
    with pytest.raises(ValueError, match="read-only"):
        reviews.indices[0] = 1


def test_a_copy_is_equal_and_immutable_too() -> None:
    reviews = Reviews.from_lists([[1, 2], [0]], [1, 0], 3, counts=[[1, 2], [3]])
    other = copy.deepcopy(reviews)
    for name in ("indptr", "indices", "counts", "labels"):
        assert np.array_equal(getattr(other, name), getattr(reviews, name))
        assert not getattr(other, name).flags.writeable
    assert other.vocabulary_size == 3


def test_the_callers_arrays_stay_writable() -> None:
    labels = np.array([1.0, 0.0])
    Reviews([0, 1, 2], [0, 1], None, labels, 2)
    labels[0] = 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [0], None, [1, 0], 5), "indptr must be one longer than labels"),
        (([0, 2], [0], None, [1], 5), "indptr must run from 0 to the number of indices"),
        (([0, 2, 1, 3], [0, 1, 2], None, [1, 0, 1], 5), "review 1 ends before it starts"),
        (([0, 1, 2], [0, 5], None, [1, 0], 5), "review 1 has a word id outside 0 to 4"),
        (([0, 1, 2], [0, -1], None, [1, 0], 5), "review 1 has a word id outside 0 to 4"),
        (([0, 1, 4], [0, 3, 1, 3], None, [1, 0], 5), "review 1 holds a word twice"),
        (([0, 1, 2], [0, 1], [1.0], [1, 0], 5), "1 counts for 2 words"),
        (([0, 1, 2], [0, 1], [1.0, np.nan], [1, 0], 5), "review 1 has a count that is not finite"),
        (([0, 1, 2], [0, 1], None, [1, 0.5], 5), "review 1 has a label that is neither 0 nor 1"),
        (([0, 1], [0.5], None, [1], 5), "indices must hold whole numbers"),
        (([0, 1], [0], None, [1], 0), "vocabulary_size must be between"),
    ],
)
def test_it_refuses_what_contradicts_itself(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Reviews(*arguments)


def test_from_lists_wants_a_count_for_each_word() -> None:
    with pytest.raises(ValueError, match="one number for each word"):
        Reviews.from_lists([[1, 2]], [1], 5, [[1]])


def test_a_single_review_is_reached_by_iterating() -> None:
    with pytest.raises(TypeError, match="slices"):
        Reviews.from_lists(WORDS, LABELS, 10)[0]


NARROW = ["uint8", "uint16", "int32", "float32"]


@given(st.lists(st.lists(st.integers(0, 200), max_size=4), max_size=5), st.sampled_from(NARROW),
       st.slices(5).filter(lambda part: part.step in (None, 1)))  # fmt: skip
def test_counts_of_any_type_are_float64_for_networks_and_stay_narrow(
    counts: list[list[int]], kind: str, part: slice
) -> None:
    words = [[*range(len(review))] for review in counts]
    plain = Reviews.from_lists(words, [1] * len(words), 9, counts)
    assert plain.counts is not None
    arrays = plain.indptr, plain.indices, plain.counts.astype(kind), plain.labels
    for narrow in (Reviews(*arrays, 9), copy.deepcopy(Reviews(*arrays, 9)), Reviews(*arrays, 9)[:]):
        assert narrow.stored_counts is not None
        assert narrow.stored_counts.dtype == kind
        assert narrow.counts is not None
        assert narrow.counts.dtype == np.float64
        assert not narrow.counts.flags.writeable
        assert narrow.counts.tolist() == plain.counts.tolist()
        for left, right in zip(narrow[part], plain[part], strict=True):
            assert left[1] is not None
            assert left[1].dtype == np.float64
            assert [one.tolist() for one in left[:2]] == [one.tolist() for one in right[:2]]
        found = narrow.counts_as("float32")
        assert found is not None
        assert found.dtype == np.float32
        assert found.flags.writeable


@pytest.mark.parametrize("counts", [[2**60 + 1, 3], [True, False], ["1", "2"]])
def test_counts_that_float64_cannot_hold_or_are_no_numbers_are_turned_into_it(
    counts: list[object],
) -> None:
    reviews = Reviews([0, 2], [0, 1], counts, [1], 2)
    assert reviews.stored_counts is not None
    assert reviews.stored_counts.dtype == np.float64


@given(st.lists(st.integers(0, 6), max_size=9), st.integers(1, 9))
def test_blocks_are_all_reviews_in_turn_and_no_longer_than_asked(
    lengths: list[int], words: int
) -> None:
    rows = [[*range(length)] for length in lengths]
    reviews = Reviews.from_lists(rows, [0] * len(rows), 9)
    parts = [*reviews.blocks(words)]
    assert [row.tolist() for part in parts for row, _, _ in part] == rows
    assert all(len(part) == 1 or len(part.indices) <= words for part in parts)
    assert all(len(part) <= words for part in parts)
    # No two neighbours would have been one block.
    for left, right in pairwise(parts):
        assert len(left.indices) + len(right[:1].indices) > words or len(left) == words


@pytest.mark.parametrize("words", [1, 3, 100])
@pytest.mark.parametrize(
    ("indices", "counts", "message"),
    [
        ([0, 1, 2, 0, 1, 9], None, "review 3 has a word id outside 0 to 4"),
        ([0, 1, 2, 0, 4, 4], None, "review 3 holds a word twice"),
        ([0, 1, 2, 0, 3, 4], [1, 1, 1, 1, 1, np.inf], "review 3 has a count that is not finite"),
    ],
)
def test_a_fault_is_found_in_any_block(
    indices: list[int], counts: object, message: str, words: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reviews.blocks, "__defaults__", (words,))
    with pytest.raises(ValueError, match=message):
        Reviews([0, 2, 2, 4, 6], indices, counts, [1, 0, 1, 0], 5)


def test_slices_from_the_start_share_their_indptr_too() -> None:
    reviews = Reviews.from_lists(WORDS, LABELS, 10)
    assert np.shares_memory(reviews[:2].indptr, reviews.indptr)
