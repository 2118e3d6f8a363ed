"""Which reviews test: the last ones, a share, shuffled; and what is told of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.corpus import Reading, load
from skipzeros.bench.corpus.split import divided
from skipzeros.bench.outcomes import BadInput
from skipzeros.impls.reviews import Reviews


def numbered(labels: list[int]) -> Reviews:
    """Review i has the words i and i + 1, once and twice."""
    n = len(labels)
    words = [[i, i + 1] for i in range(n)]
    return Reviews.from_lists(words, labels, n + 1, [[1, 2]] * n)


@pytest.mark.parametrize(("test", "number"), [("20%", 20), ("7", 7), ("1%", 1), ("98", 98)])
def test_so_many_of_the_last_are_for_testing(test: str, number: int) -> None:
    train, tested, _ = divided(numbered([0, 1] * 50), Reading(test=test), "a")
    assert len(tested) == number
    assert tested.indices[0] == 100 - number == len(train)


@pytest.mark.parametrize("test", ["0", "100", "150%", "0.1%", "x", "-3", "20 %"])
def test_a_share_that_cannot_be_had_is_told(test: str) -> None:
    with pytest.raises(BadInput, match=f"^test='{test}': "):
        divided(numbered([0, 1] * 50), Reading(test=test), "a")


def test_a_large_share_that_tests_is_told_unless_it_was_asked_for() -> None:
    assert divided(numbered([0, 1] * 1600), Reading(), "a")[2] == []
    told = "a: the last 1,000 of 2,000 reviews test, as in the lesson; test=20% keeps fewer."
    assert divided(numbered([0, 1] * 1000), Reading(), "a")[2] == [told]
    assert divided(numbered([0, 1] * 1000), Reading(test="50%"), "a")[2] == []


def test_a_single_class_to_test_on_is_told() -> None:
    _, test, told = divided(numbered([0, 1] * 500), Reading(), "a")
    assert (len(test), told) == (0, [])
    sorted_by_label = numbered([0] * 50 + [1] * 50)
    told = divided(sorted_by_label, Reading(test="20%"), "a")[2]
    assert "all test reviews are positive" in told[0]
    assert "shuffle=1 mixes them" in told[0]
    assert divided(sorted_by_label, Reading(test="20%", shuffle=1), "a")[2] == []


@given(st.lists(st.integers(0, 1), min_size=4, max_size=60), st.integers(0, 9), st.data())
def test_shuffled_reviews_are_the_same_and_parted_evenly(
    labels: list[int], seed: int, data: st.DataObject
) -> None:
    number = data.draw(st.integers(1, len(labels) - 1))
    reviews = numbered(labels)
    train, test, _ = divided(reviews, Reading(test=str(number), shuffle=seed), "a")
    assert (len(train), len(test)) == (len(labels) - number, number)
    found = [(words.tolist(), list(counts), label) for part in (train, test)
             for words, counts, label in part]  # fmt: skip
    right = [(words.tolist(), list(counts), label) for words, counts, label in reviews]
    assert sorted(found) == sorted(right)
    assert abs(test.labels.mean() - reviews.labels.mean()) <= 1 / number
    again = divided(reviews, Reading(test=str(number), shuffle=seed), "a")[0]
    assert np.array_equal(train.indices, again.indices)


def test_a_shuffle_reaches_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{'a' * (number + 1)},{int(number >= 20)}" for number in range(40)]
    Path("a.csv").write_text("\n".join(["text,label", *rows]))
    corpus = load("a.csv", reading=Reading(test="50%", shuffle=3))
    assert 0.4 < corpus.test.labels.mean() < 0.6
    assert {*corpus.train.indices.tolist(), *corpus.test.indices.tolist()} == {*range(40)}
