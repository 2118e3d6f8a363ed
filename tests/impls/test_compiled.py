"""The compiled network where its code differs from that of ten hidden units: wide and odd rows."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.corpus.synthetic import generate
from skipzeros.bench.equality.certificate import certify
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.impls import compiled
from skipzeros.impls.network import Array
from skipzeros.impls.reviews import Reviews
from skipzeros.impls.row_layout import row_layout

pytestmark = pytest.mark.skipif(
    find_spec("numba") is None, reason="numba is missing: pip install 'skipzeros[compiled]'"
)

# One vector and more; the last of one tile and the first of two; tiles that don't come out even.
HIDDEN = (1, 3, 8, 9, 33, 64, 65, 100, 130)
WIDE = (64, 100, 130)  # whose code takes longer to compile


@pytest.mark.parametrize(
    ("hidden", "dtype"),
    [
        pytest.param(hidden, dtype, marks=pytest.mark.slow if hidden in WIDE else ())
        for hidden in HIDDEN
        for dtype in ("float64", "float32")
    ],
)
def test_rows_of_any_width_are_certified(hidden: int, dtype: str) -> None:
    scenario = Scenario(hidden=hidden, dtype=dtype, learning_rate=0.01)
    certificate = certify(compiled.Compiled, generate(40).presence(), scenario)
    assert certificate.reason == ""


@given(hidden=st.integers(1, 3000), itemsize=st.sampled_from([4, 8]))
def test_little_of_a_row_is_padding(hidden: int, itemsize: int) -> None:
    layout = row_layout(hidden, itemsize, 700)
    stored = layout.whole + layout.rest
    assert 1 <= layout.vectors + (layout.rest > 0) <= 8
    assert hidden <= stored <= layout.padded
    if layout.tiles > 1:
        assert stored - hidden < layout.tiles * layout.lanes
    else:
        # At most a power of two holds more numbers than it has to, and less than twice as many.
        assert stored - hidden < layout.lanes / 2
        assert layout.rest.bit_count() <= 1


@given(hidden=st.integers(1, 3000), itemsize=st.sampled_from([4, 8]))
def test_a_row_of_a_large_table_lies_in_one_place(hidden: int, itemsize: int) -> None:
    layout = row_layout(hidden, itemsize, 10_000_000)
    assert layout.rest == 0
    assert layout.padded == row_layout(hidden, itemsize, 1).padded


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_large_table_is_certified(dtype: str) -> None:
    scenario = Scenario(dtype=dtype, learning_rate=0.01)
    small = generate(40).presence()
    words = small.indices * 6
    reviews = Reviews(small.indptr, words, None, small.labels, 6 * small.vocabulary_size)
    assert row_layout(10, np.dtype(dtype).itemsize, reviews.vocabulary_size).rest == 0
    certificate = certify(compiled.Compiled, reviews, scenario)
    assert certificate.reason == ""


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_trick_changes_a_bit(dtype: str, batch_size: int) -> None:
    reviews, scenario = generate(300).presence(), Scenario(dtype=dtype, batch_size=batch_size)
    weights = scenario.first_weights(reviews.vocabulary_size)
    ends = []
    for words_ahead, apart in ((256, True), (0, True), (3, True), (256, False)):
        network = compiled.Compiled(*weights, 0.1, batch_size, words_ahead, apart)
        outputs = network.train(network.prepare(reviews))
        ends.append((outputs.tobytes(), network.weights_0_1.tobytes()))
    assert len(set(ends)) == 1


def test_a_batch_may_be_far_larger_than_the_reviews() -> None:
    reviews, scenario = generate(20).presence(), Scenario(batch_size=20)
    ends = []
    for size in (20, 2**31 - 1):
        network = compiled.Compiled(*scenario.first_weights(reviews.vocabulary_size), 0.1, size)
        ends.append(network.train(network.prepare(reviews)).tobytes())
    assert ends[0] == ends[1]


def test_a_full_disk_only_means_that_nothing_compiled_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def full_once(*arguments: object) -> None:
        asked.append(arguments)
        if len(asked) == 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiled, "_compiled", lambda: full_once)
    network = compiled.Compiled(np.zeros((3, 2)), np.zeros(2), 0.1)
    network.train(network.prepare(Reviews.from_lists([[0]], [1], 3)))
    assert len(asked) == 2


def test_rows_that_were_needed_before_are_refused() -> None:
    with pytest.raises(ValueError, match="words_ahead is -1; 0 fetches none"):
        compiled.Compiled(np.zeros((3, 2)), np.zeros(2), 0.1, words_ahead=-1)


@pytest.mark.parametrize("hidden", [3, 10, 40])
def test_the_padding_stays_zero(hidden: int) -> None:
    scenario, reviews = Scenario(hidden=hidden), generate(30).presence()
    network = scenario.build(compiled.Compiled, *scenario.first_weights(reviews.vocabulary_size))
    assert isinstance(network, compiled.Compiled)
    network.train(network.prepare(reviews))
    assert network.weights_0_1.any()
    assert not np.concatenate([network._heads, network._tails], axis=1)[:, hidden:].any()
    assert not network._weights_1_2[hidden:].any()


def by_review(reviews: Reviews, hidden: int, dtype: str, batch_size: int) -> Array:
    """The outputs of a pass in which no review shares an update with another."""
    scenario = Scenario(hidden=hidden, dtype=dtype, batch_size=batch_size)
    network = scenario.build(compiled.Compiled, *scenario.first_weights(reviews.vocabulary_size))
    return network.train(network.prepare(reviews)._replace(shared=compiled.Shared()))


@pytest.mark.slow
@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shared_updates_give_what_single_ones_give(dtype: str, counts: bool) -> None:
    reviews = generate(70)
    reviews = reviews if counts else reviews.presence()
    scenario = Scenario(
        hidden=64, dtype=dtype, batch_size=16, input="counts" if counts else "presence"
    )
    network = scenario.build(compiled.Compiled, *scenario.first_weights(reviews.vocabulary_size))
    prepared = network.prepare(reviews)
    assert prepared.shared.batches is not None
    apart = np.abs(network.train(prepared) - by_review(reviews, 64, dtype, 16)).max()
    assert apart < (1e-9 if dtype == "float64" else 1e-2)
    certificate = certify(compiled.Compiled, reviews, scenario)
    assert certificate.reason == ""


def test_without_numba_it_says_which_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    assert compiled.Compiled.unavailable() == "needs numba: pip install 'skipzeros[compiled]'"


def test_what_can_be_kept_nowhere_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert compiled._compiled.__wrapped__().py_func is compiled.one_pass
