"""A bounded vocabulary: the words in the most reviews, by a rule that leaves nothing open."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from blocks import as_lists, in_blocks_of
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import skipzeros
from skipzeros.bench.cli import cli
from skipzeros.bench.corpus import Reading
from skipzeros.bench.corpus.bounds import bounded
from skipzeros.bench.corpus.words import ended, learn, look_up
from skipzeros.bench.outcomes import BadInput
from skipzeros.impls.reviews import Reviews

TEXTS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), min_size=1, max_size=12)


def learnt(texts: list[list[str]]) -> tuple[Reviews, dict[bytes, int]]:
    return learn(map(ended, texts), [float(number % 2) for number in range(len(texts))])


@given(
    TEXTS,
    TEXTS,
    st.none() | st.integers(1, 9),
    st.none() | st.integers(1, 5),
    st.sampled_from([1, 5, 2**20]),
)
def test_it_is_what_texts_without_the_other_words_would_give(
    texts: list[list[str]],
    others: list[list[str]],
    most: int | None,
    least: int | None,
    size: int,
) -> None:
    often = Counter(word for text in texts for word in {*text})
    first = {word: place for place, word in enumerate(dict.fromkeys(chain.from_iterable(texts)))}
    ranked = sorted(often, key=lambda word: (-often[word], first[word]))
    kept = {word for word in ranked if often[word] >= (least or 1)} & {*ranked[:most]}
    train, vocabulary = learnt(texts)
    labels = [1.0] * len(others)
    halves = {"train": train, "test": look_up(map(ended, others), labels, vocabulary)}
    reading = Reading(most_words=most, least_reviews=least)

    with in_blocks_of(size):
        if not kept:
            with pytest.raises(BadInput, match=r"^least_reviews=\d: no word of a is in so many"):
                bounded(halves, reading, "a")
            return
        found, told = bounded(halves, reading, "a")

        fewer, vocabulary = learnt([[word for word in text if word in kept] for text in texts])
        assert as_lists(found["train"]) == as_lists(fewer)
        right = look_up(map(ended, others), labels, vocabulary)
        assert as_lists(found["test"]) == as_lists(right)
    assert told.startswith(f"a: {len(kept)} of {len(often)} words are kept")


def test_of_many_words_in_equally_many_reviews_the_first_are_kept() -> None:
    texts = [[f"w{number}" for number in range(start, 300, 3)] for start in range(3)] * 2
    reviews, _ = learnt(texts)
    found = bounded({"train": reviews}, Reading(most_words=120), "a")[0]["train"]
    assert found.vocabulary_size == 120
    # 100 words of the first text, 20 of the second one.
    assert np.diff(found.indptr).tolist() == [100, 20, 0] * 2


def test_words_that_are_numbers_stay_in_their_order() -> None:
    reviews = Reviews.from_lists(
        [[9, 4], [4, 7], [7, 4, 0]], [1, 0, 1], 12, [[1, 2], [3, 4], [5, 6, 7]]
    )
    found = bounded({"train": reviews}, Reading(least_reviews=2), "a")[0]["train"]
    assert as_lists(found) == [2, ([0], [2.0], 1.0), ([0, 1], [3.0, 4.0], 0.0),
                               ([1, 0], [5.0, 6.0], 1.0)]  # fmt: skip
    # A word in no review is never one of the most frequent.
    assert bounded({"train": reviews}, Reading(most_words=9), "a")[0]["train"].vocabulary_size == 4


@pytest.mark.parametrize("asked", [{"most_words": 0}, {"least_reviews": 0}, {"most_words": "x"}])
def test_what_is_no_bound_is_told(asked: dict[str, object]) -> None:
    name, value = next(iter(asked.items()))
    with pytest.raises(BadInput, match=rf"^{name}={value!r}: must be a whole number from 1 on"):
        skipzeros.load(**asked)  # type: ignore[arg-type]


def test_both_options_reach_every_source_and_the_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["common", *(f"{'a' * number}" for number in range(1, 40))]
    rows = [f"common {words[number % 40]} {words[number % 3]},{number % 2}" for number in range(80)]
    Path("a.csv").write_text("\n".join(["text,label", *rows]))
    options = ["--data", "a.csv", "--most-words", "3", "--least-reviews", "2"]
    run = CliRunner().invoke(
        cli, ["run", *options, "--network", "csr", "--rounds", "6", "--out", "o"]
    )
    assert run.exit_code == 0, run.output
    assert "a.csv: 3 of 40 words are kept; the reviews lose" in run.output
    assert {*pd.read_csv("o/passes.csv")["vocabulary_size"]} == {3}
    assert skipzeros.load("a.csv", most_words=3, least_reviews=2).train.vocabulary_size == 3
    assert skipzeros.load(most_words=500).train.vocabulary_size == 500
    refused = CliRunner().invoke(cli, ["data", "a.csv", "--least-reviews", "81"])
    assert refused.exit_code == 2
    assert (
        "--least-reviews 81: no word of a.csv is in so many reviews; the most frequent is in 80"
        in (refused.output)
    )
