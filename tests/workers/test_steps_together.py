"""Steps that go through the pipe together are seen as if each had gone alone."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from skipzeros import Reviews
from skipzeros.bench.equality.certificate import Certificate
from skipzeros.bench.networks.guard import Observation
from skipzeros.bench.networks.registry import NamedNetwork
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import Failed
from skipzeros.bench.workers import messages as ask
from skipzeros.bench.workers import remote
from skipzeros.bench.workers.limits import Limits
from skipzeros.bench.workers.worker_sets import entries_for, workers

# Each does something else at its 7th call of train.
STRANGE = """
import numpy as np
from skipzeros.impls.add_reduce import AddReduce

class Strange(AddReduce):
    calls = 0
    def train(self, prepared):
        self.calls += 1
        outputs = super().train(prepared)
        return self.strange(outputs) if self.calls == 7 else outputs

class Right(Strange):
    def strange(self, outputs):
        return outputs

class Raises(Strange):
    def strange(self, outputs):
        raise ValueError("no more")

class CannotPrepare(Strange):
    strange = Right.strange
    def prepare(self, reviews):
        return super().prepare(reviews if self.calls < 6 else None)

class Narrow(Strange):
    def strange(self, outputs):
        return outputs.astype(np.float32)

class Wide(Strange):
    def strange(self, outputs):
        return outputs.astype(np.longdouble)

class List(Strange):
    def strange(self, outputs):
        return list(outputs)

class Twice(Strange):
    def strange(self, outputs):
        return np.append(outputs, outputs)

class Column(Strange):
    def strange(self, outputs):
        return outputs[:, None]

class Untrained(Strange):
    def strange(self, outputs):
        self.weights_1_2 *= 1 + 1e-12
        return outputs

class Stray(Strange):
    def strange(self, outputs):
        self.weights_0_1[-1] += 1
        return outputs

class Rows(Strange):
    strange = Right.strange
    def rows(self, words):
        return super().rows(words)[:-1 if self.calls == 7 else None]

class Flat(Strange):
    strange = Right.strange
    def rows(self, words):
        rows = super().rows(words)
        return rows.ravel() if self.calls == 7 else rows

class Shared(Strange):
    # What rows hands out changes with the next step.
    strange = Right.strange
    def rows(self, words):
        self.shown = getattr(self, "shown", np.empty((5000, self.weights_0_1.shape[1])))
        rows = self.shown[: len(words)]
        rows[:] = super().rows(words)
        return rows

class OneBuffer(Strange):
    # What train hands out changes with the next step.
    strange = Right.strange
    def train(self, prepared):
        outputs = super().train(prepared)
        self.shown = getattr(self, "shown", np.empty(5000))
        self.shown[: len(outputs)] = outputs
        return self.shown[: len(outputs)]
"""
NAMES = [line.split()[1].partition("(")[0] for line in STRANGE.splitlines() if "class" in line]


def certificate(network: str, reviews: Reviews, folder: Path) -> Certificate:
    entries = entries_for([NamedNetwork("strange", network)], reviews.presence(), folder)
    with workers(entries, Scenario(), Limits(60)) as started:
        (driver,) = started.drivers
        driver.certify(None, 1, lambda reviews: None)
    assert driver.result.certificate is not None
    return driver.result.certificate


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_verdict_is_that_of_steps_alone(
    name: str, few_reviews: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strange.py").write_text(STRANGE)
    network = f"{tmp_path / 'strange.py'}:{name}"
    together = certificate(network, few_reviews, tmp_path)
    monkeypatch.setattr(remote, "BYTES_TOGETHER", 0)
    alone = certificate(network, few_reviews, tmp_path)
    assert (together.status, together.reason) == (alone.status, alone.reason)
    assert (together.tally, together.digest) == (alone.tally, alone.digest)
    assert (together.status == "certified") == (name in ("Right", "Shared", "OneBuffer"))


ROWS, WEIGHTS, OUTPUTS = np.zeros((5, 4)), np.zeros((2, 4)), np.zeros(2)


@pytest.mark.parametrize(
    "answer",
    [
        ask.Observed(0, ROWS, WEIGHTS, OUTPUTS, "", ROWS, WEIGHTS),
        ask.Observed(-1, ROWS, WEIGHTS, OUTPUTS, "", ROWS, WEIGHTS),
        ask.Observed(3, ROWS, np.zeros((3, 4)), OUTPUTS, "", ROWS, np.zeros((3, 4))),
        ask.Observed(2, ROWS[1:], WEIGHTS, OUTPUTS, "", ROWS, WEIGHTS),
        ask.Observed(2, ROWS, WEIGHTS, OUTPUTS, "", ROWS[1:], WEIGHTS),
        ask.Observed(2, ROWS, WEIGHTS[1:], OUTPUTS, "", ROWS, WEIGHTS),
        ask.Observed(2, ROWS, WEIGHTS, OUTPUTS, "", ROWS, np.array(1.0)),
        ask.Observed(2, ROWS, WEIGHTS, OUTPUTS[1:], "", ROWS, WEIGHTS),
        ask.Observed(2, ROWS, WEIGHTS, None, "", ROWS, WEIGHTS),
        ask.Observed(1, ROWS, WEIGHTS, OUTPUTS, "", ROWS, WEIGHTS),
    ],
)
def test_what_no_calls_can_give_is_no_answer(answer: ask.Observed) -> None:
    with pytest.raises(Failed, match="no answer"):
        observed(answer)


def test_each_call_has_its_own_of_an_answer() -> None:
    rows, weights = np.arange(20.0).reshape(5, 4), np.arange(8.0).reshape(2, 4)
    seen = observed(ask.Observed(2, rows, weights, np.array([7.0, 8.0]), "", -rows, -weights))
    assert [len(one.rows) for one in seen] == [2, 3]
    assert np.array_equal(np.concatenate([one.rows for one in seen]), rows)
    assert np.array_equal(np.concatenate([one.new_rows for one in seen]), -rows)
    assert np.array_equal([one.weights_1_2 for one in seen], weights)
    assert np.array_equal([one.new_weights_1_2 for one in seen], -weights)
    assert [one.outputs for one in seen] == [7, 8]


def observed(answer: ask.Observed) -> list[Observation]:
    """What is seen of calls of two and of three words, of which a worker says this."""

    class Worker:
        instances: ClassVar[list[int]] = []

        def send(self, request: ask.Observe) -> None:
            assert request.calls.tolist() == [[1, 2], [1, 3]]
            assert request.indptr.tolist() == list(accumulate([0, 2, 3]))

        def ask(self, request: object, *kinds: object) -> object:
            return ask.Done() if request is not None else answer

        def refuse_answer(self) -> Failed:
            return Failed("no answer")

    class There(remote.RemoteNetwork):
        worker = Worker()

    parts = [Reviews.from_lists([words], [1], 50) for words in ([1, 4], [0, 7, 8])]
    network = There(np.zeros((50, 4)), np.zeros(4), 0.1)
    return list(network.observe_each((part, part.indices) for part in parts))
