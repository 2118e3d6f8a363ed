"""What a round starts from: new for each, the same for its networks, and felt by every output."""

from __future__ import annotations

import numpy as np
import pytest

from skipzeros import Reviews
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.timing.secret import KEY_WORDS, Secret
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.csr import CSR


def test_every_round_has_first_weights_and_a_key_of_its_own(synthetic_reviews: Reviews) -> None:
    scenario, reviews = Scenario(), synthetic_reviews.presence()
    secrets = [Secret(reviews, scenario) for _ in range(20)]
    assert len({secret.weights[1].tobytes() for secret in secrets}) == 20
    assert len({secret.key("a")[0].indices.tobytes() for secret in secrets}) == 20
    assert {secret.key("a")[0].labels[0] for secret in secrets} == {0, 1}
    for secret in secrets:
        assert secret.key("a") is secret.key("a")  # all networks of the round get the same
        assert not secret.weights[0].any()
        assert len(secret.key("a")) == len(KEY_WORDS)
        assert np.isin(secret.key("a")[0].indices, reviews.indices).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("input", ["presence", "counts"])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_key_changes_every_output_after_it(
    dtype: str, input: str, batch_size: int, synthetic_reviews: Reviews
) -> None:
    # At a rate where the network isn't so sure of everything that its outputs are exact ones.
    rate = 0.1 if input == "presence" else 0.001
    scenario = Scenario(dtype=dtype, input=input, batch_size=batch_size, learning_rate=rate)
    reviews = scenario.reviews(synthetic_reviews[:200])
    secret, found = Secret(reviews, scenario), []
    for key in (secret.key("a"), Secret(reviews, scenario).key("a")):
        network = scenario.build(CSR, *secret.weights)
        for part in key:
            network.train(network.prepare(part))
        # In float32, at a small rate, only the rows may show it.
        assert dtype == "float32" or (network.weights_1_2 != secret.weights[1]).any()
        found.append(network.train(network.prepare(reviews)))
    first, second = (outputs[2 * batch_size :] for outputs in found)
    # In float32, at the small rate of counts, many differences are rounded away again.
    rounded = dtype == "float32" and input == "counts"
    assert (first != second).mean() > (0.4 if rounded else 0.8)


def test_reviews_without_words_have_no_key() -> None:
    empty = Reviews.from_lists([[], []], [0, 1], 5)
    assert Secret(empty, Scenario()).key("a") == []


def test_only_the_last_round_is_kept(few_reviews: Reviews) -> None:
    last = None
    for _ in range(3):
        last = Secret(few_reviews.presence(), Scenario(), last)
    assert last is not None
    assert last.last is not None
    assert last.last.last is None


def test_the_key_is_trained_on_as_it_stands(few_reviews: Reviews) -> None:
    key = Secret(few_reviews.presence(), Scenario()).key("a")
    network = AddReduce(np.zeros((30, 3)), np.ones(3), 0.1)
    outputs = [network.train(network.prepare(part)) for part in key]
    assert all(output.shape == (1,) for output in outputs)
    assert outputs[1] != outputs[0] == 0.5
