"""What an advice says: short, and nothing that wasn't measured."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import Scenario
from skipzeros.bench.advice.found import Advice, BatchRow, VocabularyRow, Way
from skipzeros.bench.advice.portrait import Portrait
from skipzeros.bench.outcomes import Status
from skipzeros.bench.show.advise import framework_of, lines


def way(network: str, ratio: float, half: float = 0.05, **more: object) -> Way:
    ends = {"ratio": ratio, "ratio_low": ratio * (1 - half), "ratio_high": ratio * (1 + half)}
    about = {"what": network, "status": Status.CERTIFIED, "reviews": 2048, "median_seconds": ratio}
    return Way(network=network, **(about | ends | more))  # type: ignore[arg-type]


WHOLE = Advice(
    data="mine.csv",
    portrait=Portrait(24_000, 74_074, 143.0, 0.00195, 0.625, 1.0),
    scenario=Scenario(64, batch_size=256, dtype="float32"),
    best="compiled",
    as_fast=["numba"],
    ways=[
        way("compiled", 1.0, 0, times_limit=1.2, memory_bytes=3e7, framework="skipzeros"),
        way("numba", 1.02, framework="numba"),
        way("numpy", 20.0, framework="numpy"),
        way("bag", 12.0, framework="torch", memory_bytes=9e7),
        way("dense", 250.0, dense=True, reviews=512, memory_bytes=2e8),
        way("Linear", 450.0, dense=True, reviews=512, memory_bytes=3e8),
        replace(way("wrong", 0.5), status=Status.INCORRECT, reason="review 3: 1, expected 2"),
    ],
    torch_ratio=0.02,
    torch_ratio_low=0.01,
    torch_ratio_high=0.03,
    vocabularies=[
        VocabularyRow(vocabulary_size=283, density=0.5, ratio=1.4, ratio_low=1.3, ratio_high=1.5)
    ],
    batches=[
        BatchRow(batch_size=256, ratio=1, ratio_low=1, ratio_high=1, seeds=5, trained_on=24_000,
                 accuracy=0.8, accuracy_low=0.79, accuracy_high=0.81),
        BatchRow(batch_size=4096, ratio=0.9, ratio_low=0.8, ratio_high=0.95, seeds=5,
                 trained_on=24_000, accuracy=0.6, accuracy_low=0.59, accuracy_high=0.61),
    ],
    left_out=["Not tried: x."],
    seconds=58.2,
)  # fmt: skip


def test_a_whole_advice_has_at_most_12_lines_and_says_all_of_it() -> None:
    told = lines(WHOLE)
    assert len(told) <= 12
    assert all("\n" not in line for line in told)
    text = " ".join(told)
    for figure in (
        "The data: mine.csv, 24,000 reviews (rows) of 143 words (values that aren't zero) on "
        "average, of 74,074, so that 0.195 % of the input isn't zero",
        "62.5% of them",
        "Use compiled, which comes with skipzeros (skipzeros.networks()['compiled']): a pass over "
        "all 24,000 reviews takes about 11.72 s.",
        "To read and write its rows alone takes this machine 9.77 s",
        "No difference is shown from numba",
        "dense 250 (238 to 262)",
        "on 512 reviews",
        "numpy 20 (19 to 21)",
        "use EmbeddingBag(sparse=True), 50 (33.3 to 100) times as fast as Linear",
        "283 words (50 % not zero) 1.4 (1.3 to 1.5)",
        "Linear 0.3 GB",
        "of 256 as asked for, 80.0% right",
        "of 4,096, 0.9 (0.8 to 0.95) times as long, 60.0% right (59.0% to 61.0% over 5 seeds)",
        "wrong is incorrect: review 3: 1, expected 2",
        "6 of 7 ways are certified",
        "Not tried: x.",
        "How to call it follows. To write it yourself: --code numba, numba, 1.02 (0.969 to 1.07) "
        "times as long; or numpy, scipy, torch, scikit-learn.",
    ):
        assert figure in text


def test_a_wrong_way_is_never_advised_nor_ranked() -> None:
    assert next(way.network for way in WHOLE.certified) == "compiled"
    assert WHOLE.way("wrong") is None
    assert "wrong 0.5" not in " ".join(lines(WHOLE))


@given(
    st.sets(
        st.sampled_from(
            ["as_fast", "vocabularies", "batches", "left_out", "torch", "memory", "dense", "sparse"]
        )
    )
)
def test_what_was_not_measured_is_not_said(missing: set[str]) -> None:
    found = WHOLE
    for name in missing & {"as_fast", "vocabularies", "batches", "left_out"}:
        found = replace(found, **{name: []})  # type: ignore[arg-type]
    if "torch" in missing:
        found = replace(found, torch_ratio=math.nan)
    ways = [
        way
        for way in found.ways
        if way.network == "compiled"
        or (not ("dense" in missing and way.dense) and not ("sparse" in missing and not way.dense))
    ]
    if "memory" in missing:
        ways = [replace(way, memory_bytes=None) for way in ways]
    text = " ".join(lines(replace(found, ways=ways)))
    assert "nan" not in text
    assert ("Memory" in text) == ("memory" not in missing)
    assert ("To stay in torch" in text) == ("torch" not in missing)
    assert ("Where dense wins" in text) == ("vocabularies" not in missing)
    assert ("Batches" in text) == ("batches" not in missing)
    assert ("Multiplying the zeros too" in text) == ("dense" not in missing)
    assert ("Other ways" in text) == ("sparse" not in missing)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((0.9, 0.8, 1.1), "no difference is shown between Linear and EmbeddingBag(sparse=True)"),
        ((2.0, 1.5, 3.0), "keep Linear; EmbeddingBag(sparse=True) takes 2 (1.5 to 3) times"),
    ],
)
def test_within_torch_it_says_what_the_interval_allows(
    ends: tuple[float, float, float], said: str
) -> None:
    ratio, low, high = ends
    found = replace(WHOLE, torch_ratio=ratio, torch_ratio_low=low, torch_ratio_high=high)
    assert said in " ".join(lines(found))


def test_dense_may_be_the_one_to_use() -> None:
    ways = [way("dense", 1.0, 0, dense=True), way("numpy", 3.0, framework="numpy")]
    text = " ".join(lines(replace(WHOLE, best="dense", ways=ways, as_fast=[])))
    assert "Use dense" in text
    assert "numpy 3 (2.85 to 3.15)" in text


def test_without_a_certified_network_nothing_is_advised() -> None:
    ways = [replace(way("dense", math.nan), status=Status.FAILED, reason="it crashed")]
    found = replace(WHOLE, best="", ways=ways)
    assert lines(found)[1] == (
        "Nothing is advised, because no network is certified here: dense: failed, it crashed."
    )
    assert framework_of(found) == ""
