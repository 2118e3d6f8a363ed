"""The published reviews themselves: SKIPZEROS_DATA names the aclImdb .tar.gz or its folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from skipzeros.bench.corpus import Corpus, load

pytestmark = pytest.mark.skipif(
    "SKIPZEROS_DATA" not in os.environ,
    reason="SKIPZEROS_DATA is not set: it names aclImdb's .tar.gz or folder",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKIPZEROS_CACHE", str(tmp_path_factory.mktemp("cache")))
        made = load(os.environ["SKIPZEROS_DATA"], "halves")
        found = load(os.environ["SKIPZEROS_DATA"], "halves")
    for left, right in ((made.train, found.train), (made.test, found.test)):
        assert np.array_equal(left.indices, right.indices)
        assert left.counts is not None
        assert right.counts is not None
        assert np.array_equal(left.counts, right.counts)
    return made


def test_size_of_the_corpus(corpus: Corpus) -> None:
    assert (len(corpus.train), len(corpus.test)) == (25_000, 25_000)
    assert corpus.train.vocabulary_size == corpus.test.vocabulary_size == 73_274
    assert corpus.name == Path(os.environ["SKIPZEROS_DATA"]).name


def test_length_of_the_reviews(corpus: Corpus) -> None:
    lengths = np.diff(corpus.train.indptr)
    assert lengths.mean() == pytest.approx(142.65, abs=0.01)
    assert lengths.max() == 678


def test_labels_alternate(corpus: Corpus) -> None:
    for half in (corpus.train, corpus.test):
        assert half.labels.tolist() == [1.0, 0.0] * 12_500


def test_words_are_numbered_as_they_appear(corpus: Corpus) -> None:
    largest = np.maximum.reduceat(corpus.train.indices, corpus.train.indptr[:-1])
    # A review's largest id is the last number given so far, or a known word's.
    assert np.maximum.accumulate(largest)[-1] == 73_273
    assert corpus.train.indices[0] == 0
