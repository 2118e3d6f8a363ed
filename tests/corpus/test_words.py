"""Words become ids: compared with the plainest possible loop over dictionaries."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.corpus.words import learn, look_up
from skipzeros.impls.reviews import Reviews

WORDS = st.sampled_from(["", ".", "a", "b", "film", "Film", "ä", "the"])
TEXTS = st.lists(st.lists(WORDS, max_size=12), min_size=1, max_size=8)


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


@given(TEXTS)
def test_learn_numbers_words_by_first_appearance_and_counts_them(texts: list[list[str]]) -> None:
    texts[0].append("first")  # a vocabulary needs a word
    labels = [float(number % 2) for number in range(len(texts))]
    vocabulary: dict[str, int] = {}
    for text in texts:
        for word in text:
            if word not in vocabulary:
                vocabulary[word] = len(vocabulary)

    reviews, learnt = learn(texts, labels)

    assert learnt == vocabulary
    assert reviews.vocabulary_size == len(vocabulary)
    assert as_lists(reviews) == slowly(texts, labels, vocabulary)


@given(TEXTS)
def test_look_up_drops_the_words_it_does_not_know(texts: list[list[str]]) -> None:
    vocabulary = {"film": 0, "": 1, "b": 2}
    labels = [float(number % 2) for number in range(len(texts))]

    reviews = look_up(texts, labels, vocabulary)

    assert reviews.vocabulary_size == 3
    assert as_lists(reviews) == slowly(texts, labels, vocabulary)


def test_the_vocabulary_does_not_grow_when_asked_for_a_strange_word() -> None:
    _, vocabulary = learn([["a", "b"]], [1.0])
    assert vocabulary.get("c") is None
    try:
        vocabulary["c"]
    except KeyError:
        assert vocabulary == {"a": 0, "b": 1}
    else:
        raise AssertionError("a strange word got an id")


def test_dtypes_are_those_of_reviews() -> None:
    reviews, _ = learn([["a", "a", "b"]], [1.0])
    assert reviews.indptr.dtype == np.int64
    assert reviews.indices.dtype == np.int32
    assert reviews.counts is not None
    assert reviews.counts.dtype == np.float64
