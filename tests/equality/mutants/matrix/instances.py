"""Mistakes that show in certain cases only: several instances."""

from __future__ import annotations

from typing import Any, ClassVar

from plain_numpy import Right


class SharedOutputWeights(Right):
    """weights_1_2 belongs to the class: of two instances in turn both train the later one's."""

    store: ClassVar[dict] = {}

    @property
    def w12(self):
        return self.store["w12"]

    @w12.setter
    def w12(self, value):
        self.store["w12"] = value


TABLES: dict[Any, Any] = {}


class TablesByShape(Right):
    """Tables are cached in the module by shape and dtype: two instances of one shape share theirs."""

    def __init__(self, weights_0_1, *arguments, **named):
        super().__init__(weights_0_1, *arguments, **named)
        key = weights_0_1.shape, weights_0_1.dtype
        self.w01 = TABLES.setdefault(key, self.w01)
        self.w01[...] = weights_0_1


class HiddenOfTheLast(Right):
    """The number of units belongs to the class: after a smaller instance is built units aren't summed."""

    units: ClassVar[int] = 0

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        type(self).units = self.hidden

    def sum_rows(self, words, counts):
        layer = super().sum_rows(words, counts)
        layer[self.units :] = 0
        return layer


class VocabularyOfTheLast(Right):
    """The vocabulary's size belongs to the class: after a smaller instance is built words are dropped."""

    size: ClassVar[int] = 0

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        type(self).size = self.vocabulary

    def sum_rows(self, words, counts):
        keep = words < self.size
        return super().sum_rows(words[keep], None if counts is None else counts[keep])


class RateOfTheLast(Right):
    """The learning rate belongs to the class: an instance takes that of the one built last."""

    rate: ClassVar[float] = 0.1

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        type(self).rate = self.learning_rate

    def step(self, output, label, n):
        return self.rate * ((output - label) * output * (1 - output)) / n


class BatchSizeOfTheLast(Right):
    """The batch size belongs to the class: an instance takes that of the one built last."""

    last: ClassVar[int] = 0

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        type(self).last = self.batch_size

    def batches(self, n):
        for start in range(0, n, self.last):
            yield start, min(start + self.last, n)


class DtypeOfTheLast(Right):
    """The dtype belongs to the class: an instance's outputs have that of the one built last."""

    last: ClassVar[Any] = None

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        type(self).last = self.w01.dtype

    def train(self, prepared):
        return super().train(prepared).astype(self.last)


class EightTables(Right):
    """The tables of a shape lie in eight places of the module: the ninth instance takes the first's."""

    made: ClassVar[int] = 0

    def __init__(self, weights_0_1, *arguments, **named):
        super().__init__(weights_0_1, *arguments, **named)
        EightTables.made += 1
        key = weights_0_1.shape, weights_0_1.dtype, self.made % 8
        self.w01 = PLACES.setdefault(key, self.w01)
        self.w01[...] = weights_0_1


PLACES: dict[Any, Any] = {}
