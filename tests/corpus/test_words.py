"""Words become ids: compared with the plainest possible loop over dictionaries."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.corpus import words
from skipzeros.bench.corpus.words import ended, learn, look_up
from skipzeros.impls.reviews import Reviews

# Words that differ in their last byte only, as long as what the table compares and longer; that
# begin like others; that hold what no text of ours does.
TRICKY = [
    "", ".", "a", "b", "film", "Film", "ä", "the", "\0", "a\0", " ", "a b",
    *("\0" * size for size in (7, 8, 15, 16, 17, 20)),
    *(letter.rjust(size, "x") for size in (7, 8, 9, 14, 15, 16, 17, 40) for letter in "ab"),
]  # fmt: skip
WORDS = st.sampled_from(TRICKY) | st.text(max_size=20)
TEXTS = st.lists(st.lists(WORDS, max_size=12), min_size=1, max_size=8)
# How much is done at once, and how many words there is a place for.
LIMITS = st.fixed_dictionaries(
    {
        "_MOST_TEXTS": st.integers(1, 5),
        "_MOST_BYTES": st.sampled_from([1, 30, 2**18]),
        "_MOST_PAIRS": st.sampled_from([1, 50, 2**22]),
    }
)
PLACES = st.sampled_from([1, 3, 17])


def as_lists(reviews: Reviews) -> list[tuple[list[int], list[float] | None, float]]:
    return [
        (words.tolist(), None if counts is None else counts.tolist(), label)
        for words, counts, label in reviews
    ]


def slowly(
    texts: list[list[str]], labels: list[float], vocabulary: dict[str, int]
) -> list[tuple[list[int], list[float], float]]:
    expected = []
    for text, label in zip(texts, labels, strict=True):
        counts = Counter(vocabulary[word] for word in text if word in vocabulary)
        ids = list(counts)
        expected.append((ids, [float(counts[word]) for word in ids], label))
    return expected


def in_utf_8(vocabulary: dict[str, int]) -> dict[bytes, int]:
    return {word.encode(): number for word, number in vocabulary.items()}


def limited(limits: dict[str, int], places: int) -> object:
    return patch.multiple(words, _PLACES=places, _SHIFT=np.uint64(64 - places), **limits)


@given(TEXTS, LIMITS, PLACES)
def test_learn_numbers_words_by_first_appearance_and_counts_them(
    texts: list[list[str]], limits: dict[str, int], places: int
) -> None:
    labels = [float(number % 2) for number in range(len(texts))]
    vocabulary: dict[str, int] = {}
    for text in texts:
        for word in text:
            if word not in vocabulary:
                vocabulary[word] = len(vocabulary)

    with limited(limits, places):
        reviews, learnt = learn(map(ended, texts), labels)

    assert [*learnt.items()] == [*in_utf_8(vocabulary).items()]
    assert reviews.vocabulary_size == len(vocabulary)
    assert as_lists(reviews) == slowly(texts, labels, vocabulary)


@given(TEXTS, LIMITS, PLACES)
def test_look_up_drops_the_words_it_does_not_know(
    texts: list[list[str]], limits: dict[str, int], places: int
) -> None:
    vocabulary = {"film": 0, "": 1, "b": 2, "a".rjust(40, "x"): 3}
    labels = [float(number % 2) for number in range(len(texts))]

    with limited(limits, places):
        reviews = look_up(map(ended, texts), labels, in_utf_8(vocabulary))

    assert reviews.vocabulary_size == 4
    assert as_lists(reviews) == slowly(texts, labels, vocabulary)


def test_many_texts_are_what_they_are_one_by_one() -> None:
    # More words than there are places for, frequent and rare, in texts of any length.
    rng = np.random.default_rng(0)
    texts = [
        [f"w{number}" for number in rng.zipf(1.2, rng.integers(0, 900)) % 2**18] for _ in range(300)
    ]
    with limited({}, 9):
        reviews, learnt = learn(map(ended, texts), [1.0] * len(texts))
    vocabulary = {word.decode(): number for word, number in learnt.items()}
    assert [*vocabulary] == [*dict.fromkeys(word for text in texts for word in text)]
    assert as_lists(reviews) == slowly(texts, [1.0] * len(texts), vocabulary)


def test_the_vocabulary_does_not_grow_when_asked_for_a_strange_word() -> None:
    _, vocabulary = learn([ended(["a", "b"])], [1.0])
    assert vocabulary.get(b"c") is None
    with pytest.raises(KeyError):
        vocabulary[b"c"]
    assert vocabulary == {b"a": 0, b"b": 1}


def test_no_texts_are_no_reviews() -> None:
    assert len(learn([], [])[0]) == 0


def test_dtypes_are_those_of_reviews() -> None:
    reviews, _ = learn([ended(["a", "a", "b"])], [1.0])
    assert reviews.indptr.dtype == np.int64
    assert reviews.indices.dtype == np.int32
    assert reviews.counts is not None
    assert reviews.counts.dtype == np.float64
