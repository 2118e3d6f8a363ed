"""The formulas of cost against the networks themselves, run on arrays that count."""

from __future__ import annotations

import math
from dataclasses import asdict, astuple, fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from counting import Counted, CountedMatrix, as_counted, blas, counting, registers
from hypothesis import given, settings
from hypothesis import strategies as st

from skipzeros.bench.cost.formulas import FIGURES, FORMULAS, work
from skipzeros.bench.cost.letters import LETTERS, Sizes
from skipzeros.bench.networks.registry import ON_REQUEST, builtin_networks, load
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.impls import compiled, gather_scatter
from skipzeros.impls.network import Network, OnlineNetwork
from skipzeros.impls.reviews import Reviews

WORDS = [[0, 4, 7], [], [2], [1, 4, 5, 6, 8, 9, 10, 3], [10, 0], [7, 2, 1], [5]]
COUNTS = [[1.0, 3.0, 1.0], [], [2.0], [1.0] * 5 + [2.0] * 3, [4.0, 1.0], [1.0, 1.0, 2.0], [1.0]]
# The empty review is positive: of a negative one PyTorch's 2 * (0.5 - 0) is 1 by accident.
LABELS = [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0]


def few(input_: str) -> Reviews:
    return Reviews.from_lists(WORDS, LABELS, 11, COUNTS if input_ == "counts" else None)


def built(network: type[Network], scenario: Scenario) -> Network:
    """With weights none of which is 0 or 1, so that only the input's zeros and ones count."""
    draw = np.random.default_rng(3)
    weights_0_1 = draw.uniform(0.1, 0.9, (11, scenario.hidden)).astype(scenario.dtype)
    weights_1_2 = draw.uniform(0.1, 0.9, scenario.hidden) / scenario.hidden
    return scenario.build(network, weights_0_1, weights_1_2.astype(scenario.dtype))


def counted_plain(network: Any, prepared: Any) -> Any:
    for name in ("weights_0_1", "weights_1_2", "layer_0"):
        if hasattr(network, name):
            setattr(network, name, as_counted(getattr(network, name)))
    if isinstance(network, OnlineNetwork):
        return [
            (words, None if counts is None else as_counted(counts), label)
            for words, counts, label in prepared
        ]
    return [
        (CountedMatrix(layer_0), words, CountedMatrix(present), labels)
        for layer_0, words, present, labels in prepared
    ]


def row_of(cut: Any, heads: Any, tails: Any, word: Any, column: Any) -> Any:
    """The vectors of one tile of a row, views."""
    _, vectors, rest, lanes = map(len, cut)
    return heads[word, column : column + vectors * lanes], tails[word, :rest]


def sum_rows(
    cut: Any,
    heads: Any,
    tails: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    layer_1: Any,
    ahead: Any,
) -> None:
    """As the one of vectors.py."""
    _, vectors, rest, lanes = map(len, cut)
    width = vectors * lanes + rest
    number = max(1, min(4, 8 // (vectors + (rest > 0))))
    chains = [registers(np.zeros(width, heads.dtype)) for _ in range(number)]
    for place in range(start, stop):
        head, tail = row_of(cut, heads, tails, words[place], column)
        add_read(head), add_read(tail)
        row = registers(np.concatenate([head, tail]))
        if counts is not None:
            row = row * registers(counts[place])
        chain = (place - start) % number
        chains[chain] = chains[chain] + row
    total = chains[0]
    for chain_ in chains[1:]:
        total = total + chain_
    layer_1[column : column + width] = total


def subtract_from_rows(
    cut: Any,
    heads: Any,
    tails: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    step: Any,
    ahead: Any,
) -> None:
    """As the one of vectors.py."""
    _, vectors, rest, lanes = map(len, cut)
    steps = registers(step[column : column + vectors * lanes + rest])
    add_read(steps)
    for place in range(start, stop):
        change = steps if counts is None else steps * registers(counts[place])
        head, tail = row_of(cut, heads, tails, words[place], column)
        head -= change[: len(head)]
        tail -= change[len(head) :]


def add_read(array: Any) -> None:
    Counted.tally["bytes_read"] += array.nbytes


def counted_compiled(network: Any, prepared: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(compiled, "_compiled", lambda: compiled.one_pass)
    monkeypatch.setattr(compiled, "sum_rows", sum_rows)
    monkeypatch.setattr(compiled, "subtract_from_rows", subtract_from_rows)
    zeros = compiled.aligned_zeros
    monkeypatch.setattr(compiled, "aligned_zeros", lambda *shape: as_counted(zeros(*shape)))

    def exp(x: Any) -> Any:
        return as_counted(np.asarray(math.exp(x), network._heads.dtype))

    monkeypatch.setattr(compiled, "math", SimpleNamespace(exp=exp, prod=math.prod))
    for name in ("_heads", "_tails", "_weights_1_2"):
        setattr(network, name, as_counted(getattr(network, name)))
    counts = None if prepared.counts is None else as_counted(prepared.counts)
    shared = prepared.shared
    if shared.batches is not None:
        slots, distinct = as_counted(shared.slots), as_counted(shared.distinct)
        shared = shared._replace(slots=slots, distinct=distinct)
    return prepared._replace(words=as_counted(prepared.words), counts=counts, shared=shared)


def counted_gather_scatter(network: Any, prepared: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(gather_scatter, "get_blas_funcs", blas)
    monkeypatch.setattr(gather_scatter, "math", SimpleNamespace(exp=np.exp))
    if network.batch_size > 1:
        return counted_plain(network, prepared)
    counted_plain(network, [])
    return [(words, as_counted(values), label) for words, values, label in prepared]


def scenarios(network: type[Network]) -> list[Scenario]:
    every = [
        Scenario(hidden, 0.3, batch, dtype, input_)
        for hidden in (3, 10, 36, 100)
        for batch in (1, 3, 16)
        for dtype in ("float64", "float32")
        for input_ in ("presence", "counts")
    ]
    return [scenario for scenario in every if scenario.not_applicable(network) is None]


NETWORKS = [
    pytest.param(
        name,
        scenario,
        id=f"{name}-{scenario.hidden}-{scenario.batch_size}-{scenario.dtype}-{scenario.input}",
    )
    for name in FORMULAS
    for scenario in scenarios(load(name).network)  # type: ignore[arg-type]
]


def test_every_network_of_a_core_has_its_formulas() -> None:
    assert set(FORMULAS) == set(builtin_networks()) - ON_REQUEST


@pytest.mark.parametrize(("name", "scenario"), NETWORKS)
def test_the_formulas_are_what_is_counted(
    name: str, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    network_class = load(name).network
    assert network_class is not None
    if network_class.unavailable():
        pytest.skip(str(network_class.unavailable()))
    reviews = few(scenario.input)
    network = built(network_class, scenario)
    prepared = network.prepare(reviews)
    expected = built(network_class, scenario).train(prepared)
    if name == "torch":
        from counting_torch import counting_torch

        with counting_torch() as tally:
            outputs = network.train(prepared)
    else:
        if name == "compiled":
            prepared = counted_compiled(network, prepared, monkeypatch)
        elif name == "gather-scatter":
            prepared = counted_gather_scatter(network, prepared, monkeypatch)
        else:
            prepared = counted_plain(network, prepared)
        with counting() as tally:
            outputs = network.train(prepared)
    np.testing.assert_allclose(np.asarray(outputs, float), expected, rtol=1e-5)
    found = work(name, reviews, scenario)
    assert found is not None
    assert asdict(found) == tally


@settings(max_examples=60)
@given(st.data())
def test_the_formulas_hold_for_any_reviews(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([one for one in FORMULAS if one not in ("compiled", "torch")]))
    words = data.draw(st.lists(st.lists(st.integers(0, 10), unique=True), min_size=1, max_size=8))
    counts = [[data.draw(st.sampled_from([1.0, 2.0, 5.0])) for _ in review] for review in words]
    with_counts, batch = data.draw(st.booleans()), data.draw(st.integers(1, 4))
    network_class = load(name).network
    assert network_class is not None
    with_counts = with_counts and network_class.accepts_counts
    scenario = Scenario(3, 0.3, batch, input="counts" if with_counts else "presence")
    reviews = Reviews.from_lists(words, [1.0] * len(words), 11, counts if with_counts else None)
    network = built(network_class, scenario)
    prepared = network.prepare(reviews)
    with pytest.MonkeyPatch.context() as monkeypatch, counting() as tally:
        if name == "gather-scatter":
            prepared = counted_gather_scatter(network, prepared, monkeypatch)
        else:
            prepared = counted_plain(network, prepared)
        network.train(prepared)
    assert asdict(work(name, reviews, scenario)) == tally  # type: ignore[arg-type]


def test_of_a_network_of_somebody_else_nothing_is_known() -> None:
    assert work("mine.py:Mine", few("presence"), Scenario()) is None


def letters_of(sizes: Sizes) -> dict[str, int]:
    return dict(zip(LETTERS, astuple(sizes), strict=True))


@pytest.mark.parametrize("name", FORMULAS)
@given(
    st.lists(st.integers(0, 10**6), min_size=len(fields(Sizes)), max_size=len(fields(Sizes))).map(
        lambda numbers: Sizes(*numbers)
    )
)
def test_the_text_of_a_formula_says_what_its_function_computes(name: str, sizes: Sizes) -> None:
    text, function = FORMULAS[name]
    assert len(text) == len(FIGURES)
    said = {
        figure: eval(formula, {"__builtins__": {}}, letters_of(sizes))
        for figure, formula in zip(FIGURES, text, strict=True)
    }
    assert asdict(function(sizes)) == said


def test_the_letters_are_explained_in_the_order_of_the_sizes() -> None:
    sizes = Sizes.of(few("counts"), Scenario(hidden=10, batch_size=2, dtype="float32"))
    assert letters_of(sizes) == {
        **{"n": 7, "W": 18, "O": 11, "E": 6, "V": 11, "H": 10, "s": 4, "c": 1},
        **{"B": 4, "M": 7, "A": 18, "L": 1, "Z": 0, "D": 18, "R": 16, "P": 16, "T": 1, "K": 4},
        **{"S": 0},
    }
    single = letters_of(Sizes.of(few("counts"), Scenario()))
    assert (single["M"], single["A"]) == (0, 0)
