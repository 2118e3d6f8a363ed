"""Each rule of rounding against exact rational arithmetic, and against programs in the dtype.

A program computes a formula in float64 or float32 in an order drawn at random, from numbers that
are themselves off; each result must lie within its bound of the exact one. To try harder::

    SKIPZEROS_EXAMPLES=100000 pytest tests/definitions/test_bounded.py
"""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skipzeros.bench.definitions.bounded import (
    WIDE,
    Level,
    Number,
    Rounding,
    dot,
    exp,
    log,
    reciprocal,
    relu,
    sigmoid,
    sqrt,
    tanh,
    where_positive,
)

F, Array = Fraction, np.ndarray
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])
EXAMPLES = settings(
    max_examples=int(os.environ.get("SKIPZEROS_EXAMPLES", "60")),
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
SEEDS = st.integers(0, 2**32 - 1)
LEVEL = Level("step")


def drawn(rng: np.random.Generator, count: int, dtype: str) -> Array:
    """Numbers of the dtype of all sizes, some of them zero, tiny, or nearly each other."""
    numbers = rng.normal(size=count) * 10.0 ** rng.choice([-30, -3, 0, 0, 0, 3], count)
    numbers[rng.random(count) < 0.1] = 0
    if count > 1 and rng.random() < 0.3:
        numbers[1] = -numbers[0] * (1 + 1e-7)
    return numbers.astype(dtype)


def numbers_off(
    rng: np.random.Generator, rounding: Rounding, values: Array
) -> tuple[list[Number], Array]:
    """Numbers with errors, and what a program may have of them, in its dtype."""
    off = np.abs(values.astype(WIDE)) * 1e-4 * rng.choice([0, 0, 1], len(values))
    found = (values + off * rng.uniform(-1, 1, len(values))).astype(values.dtype)
    kept = np.abs(found.astype(WIDE) - values) <= off
    found = np.where(kept, found, values)
    numbers = [
        Number(rounding, LEVEL, np.array([[v]], WIDE), np.array([[e]], WIDE) if e else None)
        for v, e in zip(values.astype(WIDE), off, strict=True)
    ]
    return numbers, found


def in_some_order(rng: np.random.Generator, found: Array, combine: Callable[..., Any]) -> Any:
    """Combine numbers of a dtype two at a time, any two."""
    left = list(found)
    with np.errstate(all="ignore"):
        while len(left) > 1:
            a = left.pop(int(rng.integers(len(left))))
            b = left.pop(int(rng.integers(len(left))))
            left.append(combine(a, b))
    return left[0]


def within(number: Number, found: Any) -> bool:
    """Whether what a program found is within the bound of the exact value."""
    apart = abs(WIDE(found) - number.value.reshape(-1)[0])
    return bool(apart <= number.error.reshape(-1)[0])


@DTYPES
@EXAMPLES
@given(seed=SEEDS)
def test_a_sum_in_any_order(dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = drawn(rng, int(rng.integers(2, 40)), dtype)
    numbers, found = numbers_off(rng, Rounding(dtype), values)
    total = numbers[0]
    for number in numbers[1:]:
        total = total + number
    exact = sum((F(float(v)) for v in values), F(0))
    size = sum(abs(F(float(v))) for v in values)
    assert abs(F(*total.value[0, 0].as_integer_ratio()) - exact) <= size / 2**55
    assert within(total, in_some_order(rng, found, lambda a, b: a + b))


@DTYPES
@EXAMPLES
@given(seed=SEEDS)
def test_a_product_in_any_order(dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = drawn(rng, int(rng.integers(2, 7)), dtype)
    # So that some pairs underflow though the whole product does not.
    if rng.random() < 0.3:
        tiny = float(np.finfo(dtype).tiny)
        values[0], values[1] = tiny * 3, tiny * 5
        values[2:3] = 1 / tiny / 4
    numbers, found = numbers_off(rng, Rounding(dtype), values)
    product = numbers[0]
    for number in numbers[1:]:
        product = product * number
    result = in_some_order(rng, found, lambda a, b: a * b)
    assert not np.isfinite(result) or within(product, result)


CUBICS: dict[str, Callable[[Any, Any], Any]] = {
    "left": lambda o, y: (o - y) * o * (1 - o),
    "right": lambda o, y: (o - y) * (o * (1 - o)),
    "other": lambda o, y: ((1 - o) * o) * (o - y),
}


@DTYPES
@pytest.mark.parametrize("order", CUBICS)
@EXAMPLES
@given(seed=SEEDS, label=st.sampled_from([0, 1]))
def test_factors_that_are_off_together(dtype: str, order: str, seed: int, label: int) -> None:
    rng = np.random.default_rng(seed)
    o = np.array([1 / (1 + np.exp(-rng.normal() * rng.choice([0.1, 1, 10, 40])))], dtype)
    numbers, found = numbers_off(rng, Rounding(dtype), o)
    y = np.dtype(dtype).type(label)
    bound = CUBICS["left"](numbers[0], label)
    assert within(bound, CUBICS[order](found[0], y))


def test_a_polynomial_is_as_tight_as_its_derivative() -> None:
    rounding = Rounding("float64")
    off = np.array([[1e-9]], WIDE)
    o = Number(rounding, LEVEL, np.array([[0.3]], WIDE), off)
    error = (o * (1 - o)).error[0, 0]
    # d/do o (1 - o) = 1 - 2 o = 0.4, where factors that know nothing of each other give 1.
    assert 0.4 < error / 1e-9 < 0.4001
    square = (o * o).error[0, 0]
    assert 0.6 < square / 1e-9 < 0.6001


@DTYPES
@EXAMPLES
@given(seed=SEEDS)
def test_a_scalar_product(dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = drawn(rng, 12, dtype), drawn(rng, 12, dtype)
    rounding = Rounding(dtype)
    left, right = (Number(rounding, LEVEL, one.astype(WIDE)[None]) for one in (a, b))
    with np.errstate(all="ignore"):
        assert within(dot(left, right), in_some_order(rng, a * b, lambda x, y: x + y))
        assert within(dot(left, right), a @ b)


FUNCTIONS: dict[str, tuple[Callable[[Number], Number], Callable[[Any], Any]]] = {
    "sigmoid": (sigmoid, lambda x: 1 / (1 + np.exp(-x))),
    "tanh": (tanh, np.tanh),
    "exp": (exp, np.exp),
    "log": (lambda x: log(x * x + 1), lambda x: np.log(x * x + 1)),
    "relu": (relu, lambda x: np.maximum(x, 0)),
    "sqrt": (sqrt, lambda x: np.sqrt(np.maximum(x, 0))),
    "reciprocal": (reciprocal, lambda x: 1 / x),
}


@DTYPES
@pytest.mark.parametrize("name", FUNCTIONS)
@EXAMPLES
@given(seed=SEEDS)
def test_a_function(dtype: str, name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = drawn(rng, 1, dtype)
    numbers, found = numbers_off(rng, Rounding(dtype), values)
    bounded, program = FUNCTIONS[name]
    with np.errstate(all="ignore"):
        result = program(found[0])
        assert result.dtype == dtype
        assert not np.isfinite(result) or within(bounded(numbers[0]), result)


@pytest.mark.parametrize(
    ("x", "off", "allowed"),
    [(0.0, None, [0]), (1e-9, 1e-10, [2]), (-1e-9, 1e-10, [0]), (1e-9, 1e-8, [0, 2]),
     (-1e-9, 1e-8, [0, 2]), (0.0, 1e-8, [0, 2])],
)  # fmt: skip
def test_a_gate_is_open_shut_or_either(x: float, off: float | None, allowed: list[int]) -> None:
    rounding = Rounding("float64")
    error = None if off is None else np.array([[off]], WIDE)
    at = Number(rounding, LEVEL, np.array([[x]], WIDE), error)
    y = Number(rounding, LEVEL, np.array([[2]], WIDE))
    gate = where_positive(at, y)
    assert [found for found in (0, 1, 2) if within(gate, found)] == (
        allowed if allowed != [0, 2] else [0, 1, 2]
    )


def test_a_constant_is_off_where_the_dtype_has_to_round_it() -> None:
    assert Rounding("float64").constant(0.1).exact
    assert Rounding("float32").constant(0.5).exact
    number = Rounding("float32").constant(0.1)
    assert within(number, np.float32(0.1))
    assert not number.exact


def test_a_quotient_by_what_may_be_zero_says_nothing() -> None:
    rounding = Rounding("float64")
    x = Number(rounding, LEVEL, np.array([[1e-9]], WIDE), np.array([[1e-8]], WIDE))
    assert reciprocal(x).error[0, 0] == np.inf


def test_numbers_of_reviews_and_rows_do_not_mix() -> None:
    rounding = Rounding("float64")
    reviews = Level("review", LEVEL, np.zeros(3, np.int64))
    rows = Level("row", LEVEL, np.zeros(5, np.int64))
    of_review = Number(rounding, reviews, np.ones((3, 1), WIDE))
    of_row = Number(rounding, rows, np.ones((5, 1), WIDE))
    of_step = Number(rounding, LEVEL, np.ones((1, 2), WIDE))
    assert (of_review * of_step).value.shape == (3, 2)
    with pytest.raises(TypeError, match=r"of each review and of each row .* take a mean first"):
        of_review * of_row
    with pytest.raises(TypeError, match="of each review can't be used for each row: take its mean"):
        of_review.at(rows)
