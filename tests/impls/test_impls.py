"""The built-in networks against the lesson's formulas written out densely, and their interface."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from skipzeros import Network, OnlineNetwork, Reviews
from skipzeros.bench.equality.whole_pass import digest
from skipzeros.bench.networks.registry import find
from skipzeros.bench.networks.scenario import Scenario

NETWORKS = {candidate.name: candidate.network for candidate in find()}
SCENARIOS = [
    Scenario(input=input, dtype=dtype, batch_size=batch, learning_rate=0.05, hidden=4)
    for input in ("presence", "counts")
    for dtype in ("float64", "float32")
    for batch in (1, 3)
]


def applicable() -> list[Any]:
    return [
        pytest.param(
            network,
            scenario,
            id=f"{name}-{scenario.input}-{scenario.dtype}-{size}",
            marks=pytest.mark.skipif(
                network.unavailable() is not None, reason=f"{name} {network.unavailable()}"
            ),
        )
        for name, network in NETWORKS.items()
        for scenario in SCENARIOS
        if network and not scenario.not_applicable(network)
        for size in [scenario.batch_size]
    ]


def lesson(reviews: Reviews, scenario: Scenario) -> tuple[list[float], np.ndarray, np.ndarray]:
    """The lesson's pass, one dense matrix product after the other, in float64."""
    weights_0_1, weights_1_2 = (
        weights.astype(float) for weights in scenario.first_weights(reviews.vocabulary_size)
    )
    outputs: list[float] = []
    size = scenario.batch_size
    for start in range(0, len(reviews), size):
        batch = reviews[start : start + size]
        layer_0 = np.zeros((len(batch), reviews.vocabulary_size))
        for row, (words, counts, _) in zip(layer_0, batch, strict=True):
            row[words] = 1 if counts is None else counts
        layer_1 = layer_0 @ weights_0_1
        layer_2 = 1 / (1 + np.exp(-layer_1 @ weights_1_2))
        delta_2 = (layer_2 - batch.labels) * layer_2 * (1 - layer_2)
        delta_1 = np.outer(delta_2, weights_1_2)
        weights_1_2 = weights_1_2 - scenario.learning_rate * delta_2 @ layer_1 / len(batch)
        weights_0_1 = weights_0_1 - scenario.learning_rate * layer_0.T @ delta_1 / len(batch)
        outputs += layer_2.tolist()
    return outputs, weights_0_1, weights_1_2


@pytest.mark.parametrize(("network", "scenario"), applicable())
def test_a_pass_is_the_lessons(
    network: type[Network], scenario: Scenario, few_reviews: Reviews
) -> None:
    reviews = scenario.reviews(few_reviews)
    outputs, weights_0_1, weights_1_2 = lesson(reviews, scenario)
    trained = scenario.build(network, *scenario.first_weights(30))
    found = trained.train(trained.prepare(reviews))
    tolerance = 1e-12 if scenario.dtype == "float64" else 1e-4
    assert found.dtype == scenario.dtype
    assert trained.weights_0_1.dtype == scenario.dtype
    np.testing.assert_allclose(found, outputs, atol=tolerance)
    np.testing.assert_allclose(trained.weights_0_1, weights_0_1, atol=tolerance)
    np.testing.assert_allclose(trained.weights_1_2, weights_1_2, atol=tolerance)


@pytest.mark.parametrize(("network", "scenario"), applicable())
def test_a_pass_may_be_cut_and_prepared_once(
    network: type[Network], scenario: Scenario, few_reviews: Reviews
) -> None:
    reviews, weights = scenario.reviews(few_reviews), scenario.first_weights(30)
    whole, cut = scenario.build(network, *weights), scenario.build(network, *weights)
    prepared = whole.prepare(reviews)
    outputs = whole.train(prepared)
    parts = [cut.train(cut.prepare(reviews[:21])), cut.train(cut.prepare(reviews[21:]))]
    assert np.array_equal(outputs, np.concatenate(parts))
    assert np.array_equal(whole.weights_0_1, cut.weights_0_1)
    whole.reset(*weights)
    assert np.array_equal(whole.train(prepared), outputs)
    assert np.array_equal(scenario.build(network, *weights).train(prepared), outputs)


@pytest.mark.parametrize(("network", "scenario"), applicable())
def test_the_callers_arrays_stay_as_they_are(
    network: type[Network], scenario: Scenario, few_reviews: Reviews
) -> None:
    weights_0_1, weights_1_2 = scenario.first_weights(30)
    trained = scenario.build(network, weights_0_1, weights_1_2)
    trained.train(trained.prepare(scenario.reviews(few_reviews)))
    assert not weights_0_1.any()
    assert np.array_equal(weights_1_2, scenario.first_weights(30)[1])


@pytest.mark.parametrize(("network", "scenario"), applicable())
def test_predict_is_the_output_without_the_update(
    network: type[Network], scenario: Scenario, few_reviews: Reviews
) -> None:
    reviews = scenario.reviews(few_reviews)
    trained = scenario.build(network, *scenario.first_weights(30))
    trained.train(trained.prepare(reviews))
    before = trained.weights_0_1.copy()
    first = trained.prepare(reviews[: scenario.batch_size])
    predicted = trained.predict(first)
    assert np.array_equal(trained.weights_0_1, before)
    assert np.array_equal(predicted, trained.train(first))


def test_extreme_sums_saturate_without_a_warning() -> None:
    reviews = Reviews.from_lists([[0], [1]], [0, 1], 2)
    weights_0_1 = np.array([[2000.0], [-2000.0]])
    for name, network in NETWORKS.items():
        assert network is not None
        if network.unavailable():
            continue  # shown as skipped in the tests above
        trained = network(weights_0_1, np.ones(1), 0.1)
        outputs = trained.train(trained.prepare(reviews))
        assert outputs.tolist() == [1.0, 0.0], name


def test_a_network_is_ten_lines(few_reviews: Reviews) -> None:
    class Mine(OnlineNetwork):
        def sum_rows(self, words: Any, counts: Any) -> Any:
            return self.weights_0_1[words].sum(axis=0)

        def update_rows(self, words: Any, counts: Any, step: Any) -> None:
            self.weights_0_1[words] -= step

    scenario = Scenario(learning_rate=0.05, hidden=4)
    mine = scenario.build(Mine, *scenario.first_weights(30))
    outputs = mine.train(mine.prepare(few_reviews.presence()))
    np.testing.assert_allclose(outputs, lesson(few_reviews.presence(), scenario)[0], atol=1e-12)


def test_the_names_are_those_of_the_files() -> None:
    in_order = "dense dense-rows multiply-loop sum-loop csr add-reduce".split()
    assert list(NETWORKS)[:6] == in_order


def test_the_first_weights_are_the_lessons_draw() -> None:
    weights_0_1, weights_1_2 = Scenario().first_weights(7)
    assert weights_0_1.shape == (7, 10)
    assert not weights_0_1.any()
    assert weights_1_2[:2].round(8).tolist() == [1.62434536, -0.61175641]


@pytest.mark.parametrize(("network", "scenario"), applicable())
def test_neither_narrow_counts_nor_blocks_change_a_bit(
    network: type[Network],
    scenario: Scenario,
    few_reviews: Reviews,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert few_reviews.counts is not None
    arrays = few_reviews.indptr, few_reviews.indices, few_reviews.counts.astype(np.uint8)
    narrow = Reviews(*arrays, few_reviews.labels, few_reviews.vocabulary_size)
    digests = []
    for reviews, words in ((few_reviews, 1 << 20), (narrow, 7)):
        monkeypatch.setattr(Reviews.blocks, "__defaults__", (words,))
        built = scenario.build(network, *scenario.first_weights(reviews.vocabulary_size))
        outputs = built.train(built.prepare(scenario.reviews(reviews)))
        assert outputs.dtype == scenario.dtype
        digests.append(digest(built, outputs))
    assert digests[0] == digests[1]
