"""An audit finds a timed pass that was another one than the certified network's, and says where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from skipzeros import Reviews
from skipzeros.bench.equality.audit import audit
from skipzeros.bench.equality.whole_pass import digest
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import Incorrect, Refused
from skipzeros.bench.timing.secret import Secret
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.compiled import Compiled
from skipzeros.impls.csr import CSR
from skipzeros.impls.network import Array, Network

REVIEWS = 120


@pytest.fixture(scope="module")
def reviews(synthetic_reviews: Reviews) -> Reviews:
    return synthetic_reviews[:REVIEWS]


def audited(network: type[Network], timed: type[Network], all_: Reviews, **scenario: Any) -> None:
    """Audit a pass of one network as if it were one of another network."""
    chosen = Scenario(**scenario)
    reviews = chosen.reviews(all_)
    secret = Secret(reviews, chosen)
    made = chosen.build(timed, *secret.weights)
    for part in secret.key("a"):
        made.train(made.prepare(part))
    outputs = made.train(made.prepare(reviews))
    bits = digest(made, outputs)
    audit(network, reviews, chosen, secret.weights, secret.key("a"), outputs, bits)
    audit(network, reviews, chosen, secret.weights, secret.key("a"), outputs, "")


@pytest.mark.parametrize("network", [AddReduce, CSR, Compiled])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_honest_pass_goes_through(network: type[Network], dtype: str, reviews: Reviews) -> None:
    if (reason := network.unavailable()) is not None:
        pytest.skip(reason)
    audited(network, network, reviews, dtype=dtype)
    audited(CSR, CSR, reviews, dtype=dtype, batch_size=4, input="counts", learning_rate=0.001)


class Half(AddReduce):
    """It always says a half."""

    def train(self, prepared: Any) -> Array:
        return np.full(len(prepared), 0.5)


class SkipsOne(AddReduce):
    """It doesn't learn from review 70."""

    def train(self, prepared: Any) -> Array:
        if len(prepared) < REVIEWS:
            return super().train(prepared)
        first = super().train(prepared[:70])
        skipped = self.predict(prepared[70:71])
        return np.concatenate([first, skipped, super().train(prepared[71:])])


class MovesWeights(AddReduce):
    """After the pass one of its weights is another one."""

    def train(self, prepared: Any) -> Array:
        outputs = super().train(prepared)
        if len(prepared) == REVIEWS:
            self.weights_0_1[29_000, 0] += 1e-9
        return outputs


def test_a_pass_of_halves_is_named_by_its_first_wrong_output(reviews: Reviews) -> None:
    with pytest.raises(Incorrect, match=r"in one call of 120 reviews, review \d+: output is 0\.5"):
        audited(AddReduce, Half, reviews)


def test_a_skipped_update_is_named_by_the_output_that_it_spoils(reviews: Reviews) -> None:
    with pytest.raises(Incorrect, match=r"review 7[1-9]: output is \S+, expected \S+, bound"):
        audited(AddReduce, SkipsOne, reviews)


def test_weights_that_were_moved_are_refused(reviews: Reviews) -> None:
    with pytest.raises(Refused, match="other results under the clock than when it is watched"):
        audited(AddReduce, MovesWeights, reviews)


class OnlyOnce(AddReduce):
    """It learns from the same prepared reviews only once, and says a half from then on."""

    last: Any = None

    def train(self, prepared: Any) -> Array:
        if prepared is self.last:
            return np.full(len(prepared), 0.5)
        self.last = prepared
        return super().train(prepared)


def passes_in_a_row(network: type[Network], passes: int, reviews: Reviews) -> tuple[Secret, Array]:
    """What they start from, and the outputs of each."""
    secret = Secret(reviews.presence(), Scenario())
    made = Scenario().build(network, *secret.weights)
    for part in secret.key("a"):
        made.train(made.prepare(part))
    form = made.prepare(reviews.presence())
    return secret, np.array([made.train(form) for _ in range(passes)])


def audit_row(network: type[Network], secret: Secret, row: Array, reviews: Reviews) -> None:
    key = secret.key("a")
    audit(network, reviews.presence(), Scenario(), secret.weights, key, row, "")


@pytest.mark.parametrize("passes", [1, 2, 5])
@pytest.mark.parametrize("network", [AddReduce, OnlyOnce])
def test_passes_in_a_row_must_all_be_made(
    passes: int, network: type[Network], reviews: Reviews
) -> None:
    secret, row = passes_in_a_row(network, passes, reviews)
    if network is OnlyOnce and passes > 1:
        with pytest.raises(Incorrect, match=r"output is 0\.5"):
            audit_row(network, secret, row, reviews)
    else:
        audit_row(network, secret, row, reviews)


def test_the_last_of_many_passes_in_a_row_must_be_made_too(reviews: Reviews) -> None:
    secret, row = passes_in_a_row(AddReduce, 30, reviews)
    row[-1] = row[-2]
    with pytest.raises((Incorrect, Refused)):
        audit_row(AddReduce, secret, row, reviews)
