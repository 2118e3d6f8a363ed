"""Certificates in segments say what those in one piece say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skipzeros import Network, Reviews
from skipzeros.bench.equality import segments as module
from skipzeros.bench.equality.certificate import certify, cut, review_trial
from skipzeros.bench.equality.segments import Answer, Segment, in_segments, judged, segments_of
from skipzeros.bench.networks.guard import Weights
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import Failed, Incorrect, Uncertified
from skipzeros.impls.add_reduce import AddReduce

Array = np.ndarray
MARK, WORDS, CALLS = 40, 60, 16
LESSON = Scenario()


def reviews_with(*marked: int, number: int = 150) -> Reviews:
    """Short reviews, some of which have a word that no other has."""
    rng = np.random.default_rng(0)
    words = [rng.permutation(MARK)[: rng.integers(1, 9)].tolist() for _ in range(number)]
    for review in marked:
        words[review].append(MARK)
    return Reviews.from_lists(words, rng.integers(0, 2, number), WORDS)


@pytest.fixture(autouse=True)
def short_segments() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CALLS_BETWEEN_COMPARISONS", CALLS)
        yield


class Here:
    """Judges in this process; the last segment is done first."""

    def __init__(
        self, network: type[Network], reviews: Reviews, scenario: Scenario, at_once: int = 3
    ) -> None:
        self.at_once = at_once
        self._judged = partial(judged, network)
        self._reviews, self._scenario = reviews, scenario
        self._begun: dict[int, Callable[[], Answer]] = {}
        self._answers: dict[int, Answer] = {}

    def begin(self, segment: Segment, weights: Weights) -> None:
        part = self._reviews[segment.start : segment.stop]
        self._begun[segment.number] = partial(self._judged, part, self._scenario, weights, segment)

    def answer(self, segment: Segment) -> Answer:
        while self._begun:
            number, judge = self._begun.popitem()
            self._answers[number] = judge()
        return self._answers[segment.number]

    def stop(self) -> None:
        pass


def outcome(
    network: type[Network],
    reviews: Reviews,
    scenario: Scenario = LESSON,
    judges: Here | None = None,
    chosen: Any = None,
) -> tuple[Any, ...]:
    """What a certificate says of the data."""
    trial = review_trial(network, reviews, scenario)
    watched = None if judges is None else partial(in_segments, judges)
    try:
        trial.run(chosen, 2, watched)
    except (Incorrect, Failed, Uncertified) as error:
        return type(error), str(error)
    return trial.tally, trial.digest, trial.outputs.tobytes()


def both(
    network: type[Network], reviews: Reviews, scenario: Scenario = LESSON, chosen: Any = None
) -> tuple[Any, ...]:
    """What it says in segments, which must be what it says in one piece."""
    found = outcome(network, reviews, scenario, Here(network, reviews, scenario), chosen)
    assert found == outcome(network, reviews, scenario, chosen=chosen)
    return found


@given(
    reviews=st.integers(1, 500),
    step=st.integers(1, 20),
    share=st.floats(0, 1),
    judges=st.integers(1, 9),
    between=st.integers(1, 40),
)
def test_segments_are_whole_calls_and_begin_at_steps(
    reviews: int, step: int, share: float, judges: int, between: int
) -> None:
    steps = -(-reviews // step)
    chosen = np.random.default_rng(0).random(steps) < share
    calls = list(cut(reviews, step, chosen))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CALLS_BETWEEN_COMPARISONS", between)
        segments = segments_of(calls, judges)
    assert [call for segment in segments for call in segment.calls] == calls
    assert [segment.number for segment in segments] == list(range(len(segments)))
    most = -(-len(calls) // between)
    assert min(most, judges) <= len(segments) <= min(most, 4 * judges)
    for one, other in pairwise(segments):
        assert one.stop == other.start
        assert other.start % step == 0
        assert len(one.calls) % between == 0


@settings(max_examples=20)
@given(
    number=st.integers(1, 120),
    batch_size=st.integers(1, 9),
    between=st.integers(1, 40),
    share=st.sampled_from([None, 0.3]),
)
def test_the_certificate_is_that_of_one_piece(
    number: int, batch_size: int, between: int, share: float | None
) -> None:
    scenario = Scenario(hidden=3, batch_size=batch_size)
    steps = -(-number // batch_size)
    chosen = None if share is None else np.random.default_rng(0).random(steps) < share
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CALLS_BETWEEN_COMPARISONS", between)
        tally, _, _ = both(AddReduce, reviews_with(number=number), scenario, chosen)
    assert tally.steps == (steps if chosen is None else chosen.sum())


def test_certify_says_into_how_many_segments() -> None:
    reviews, scenario = reviews_with(), Scenario()
    judges = Here(AddReduce, reviews, scenario)
    certificate = certify(
        AddReduce, reviews, scenario, watched=partial(in_segments, judges), whole_passes=1
    )
    whole = certify(AddReduce, reviews, scenario, whole_passes=1)
    assert (certificate.segments, whole.segments) == (10, 1)
    assert (certificate.status, certificate.again) == ("certified", "")
    assert (certificate.tally, certificate.digest) == (whole.tally, whole.digest)


class WrongOnMark(AddReduce):
    def sum_rows(self, words: Array, counts: Any) -> Array:
        return super().sum_rows(words, counts) + 1e-6 * (MARK in words)


# The first and last of the pass, of a segment, and those around.
@pytest.mark.parametrize("review", [0, 1, 14, 15, 16, 17, 31, 32, 148, 149])
def test_one_wrong_review_is_told_as_in_one_piece(review: int) -> None:
    kind, reason = both(WrongOnMark, reviews_with(review))
    assert kind is Incorrect
    assert reason.startswith(f"review {review}: ")


def test_of_several_faults_the_first_is_told_whoever_found_one_first() -> None:
    _, reason = both(WrongOnMark, reviews_with(40, 70, 71, 140))
    assert reason.startswith("review 40: ")


@pytest.mark.parametrize("review", [15, 16, 40])
def test_a_stray_row_is_told_as_in_one_piece(review: int) -> None:
    class MovesAnother(AddReduce):
        def update_rows(self, words: Array, counts: Any, step: Array) -> None:
            super().update_rows(words, counts, step)
            self.weights_0_1[WORDS - 1] += 1e-9 * (MARK in words)

    kind, reason = both(MovesAnother, reviews_with(review))
    assert kind is Incorrect
    assert reason.startswith(f"row 59 changed, but review {review} does not contain word 59")


class Counting(AddReduce):
    """Has something that its weights don't tell, and that a network built anew has not."""

    reviews = calls = 0

    def train(self, prepared: Any) -> Array:
        self.calls += 1
        return super().train(prepared)

    def sum_rows(self, words: Array, counts: Any) -> Array:
        self.reviews += 1
        return super().sum_rows(words, counts)


class WrongAtReview70(Counting):
    def sum_rows(self, words: Array, counts: Any) -> Array:
        return super().sum_rows(words, counts) + 1e-6 * (self.reviews == 71)


class WrongFromCall50(Counting):
    def update_rows(self, words: Array, counts: Any, step: Array) -> None:
        super().update_rows(words, counts, step + 1e-6 * (self.calls > 50))


class MoreWrongEachTime(Counting):
    def sum_rows(self, words: Array, counts: Any) -> Array:
        return super().sum_rows(words, counts) + 1e-6 * self.reviews * (MARK in words)


class Momentum(AddReduce):
    before: Any = 0.0

    def update_rows(self, words: Array, counts: Any, step: Array) -> None:
        super().update_rows(words, counts, step + 1e-6 * self.before)
        self.before = step


class RaisesAtReview70(Counting):
    def sum_rows(self, words: Array, counts: Any) -> Array:
        if self.reviews == 70:
            raise RuntimeError("tired")
        return super().sum_rows(words, counts)


@pytest.mark.parametrize(
    ("network", "kind", "reason"),
    [
        (WrongAtReview70, Incorrect, "review 70: output"),
        (WrongFromCall50, Incorrect, "review 50: weights_0_1"),
        (MoreWrongEachTime, Incorrect, "review 40: output"),
        (Momentum, Incorrect, "review 1: weights_0_1"),
        (RaisesAtReview70, Failed, "training on review 70 raised RuntimeError: tired"),
    ],
)
def test_what_a_network_keeps_of_earlier_reviews_is_told_as_in_one_piece(
    network: type[Network], kind: type[Exception], reason: str
) -> None:
    found, told = both(network, reviews_with(40))
    assert found is kind
    assert told.startswith(reason)


def test_predict_is_judged_at_the_end_of_the_pass() -> None:
    class PredictsWrong(AddReduce):
        def predict(self, prepared: Any) -> Array:
            outputs = super().predict(prepared)
            return np.asarray(outputs + 1e-6)

    kind, reason = both(PredictsWrong, reviews_with())
    assert kind is Incorrect
    assert reason.startswith("predict on review 0: output")


class ReversedFromReview70(Counting):
    """Right: the order of a sum is free, and each pass has the same one."""

    def sum_rows(self, words: Array, counts: Any) -> Array:
        return super().sum_rows(words[::-1] if self.reviews >= 70 else words, counts)


def test_a_right_network_that_counts_is_certified_in_one_piece() -> None:
    reviews, scenario = reviews_with(), Scenario(learning_rate=1)
    both(ReversedFromReview70, reviews, scenario)
    trial = review_trial(ReversedFromReview70, reviews, scenario)
    in_segments(Here(ReversedFromReview70, reviews, scenario), trial, None)
    assert trial.again == (
        "review 64: built anew from its weights there, it goes on with other bits"
    )


def test_a_step_that_was_seen_wrong_is_wrong_if_only_in_a_segment() -> None:
    class WrongIfBuiltAnew(AddReduce):
        def __init__(self, weights_0_1: Array, *rest: Any, **more: Any) -> None:
            super().__init__(weights_0_1, *rest, **more)
            self.anew = weights_0_1.any()

        def sum_rows(self, words: Array, counts: Any) -> Array:
            return super().sum_rows(words, counts) + 1e-6 * (self.anew and MARK in words)

    reviews, scenario = reviews_with(70), Scenario()
    kind, reason = outcome(
        WrongIfBuiltAnew, reviews, scenario, Here(WrongIfBuiltAnew, reviews, scenario)
    )
    assert kind is Incorrect
    assert reason.startswith("review 70: output")


class Elsewhere(Here):
    """Judges on machines of another kind, but for the first segment."""

    def answer(self, segment: Segment) -> Answer:
        found = super().answer(segment)
        other = "cpu Another" if segment.number else ""
        return Answer(found.tally, found.digest, found.incorrect, found.failed, other)


class Reversed(AddReduce):
    def sum_rows(self, words: Array, counts: Any) -> Array:
        return super().sum_rows(words[::-1], counts)


def test_other_bits_of_another_kind_of_machine_are_no_fault() -> None:
    reviews, scenario = reviews_with(), Scenario(learning_rate=1)
    judges = Elsewhere(AddReduce, reviews, scenario)
    assert outcome(AddReduce, reviews, scenario, judges) == outcome(AddReduce, reviews, scenario)

    class ReversedThere(Elsewhere):
        def begin(self, segment: Segment, weights: Weights) -> None:
            self._judged = partial(judged, Reversed if segment.number else AddReduce)
            super().begin(segment, weights)

    judges = ReversedThere(AddReduce, reviews, scenario)
    kind, reason = outcome(AddReduce, reviews, scenario, judges)
    assert kind is Uncertified
    assert reason == (
        "checkpoints are another machine's: reviews 16 to 31, judged where there is cpu Another, "
        "end in other bits than in the pass; let machines of one kind judge"
    )


def test_a_wrong_step_is_a_fault_on_every_machine() -> None:
    reviews, scenario = reviews_with(70), Scenario()
    judges = Elsewhere(WrongOnMark, reviews, scenario)
    kind, reason = outcome(WrongOnMark, reviews, scenario, judges)
    assert kind is Incorrect
    assert reason.startswith("review 70: output")


def test_who_fails_to_judge_is_no_fault_of_the_network() -> None:
    class Killed(Here):
        def answer(self, segment: Segment) -> Answer:
            found = super().answer(segment)
            return Answer(failed="its process was killed") if segment.number == 4 else found

    reviews, scenario = reviews_with(), Scenario()
    judges = Killed(AddReduce, reviews, scenario)
    assert outcome(AddReduce, reviews, scenario, judges) == outcome(AddReduce, reviews, scenario)
    trial = review_trial(AddReduce, reviews, scenario)
    in_segments(Killed(AddReduce, reviews, scenario), trial, None)
    assert trial.again == "review 64: its process was killed"
