"""The bounds against correct steps of every kind: none is refused, and none is far too wide.

A step is computed in the network's own dtype, summed, squashed and multiplied in many orders;
every figure must lie within its bound. To try harder than a test run should::

    SKIPZEROS_EXAMPLES=3000 pytest tests/equality/test_bounds.py -k refused -s

draws so many scenarios for each dtype and prints the worst error ratios.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from skipzeros import Network, Reviews
from skipzeros.bench.definitions.bounded import WIDE
from skipzeros.bench.definitions.given import Steps
from skipzeros.bench.definitions.lesson import Lesson
from skipzeros.bench.equality import judge as verdicts
from skipzeros.bench.equality.certificate import certify
from skipzeros.bench.equality.reference import Figures, expect
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.impls.add_reduce import AddReduce

Array = np.ndarray

EXAMPLES = int(os.environ.get("SKIPZEROS_EXAMPLES", "40"))
IMPLEMENTATIONS = 10  # tried on each scenario
NUMBERS = 60_000  # so many weights of rows a scenario may hold, for the sake of time


# Sums of c[i] * x[i] over the rows of x (n, m), each step of them rounded to the dtype of x.


def _terms(c: Array | None, x: Array) -> Array:
    return x if c is None else c[:, None] * x


def forward(c: Array | None, x: Array) -> Array:
    return np.add.accumulate(_terms(c, x), axis=0)[-1]


def backward(c: Array | None, x: Array) -> Array:
    return np.add.accumulate(_terms(c, x)[::-1], axis=0)[-1]


def pairwise(c: Array | None, x: Array) -> Array:
    # numpy sums in pairs along an axis only where its numbers are neighbours in memory.
    return np.ascontiguousarray(_terms(c, x).T).sum(axis=1)


def blocked(c: Array | None, x: Array) -> Array:
    terms = _terms(c, x)
    return forward(None, np.stack([forward(None, terms[i::8]) for i in range(min(8, len(x)))]))


def reduced(c: Array | None, x: Array) -> Array:
    return np.add.reduce(_terms(c, x), axis=0)


def product(c: Array | None, x: Array) -> Array:
    return (np.ones(len(x), x.dtype) if c is None else c) @ x


def exact(c: Array | None, x: Array) -> Array:
    if x.size > 2_000:
        return pairwise(c, x)
    return np.array([math.fsum(column) for column in _terms(c, x).T.tolist()], x.dtype)


def fused(c: Array | None, x: Array) -> Array:
    if len(x) > 200:
        return product(c, x)
    total = np.zeros(x.shape[1:], x.dtype)
    factors, rows = np.ones(len(x)) if c is None else c, x.astype(np.longdouble)
    for factor, row in zip(factors.astype(np.longdouble), rows, strict=True):
        total = (total + factor * row).astype(x.dtype)
    return total


SUMS = (forward, backward, pairwise, blocked, reduced, product, exact, fused)


def _sum(how: Callable[..., Array], c: Array | None, x: Array) -> Array:
    return how(c, x) if len(x) else np.zeros(x.shape[1:], x.dtype)


SIGMOIDS = {
    "plain": lambda z: 1 / (1 + np.exp(-z)),
    # 80, because exp overflows float32 above 88; the sigmoid is 1 there to the last bit.
    "guarded": lambda z: np.exp(np.minimum(z, 80)) / (1 + np.exp(np.minimum(z, 80))),
    "expit": expit,
    "tanh": lambda z: (1 + np.tanh(z / 2)) / 2,
}

DELTAS = (
    lambda o, y: (o - y) * o * (1 - o),
    lambda o, y: (o - y) * (o * (1 - o)),
    lambda o, y: ((1 - o) * o) * (o - y),
)


class How(NamedTuple):
    """One correct way to compute a step."""

    sum_rows: Callable[..., Array]
    sum_hidden: Callable[..., Array]
    sum_batch: Callable[..., Array]
    sigmoid: str
    delta: int
    mean: str  # what is divided by the number of reviews: rate, cast rate, delta or sum
    rate_first: bool  # rate * delta, then the other factors; else the rate comes last
    count_first: bool  # delta * count, then * weights_1_2; else the other way round
    together: bool  # the steps of a batch are summed first, else subtracted review by review


class Found(NamedTuple):
    outputs: Array  # (m,)
    weights_1_2: Array  # (H,)
    rows: Array  # (e, H) the new row of each word of each review


def train(steps: Steps, how: How) -> Found:
    """A single step in the dtype of the network and nothing wider."""
    dtype = np.dtype(steps.dtype).type
    w, labels, batch = steps.others[0], steps.labels.astype(dtype), len(steps.labels)
    counts = None if steps.counts is None else steps.counts.astype(dtype)
    reviews = [slice(a, b) for a, b in itertools.pairwise(steps.indptr)]
    layer_1 = np.stack(
        [_sum(how.sum_rows, None if counts is None else counts[r], steps.rows[r]) for r in reviews]
    )
    z = np.array([_sum(how.sum_hidden, h, w[:, None])[0] for h in layer_1], dtype)
    outputs = SIGMOIDS[how.sigmoid](z)
    delta = DELTAS[how.delta](outputs, labels)

    rate, divisor = dtype(steps.learning_rate), dtype(1)
    if how.mean == "rate":
        rate = dtype(steps.learning_rate / batch)
    elif how.mean == "cast rate":
        rate = rate / dtype(batch)
    elif how.mean == "delta":
        delta = delta / dtype(batch)
    else:
        divisor = dtype(batch)
    first, last = (rate, dtype(1)) if how.rate_first else (dtype(1), rate)
    scaled = first * delta

    ids, place = np.unique(steps.words, return_inverse=True)
    table = np.zeros((len(ids), len(w)), dtype)
    table[place] = steps.rows
    if how.together:
        new_w = w - last * _sum(how.sum_batch, scaled, layer_1) / divisor
        layer_0 = np.zeros((batch, len(ids)), dtype)
        for b, r in enumerate(reviews):
            layer_0[b, place[r]] = 1 if counts is None else counts[r]
        if how.count_first:
            of_word = _sum(how.sum_batch, scaled, layer_0)
            gradient = of_word[:, None] * w
        else:
            terms = layer_0[:, :, None] * (scaled[:, None] * w)[:, None, :]
            gradient = _sum(how.sum_batch, None, terms.reshape(batch, -1)).reshape(table.shape)
        return Found(outputs, new_w, (table - last * gradient / divisor)[place])
    new_w = w.copy()
    for b, r in enumerate(reviews):
        new_w -= last * (scaled[b] * layer_1[b]) / divisor
        c = np.ones((len(place[r]), 1), dtype) if counts is None else counts[r][:, None]
        step = scaled[b] * c * w if how.count_first else scaled[b] * w * c
        table[place[r]] -= last * step / divisor
    return Found(outputs, new_w, table[place])


# Scenarios.


def _matrix(rng: np.random.Generator, kind: str, shape: tuple[int, int], dtype: str) -> Array:
    normal = rng.normal(size=shape)
    smallest = float(np.finfo(dtype).smallest_normal)
    if kind == "tiny":
        normal *= smallest * 10.0 ** rng.integers(-6, 3, shape)
    elif kind == "mixed":
        normal *= 10.0 ** rng.uniform(-9, 1, shape)
        # Half of the rows all but cancel the other half.
        half = len(normal) // 2
        normal[half : 2 * half] = -normal[:half] * (1 + 1e-6 * rng.normal(size=(half, 1)))
    elif kind == "zero rows":
        normal[rng.random(len(normal)) < 0.5] = 0
    else:
        normal *= {"normal": 1, "small": 0.01, "tenth": 0.1}[kind]
    return normal.astype(dtype)


KINDS = ("normal", "small", "tenth", "tiny", "mixed", "zero rows")


@st.composite
def single_steps(draw: st.DrawFn, dtype: str) -> Steps:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    hidden = draw(st.sampled_from([1, 1, 2, 3, 10, 64, 300]))
    vocabulary = draw(st.sampled_from([1, 2, 9, 100, 3_000, 50_000]))
    batch = draw(st.integers(1, 8))
    lengths = [
        draw(st.sampled_from([0, 1, min(2, vocabulary), vocabulary // 3, vocabulary]))
        for _ in range(batch)
    ]
    while sum(lengths) * hidden > NUMBERS:
        hidden, lengths[int(np.argmax(lengths))] = 1 + hidden // 2, max(lengths) // 2 + 1
    reviews = [rng.permutation(vocabulary)[:length] for length in lengths]
    words = np.concatenate(reviews).astype(np.int32)

    counts = {
        "presence": lambda: None,
        "few": lambda: rng.integers(1, 10, len(words)).astype(float),
        "fractions": lambda: rng.random(len(words)) * 3,
        "some zero": lambda: rng.integers(0, 3, len(words)) / 3,
        "large": lambda: 10.0 ** rng.uniform(0, 5, len(words)),
    }[draw(st.sampled_from(["presence", "presence", "few", "fractions", "some zero", "large"]))]()
    ids, place = np.unique(words, return_inverse=True)
    table = _matrix(rng, draw(st.sampled_from(KINDS)), (len(ids), hidden), dtype)
    w = _matrix(rng, draw(st.sampled_from(KINDS)), (1, hidden), dtype)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    # From a z of nearly nothing up to deep saturation.
    target = draw(st.sampled_from([None, None, 1e-3, 1.0, 5.0, 30.0, 2_000.0]))
    parts = (table[place].astype(float) @ w[0].astype(float)) * (1 if counts is None else counts)
    z = max(abs(math.fsum(parts[a:b])) for a, b in itertools.pairwise(indptr))
    if z > 2_000 or (target and z > 1e-20):
        table *= np.dtype(dtype).type((target or 2_000.0) / z)
    return Steps(
        definition=Lesson(),
        hidden=hidden,
        learning_rate=draw(
            st.sampled_from([1e-4, 0.01, 0.1, 1.0, 10.0])
            | st.floats(-4, 1).map(lambda exponent: 10.0**exponent)
        ),
        dtype=dtype,
        step=np.zeros(batch, np.int64),
        indptr=indptr,
        words=words,
        counts=counts,
        labels=rng.integers(0, 2, batch).astype(float),
        rows=table[place],
        others=w,
    )


def ways() -> st.SearchStrategy[How]:
    sums = st.sampled_from(SUMS)
    return st.builds(
        How,
        sum_rows=sums,
        sum_hidden=sums,
        sum_batch=sums,
        sigmoid=st.sampled_from(sorted(SIGMOIDS)),
        delta=st.integers(0, len(DELTAS) - 1),
        mean=st.sampled_from(["rate", "cast rate", "delta", "sum"]),
        rate_first=st.booleans(),
        count_first=st.booleans(),
        together=st.booleans(),
    )


def compared(found: Found, expected: Figures) -> Iterator[tuple[str, Array, Array, Array]]:
    """Yield a name, what was found, what was expected, and its bound."""
    yield "output", found.outputs, expected.outputs, expected.outputs_bound
    new_w, bound = expected.others[0], expected.others_bound[0]
    yield "weights_1_2", found.weights_1_2, new_w, bound
    yield "rows", found.rows[expected.entry], expected.rows, expected.rows_bound


@dataclass
class Trials:
    """What a number of checked implementations came to."""

    scenarios: int = 0
    implementations: int = 0
    figures: int = 0
    worst: dict[str, float] = field(default_factory=dict)

    def add(self, found: Found, expected: Figures) -> None:
        for name, value, right, bound in compared(found, expected):
            assert value.dtype != np.longdouble
            assert np.isfinite(value).all()
            assert np.isfinite(bound).all()
            difference = np.abs(value - right)
            ratio = float((difference / bound).max(initial=0))
            assert (difference <= bound).all(), f"{name}: error ratio {ratio}"
            self.worst[name] = max(self.worst.get(name, 0), ratio)
            self.figures += value.size
        self.implementations += 1


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_correct_step_is_refused(dtype: str) -> None:
    trials = {wide: Trials() for wide in (WIDE, np.float64)}

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    @given(
        single_steps(dtype), st.lists(ways(), min_size=IMPLEMENTATIONS, max_size=IMPLEMENTATIONS)
    )
    def check(steps: Steps, hows: list[How]) -> None:
        with np.errstate(over="ignore", under="ignore"):
            finds = [train(steps, how) for how in hows]
            # float64 is what the reference falls back on where longdouble is no wider.
            for wide, tried in trials.items():
                expected = expect(steps, wide)
                tried.scenarios += 1
                for found in finds:
                    assert found.rows.dtype == found.outputs.dtype == np.dtype(dtype)
                    tried.add(found, expected)

    check()
    for wide, tried in trials.items():
        print(f"\n{dtype} network, {wide.__name__} reference: {tried}")
    # A bound that no rounding comes near would let faults through.
    worst = trials[WIDE].worst
    assert worst["output"] > 0.02
    assert worst["weights_1_2"] > 0.02
    assert worst["rows"] > 0.1


@pytest.fixture(scope="module")
def reviews(synthetic_reviews: Reviews) -> Reviews:
    return synthetic_reviews.presence()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rate", [0.01, 0.1, 1.0])
def test_bounds_are_tight_over_a_pass(reviews: Reviews, rate: float, dtype: str) -> None:
    certificate = certify(AddReduce, reviews, Scenario(learning_rate=rate, dtype=dtype))
    assert (certificate.status, certificate.reason) == ("certified", "")
    print(f"\nrate {rate}, {dtype}: {certificate.tally}")
    assert 0.01 < certificate.tally.worst_error_ratio < 1


class WrongRow(AddReduce):
    """One row of each review is off by a billionth of itself."""

    def update_rows(self, words: Array, counts: Any, step: Array) -> None:
        super().update_rows(words, counts, step)
        self.weights_0_1[words[:1]] *= 1 + 1e-9


class Float32Sums(AddReduce):
    def sum_rows(self, words: Array, counts: Any) -> Array:
        return self.weights_0_1[words].astype(np.float32).sum(axis=0).astype(np.float64)


@pytest.mark.parametrize(
    ("network", "fault"),
    [(AddReduce, ""), (WrongRow, "weights_0_1["), (Float32Sums, "output is")],
)
def test_a_reference_in_float64_still_tells_right_from_wrong(
    network: type[Network], fault: str, reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "expect", partial(expect, wide=np.float64))
    certificate = certify(network, reviews[:200], Scenario())
    assert certificate.status == ("incorrect" if fault else "certified")
    assert fault in certificate.reason
    if not fault:
        assert 0.01 < certificate.tally.worst_error_ratio < 1


QUICK = ((1, 0.01, 10), (20, 0.1, 2), (100, 1, 2))


@pytest.mark.parametrize(
    ("limit", "rate", "hidden"),
    [
        pytest.param(*case, marks=() if case in QUICK else pytest.mark.slow)
        for case in itertools.product([1, 20, 100], [0.01, 0.1, 0.5, 1], [2, 10])
    ],
)
def test_another_order_in_longer_calls_is_no_fault(
    limit: int, rate: float, hidden: int, reviews: Reviews
) -> None:
    class ReversedInLongCalls(AddReduce):
        def train(self, prepared: Any) -> Array:
            if len(prepared) > limit:
                prepared = [(words[::-1], counts, label) for words, counts, label in prepared]
            return super().train(prepared)

    # The higher the limit, the further the two passes have drifted apart once it is passed.
    scenario = Scenario(learning_rate=rate, hidden=hidden)
    certificate = certify(ReversedInLongCalls, reviews[:150], scenario)
    # Once the sigmoid is saturated, no bit is left to differ.
    expected = ("uncertified",) if rate <= 0.1 else ("uncertified", "certified")
    assert certificate.status in expected, certificate.reason


class SquaredOutput(AddReduce):
    """The slope of the sigmoid as o - o^2."""

    def delta(self, o: Any, y: Any) -> Any:
        return (o - y) * (o - o * o)

    @np.errstate(over="ignore")
    def train(self, prepared: Any) -> Array:
        outputs = []
        for words, counts, label in prepared:
            layer_1 = self.sum_rows(words, counts)
            outputs.append(1 / (1 + np.exp(-(layer_1 @ self.weights_1_2))))
            step = self.learning_rate * self.delta(outputs[-1], label)
            step_0_1 = step * self.weights_1_2
            self.weights_1_2 -= step * layer_1
            self.update_rows(words, counts, step_0_1)
        return np.array(outputs)


class ExpandedCubic(SquaredOutput):
    """The same polynomial multiplied out: its terms cancel, and rounding is all that is left."""

    def delta(self, o: Any, y: Any) -> Any:
        return -o * o * o + (1 + y) * o * o - y * o


@pytest.mark.parametrize(
    ("network", "status"), [(SquaredOutput, "certified"), (ExpandedCubic, "incorrect")]
)
def test_where_usual_ends(network: type[Network], status: str, reviews: Reviews) -> None:
    assert certify(network, reviews[:200], Scenario()).status == status
