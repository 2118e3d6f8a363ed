"""The made-up reviews: like IMDB in what they cost and in what can be learnt from them."""

from __future__ import annotations

import numpy as np
import pytest

from skipzeros.bench.corpus import synthetic
from skipzeros.bench.corpus.alias import Alias
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.csr import CSR
from skipzeros.impls.network import Network
from skipzeros.impls.reviews import Reviews


@pytest.fixture(scope="module")
def half() -> Reviews:
    return synthetic.generate()


def equal(left: Reviews, right: Reviews) -> bool:
    return all(
        np.array_equal(getattr(left, name), getattr(right, name))
        for name in ("indptr", "indices", "counts", "labels")
    )


def one_pass(
    reviews: Reviews, kind: type[Network], learning_rate: float, seed: int = 1
) -> tuple[float, float]:
    weights_0_1 = np.zeros((reviews.vocabulary_size, 10))
    weights_1_2 = np.random.RandomState(seed).normal(0, 1, 10)
    network = kind(weights_0_1, weights_1_2, learning_rate)
    train, test = reviews[:24_000], reviews[24_000:]
    trained = np.abs(network.train(network.prepare(train)) - train.labels) < 0.5
    tested = np.abs(network.predict(network.prepare(test)) - test.labels) < 0.5
    return float(trained.mean()), float(tested.mean())


def test_shapes_and_labels(half: Reviews) -> None:
    assert len(half) == 25_000
    assert half.vocabulary_size == 74_074
    assert half.labels[:6].tolist() == [1, 0, 1, 0, 1, 0]
    assert half.labels.mean() == 0.5


def test_ids_ascend_within_a_review(half: Reviews) -> None:
    steps = np.diff(half.indices)
    across = half.indptr[1:-1] - 1
    assert (np.delete(steps, across) > 0).all()


@pytest.mark.parametrize("seed", [None, pytest.param(2, marks=pytest.mark.slow)])
def test_lengths_are_those_of_imdb(seed: int | None, half: Reviews) -> None:
    lengths = np.diff((half if seed is None else synthetic.generate(seed=seed)).indptr)
    assert lengths.mean() == pytest.approx(142.6, abs=1)
    assert lengths.std() == pytest.approx(80.5, abs=3)
    quantiles = np.quantile(lengths, [0.05, 0.5, 0.95, 0.99])
    assert quantiles == pytest.approx([52, 117, 310, 426], rel=0.03)
    assert (lengths > 512).mean() == pytest.approx(0.0014, abs=0.0005)
    assert lengths.max() == 678


def test_words_repeat_as_in_imdb(half: Reviews) -> None:
    assert half.counts is not None
    # IMDB: 303 words a review with repeats, 49 of them the empty string, then 13.5 full stops.
    assert half.counts.sum() / len(half) == pytest.approx(303, rel=0.1)
    totals = np.bincount(half.indices, weights=half.counts, minlength=half.vocabulary_size)
    assert np.sort(totals)[::-1][:2] / len(half) == pytest.approx([49.5, 13.5], rel=0.05)
    assert (half.counts >= 1).all()


@pytest.mark.parametrize(
    ("rank", "reviews"), [(100, 5_502), (1_000, 511), (2_000, 225), (5_000, 69), (10_000, 26)]
)
def test_words_are_as_rare_as_in_imdb(half: Reviews, rank: int, reviews: int) -> None:
    present = np.sort(np.bincount(half.indices, minlength=half.vocabulary_size))[::-1]
    assert present[rank - 1] == pytest.approx(reviews, rel=0.1)


def test_frequent_words_have_small_ids_but_not_in_order(half: Reviews) -> None:
    present = np.bincount(half.indices, minlength=half.vocabulary_size)
    first_appearance = np.unique(half.indices, return_index=True)[1]
    assert np.corrcoef(np.argsort(np.argsort(first_appearance)), present[present > 0])[0, 1] < 0
    assert present[:1_000].sum() > 0.5 * present.sum()
    assert present[-10_000:].sum() < 0.01 * present.sum()
    assert np.argsort(-present)[:20].max() > 50
    assert (np.add.reduceat(present, np.arange(0, 74_074, 1_000)) > 0).all()


def test_the_most_frequent_words_tell_nothing(half: Reviews) -> None:
    frequency = np.bincount(half.indices, minlength=half.vocabulary_size)
    labels = np.repeat(half.labels, np.diff(half.indptr))
    positive = np.bincount(half.indices, weights=labels, minlength=half.vocabulary_size)
    ranks = np.argsort(-frequency)[:1_000]
    share = positive[ranks] / frequency[ranks]
    assert np.abs(share[:20] - 0.5).max() < 0.02
    assert np.abs(share[200:] - 0.5).max() > 0.2


def test_the_same_seed_gives_the_same_reviews() -> None:
    assert equal(synthetic.generate(300, seed=7), synthetic.generate(300, seed=7))
    assert not equal(synthetic.generate(300, seed=7), synthetic.generate(300, seed=8))


@pytest.mark.parametrize(("reviews", "start"), [(1, 0), (0, 0), (700, 800), (2, 999), (5, 2_001)])
def test_any_stretch_is_the_same_however_it_is_cut(reviews: int, start: int) -> None:
    whole = synthetic.generate(3_000)
    part = synthetic.generate(reviews, start=start)
    assert len(part) == reviews
    assert equal(part, whole[start : start + reviews])


def test_no_block_repeats_another() -> None:
    reviews = synthetic.generate(2_000, seed=3)
    assert not equal(reviews[:1_000], reviews[1_000:])


def test_one_pass_learns_what_it_learns_from_imdb(half: Reviews) -> None:
    train, test = one_pass(half.presence(), AddReduce, 0.1)
    assert 0.83 < train < 0.86
    assert 0.82 < test < 0.90


@pytest.mark.slow
def test_counts_spoil_the_learning_as_in_imdb(half: Reviews) -> None:
    train, test = one_pass(half, CSR, 0.01)
    assert 0.48 < train < 0.65
    assert 0.48 < test < 0.65


def test_alias_draws_each_word_as_often_as_it_should() -> None:
    frequencies = np.array([5.0, 1.0, 0.01, 3.0, 1.0]), np.array([1.0, 1.0, 1.0, 1.0, 96.0])
    rng = np.random.default_rng(0)
    which = np.arange(400_000) % 2
    words = Alias(*frequencies).draw(rng, which)
    for number, frequency in enumerate(frequencies):
        share = np.bincount(words[which == number], minlength=5) / 200_000
        expected = frequency / frequency.sum()
        # Five standard deviations of a share.
        assert np.abs(share - expected).max() < 5 * np.sqrt(0.25 / 200_000)
        assert share.min() > 0
