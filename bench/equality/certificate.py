"""The certificate: is it the same network, at every step and in every pass?

Training at the lesson's rate is chaotic, so that the ends of two correct passes differ and say
nothing. Each step is judged from the network's own weights instead (watch.py, reference.py), and
then the pass in one call must give the very bits of the pass cut into those steps
(whole_pass.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..arrays.files import checksums, is_mapped
from ..networks.guard import Weights, blame, checked_outputs, renew, trained
from ..networks.scenario import Scenario
from ..outcomes import Failed, Incorrect, Status, Uncertified
from .crafted import crafted
from .judge import Step, Tally, judge
from .watch import Watch
from .whole_pass import Calls, digest, refuse_spent

# Of what isn't judged a worker is sent so many at a time, a few MB of words: there may be more than
# memory holds.
MOST_REVIEWS = 10_000
# The start of a pass, where the weights are still zero, and the reviews that overflow buffers.
FIRST, LONGEST = 200, 50


@dataclass(frozen=True)
class Certificate:
    """What is known of a network on one data set in one scenario.

    Attributes:
        status: certified, incorrect, uncertified or failed.
        reason: one line; empty where certified.
        tally: the count of the judged steps on the data; crafted reviews are left out.
        outputs: (n,) of the pass; None unless certified.
        digest: of the outputs and final weights of the pass, which every timed pass must repeat.
        pass_seconds: wall time of the last whole pass, roughly what a pass takes.
        seconds: wall time that certification took.
        segments: into how many the pass was cut whose steps were judged.
        again: from where on it was judged in one piece all the same, and why; empty if it wasn't.
    """

    status: Status
    reason: str = ""
    tally: Tally = field(default_factory=Tally)
    outputs: Array | None = None
    digest: str = ""
    pass_seconds: float = 0.0
    seconds: float = 0.0
    segments: int = 1
    again: str = ""


def certify(
    network: type[Network],
    reviews: Reviews,
    scenario: Scenario,
    *,
    judged: int | None = None,
    whole_passes: int = 3,
    progress: Callable[[int], None] = lambda reviews: None,
    watched: Callable[[Trial, NDArray[np.bool_] | None], object] | None = None,
) -> Certificate:
    """Certify a network on crafted reviews first, then on the data.

    Args:
        judged: how many reviews to judge at random, beside the first 200 and the 50 longest;
            None judges all.
        whole_passes: how often the pass is made in one call and compared.
        progress: is told how many more reviews have been trained on.
        watched: takes the place of Trial.watched on the data, as segments.in_segments does.
    """
    started = time.perf_counter()
    tally, outputs, bits, pass_seconds = Tally(), None, "", 0.0
    segments, again = 1, ""
    doubts = []
    try:
        for group in crafted(scenario):
            # A doubt decides nothing yet: what is only rounding here may be a fault on the data.
            try:
                trial = Trial(network, group.reviews, scenario, group.weights, name=group.name)
                trial.run(None, 3)
            except Uncertified as doubt:
                doubts.append(doubt)
        trial = review_trial(network, reviews, scenario, progress)
        chosen = None if judged is None else choose(reviews, scenario, judged)
        trial.run(chosen, whole_passes, watched)
        if doubts:
            raise doubts[0]
        if not trial.tally.live:
            raise Incorrect(
                f"no bound of {trial.tally.steps} steps is tight enough to show anything"
            )
        tally, outputs, bits = trial.tally, trial.outputs, trial.digest
        pass_seconds, segments, again = trial.pass_seconds, trial.segments, trial.again
        status, reason = Status.CERTIFIED, ""
    except Incorrect as fault:
        status, reason = Status.INCORRECT, str(fault)
    except Failed as failure:
        status, reason = Status.FAILED, str(failure)
    except Uncertified as doubt:
        status, reason = Status.UNCERTIFIED, str(doubt)
    seconds = time.perf_counter() - started
    return Certificate(status, reason, tally, outputs, bits, pass_seconds, seconds, segments, again)


def review_trial(
    network: type[Network],
    reviews: Reviews,
    scenario: Scenario,
    progress: Callable[[int], None] = lambda reviews: None,
) -> Trial:
    """Set up the trial of a network on the data, from the first weights of the scenario."""
    weights = scenario.first_weights(reviews.vocabulary_size)
    return Trial(
        network, reviews, scenario, weights, name=lambda i: f"review {i}", progress=progress
    )


def choose(reviews: Reviews, scenario: Scenario, judged: int) -> NDArray[np.bool_]:
    """Choose the steps to judge: the first, the longest, and a sample that nobody can foresee.

    Returns:
        (steps,) whether each step is judged.
    """
    steps = -(-len(reviews) // scenario.batch_size)
    chosen = np.zeros(steps, bool)
    chosen[: -(-FIRST // scenario.batch_size)] = True
    longest = np.argsort(np.diff(reviews.indptr), kind="stable")[-LONGEST:]
    chosen[longest // scenario.batch_size] = True
    size = min(steps, -(-judged // scenario.batch_size))
    chosen[np.random.default_rng().choice(steps, size, replace=False)] = True
    return chosen


def cut(
    reviews: int, step: int, chosen: NDArray[np.bool_] | None, most: int = MOST_REVIEWS
) -> Iterator[tuple[int, int, bool]]:
    """Yield the calls (start, stop, judged) of a pass: chosen steps alone, the others in runs.

    Args:
        most: how many reviews a run has at most, if a step has no more.
    """
    most = max(most // step, 1) * step
    for start, stop, judged in _runs(reviews, step, chosen):
        for first in range(start, stop, most):
            yield first, min(first + most, stop), judged


def _runs(
    reviews: int, step: int, chosen: NDArray[np.bool_] | None
) -> Iterator[tuple[int, int, bool]]:
    start = 0
    for number, stop in enumerate(range(step, reviews + step, step)):
        judged = chosen is None or bool(chosen[number])
        begins = number * step
        if judged and start < begins:
            yield start, begins, False
        if judged:
            yield begins, min(stop, reviews), True
            start = stop
    if start < reviews:
        yield start, reviews, False


class Trial:
    """One network on one set of reviews, on its way to a certificate."""

    def __init__(
        self,
        network: type[Network],
        reviews: Reviews,
        scenario: Scenario,
        weights: Weights,
        *,
        name: Callable[[int], str],
        progress: Callable[[int], None] = lambda reviews: None,
    ) -> None:
        self.network, self.reviews, self.scenario = network, reviews, scenario
        self.weights, self.name, self.progress = weights, name, progress
        self.tally = Tally()
        self.outputs: Array = np.empty(0)
        self.digest = ""
        self.pass_seconds = 0.0
        self._given = weights[0].copy(), weights[1].copy()
        self._sums = [*self._reviews_sums()]
        self.segments, self.again = 1, ""

    def run(
        self,
        chosen: NDArray[np.bool_] | None,
        whole_passes: int,
        watched: Callable[[Trial, NDArray[np.bool_] | None], object] | None = None,
    ) -> None:
        """Judge the chosen steps, then compare whole passes with them.

        Args:
            watched: takes the place of the method of that name.

        Raises:
            Incorrect, Failed, Uncertified: the network is not certified; the message says why.
        """
        (watched or Trial.watched)(self, chosen)
        self.whole_pass(self.build(), whole_passes)

    def build(self) -> Network:
        """Build the network from the first weights of the trial."""
        with blame("building the network"):
            return self.scenario.build(self.network, *self.weights)

    def watched(self, chosen: NDArray[np.bool_] | None) -> Network:
        """Make a pass in calls, judge the chosen steps, and return the network at its end."""
        network = self.build()
        self._judge_steps(network, chosen)
        return network

    def whole_pass(self, network: Network, whole_passes: int = 1, fresh: bool = True) -> None:
        """Make the pass in one call, so many times, and compare it with the watched one.

        Args:
            fresh: whether the network has its first weights.
        """
        with blame("prepare"):
            prepared = network.prepare(self.reviews)
        for number in range(1, whole_passes + 1):
            if number > 1 or not fresh:
                with blame("reset"):
                    network = renew(network, self.scenario, *self.weights)
            where = f"pass {number} in one call"
            begun = time.perf_counter()
            with blame(where):
                outputs = network.train(prepared)
            self.pass_seconds = time.perf_counter() - begun
            outputs = checked_outputs(outputs, len(self.reviews), where)
            self.progress(len(self.reviews))
            if digest(network, outputs) != self.digest:
                with blame("reading the weights"):
                    end = np.array(network.rows(self._last.indices)), np.array(network.weights_1_2)
                self.explain(network, prepared, outputs, end)
        self.refuse_changed(network)

    @property
    def _last(self) -> Reviews:
        """The reviews of the last step."""
        size = self.scenario.batch_size
        return self.reviews[(len(self.reviews) - 1) // size * size :]

    def _digest_when_new(self) -> str:
        network = self.build()
        return digest(network, trained(network, network.prepare(self.reviews), len(self.reviews)))

    def name_fault(self, outputs: Array, end: Weights | None = None, where: str = "") -> None:
        """Judge the step where a pass parts from the watched one; return if rounding explains it.

        Up to there both have the same bits, so that the state before the step is known.

        Args:
            outputs: of the pass.
            end: the rows of the words of the last step, and weights_1_2, at the end of the pass.
            where: what is said before the name of the review.

        Raises:
            Incorrect: an output, or where all are the same a weight at the end, is out of its
                bound.
        """
        parted = np.flatnonzero(outputs != self.outputs)
        if not parted.size and end is None:
            return
        step = self._step(int(parted[0]) if parted.size else len(self.reviews) - 1)
        found = step._replace(outputs=outputs[step.start : step.start + len(step.reviews)])
        if not parted.size and end is not None:
            # Nothing came after the last step, so that the end of the pass is the end of it.
            found = found._replace(new_rows=end[0], new_others=end[1])
        judge(
            [found],
            self.scenario,
            lambda i: f"{where}{self.name(i)}",
            Tally(),
        )

    def _step(self, review: int) -> Step:
        """Return the step of a review as a pass in one call up to there leaves its weights."""
        start = review // self.scenario.batch_size * self.scenario.batch_size
        part = self.reviews[start : start + self.scenario.batch_size]
        with blame("a pass in one call"):
            network = self.scenario.build(self.network, *self.weights)
            network.train(network.prepare(self.reviews[:start]))
            rows, weights_1_2 = np.array(network.rows(part.indices)), np.array(network.weights_1_2)
        return Step(start, part, rows, weights_1_2, np.empty(0))

    def explain(self, network: Network, prepared: object, outputs: Array, end: Weights) -> NoReturn:
        """Find out why a whole pass gave other bits than the judged one; it never returns.

        Args:
            outputs, end: what the pass gave; see name_fault.

        Raises:
            Incorrect, Failed, Uncertified: the network is not certified; the message says why.
        """
        self.refuse_changed(network)
        with blame("a pass after reset"):
            network = renew(network, self.scenario, *self.weights)
            self._judge_steps(network, None, " after reset" if hasattr(network, "reset") else "")
            try:
                refuse_spent(network, prepared, self.reviews, self.scenario, self.weights)
            except Uncertified:
                # Where new networks repeat themselves, it is the reset that forgets something.
                if len({self._digest_when_new() for _ in range(2)}) == 1:
                    self.name_fault(outputs, end, "after reset, ")
                raise
        self.name_fault(outputs, end, f"in one call of {len(self.reviews)} reviews, ")
        Calls(network, self.reviews, self.scenario, self.weights, self.name).explain()

    def _judge_steps(
        self, network: Network, chosen: NDArray[np.bool_] | None, after: str = ""
    ) -> None:
        calls = cut(len(self.reviews), self.scenario.batch_size, chosen)
        self.watch(network, calls, after).judge_predictions()

    def watch(
        self, network: Network, calls: Iterable[tuple[int, int, bool]], after: str = ""
    ) -> Watch:
        """Train a network in calls (start, stop, judged), and judge those that are to be judged.

        Args:
            after: what is said behind the name of a review.
        """
        watch = Watch(
            network, self.reviews, self.scenario, self.weights, lambda i: f"{self.name(i)}{after}"
        )
        for number in watch.run(calls):
            self.progress(number)
        watch.settle()
        self.take(network, watch.tally, np.concatenate(watch.outputs))
        return watch

    def take(self, network: Network, tally: Tally, outputs: Array) -> None:
        """Take a pass, at whose end a network is, for the one that whole passes must repeat."""
        self.tally, self.outputs = tally, outputs
        self.digest = digest(network, outputs)
        self.refuse_changed(network)

    def _reviews_sums(self) -> Iterator[tuple[str, list[int]]]:
        """Yield checksums of what a network in this process might write into; a copy of all that
        may be larger than memory."""
        # In a process of its own it has other reviews, mapped so that it can't write into them.
        if hasattr(self.network, "passed_in"):
            return
        reviews = self.reviews
        arrays = reviews.indptr, reviews.indices, reviews.stored_counts, reviews.labels
        for part, array in zip(("indptr", "indices", "counts", "labels"), arrays, strict=True):
            if array is not None and not is_mapped(array):
                yield f"reviews' {part}", checksums(array)

    def refuse_changed(self, network: Network) -> None:
        """Raise Incorrect if the weights or reviews that were passed in are not what they were."""
        # In a process of its own a network can only change what it was sent.
        elsewhere = getattr(network, "passed_in", None)
        weights = self.weights if elsewhere is None else elsewhere()
        changed = [
            name
            for name, found, given in zip(
                ("weights_0_1", "weights_1_2"), weights, self._given, strict=True
            )
            if not np.array_equal(found, given)
        ]
        sums = zip(self._sums, self._reviews_sums(), strict=True)
        changed += [name for (name, given), (_, found) in sums if found != given]
        if changed:
            raise Incorrect(f"the {changed[0]} that were passed in have been changed: copy them")
