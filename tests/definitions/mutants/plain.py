"""The other definitions in plain numpy, in pieces that a mistake can replace one at a time.

It shares nothing with impls/steps.py: one review after the other, one array after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from skipzeros.impls.network import PlainNetwork

Array = Any


class Plain(PlainNetwork):
    """A right one."""

    definitions = ("logistic", "classifier", "classifier-mean", "classifier-adagrad")
    accepts_batches = accepts_counts = True

    def prepare(self, reviews):
        dtype = self.weights_0_1.dtype
        return [
            (words, np.ones(len(words), dtype) if counts is None else counts.astype(dtype),
             dtype.type(label))
            for words, counts, label in reviews
        ]  # fmt: skip

    # The pieces.

    def total(self, terms: Array) -> Array:
        return terms.sum(axis=0)

    def share(self, counts: Array) -> Array:
        if self.definition != "classifier-mean" or not counts.sum():
            return self.weights_0_1.dtype.type(1)
        return 1 / counts.sum()

    def before(self, words: Array, counts: Array) -> Array:
        sums = self.total(counts[:, None] * self.weights_0_1[words])
        return sums * self.share(counts) + self.bias(words)

    def bias(self, words: Array) -> Array:
        return self.beside["bias" if self.definition == "logistic" else "bias_1"]

    def relu(self, before: Array) -> Array:
        return np.maximum(before, 0)

    def gate(self, before: Array) -> Array:
        return before > 0

    def sigmoid(self, z: Array) -> Array:
        return expit(z)

    def output(self, before: Array) -> Array:
        if self.definition == "logistic":
            return self.sigmoid(before)[0]
        z = self.relu(before) @ self.weights_1_2 + self.beside["bias_2"]
        return self.sigmoid(z)[0]

    def delta(self, output: Array, label: Array) -> Array:
        return output - label

    def slopes(self, words: Array, counts: Array, label: Array) -> tuple[Array, Array, Array]:
        """The output, the slope of what the rows are combined to, and those of all else."""
        before = self.before(words, counts)
        output = self.output(before)
        delta = self.delta(output, label)
        if self.definition == "logistic":
            return output, np.array([delta]), {"bias": np.array([delta])}
        hidden = delta * self.weights_1_2 * self.gate(before)
        others = {
            "bias_1": hidden, "weights_1_2": delta * self.relu(before), "bias_2": np.array([delta]),
        }  # fmt: skip
        return output, hidden, others

    def mean(self, slopes: list[Array], reviews: int) -> Array:
        return sum(slopes[1:], slopes[0]) / self.weights_0_1.dtype.type(reviews)

    def squared(self, old: Array, slope: Array) -> Array:
        return old + slope * slope

    def root(self, squares: Array) -> Array:
        return np.sqrt(squares) + squares.dtype.type(1e-10)

    def descend(self, array: Array, squares: Array | None, slope: Array, place: Array) -> None:
        rate = slope.dtype.type(self.learning_rate)
        if squares is None:
            array[place] -= rate * slope
            return
        squares[place] = self.squared(squares[place], slope)
        array[place] -= rate * slope / self.root(squares[place])

    def squares_of(self, name: str) -> Array | None:
        return self.beside.get(f"squares_{name}")

    def update(self, seen: list[Array], batch: Array) -> None:
        """Change all arrays, from what slopes gave for each review of a batch."""
        reviews = len(batch)
        for name in seen[0][2]:
            array = self.weights_1_2 if name == "weights_1_2" else self.beside[name]
            slope = self.mean([others[name] for _, _, others in seen], reviews)
            self.descend(array, self.squares_of(name), slope, np.arange(len(array)))
        of_word: dict[int, list[Array]] = {}
        for (words, counts, _), (_, hidden, _) in zip(batch, seen, strict=True):
            for word, count in zip(words.tolist(), counts, strict=True):
                of_word.setdefault(word, []).append(count * self.share(counts) * hidden)
        for word, slopes in of_word.items():
            slope = self.mean(slopes, reviews)
            self.descend(self.weights_0_1, self.squares_of("weights_0_1"), slope, word)

    def train(self, prepared):
        outputs = [np.empty(0, self.weights_0_1.dtype)]
        for start in range(0, len(prepared), self.batch_size):
            batch = prepared[start : start + self.batch_size]
            seen = [self.slopes(*one) for one in batch]
            self.update(seen, batch)
            outputs.append(np.array([output for output, _, _ in seen], self.weights_0_1.dtype))
        return np.concatenate(outputs)

    def predict(self, prepared):
        found = [self.output(self.before(words, counts)) for words, counts, _ in prepared]
        return np.array(found, self.weights_0_1.dtype)
