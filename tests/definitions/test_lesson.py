"""The bounds that come from the lesson's definition, against those that were derived by hand."""

from __future__ import annotations

import by_hand
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skipzeros.bench.definitions.given import Steps
from skipzeros.bench.definitions.lesson import Lesson
from skipzeros.bench.equality.reference import expect


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Steps, by_hand.Steps]:
    """Some steps of reviews, in both forms."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from(["float64", "float32"]))
    hidden, batch = draw(st.sampled_from([1, 2, 10])), draw(st.sampled_from([1, 1, 2, 7]))
    table = rng.normal(0, draw(st.sampled_from([1e-3, 0.1, 1.0])), (60, hidden)).astype(dtype)
    reviews = [rng.permutation(60)[: rng.integers(0, 50)] for _ in range(21)]
    words = np.concatenate(reviews).astype(np.int32)
    step = np.arange(len(reviews)) // batch
    common = {
        "learning_rate": draw(st.sampled_from([0.01, 0.1, 1.0])),
        "dtype": dtype,
        "step": step,
        "indptr": np.cumsum([0, *map(len, reviews)]),
        "words": words,
        "counts": rng.integers(1, 6, len(words)).astype(float) if draw(st.booleans()) else None,
        "labels": rng.integers(0, 2, len(reviews)).astype(float),
    }
    rows, weights_1_2 = table[words], rng.normal(0, 1, (step[-1] + 1, hidden)).astype(dtype)
    return (
        Steps(definition=Lesson(), hidden=hidden, rows=rows, others=weights_1_2, **common),
        by_hand.Steps(rows=rows, weights_1_2=weights_1_2, **common),
    )


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(both=blocks())
def test_they_are_as_tight(both: tuple[Steps, by_hand.Steps]) -> None:
    found, hand = expect(both[0]), by_hand.expect(both[1])
    assert (found.entry == hand.entry).all()
    for ours, bound, theirs, theirs_bound in (
        (found.outputs, found.outputs_bound, hand.outputs, hand.outputs_bound),
        (found.others, found.others_bound, hand.weights_1_2, hand.weights_1_2_bound),
        (found.rows, found.rows_bound, hand.rows, hand.rows_bound),
    ):
        assert (np.abs(ours - theirs) <= 0.02 * theirs_bound).all()
        ratio = (bound / theirs_bound).astype(float)
        # By hand some roundings are spare, and the additions of a batch are paid for twice: in
        # batches of 7 that was a median of 0.88 at the least.
        assert np.median(ratio) > 0.85 if ratio.size else True
        assert ratio.min(initial=1) > 0.5
        assert ratio.max(initial=1) < 1.001
