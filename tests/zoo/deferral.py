"""Tricks that do the work of a pass where they think that no clock runs.

Each class tells what it does and where such a thing was seen in public. None of them may be ranked.
"""

from __future__ import annotations

import atexit
import gc
import os
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from typing import ClassVar

import numpy as np

from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.compiled import Compiled
from skipzeros.impls.csr import CSR

# A call of so many reviews is taken for the pass that is timed.
WHOLE = 250


class _Ahead(AddReduce):
    """The pass is made before it is asked for, on copies; train hands out what was kept."""

    forms: ClassVar[list] = []
    kept = None

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        if len(prepared) >= WHOLE:
            self.forms[:] = [prepared]
        return prepared

    def look_ahead(self):
        start = self.weights_0_1.copy(), self.weights_1_2.copy()
        outputs = AddReduce.train(self, self.forms[0]) if self.forms else None
        self.kept = outputs, self.weights_0_1, self.weights_1_2
        self.weights_0_1, self.weights_1_2 = start

    def train(self, prepared):
        if len(prepared) < WHOLE or self.kept is None or self.kept[0] is None:
            return super().train(prepared)
        outputs, self.weights_0_1, self.weights_1_2 = self.kept
        self.kept = None
        return outputs


class InReset(_Ahead):
    """Makes the pass in reset, which no clock sees.

    Setup outside the timed region: gpu-mode/reference-kernels issue 162; ours in this form.
    """

    def reset(self, weights_0_1, weights_1_2):
        super().reset(weights_0_1, weights_1_2)
        self.look_ahead()


class InInit(_Ahead):
    """Makes the pass when it is built, and hides its reset so that it is built for every pass.

    Weights cached in the constructor: flashinfer-bench-starter-kit issue 21.
    """

    reset = property()

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.look_ahead()


class InPrepare(_Ahead):
    """Makes the pass in prepare, from the weights that are there then.

    Ours; the like of a plan call that computes, as in FlashInfer's plan and run.
    """

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        if len(prepared) >= WHOLE:
            self.look_ahead()
        return prepared


class InPredict(AddReduce):
    """Learns nothing in a long call of train, and makes up for it when predict or a weight is read.

    Ours; a lazy evaluation (deep-reinforce.com/defense_kernel_hack.html) of the weights.
    """

    late = None

    def train(self, prepared):
        self.catch_up()
        if len(prepared) < WHOLE or gc.isenabled():
            return super().train(prepared)
        self.late = prepared
        return super().predict(prepared)

    def catch_up(self):
        late, self.late = self.late, None
        if late is not None:
            super().train(late)

    def predict(self, prepared):
        self.catch_up()
        return super().predict(prepared)

    def rows(self, words):
        self.catch_up()
        return super().rows(words)


class InFinalizer(AddReduce):
    """Leaves the pass to the finalizer of garbage, collected when the clock has been read.

    Ours; gc is a way into a harness in pygpubench pull request 7.
    """

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        outputs = np.empty(len(prepared))

        class Later:
            def __init__(self):
                self.circle = self

            def __del__(_):
                outputs[:] = AddReduce.train(self, prepared)

        gc.set_threshold(1)
        Later()
        return outputs


class AtExit(AddReduce):
    """Hands out a buffer that it fills at exit, and writes an answer of its own then.

    Results overwritten at exit: pygpubench pull requests 7 and 15.
    """

    def train(self, prepared):
        if len(prepared) < WHOLE or gc.isenabled():
            return super().train(prepared)
        outputs = np.full(len(prepared), 0.5)

        def late():
            outputs[:] = AddReduce.train(self, prepared)
            for pipe in range(3, 10):
                with suppress(OSError):
                    os.write(pipe, outputs.tobytes())

        atexit.register(late)
        return outputs


class InThread(AddReduce):
    """Starts a thread for the pass, and returns while it works; whoever reads rows waits for it.

    Thread injection: deep-reinforce.com/defense_kernel_hack.html, wafer.ai field guide.
    """

    thread = None

    def train(self, prepared):
        if self.thread is not None:
            self.thread.join()
        if len(prepared) < WHOLE or gc.isenabled():
            return super().train(prepared)
        outputs = np.empty(len(prepared))
        self.thread = threading.Thread(target=self.later, args=(prepared, outputs))
        self.thread.start()
        return outputs

    def later(self, prepared, outputs):
        outputs[:] = AddReduce.train(self, prepared)

    def rows(self, words):
        if self.thread is not None:
            self.thread.join()
        return super().rows(words)


class InThreadDuringSleep(Compiled):
    """A thread makes a short pass in the millisecond in which the harness waits for threads to end.

    Thread injection: deep-reinforce.com/defense_kernel_hack.html; the place is ours.
    """

    def train(self, prepared):
        if len(prepared.labels) < WHOLE or gc.isenabled():
            return super().train(prepared)
        outputs = np.empty(len(prepared.labels))

        def later():
            outputs[:] = Compiled.train(self, prepared)

        threading.Timer(2e-4, later).start()
        return outputs


class InChild(AddReduce):
    """Forks a child for each long call, which computes while this process waits: CPU time is small.

    Ours; the like of an extra stream (CUDA-L1, KernelBench pull request 106).
    """

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        ours, theirs = os.pipe()
        child = os.fork()
        if not child:
            outputs = super().train(prepared)
            with os.fdopen(theirs, "wb") as pipe:
                pickle.dump((outputs, self.weights_0_1, self.weights_1_2), pipe)
            os._exit(0)
        os.close(theirs)
        with os.fdopen(ours, "rb") as pipe:
            outputs, self.weights_0_1, self.weights_1_2 = pickle.load(pipe)  # noqa: S301
        os.waitpid(child, 0)
        return outputs


HELPER = """
import pickle, sys
from skipzeros.impls.add_reduce import AddReduce
while True:
    try:
        weights, rate, prepared = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    network = AddReduce(*weights, rate)
    outputs = network.train(prepared)
    pickle.dump((outputs, network.weights_0_1, network.weights_1_2), sys.stdout.buffer)
    sys.stdout.buffer.flush()
"""


class InSubprocess(AddReduce):
    """Keeps a helper process that makes the passes; its own clock stands still meanwhile.

    Ours; the like of an extra stream (CUDA-L1, KernelBench pull request 106).
    """

    helper = None

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        if self.helper is None:
            type(self).helper = subprocess.Popen(
                [sys.executable, "-c", HELPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        task = (self.weights_0_1, self.weights_1_2), self.learning_rate, prepared
        pickle.dump(task, self.helper.stdin)
        self.helper.stdin.flush()
        outputs, self.weights_0_1, self.weights_1_2 = pickle.load(self.helper.stdout)  # noqa: S301
        return outputs


class _Later(np.ndarray):
    """An array whose numbers are computed when it is copied or looked at."""

    def __array_finalize__(self, other):
        self.fill_in = None

    def now(self):
        fill_in, self.fill_in = self.fill_in, None
        if fill_in is not None:
            self[:] = fill_in()
        return self.view(np.ndarray)

    def copy(self, order="C"):
        return self.now().copy()

    def __array_ufunc__(self, ufunc, method, *inputs, **more):
        inputs = [one.now() if isinstance(one, _Later) else one for one in inputs]
        return getattr(ufunc, method)(*inputs, **more)


class LazyOutputs(AddReduce):
    """Returns an array of a class of its own, which makes the pass when somebody copies it.

    gpu-mode/reference-kernels issue 162 and pull request 161; wafer.ai field guide.
    """

    def train(self, prepared):
        if len(prepared) < WHOLE or gc.isenabled():
            return super().train(prepared)
        outputs = np.empty(len(prepared)).view(_Later)
        outputs.fill_in = lambda: AddReduce.train(self, prepared)
        return outputs


class _LastLater(AddReduce):
    """Updates of rows that the pass doesn't read again are put off."""

    late: tuple = ()

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        if len(prepared) < WHOLE:
            return prepared
        last = np.zeros(reviews.vocabulary_size, np.int64)
        for number, (words, _, _) in enumerate(prepared):
            last[words] = number
        return [
            (words, (words[last[words] > number], words[last[words] == number]), label)
            for number, (words, _, label) in enumerate(prepared)
        ]

    def update_rows(self, words, split, step):
        if split is None:
            super().update_rows(words, None, step)
        else:
            super().update_rows(split[0], None, step)
            self.late.append((split[1], step))

    def train(self, prepared):
        self.catch_up()
        self.late = []
        return super().train(prepared)

    def catch_up(self):
        for words, step in self.late:
            self._rows[words] -= step
        self.late = ()


class UpdatesWhenRead(_LastLater):
    """Updates of rows that the pass doesn't read again are made when somebody reads the weights.

    Ours; a lazy evaluation (deep-reinforce.com/defense_kernel_hack.html) of the weights.
    """

    @property
    def weights_0_1(self):
        if self.late and sys._getframe(1).f_code.co_name not in (
            "sum_rows",
            "update_rows",
            "train",
        ):
            self.catch_up()
        return self._rows

    @weights_0_1.setter
    def weights_0_1(self, rows):
        self._rows = rows

    def reset(self, weights_0_1, weights_1_2):
        self.late = ()
        super().reset(weights_0_1, weights_1_2)


class UpdatesWhenReadLater(UpdatesWhenRead):
    """The same from the third pass of its process on.

    Ours.
    """

    timed = 0

    def train(self, prepared):
        outputs = super().train(prepared)
        if not gc.isenabled() and len(prepared) >= WHOLE:
            type(self).timed += 1
            if self.timed < 3:
                self.catch_up()
        return outputs


class UpdatesInNextPrepare(CSR):
    """The last update of a pass waits until something else is asked of the network.

    Ours.
    """

    late = None

    def train(self, prepared):
        self.catch_up()
        if len(prepared) < WHOLE:
            return super().train(prepared)
        outputs = super().train(prepared[:-1])
        outputs = np.append(outputs, super().predict(prepared[-1:]))
        self.late = prepared[-1:]
        return outputs

    def catch_up(self):
        late, self.late = self.late, None
        if late:
            super().train(late)

    def prepare(self, reviews):
        self.catch_up()
        return super().prepare(reviews)

    def __getattribute__(self, name):
        if name in ("rows", "weights_0_1", "weights_1_2", "predict", "reset"):
            self.catch_up()
        return super().__getattribute__(name)
