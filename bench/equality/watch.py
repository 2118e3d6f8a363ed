"""A training pass that is watched: the reference judges its steps, and no row changes unseen."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..networks.guard import Observation, Weights, blame, checked_outputs
from ..networks.scenario import Scenario
from ..outcomes import Incorrect
from .judge import Step, Tally, judge

# So many numbers of a block fit the cache while they are judged.
BLOCK_NUMBERS = 30_000
# Comparing every row costs as much as some hundred steps, so it is done once for so many calls.
CALLS_BETWEEN_COMPARISONS = 512
# So many predictions are judged.
PREDICTIONS = 200


class Watch:
    """Trains a network in calls and judges them.

    Args:
        given: the weights that the network was built with or reset to.
        name: makes the name of a review in a fault from its number.

    Attributes:
        outputs: what each call so far returned.
        tally: the count of the judged steps so far.
    """

    def __init__(
        self,
        network: Network,
        reviews: Reviews,
        scenario: Scenario,
        given: Weights,
        name: Callable[[int], str],
    ) -> None:
        self.network, self.reviews, self.scenario, self.name = network, reviews, scenario, name
        self.outputs: list[Array] = []
        self.tally = Tally()
        self._block: list[Step] = []
        self._block_numbers = 0
        self._calls: list[tuple[int, int]] = []
        self._rows, self._weights_1_2 = given[0].copy(), given[1].copy()
        self._marks = np.zeros(len(self._rows), bool)
        self._compare_all(f"before {name(0)}")
        self._snapshot = self._weights()

    def _weights(self) -> Weights:
        """Return copies of the weights as the last call left them."""
        return self._rows.copy(), self._weights_1_2.copy()

    def run(self, calls: Iterable[tuple[int, int, bool]]) -> Iterator[int]:
        """Train in calls (start, stop, judged), and yield how many reviews each of them had.

        A call that is judged must be one step.
        """
        left = iter(calls)
        while some := list(islice(left, CALLS_BETWEEN_COMPARISONS)):
            stray = None
            with closing(self._seen(some)) as seen:
                for call, (part, words, observation) in zip(some, seen, strict=True):
                    stray = self._take(*call, part, words, observation)
                    if stray is not None:
                        break
                    yield call[1] - call[0]
            if stray is not None:
                when = f"before {self.name(call[0])}"
                self._refuse_other_rows(words, when)
                self._find_stray_row(when, stray)
            if len(some) == CALLS_BETWEEN_COMPARISONS:
                self.settle()

    def call(self, start: int, stop: int, judged: bool) -> None:
        """Train on the reviews start:stop in one call."""
        for _ in self.run([(start, stop, judged)]):
            pass

    def _seen(
        self, calls: Iterable[tuple[int, int, bool]]
    ) -> Generator[tuple[Reviews, NDArray[np.int32], Observation], None, None]:
        """Make each call, and yield its reviews, their words and what was seen of it."""
        elsewhere = getattr(self.network, "observe_each", None)
        if elsewhere is None:
            for start, stop, judged in calls:
                part = self.reviews[start:stop]
                words = part.indices if judged else self._words_of(part)
                yield part, words, self._observe(part, words, self.name(start))
            return
        asked: deque[tuple[int, Reviews, NDArray[np.int32]]] = deque()

        def parts() -> Iterator[tuple[Reviews, NDArray[np.int32]]]:
            for start, stop, judged in calls:
                part = self.reviews[start:stop]
                words = part.indices if judged else self._words_of(part)
                asked.append((start, part, words))
                yield part, words

        with closing(elsewhere(parts())) as answers:
            while True:
                where = self.name(asked[0][0] if asked else 0)
                with blame(f"training on {where}", prepare=f"preparing {where}"):
                    seen = next(answers, None)
                if seen is None:
                    return
                _, part, words = asked.popleft()
                for read in (seen.rows, seen.new_rows):
                    self._shaped_rows(read, words)
                for read in (seen.weights_1_2, seen.new_weights_1_2):
                    _shaped(read, self._weights_1_2.shape, "weights_1_2")
                yield part, words, seen

    def _observe(self, part: Reviews, words: NDArray[np.int32], where: str) -> Observation:
        """Train on reviews, and read what there is to see before and after it."""
        rows, weights_1_2 = self._read_rows(words), self._read_weights_1_2()
        with blame(f"preparing {where}"):
            prepared = self.network.prepare(part)
        with blame(f"training on {where}"):
            outputs = self.network.train(prepared)
        return Observation(
            rows, weights_1_2, outputs, self._read_rows(words), self._read_weights_1_2()
        )

    def _take(
        self,
        start: int,
        stop: int,
        judged: bool,
        part: Reviews,
        words: NDArray[np.int32],
        seen: Observation,
    ) -> int | None:
        """Compare a call with the ones before it, and judge it with its neighbours.

        Returns:
            A row that is not what it should have been before the call; None where all are.
        """
        where, rows, weights_1_2 = self.name(start), seen.rows, seen.weights_1_2
        as_left = rows == self._rows.take(words, axis=0)
        if not as_left.all():
            self._judge_block()  # an earlier fault, a NaN say, is the better explanation
            return int(words[as_left.all(axis=1).argmin()])
        if not np.array_equal(weights_1_2, self._weights_1_2):
            self._judge_block()
            raise Incorrect(f"weights_1_2 changed between two calls, before {where}")
        self._calls.append((start, stop))
        outputs = checked_outputs(seen.outputs, stop - start, where)
        self._rows[words], self._weights_1_2 = seen.new_rows, seen.new_weights_1_2
        self.outputs.append(outputs)
        if judged:
            self._block.append(
                Step(start, part, rows, weights_1_2, outputs, seen.new_rows, seen.new_weights_1_2)
            )
            self._block_numbers += rows.size
        if self._block_numbers > BLOCK_NUMBERS:
            self._judge_block()
        return None

    def settle(self) -> None:
        """Judge what is still to be judged and compare every row with what it was."""
        self._judge_block()
        if self._calls:
            self._compare_all(f"after {self.name(self._calls[-1][1] - 1)}")
        self._snapshot, self._calls = self._weights(), []

    def judge_predictions(self, part: Reviews | None = None, prepared: object = None) -> None:
        """Judge the outputs of predict, and check that it changes nothing.

        Args:
            part: the reviews to predict; None: the first ones of those to train on.
            prepared: what the network made of them; None: it makes it now.
        """
        part = self.reviews[:PREDICTIONS] if part is None else part
        with blame("predict"):
            form = self.network.prepare(part) if prepared is None else prepared
            outputs = self.network.predict(form)
        outputs = checked_outputs(outputs, len(part), "predict")
        self._compare_all("after predict, which must change nothing")
        block = []
        for number in _sample(len(part)):
            review = part[number : number + 1]
            rows, output = self._rows[review.indices], outputs[number : number + 1]
            block.append(Step(number, review, rows, self._weights_1_2, output))
        # A tally of their own: predictions are no steps of the certificate.
        judge(block, self.scenario, lambda i: f"predict on {self.name(i)}", Tally())

    def _words_of(self, part: Reviews) -> NDArray[np.int32]:
        """Return each word of the reviews once; marking them is many times faster than sorting."""
        self._marks[part.indices] = True
        words = np.flatnonzero(self._marks).astype(np.int32)
        self._marks[words] = False
        return words

    def _judge_block(self) -> None:
        if self._block:
            judge(self._block, self.scenario, self.name, self.tally)
        self._block, self._block_numbers = [], 0

    def _read_rows(self, words: NDArray[np.int32]) -> Array:
        with blame("rows"):
            # A copy, because a network may hand out a view that its next step changes.
            rows = np.array(self.network.rows(words))
        return self._shaped_rows(rows, words)

    def _shaped_rows(self, rows: Array, words: NDArray[np.int32]) -> Array:
        return _shaped(rows, (len(words), self._rows.shape[1]), f"rows of {len(words)} words")

    def _read_weights_1_2(self) -> Array:
        with blame("weights_1_2"):
            weights = np.array(self.network.weights_1_2)
        return _shaped(weights, self._weights_1_2.shape, "weights_1_2")

    def _compare_all(self, when: str) -> None:
        with blame("weights_0_1"):
            present = np.asarray(self.network.weights_0_1)
        _shaped(present, self._rows.shape, "weights_0_1")
        if not np.array_equal(present, self._rows):
            row = int((present != self._rows).any(axis=1).argmax())
            if self._calls:
                self._find_stray_row(when, row)
            raise Incorrect(f"row {row} of weights_0_1 is not what it should be {when}")
        if not np.array_equal(self._read_weights_1_2(), self._weights_1_2):
            raise Incorrect(f"weights_1_2 is not what it should be {when}")

    def _refuse_other_rows(self, words: NDArray[np.int32], when: str) -> None:
        """Raise Incorrect if rows gives other rows than weights_0_1 has."""
        with blame("weights_0_1"):
            weights = np.array(self.network.weights_0_1)
        if not np.array_equal(self._read_rows(words), weights[words], equal_nan=True):
            raise Incorrect(
                f"rows(words) is not weights_0_1[words] {when}: it must give the rows in the order "
                "of the words"
            )

    def _find_stray_row(self, when: str, row: int) -> NoReturn:
        """Repeat the calls since the last comparison, and raise Incorrect for the first wrong row.

        After each call every row is compared, which would take too long during the pass.

        Args:
            row: one that is not what it should be.
        """
        network = self.scenario.build(type(self.network), *self._snapshot)
        before = self._snapshot[0]
        for start, stop in self._calls:
            part = self.reviews[start:stop]
            with blame(f"training on {self.name(start)}"):
                network.train(network.prepare(part))
            after = np.array(network.weights_0_1)
            _refuse_stray_row(part, self.name(start), before, after)
            before = after
        if np.array_equal(self._read_rows(np.array([row], np.int32))[0], self._rows[row]):
            raise Incorrect(f"rows([{row}]) and weights_0_1[{row}] are not the same {when}")
        raise Incorrect(
            f"row {row} of weights_0_1 is not what it should be {when}: it changed without a "
            f"review since {self.name(self._calls[0][0])} that contains word {row}"
        )


def _sample(predictions: int) -> list[int]:
    """Choose which of some predictions are judged: the last one among them."""
    if predictions <= PREDICTIONS:
        return list(range(predictions))
    rng = np.random.default_rng()
    chosen = rng.choice(predictions - 1, PREDICTIONS - 1, replace=False)
    return [*sorted(chosen.tolist()), predictions - 1]


def _refuse_stray_row(part: Reviews, where: str, before: Array, after: Array) -> None:
    """Raise Incorrect if a row changed whose word none of the reviews contains."""
    changed = np.flatnonzero((after != before).any(axis=1))
    stray = np.setdiff1d(changed, part.indices)
    if stray.size:
        row = int(stray[0])
        column = int((after[row] != before[row]).argmax())
        raise Incorrect(
            f"row {row} changed, but {where} does not contain word {row}: "
            f"weights_0_1[{row}, {column}] is {after[row, column]:.17g}, "
            f"expected {before[row, column]:.17g}, bound 0"
        )


def _shaped(array: Array, shape: tuple[int, ...], what: str) -> Array:
    if array.shape != shape:
        raise Incorrect(f"{what} has shape {array.shape}, expected {shape}")
    if array.dtype.kind != "f":
        raise Incorrect(f"{what} is {array.dtype}, expected floating numbers")
    return array
