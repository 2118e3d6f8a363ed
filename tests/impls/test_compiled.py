"""The compiled network where its code differs from that of ten hidden units: wide and odd rows."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.corpus.synthetic import generate
from skipzeros.bench.equality.certificate import certify
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.impls import compiled

pytestmark = pytest.mark.skipif(
    find_spec("numba") is None, reason="numba is missing: pip install 'skipzeros[compiled]'"
)

# One vector and more; the last of one tile and the first of two; tiles that don't come out even.
HIDDEN = (1, 8, 9, 33, 64, 65, 100, 130)
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
def test_a_row_is_padded_by_less_than_a_vector_a_tile(hidden: int, itemsize: int) -> None:
    tiles, vectors = compiled.layout(hidden, itemsize)
    padded = tiles * vectors * compiled.VECTOR_BYTES - hidden * itemsize
    assert 0 <= padded < tiles * compiled.VECTOR_BYTES
    assert 1 <= vectors <= 8


def test_the_padding_stays_zero() -> None:
    scenario, reviews = Scenario(), generate(30).presence()
    network = scenario.build(compiled.Compiled, *scenario.first_weights(reviews.vocabulary_size))
    assert isinstance(network, compiled.Compiled)
    network.train(network.prepare(reviews))
    assert network.weights_0_1.any()
    assert not network._rows[:, 10:].any()
    assert not network._weights_1_2[10:].any()


def test_without_numba_it_says_which_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    assert compiled.Compiled.unavailable() == "needs numba: pip install 'skipzeros[compiled]'"


def test_what_can_be_kept_nowhere_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    assert compiled._compiled.__wrapped__().py_func is compiled.one_pass
