"""The reference against exact rational arithmetic, and its independence from the networks."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipzeros.bench.definitions import bounded, definition, layout, lesson
from skipzeros.bench.definitions import given as inputs
from skipzeros.bench.definitions.bounded import WIDE
from skipzeros.bench.definitions.given import Steps
from skipzeros.bench.definitions.lesson import Lesson
from skipzeros.bench.equality import reference
from skipzeros.bench.equality.reference import expect

F = Fraction
PLAIN = {
    "__future__", "abc", "collections.abc", "dataclasses", "functools", "typing", "numpy",
    "numpy.typing",
}  # fmt: skip


def exact_sigmoid(z: Fraction) -> Fraction:
    """1 / (1 + exp(-z)) to 60 digits: exp of a small part by its series, squared back up."""
    halvings = max(0, math.ceil(math.log2(abs(z) + 1)) + 6)
    small = -z / 2**halvings
    term, total = F(1), F(1)
    for n in range(1, 40):
        term = term * small / n
        total += term
    for _ in range(halvings):
        total = (total * total).limit_denominator(10**90) if total > 10**-40 else total * total
    return 1 / (1 + total)


def exact_step(steps: Steps) -> tuple[list[Fraction], list[Fraction], dict[int, list[Fraction]]]:
    """Outputs, new weights_1_2 and new rows by word of a single step, in rational numbers."""
    rate = F(steps.learning_rate) / len(steps.labels)
    w = [F(float(x)) for x in steps.others[0]]
    new_w, outputs, new_rows = list(w), [], {}
    for i, label in enumerate(steps.labels):
        own = range(steps.indptr[i], steps.indptr[i + 1])
        counts = {e: F(1) if steps.counts is None else F(float(steps.counts[e])) for e in own}
        rows = {e: [F(float(x)) for x in steps.rows[e]] for e in own}
        h = [sum((counts[e] * rows[e][j] for e in own), F(0)) for j in range(len(w))]
        o = exact_sigmoid(sum((a * b for a, b in zip(h, w, strict=True)), F(0)))
        f = (o - F(float(label))) * o * (1 - o)
        outputs.append(o)
        new_w = [a - rate * f * b for a, b in zip(new_w, h, strict=True)]
        for e in own:
            row = new_rows.get(int(steps.words[e]), rows[e])
            new_rows[int(steps.words[e])] = [
                a - rate * f * counts[e] * b for a, b in zip(row, w, strict=True)
            ]
    return outputs, new_w, new_rows


@st.composite
def single_steps(draw: st.DrawFn) -> Steps:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from(["float64", "float32"]))
    hidden, batch = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    scale = draw(st.sampled_from([1e-3, 0.1, 3.0]))
    table = rng.normal(0, scale, (9, hidden)).astype(dtype)
    reviews = [rng.permutation(9)[: rng.integers(0, 8)] for _ in range(batch)]
    words = np.concatenate(reviews).astype(np.int32)
    counts = rng.integers(1, 6, len(words)).astype(float) if draw(st.booleans()) else None
    return Steps(
        definition=Lesson(),
        hidden=hidden,
        learning_rate=draw(st.sampled_from([0.001, 0.1, 1.0])),
        dtype=dtype,
        step=np.zeros(batch, np.int64),
        indptr=np.concatenate([[0], np.cumsum([len(review) for review in reviews])]),
        words=words,
        counts=counts,
        labels=rng.integers(0, 2, batch).astype(float),
        rows=table[words],
        others=rng.normal(0, 1, (1, hidden)).astype(dtype),
    )


@pytest.mark.parametrize("wide", [WIDE, np.float64])
@settings(max_examples=150)
@given(steps=single_steps())
def test_it_agrees_with_rational_arithmetic_far_within_its_bounds(
    wide: type[np.floating], steps: Steps
) -> None:
    found = expect(steps, wide)
    outputs, new_w, new_rows = exact_step(steps)
    # The reference may itself err by its own roundings only, a small part of the bound where it
    # is wider than the network's dtype.
    share = 0.51 if np.finfo(wide).eps == np.finfo(steps.dtype).eps else 0.01

    def close(value: object, exact: Fraction, bound: object) -> None:
        difference = abs(F(*np.longdouble(value).as_integer_ratio()) - exact)
        assert difference <= F(float(share)) * F(*np.longdouble(bound).as_integer_ratio())

    for value, exact, bound in zip(found.outputs, outputs, found.outputs_bound, strict=True):
        close(value, exact, bound)
    for j, exact in enumerate(new_w):
        close(found.others[0, j], exact, found.others_bound[0, j])
    words = steps.words[found.entry].tolist()
    assert sorted(words) == sorted(new_rows)
    for pair, word in enumerate(words):
        for j, exact in enumerate(new_rows[word]):
            close(found.rows[pair, j], exact, found.rows_bound[pair, j])


@pytest.mark.parametrize("wide", [WIDE, np.float64])
@settings(max_examples=150)
@given(steps=single_steps(), nudge=st.sampled_from([0, 1, -1, 3]), size=st.sampled_from([1, 1e-3]))
def test_rows_are_as_far_apart_as_exact_numbers_are(
    wide: type[np.floating], steps: Steps, nudge: int, size: float
) -> None:
    steps = replace(steps, rows=(size * steps.rows).astype(steps.dtype))
    expected = expect(steps, wide)
    found = expected.rows.astype(steps.dtype)
    found += (nudge * np.spacing(found)).astype(steps.dtype)
    apart, bound = expected.apart(found, slice(0, len(found)))
    assert np.allclose(bound, expected.rows_bound.astype(float), rtol=1e-12, atol=0)
    right, wide_u = expected.rows, F(*np.finfo(expected.rows.dtype).eps.as_integer_ratio())
    for pair in range(len(found)):
        for j in range(found.shape[1]):
            before = F(float(steps.rows[expected.entry[pair], j]))
            after = F(*right[pair, j].as_integer_ratio())
            exact = F(float(found[pair, j])) - after
            error = abs(F(float(apart[pair, j])) - exact)
            # What extended precision is off by, and the rounding of the difference itself.
            rounded = wide_u * (abs(after) + abs(before) + abs(before - after))
            assert error <= rounded + abs(exact) / 2**50


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1.7e308])
def test_what_is_not_finite_or_overflows_is_not_within_its_bound(number: float) -> None:
    words, rows = np.arange(2, dtype=np.int32), np.array([[0.5], [-1e308]])
    starts = np.array([0, 2])
    w, label = np.ones((1, 1)), np.ones(1)
    first = np.zeros(1, np.int64)
    steps = Steps(Lesson(), 1, 0.1, "float64", first, starts, words, None, label, rows, w)
    apart, bound = expect(steps).apart(np.array([[number], [number]]), slice(0, 2))
    assert not (np.abs(apart) <= bound).any()


@given(steps=single_steps())
def test_bounds_are_a_few_roundings_and_no_more(steps: Steps) -> None:
    found = expect(steps)
    u = np.finfo(steps.dtype).eps / 2
    k = len(steps.words) + len(steps.labels) + steps.others.shape[1] + 40
    size = 1 + np.abs(steps.others).max() + np.abs(steps.rows).max(initial=0)
    size *= 1 + (0 if steps.counts is None else steps.counts.max(initial=0))
    assert (found.outputs_bound <= k * u * len(steps.words) * size**3 + 16 * u).all()
    assert (found.rows_bound > 0).all()
    assert (found.others_bound > 0).all()


def test_a_block_of_steps_is_its_steps() -> None:
    rng = np.random.default_rng(3)
    lengths = [3, 0, 5]
    words = np.concatenate([rng.permutation(20)[:n] for n in lengths]).astype(np.int32)
    whole = Steps(
        Lesson(),
        2,
        0.1,
        "float64",
        np.arange(3),
        np.array([0, 3, 3, 8]),
        words,
        None,
        np.array([1.0, 0.0, 1.0]),
        rng.normal(size=(8, 2)),
        rng.normal(size=(3, 2)),
    )
    together = expect(whole)
    for i, (a, b) in enumerate([(0, 3), (3, 3), (3, 8)]):
        alone = expect(
            Steps(
                Lesson(),
                2,
                0.1,
                "float64",
                np.zeros(1, np.int64),
                np.array([0, b - a]),
                words[a:b],
                None,
                whole.labels[i : i + 1],
                whole.rows[a:b],
                whole.others[i : i + 1],
            )
        )
        assert together.outputs[i] == alone.outputs[0]
        assert (together.others[i] == alone.others[0]).all()
        own = (together.entry >= a) & (together.entry < b)
        assert (together.rows[own] == alone.rows).all()
        assert (together.rows_bound[own] == alone.rows_bound).all()


@pytest.mark.parametrize("module", [reference, bounded, definition, layout, inputs, lesson])
def test_it_shares_no_code_with_any_network(module: ModuleType) -> None:
    source = Path(str(module.__file__)).read_text()
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add("." * node.level + (node.module or ""))
    own = {"bounded", "definition", "given", "layout"}
    assert {name for name in imported if not name.startswith(".")} <= PLAIN
    assert {name.rpartition(".")[2] for name in imported if name.startswith(".")} <= own
