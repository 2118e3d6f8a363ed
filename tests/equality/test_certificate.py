"""The certificate: right networks get it, wrong ones are told where and by how much."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from skipzeros import Network, OnlineNetwork, Reviews
from skipzeros.bench.arrays.files import blocks
from skipzeros.bench.corpus.cache import Key, cached
from skipzeros.bench.definitions import bounded
from skipzeros.bench.equality import certificate as certificate_module
from skipzeros.bench.equality import crafted as crafted_module
from skipzeros.bench.equality import watch
from skipzeros.bench.equality.certificate import Trial, certify, choose, cut, review_trial
from skipzeros.bench.equality.crafted import crafted
from skipzeros.bench.networks.registry import find
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.csr import CSR
from skipzeros.impls.dense import Dense

Array = np.ndarray
NETWORKS = {candidate.name: candidate.network for candidate in find()}

# review 17: weights_0_1[4, 2] is ..., expected ..., bound ... (error ratio ...)
FAULT = re.compile(
    r"^(?P<where>.*review \d+.*): (?P<figure>output|weights_1_2\[\d+\]|weights_0_1\[\d+, \d+\]) "
    r"is \S+, expected \S+, bound \S+ \(error ratio (?P<ratio>\S+)\)$"
)


@pytest.fixture
def reviews(synthetic_reviews: Reviews) -> Reviews:
    return synthetic_reviews[:150].presence()


@pytest.mark.parametrize("network", NETWORKS.values(), ids=list(NETWORKS))
def test_the_built_in_networks_are_certified(network: type[Network], reviews: Reviews) -> None:
    if network.unavailable() is not None:
        pytest.skip(str(network.unavailable()))
    certificate = certify(network, reviews, Scenario())
    assert (certificate.status, certificate.reason) == ("certified", "")
    assert certificate.tally.reviews == 150
    # All but a few: which steps just miss depends on the last bits of the machine's BLAS.
    assert certificate.tally.live >= 145
    # A bound a thousand times too wide would prove little, and a ratio of 0 nothing.
    assert 0.01 < certificate.tally.worst_error_ratio < 1


class NewWeights(OnlineNetwork):
    """The hidden delta from weights_1_2 as they are after the step."""

    sum_rows = AddReduce.sum_rows
    update_rows = AddReduce.update_rows

    def train(self, prepared: Any) -> Array:
        outputs = []
        for words, counts, label in prepared:
            layer_1 = self.sum_rows(words, counts)
            layer_2 = expit(layer_1 @ self.weights_1_2)
            outputs.append(layer_2)
            step = self.learning_rate * (layer_2 - label) * layer_2 * (1 - layer_2)
            self.weights_1_2 -= step * layer_1
            self.update_rows(words, counts, step * self.weights_1_2)
        return np.array(outputs)


class LastWordDropped(AddReduce):
    def sum_rows(self, words: Array, counts: Any) -> Array:
        return super().sum_rows(words[:-1], counts)


class Float32Inside(AddReduce):
    def sum_rows(self, words: Array, counts: Any) -> Array:
        return self.weights_0_1[words].astype(np.float32).sum(axis=0).astype(np.float64)


class RateTwice(AddReduce):
    def update_rows(self, words: Array, counts: Any, step: Array) -> None:
        super().update_rows(words, counts, self.learning_rate * step)


class NextRow(AddReduce):
    def update_rows(self, words: Array, counts: Any, step: Array) -> None:
        super().update_rows((words + 1) % len(self.weights_0_1), counts, step)


class OutputsAfterUpdate(AddReduce):
    def train(self, prepared: Any) -> Array:
        super().train(prepared)
        return self.predict(prepared)


class Frozen(AddReduce):
    def train(self, prepared: Any) -> Array:
        before = self.weights_1_2.copy()
        outputs = super().train(prepared)
        self.weights_1_2 = before
        return outputs


@pytest.mark.parametrize(
    ("network", "figure"),
    [
        (NewWeights, "weights_0_1"),
        (LastWordDropped, "output"),
        (Float32Inside, "output|weights_1_2"),
        (RateTwice, "weights_0_1"),
        (OutputsAfterUpdate, "output"),
        (Frozen, "weights_1_2"),
    ],
)
def test_a_fault_is_named_with_found_expected_and_bound(
    network: type[Network], figure: str, reviews: Reviews
) -> None:
    certificate = certify(network, reviews, Scenario())
    assert certificate.status == "incorrect"
    fault = FAULT.match(certificate.reason)
    assert fault, certificate.reason
    assert re.match(figure, fault["figure"])
    assert float(fault["ratio"]) > 1
    assert certificate.outputs is None


@pytest.mark.parametrize(
    ("names", "dtype"),
    [
        (["add-reduce", "csr"], "float32"),
        pytest.param(list(NETWORKS), "float32", marks=pytest.mark.slow),
        pytest.param(list(NETWORKS), "float64", marks=pytest.mark.slow),
    ],
)
def test_without_a_wide_long_double_the_verdicts_are_the_same(
    names: list[str], dtype: str, reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    # ARM and Windows: long double is float64 there.
    monkeypatch.setattr(bounded, "WIDE", np.float64)
    scenario = Scenario(dtype=dtype)
    for name in names:
        network = NETWORKS[name]
        assert network is not None
        if network.unavailable():
            continue  # shown as skipped above
        certificate = certify(network, reviews, scenario)
        assert certificate.status == "certified"
        assert 0.01 < certificate.tally.worst_error_ratio < 1
    for wrong in (NewWeights, LastWordDropped, RateTwice, NextRow, OutputsAfterUpdate, Frozen):
        assert certify(wrong, reviews, scenario).status == "incorrect"
    float32_inside = certify(Float32Inside, reviews, Scenario())
    assert float32_inside.status == "incorrect"


def test_the_first_faulty_review_is_named(reviews: Reviews) -> None:
    long_ones = np.diff(reviews.indptr) > 250

    class WrongOnLong(AddReduce):
        def sum_rows(self, words: Array, counts: Any) -> Array:
            rows = self.weights_0_1[words]
            return (rows[:250] if 250 < len(words) < 500 else rows).sum(axis=0)

    assert 0 < long_ones.argmax() < 150
    reason = certify(WrongOnLong, reviews, Scenario()).reason
    assert reason.startswith(f"review {long_ones.argmax()}: output is")


def test_a_stray_row_is_named_with_the_review_that_moved_it(reviews: Reviews) -> None:
    class NextRowToo(AddReduce):
        def update_rows(self, words: Array, counts: Any, step: Array) -> None:
            super().update_rows(words, counts, step)
            self.weights_0_1[words[words == 5] + 1] -= step

    certificate = certify(NextRowToo, reviews, Scenario())
    assert certificate.status == "incorrect"
    assert re.match(
        r"row (\d+) changed, but crafted review \d+ \(.+\) does not contain word \1: "
        r"weights_0_1\[\1, 0\] is \S+, expected \S+, bound 0",
        certificate.reason,
    )


def test_a_stray_row_between_two_comparisons_is_found(
    reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    class RowOfTheDay(AddReduce):
        def train(self, prepared: Any) -> Array:
            outputs = super().train(prepared)
            if len(self.weights_0_1) > 10_000 and len(prepared[0][0]) > 300:
                self.weights_0_1[70_000] += 1e-9
            return outputs

    lengths = np.diff(reviews.indptr)
    first = int((lengths > 300).argmax())
    assert 70_000 not in reviews.indices
    reason = certify(RowOfTheDay, reviews, Scenario()).reason
    assert reason.startswith(f"row 70000 changed, but review {first} does not contain word 70000")


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (lambda outputs: outputs[:1], r"output has shape \(1,\), expected"),
        (lambda outputs: outputs[:, None], r"output has shape \(\d+, 1\), expected"),
        (lambda outputs: outputs[:0], r"output has shape \(0,\), expected"),
        (lambda outputs: outputs.tolist(), "output is list"),
        (lambda outputs: outputs.astype(object), "output is object"),
        (lambda outputs: None, "output is NoneType"),
        (lambda outputs: outputs * np.nan, "output is nan"),
    ],
)
def test_what_is_no_output_is_incorrect(outputs: Any, message: str, reviews: Reviews) -> None:
    class Odd(AddReduce):
        def train(self, prepared: Any) -> Any:
            found = outputs(super().train(prepared))
            # A lone review's length-1 array is right by accident; the whole pass is not.
            return found

    certificate = certify(Odd, reviews, Scenario())
    assert certificate.status == "incorrect"
    assert re.search(message, certificate.reason)


def test_one_that_raises_is_failed_and_says_where(reviews: Reviews) -> None:
    class Raises(AddReduce):
        def sum_rows(self, words: Array, counts: Any) -> Array:
            if not len(words):
                raise RuntimeError("no words")
            return super().sum_rows(words, counts)

    certificate = certify(Raises, reviews, Scenario())
    assert certificate.status == "failed"
    told = r"training on crafted review 0 \(empty\) raised RuntimeError: no words \(.*\.py:\d+\)"
    assert re.fullmatch(told, certificate.reason)


def test_one_that_raises_before_it_trains_says_so(reviews: Reviews) -> None:
    class Raises(AddReduce):
        def prepare(self, reviews: Reviews) -> Any:
            if not len(reviews.indices):
                raise RuntimeError("no words")
            return super().prepare(reviews)

    reason = certify(Raises, reviews, Scenario()).reason
    assert reason.startswith("preparing crafted review 0 (empty) raised RuntimeError: no words (")


def test_weights_that_are_not_copied_are_incorrect(reviews: Reviews) -> None:
    class Shares(AddReduce):
        def __init__(self, weights_0_1: Array, weights_1_2: Array, *rest: Any, **more: Any):
            super().__init__(weights_0_1, weights_1_2, *rest, **more)
            self.weights_1_2 = weights_1_2

    certificate = certify(Shares, reviews, Scenario())
    assert certificate.status == "incorrect"
    assert "weights_1_2 that were passed in have been changed" in certificate.reason


def test_right_in_single_calls_and_wrong_in_longer_ones_is_incorrect(reviews: Reviews) -> None:
    class ForgetsTheLast(AddReduce):
        def train(self, prepared: Any) -> Array:
            outputs = super().train(prepared[:-1]) if len(prepared) > 1 else np.empty(0)
            last = prepared[-1:]
            return np.append(
                outputs, self.predict(last) if len(prepared) > 1 else super().train(last)
            )

    certificate = certify(ForgetsTheLast, reviews, Scenario())
    assert certificate.status == "incorrect"
    assert re.match(r"in one call of \d+ reviews, .*: weights_", certificate.reason)


def test_another_order_of_summation_in_longer_calls_is_uncertified(reviews: Reviews) -> None:
    class ReversedInLongCalls(AddReduce):
        def train(self, prepared: Any) -> Array:
            if len(prepared) > 100:
                prepared = [(words[::-1], counts, label) for words, counts, label in prepared]
            return super().train(prepared)

    certificate = certify(ReversedInLongCalls, reviews, Scenario())
    assert certificate.status == "uncertified"
    assert "what is timed is not what was judged" in certificate.reason


def test_state_that_survives_reset_is_incorrect(reviews: Reviews) -> None:
    class Momentum(AddReduce):
        passes = 0

        def reset(self, weights_0_1: Array, weights_1_2: Array) -> None:
            super().reset(weights_0_1, weights_1_2)
            self.learning_rate *= 0.9

    certificate = certify(Momentum, reviews, Scenario())
    assert certificate.status == "incorrect"
    assert FAULT.match(certificate.reason)


def test_a_prepared_form_that_is_used_up_is_incorrect(reviews: Reviews) -> None:
    class Consumes(AddReduce):
        def train(self, prepared: Any) -> Array:
            outputs = super().train(prepared)
            prepared.reverse()
            return outputs

    certificate = certify(Consumes, reviews, Scenario())
    assert certificate.status == "incorrect"
    assert "does not stay valid" in certificate.reason


def test_predict_is_judged_too(reviews: Reviews) -> None:
    class WrongPredict(AddReduce):
        def predict(self, prepared: Any) -> Array:
            return super().predict(prepared) + 1e-12

    class TrainingPredict(AddReduce):
        def predict(self, prepared: Any) -> Array:
            outputs = super().predict(prepared)
            self.train(prepared)
            return outputs

    assert certify(WrongPredict, reviews, Scenario()).reason.startswith("predict on crafted")
    assert "after predict" in certify(TrainingPredict, reviews, Scenario()).reason


def test_a_network_without_reset_is_built_anew(reviews: Reviews) -> None:
    class NoReset(Network):
        weights_0_1, weights_1_2 = np.zeros((0, 0)), np.zeros(0)

        def __init__(self, weights_0_1: Array, weights_1_2: Array, *rest: Any, **more: Any):
            self.inner = AddReduce(weights_0_1, weights_1_2, *rest, **more)
            self.weights_0_1, self.weights_1_2 = self.inner.weights_0_1, self.inner.weights_1_2

        def prepare(self, reviews: Reviews) -> Any:
            return self.inner.prepare(reviews)

        def train(self, prepared: Any) -> Array:
            return self.inner.train(prepared)

        def predict(self, prepared: Any) -> Array:
            return self.inner.predict(prepared)

    assert certify(NoReset, reviews, Scenario()).status == "certified"


@given(st.integers(1, 60), st.integers(1, 7), st.data())
def test_calls_cover_the_reviews_once_and_chosen_steps_stand_alone(
    reviews: int, step: int, data: st.DataObject
) -> None:
    steps = -(-reviews // step)
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=steps, max_size=steps)))
    most = data.draw(st.integers(1, 70))
    calls = list(cut(reviews, step, chosen, most))
    assert [start for start, _, _ in calls] + [reviews] == [0] + [stop for _, stop, _ in calls]
    assert all(start % step == 0 for start, _, _ in calls)
    judged = [start // step for start, stop, judged in calls if judged]
    assert judged == np.flatnonzero(chosen).tolist()
    assert all(stop - start <= step for start, stop, judged in calls if judged)
    assert all(stop - start <= max(most, step) for start, stop, _ in calls)


def test_the_sample_has_the_first_the_longest_and_some_at_random(
    synthetic_reviews: Reviews,
) -> None:
    chosen = choose(synthetic_reviews, Scenario(), 100)
    lengths = np.diff(synthetic_reviews.indptr)
    assert chosen[:200].all()
    assert chosen[np.argsort(lengths)[-40:]].all()
    assert 300 <= chosen.sum() <= 350
    certificate = certify(AddReduce, synthetic_reviews.presence(), Scenario(), judged=100)
    assert certificate.status == "certified"
    assert 300 <= certificate.tally.reviews <= 350
    # Nobody can tell beforehand which ones.
    assert (chosen != choose(synthetic_reviews, Scenario(), 100)).any()


@pytest.mark.parametrize("rate", [0.01, 0.1, 1])
@pytest.mark.parametrize("input", ["presence", "counts"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_crafted_reviews_are_what_their_names_say_and_show_something(
    dtype: str, input: str, rate: float
) -> None:
    scenario = Scenario(dtype=dtype, input=input, learning_rate=rate)
    outputs: dict[str, float] = {}
    lengths: dict[str, int] = {}
    for group in crafted(scenario):
        trained = scenario.build(CSR, *group.weights)
        outputs |= zip(group.names, trained.predict(trained.prepare(group.reviews)), strict=True)
        lengths |= zip(group.names, np.diff(group.reviews.indptr).tolist(), strict=True)
        trial = Trial(CSR, group.reviews, scenario, group.weights, name=group.name)
        trial.run(None, 1)
        if group.names[0].startswith("saturated"):
            assert trial.tally.live >= 4
        elif dtype == "float64":
            # At rate 1 seven times the same word is enough to be sure of the next one.
            assert trial.tally.live >= max(1, len(group.reviews) - 1), group.names
        else:
            # The roundings of a thousand counted rows leave float32 three digits, and no more.
            assert trial.tally.vacuous < 0.01 * trial.tally.figures, group.names
    assert lengths["empty"] == 0
    assert lengths["513 words"] == 513
    assert lengths["1,025 words"] == 1_025
    assert lengths["all words"] == crafted_module.VOCABULARY
    assert outputs["saturated high, labelled 0"] == 1
    assert outputs["saturated low, labelled 0"] == 0
    assert outputs["zero rows"] == 0.5
    assert outputs["very sure, labelled 1"] == pytest.approx(1 / (1 + np.exp(-10)), rel=1e-5)


def _pass(network: type[Network], reviews: Reviews, rate: float) -> Array:
    scenario = Scenario(learning_rate=rate)
    trained = scenario.build(network, *scenario.first_weights(reviews.vocabulary_size))
    return trained.train(trained.prepare(reviews))


def test_correct_networks_part_at_the_lessons_rate_and_agree_at_a_small_one(
    synthetic_reviews: Reviews,
) -> None:
    reviews = synthetic_reviews[:600].presence()
    chaotic = np.abs(_pass(Dense, reviews, 0.1) - _pass(AddReduce, reviews, 0.1))
    calm = np.abs(_pass(Dense, reviews, 0.01) - _pass(AddReduce, reviews, 0.01))
    assert chaotic[:10].max() < 1e-14
    assert chaotic.max() > 0.1
    assert calm.max() < 1e-10


def test_rows_are_compared_often_enough_to_matter() -> None:
    assert watch.CALLS_BETWEEN_COMPARISONS <= 1_000


class WritesIntoReviews(AddReduce):
    """Writes into what lies below the views that it gets, of a copy of all arrays for each pass."""

    part = ""

    def train(self, prepared: Any) -> Array:
        outputs = super().train(prepared)
        if len(outputs) == 40 and self.part:
            array = getattr(self.given, self.part)
            while array.base is not None:
                array = array.base
            array[-1] += 1
        return outputs

    def prepare(self, reviews: Reviews) -> Any:
        type(self).given = reviews
        return super().prepare(copied(reviews))

    accepts_counts = True
    given: Reviews

    def sum_rows(self, words: Array, counts: Any) -> Array:
        return counts @ self.weights_0_1[words]

    def update_rows(self, words: Array, counts: Any, step: Array) -> None:
        self.weights_0_1[words] -= np.outer(counts, step)


PARTS = ("indptr", "indices", "counts", "labels")


def copied(reviews: Reviews) -> Reviews:
    """The same reviews in arrays that can be written into, below the views."""
    arrays = (np.array(getattr(reviews, part)) for part in PARTS)
    return Reviews(*arrays, reviews.vocabulary_size)


@pytest.mark.parametrize("block", [3, 1 << 20])
@pytest.mark.parametrize("part", PARTS)
def test_reviews_that_were_written_into_are_told(
    part: str, block: int, few_reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WritesIntoReviews, "part", part)
    monkeypatch.setattr(blocks, "__defaults__", (block,))
    certificate = certify(WritesIntoReviews, copied(few_reviews), Scenario(input="counts"))
    assert certificate.status == "incorrect"
    assert (
        certificate.reason
        == f"the reviews' {part} that were passed in have been changed: copy them"
    )


def test_mapped_reviews_are_neither_copied_nor_read_for_that(
    few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path))
    kept = cached(Key("rule", b""), ["train"], lambda: {"train": few_reviews})["train"]
    monkeypatch.setattr(certificate_module, "checksums", lambda array: pytest.fail("read"))
    trial = review_trial(WritesIntoReviews, kept, Scenario(input="counts"))
    trial.run(None, 1)
    assert trial.tally.reviews == 40
