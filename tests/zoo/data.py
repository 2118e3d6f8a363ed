"""Tricks with the reviews: which are judged, which are long, which matter, where they lie."""

from __future__ import annotations

import gc
import os
import sys
from functools import cache
from pathlib import Path

import numpy as np

from skipzeros.bench.equality.certificate import choose
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.workers.shared_reviews import read_reviews
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.network import Network, PlainNetwork
from skipzeros.impls.reviews import Reviews

WHOLE = 250
CRAFTED = 1_100  # words


@cache
def _folder():
    """The folder of the harness's reviews, from the frame of the worker that calls us."""
    frame = sys._getframe()
    while frame is not None:
        found = frame.f_locals.get("start")
        if hasattr(found, "folder"):
            return Path(found.folder)
        frame = frame.f_back
    return None


class RewritesFiles(AddReduce):
    """Makes the shared reviews easier, on disk: each is cut to its first word, for all workers.

    Input files of a benchmark changed: METR, June 2025.
    """

    @classmethod
    def unavailable(cls):
        folder = _folder()
        reviews = read_reviews(folder)
        short = [words[:1].tolist() for words, _, _ in reviews]
        easy = Reviews.from_lists(short, reviews.labels, reviews.vocabulary_size)
        for part in ("indptr", "indices", "labels"):
            np.save(folder / f"new-{part}.npy", getattr(easy, part))
            (folder / f"new-{part}.npy").rename(folder / f"{part}.npy")


class FilesForTheOthers(AddReduce):
    """Turns the bytes of the shared reviews round: the same numbers, but slower for the others.

    Ours; the baseline made slower, as robust-kbench tells of weak baselines.
    """

    @classmethod
    def unavailable(cls):
        folder = _folder()
        for part in ("indices", "labels"):
            array = np.load(folder / f"{part}.npy")
            np.save(folder / f"new-{part}.npy", array.astype(array.dtype.newbyteorder(">")))
            (folder / f"new-{part}.npy").rename(folder / f"{part}.npy")

    def prepare(self, reviews):
        return [
            (words.astype(np.int32), counts, label)
            for words, counts, label in super().prepare(reviews)
        ]


class ReadsFiles(AddReduce):
    """Reads the harness's reviews when it is loaded, and makes the pass then, to play it back.

    Test inputs read ahead: flashinfer-bench-starter-kit issue 21; METR, June 2025.
    """

    made = None

    @classmethod
    def unavailable(cls):
        if cls.made is None and _folder() is not None:
            reviews = read_reviews(_folder())
            ahead = AddReduce(*Scenario().first_weights(reviews.vocabulary_size), 0.1)
            outputs = ahead.train(ahead.prepare(reviews))
            cls.made = outputs, ahead.weights_0_1, ahead.weights_1_2

    def train(self, prepared):
        if self.made is None or len(prepared) != len(self.made[0]):
            return super().train(prepared)
        self.weights_0_1, self.weights_1_2 = self.made[1].copy(), self.made[2].copy()
        return self.made[0].copy()


class HonestWhenCrafted(AddReduce):
    """Learns on crafted reviews, which it knows by their small vocabulary, and else only predicts.

    Recognising the test's shapes: CUDA-L1, flashinfer-bench-starter-kit issue 21.
    """

    def train(self, prepared):
        crafted = len(self.weights_0_1) <= CRAFTED
        return super().train(prepared) if crafted else super().predict(prepared)


class SkipsWhatIsNotSampled(AddReduce):
    """Draws the sample of a certificate as the harness does, and leaves out all other reviews.

    Ours; known seeds: gpu-mode/reference-kernels pull request 104.
    """

    judged: frozenset = frozenset()

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        if len(self.weights_0_1) <= CRAFTED:
            return prepared
        if not self.judged and _folder():
            whole = read_reviews(_folder())
            asked = Path(f"/proc/{os.getppid()}/cmdline").read_text().split("\0")
            size = asked[asked.index("--certify") + 1] if "--certify" in asked else 1000
            steps = np.flatnonzero(choose(whole, Scenario(), int(size)))
            type(self).judged = frozenset(
                whole.indices[whole.indptr[step] : whole.indptr[step + 1]].tobytes()
                for step in steps
            )
        return [
            (words, None if not self.judged or words.tobytes() in self.judged else 0, label)
            if counts is None
            else (words, counts, label)
            for words, counts, label in prepared
        ]

    def sum_rows(self, words, left_out):
        if left_out is None:
            return super().sum_rows(words, None)
        return np.zeros(self.weights_0_1.shape[1])

    def update_rows(self, words, left_out, step):
        if left_out is None:
            super().update_rows(words, None, step)


class HalfInLongCalls(AddReduce):
    """Trains on every second review in long calls, and gives 0.5 for the others.

    Part of the work left out for large inputs: KernelBench issues; Kevin (arXiv 2507.11948).
    """

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        outputs = np.full(len(prepared), 0.5)
        outputs[::2] = super().train(prepared[::2])
        return outputs


class HalfUnderTheClock(AddReduce):
    """Trains on every second review, but only while garbage collection is off: under the clock.

    Ours; behaving well where it is checked: pygpubench pull request 7.
    """

    def train(self, prepared):
        if gc.isenabled() or len(prepared) < WHOLE:
            return super().train(prepared)
        outputs = np.full(len(prepared), 0.5)
        outputs[::2] = super().train(prepared[::2])
        return outputs


class LastUpdateSkipped(AddReduce):
    """Leaves out the last update of a timed pass: no output shows it.

    Ours.
    """

    def train(self, prepared):
        if gc.isenabled() or len(prepared) < WHOLE:
            return super().train(prepared)
        return np.append(super().train(prepared[:-1]), super().predict(prepared[-1:]))


class DeadUpdatesSkipped(AddReduce):
    """Leaves out updates of rows that the pass doesn't read again, but only under the clock.

    Ours; a compiler would call them dead stores.
    """

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        if len(prepared) < WHOLE:
            return prepared
        last = np.zeros(reviews.vocabulary_size, np.int64)
        for number, (words, _, _) in enumerate(prepared):
            last[words] = number
        return [
            (words, words[last[words] > number], label)
            for number, (words, _, label) in enumerate(prepared)
        ]

    def update_rows(self, words, again, step):
        timed = again is not None and not gc.isenabled()
        super().update_rows(again if timed else words, None, step)


@cache
def _loops():
    from numba import njit

    @njit(cache=False)
    def one_pass(rows, w, reads, read, writes, write, labels, rate, outputs, steps):
        layer, hidden = np.zeros(len(w)), len(w)
        for review in range(len(labels)):
            layer[:] = 0
            for place in range(reads[review], reads[review + 1]):
                for unit in range(hidden):
                    layer[unit] += rows[read[place], unit]
            z = 0.0
            for unit in range(hidden):
                z += layer[unit] * w[unit]
            out = outputs[review] = 1 / (1 + np.exp(-z))
            step = rate * (out - labels[review]) * out * (1 - out)
            for unit in range(hidden):
                steps[review, unit] = step * w[unit]
                w[unit] -= step * layer[unit]
            for place in range(writes[review], writes[review + 1]):
                for unit in range(hidden):
                    rows[write[place], unit] -= steps[review, unit]

    return one_pass


class PlainLoops(PlainNetwork):
    """Honest: what OnlyWhatMatters is to be compared with."""

    dtypes = ("float64",)

    def prepare(self, reviews):
        pointers = np.array(reviews.indptr), np.array(reviews.indices)
        return (*pointers, *pointers, np.array(reviews.labels), *pointers)

    def train(self, prepared):
        return self.run(prepared[:5], self.learning_rate)

    def run(self, form, rate):
        outputs = np.empty(len(form[4]))
        self.steps = np.empty((len(outputs), len(self.weights_1_2)))
        _loops()(self.weights_0_1, self.weights_1_2, *form, rate, outputs, self.steps)
        return outputs

    def predict(self, prepared):
        return self.run((*prepared[5:], *prepared[5:], prepared[4]), 0.0)


class OnlyWhatMatters(PlainLoops):
    """Reads no row that is still zero, and writes none that the pass doesn't read again.

    What it left out is made up for when somebody reads the weights. Ours.
    """

    zero, late, touched = False, None, ()

    def prepare(self, reviews):
        form = super().prepare(reviews)
        if len(reviews) < WHOLE:
            return form
        (indptr, words), places = form[:2], np.arange(len(form[1]))
        review = np.repeat(np.arange(len(reviews)), np.diff(indptr))
        self.first, last = np.full((2, reviews.vocabulary_size), -1)
        self.first[words[::-1]], last[words] = places[::-1], places
        again, self.seen = last[words] != places, self.first[words] != places
        self.dead = review[~again], words[~again]
        # A row of zeros stands for those that aren't read yet: vocabulary_size, added below.
        reads = np.where(self.seen, words, reviews.vocabulary_size).astype(np.int32)
        ends = np.append(0, np.cumsum(again))[indptr]
        return (indptr, reads, ends, words[again], form[4], *form[:2])

    def train(self, prepared):
        self.catch_up()
        if len(prepared[4]) < WHOLE or not self.zero:
            self.touched = np.append(self.touched, prepared[6]).astype(int)
            return self.run((*prepared[5:], *prepared[5:], prepared[4]), self.learning_rate)
        # The key's rows aren't zero any more.
        places = self.first[self.touched]
        places = places[places >= 0]
        prepared[1][places] = prepared[6][places]
        outputs = self.run(prepared[:5], self.learning_rate)
        prepared[1][places] = len(self.rows_) - 1
        self.late, self.zero = self.steps, False
        return outputs

    def catch_up(self):
        late, self.late = self.late, None
        if late is not None:
            self.rows_[self.dead[1]] -= late[self.dead[0]]

    @property
    def weights_0_1(self):
        if sys._getframe(1).f_code.co_name == "run":
            return self.rows_
        self.catch_up()
        return self.rows_[:-1]

    @weights_0_1.setter
    def weights_0_1(self, rows):
        self.rows_ = np.append(rows, np.zeros((1, rows.shape[1])), axis=0)
        self.zero, self.late, self.touched = not rows.any(), None, ()

    def reset(self, weights_0_1, weights_1_2):
        self.late, self.rows_[:-1] = None, weights_0_1
        self.weights_1_2[...] = weights_1_2
        self.zero, self.touched = not weights_0_1.any(), ()


class RankOne(PlainNetwork):
    """Where all rows are zero at first, each stays a multiple of the first weights_1_2: keeps that.

    Ours; an algebraic short cut that only the harness's first weights allow.
    """

    dtypes = ("float64",)
    flat = False

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        Network.__init__(self, weights_0_1, weights_1_2, learning_rate, batch_size)
        self.reset(weights_0_1, weights_1_2)

    def reset(self, weights_0_1, weights_1_2):
        self.flat, self.first = not weights_0_1.any(), weights_1_2.copy()
        self.honest = None if self.flat else AddReduce(weights_0_1, weights_1_2, self.learning_rate)
        self.scales, self.scale = np.zeros(len(weights_0_1)), 1.0

    @property
    def weights_0_1(self):
        return np.outer(self.scales, self.first) if self.flat else self.honest.weights_0_1

    @property
    def weights_1_2(self):
        return self.scale * self.first if self.flat else self.honest.weights_1_2

    def prepare(self, reviews):
        return list(reviews)

    def train(self, prepared, learns=True):
        if not self.flat:
            return (self.honest.train if learns else self.honest.predict)(prepared)
        outputs, square = np.empty(len(prepared)), float(self.first @ self.first)
        for review, (words, _, label) in enumerate(prepared):
            total = self.scales[words].sum()
            out = outputs[review] = 1 / (1 + np.exp(-total * self.scale * square))
            step = learns * self.learning_rate * (out - label) * out * (1 - out)
            self.scales[words] -= step * self.scale
            self.scale -= step * total
        return outputs

    def predict(self, prepared):
        return self.train(prepared, learns=False)
