"""The probe moves the rows of a pass, all of them and no others, and is told in the records."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import experiment

from skipzeros import Reviews
from skipzeros.bench.commands.run import run
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.timing.ratios import times_limit
from skipzeros.bench.timing.rounds import Plan

needs_numba = pytest.mark.skipif(
    find_spec("numba") is None, reason="numba is missing: pip install 'skipzeros[compiled]'"
)


@needs_numba
@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("hidden", [10, 130])
def test_what_was_read_is_written_to_each_row_of_the_reviews(
    hidden: int, batch_size: int, few_reviews: Reviews
) -> None:
    from skipzeros.bench.timing.bandwidth import BandwidthProbe

    present = few_reviews[:4]
    probe = BandwidthProbe(present, Scenario(hidden=hidden, batch_size=batch_size))
    words = np.unique(present.indices)
    # One bit in one row: whatever is read together with it is written with it, in every column.
    rows = (probe.heads, probe.tails)
    for part in rows:
        part[words[0]] = 1 << 40
    probe.move()
    probe.move()
    others = np.setdiff1d(np.arange(present.vocabulary_size), words)
    for part in rows:
        assert (part[words[0]] == 1 << 40).all()
        assert not part[others].any()
        if batch_size == 100:
            assert (part[words] == 1 << 40).all()


@needs_numba
def test_a_row_that_reviews_of_a_batch_share_is_moved_once() -> None:
    from skipzeros.bench.timing.bandwidth import _rows_of

    reviews = Reviews.from_lists([[4, 2], [2, 0], [], [3], [1, 3]], [0, 1, 1, 0, 1], 5)
    words, bounds = _rows_of(reviews, 2)
    assert words.tolist() == [0, 2, 4, 3, 1, 3]
    assert bounds.tolist() == [0, 3, 4, 6]
    in_order, each = _rows_of(reviews, 1)
    assert in_order.tolist() == reviews.indices.tolist()
    assert each.tolist() == reviews.indptr.tolist()


@needs_numba
def test_every_pass_of_a_round_has_the_limit_of_that_round(
    tmp_path: Path, few_reviews: Reviews
) -> None:
    networks = [("add-reduce", "add-reduce"), ("csr", "csr")]
    run(experiment(networks, few_reviews, baseline="csr", out=tmp_path), Plan(rounds=6))
    passes = pd.read_csv(tmp_path / "passes.csv")
    rounds = passes.groupby(["set", "round"])["limit_seconds"]
    assert (passes["limit_seconds"] > 0).all()
    assert (rounds.nunique() == 1).all()
    assert passes["limit_seconds"].nunique() > 1
    summary = pd.read_csv(tmp_path / "summary.csv").set_index("network")
    own = passes[passes["network"] == "csr"]
    expected = (own["cpu_seconds"] / own["limit_seconds"]).median()
    assert summary.loc["csr", "times_limit"] == pytest.approx(expected, rel=0.2)
    assert (summary["times_limit_low"] <= summary["times_limit"]).all()


def test_without_a_limit_there_are_no_times() -> None:
    passes = pd.DataFrame(
        {"network": ["a"] * 6, "cpu_seconds": [1.0] * 6, "limit_seconds": [None] * 6}
    )
    assert np.isnan(times_limit(passes, "a", "cpu").ratio)


def test_the_times_are_the_median_of_the_rounds() -> None:
    passes = pd.DataFrame(
        {
            "network": ["a"] * 7 + ["b"],
            "cpu_seconds": [2.0, 4, 6, 8, 10, 12, 14, 99],
            "limit_seconds": [2.0] * 8,
        }
    )
    found = times_limit(passes, "a", "cpu")
    assert found.ratio == pytest.approx(4)
    assert (found.low, found.high) == pytest.approx((1, 7))


@needs_numba
def test_what_can_be_kept_nowhere_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from skipzeros.bench.timing import bandwidth

    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert bandwidth.compiled(lambda number: number + 1)(1) == 2
