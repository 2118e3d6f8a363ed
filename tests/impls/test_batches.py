"""Batches of the networks in numpy: the built-in ones, and other people's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from skipzeros import Network, OnlineNetwork, Reviews
from skipzeros.bench.equality.certificate import certify
from skipzeros.bench.networks.registry import load
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.impls import batches
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.dense import Dense

NAMES = ("dense", "dense-rows", "multiply-loop", "sum-loop", "csr", "add-reduce", "gather-scatter")


class Mine(OnlineNetwork):
    """The two hooks, and nothing said of batches."""

    def sum_rows(self, words: Any, counts: Any) -> Any:
        return self.weights_0_1[words].sum(axis=0)

    def update_rows(self, words: Any, counts: Any, step: Any) -> None:
        self.weights_0_1[words] -= step


class OneBuffer(Mine):
    """Every sum is handed out in the same buffer."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.layer_1 = np.zeros_like(self.weights_1_2)

    def sum_rows(self, words: Any, counts: Any) -> Any:
        self.layer_1[:] = super().sum_rows(words, counts)
        return self.layer_1


def crowded() -> Reviews:
    """11 reviews of 9 words, so that each word is in several reviews of a batch; one is empty."""
    rng = np.random.default_rng(5)
    words = [rng.permutation(9)[: rng.integers(3, 9)].tolist() for _ in range(10)]
    words.insert(4, [])
    counts = [rng.integers(1, 5, len(review)).tolist() for review in words]
    return Reviews.from_lists(words, rng.integers(0, 2, 11), 9, counts)


def network_of(name: str) -> type[Network]:
    network = load(name).network
    assert network is not None
    return network


# Of 11 reviews: a short last batch of 1, of 3, none, and a batch that they don't fill.
SIZES = (2, 4, 11, 100)
CERTIFIED = [
    pytest.param(
        network, Scenario(3, 0.1, size, dtype, values), id=f"{name}-{size}-{dtype}-{values}"
    )
    for name, network in [
        *((name, network_of(name)) for name in NAMES), ("mine", Mine), ("one-buffer", OneBuffer)
    ]
    for size in SIZES
    for dtype in ("float64", "float32")
    for values in ("presence", "counts")
    if values == "presence" or network.accepts_counts
]  # fmt: skip


@pytest.mark.parametrize(("network", "scenario"), CERTIFIED)
def test_batches_are_certified(network: type[Network], scenario: Scenario) -> None:
    assert scenario.not_applicable(network) is None
    certificate = certify(network, scenario.reviews(crowded()), scenario)
    assert certificate.reason == ""


@pytest.mark.parametrize("name", ["dense", "dense-rows"])
@pytest.mark.parametrize("most", [1, 9, 20, 63])
def test_a_batch_that_is_too_large_for_memory_is_taken_in_parts(
    name: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST", most)
    scenario = Scenario(3, 0.1, 8, input="counts")
    certificate = certify(network_of(name), crowded(), scenario)
    assert certificate.reason == ""
    built = scenario.build(network_of(name), *scenario.first_weights(9))
    built.train(built.prepare(crowded()))
    assert isinstance(built, Dense)
    assert built._layer_0.size <= max(most, 9)


def test_dense_multiplies_a_whole_batch_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []

    class Weights(np.ndarray):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **how: Any) -> Any:
            plain = [np.asarray(one) for one in inputs]
            if ufunc is np.matmul:
                shapes.append(tuple(one.shape for one in plain))
            if "out" in how:
                how["out"] = tuple(np.asarray(one) for one in how["out"])
            return getattr(ufunc, method)(*plain, **how)

    scenario = Scenario(3, 0.1, 8)
    built = scenario.build(Dense, *scenario.first_weights(9))
    built.weights_0_1 = built.weights_0_1.view(Weights)  # type: ignore[misc]
    built.predict(built.prepare(crowded().presence()))
    assert shapes == [((8, 9), (9, 3)), ((3, 9), (9, 3))]


class OwnLoop(AddReduce):
    """A train of its own."""

    def train(self, prepared: Any) -> Any:
        return super().train(prepared)


class Before:
    """A train that is put before that of a network."""

    def train(self, prepared: Any) -> Any:
        return super().train(prepared)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("network", "takes"),
    [
        (Mine, True),
        (OneBuffer, True),
        (OwnLoop, False),
        (type("Heir", (OwnLoop,), {}), False),
        (type("Says", (OwnLoop,), {"accepts_batches": True}), True),
        (type("Both", (AddReduce,), {"train": OwnLoop.train, "accepts_batches": True}), True),
        (type("Again", (type("Says", (OwnLoop,), {"accepts_batches": True}),),
              {"train": OwnLoop.train}), False),
        (type("Mixed", (Before, AddReduce), {}), False),
        (type("Refuses", (AddReduce,), {"accepts_batches": False}), False),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)  # fmt: skip
def test_a_loop_of_its_own_takes_batches_only_if_it_says_so(
    network: type[Network], takes: bool
) -> None:
    assert network.accepts_batches is takes


def test_one_review_at_a_time_asks_the_hooks_alone() -> None:
    class NoBatch(Mine):
        def sum_batch(self, batch: Any) -> Any:
            raise AssertionError

        def update_batch(self, batch: Any, step_0_1: Any) -> None:
            raise AssertionError

    scenario = Scenario(3)
    reviews = crowded().presence()
    ours, mine = (scenario.build(one, *scenario.first_weights(9)) for one in (NoBatch, Mine))
    assert np.array_equal(ours.train(ours.prepare(reviews)), mine.train(mine.prepare(reviews)))
    assert np.array_equal(ours.predict(ours.prepare(reviews)), mine.predict(mine.prepare(reviews)))


def test_a_batch_asks_the_two_halves_which_can_be_replaced() -> None:
    asked: list[tuple[str, int]] = []

    class Halves(Mine):
        def sum_batch(self, batch: Any) -> Any:
            asked.append(("sum", len(batch)))
            return np.stack([self.weights_0_1[words].sum(axis=0) for words, _, _ in batch])

        def update_batch(self, batch: Any, step_0_1: Any) -> None:
            asked.append(("update", len(step_0_1)))
            super().update_batch(batch, step_0_1)

        def sum_rows(self, words: Any, counts: Any) -> Any:
            raise AssertionError

    scenario = Scenario(3, 0.1, 8)
    halves = scenario.build(Halves, *scenario.first_weights(9))
    halves.train(halves.prepare(crowded().presence()))
    assert asked == [("sum", 8), ("update", 8), ("sum", 3), ("update", 3)]


@pytest.mark.parametrize("name", NAMES)
def test_no_reviews_are_no_batch(name: str) -> None:
    scenario = Scenario(3, 0.1, 8, "float32")
    built = scenario.build(network_of(name), *scenario.first_weights(9))
    for outputs in (built.train(built.prepare(crowded()[:0])),
                    built.predict(built.prepare(crowded()[:0]))):  # fmt: skip
        assert outputs.shape == (0,)
        assert outputs.dtype == np.float32
