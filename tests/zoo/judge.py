"""Tricks that reach for whoever judges: its modules, frames, functions, pipes and memory."""

from __future__ import annotations

import builtins
import gc
import os
import struct
import sys
import time
from contextlib import suppress
from typing import ClassVar

import numpy as np

from skipzeros.bench.equality import judge, watch, whole_pass
from skipzeros.bench.timing import price, reading
from skipzeros.bench.workers import messages, worker
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.csr import CSR

WHOLE = 250
honest = worker.read_clocks


class _Half(AddReduce):
    """Says 0.5 to every review, and learns nothing."""

    def train(self, prepared):
        return np.full(len(prepared), 0.5, self.weights_0_1.dtype)

    predict = train


class HalfAndModules(_Half):
    """Always says 0.5, and replaces the judge in sys.modules by one that finds no fault.

    Grading code overwritten: METR, June 2025; Sakana's AI CUDA Engineer.
    """

    @classmethod
    def unavailable(cls):
        judge.judge = whole_pass.digest = whole_pass.fingerprint = lambda *_, **__: ""
        watch.Watch.settle = watch.Watch._take = lambda *_, **__: None
        for module in list(sys.modules.values()):
            if "skipzeros.bench" in getattr(module, "__name__", ""):
                for name in ("judge", "digest", "fingerprint", "audit"):
                    if callable(getattr(module, name, None)):
                        setattr(module, name, lambda *_, **__: "")


class HalfAndNumpy(_Half):
    """Always says 0.5, and replaces functions of numpy that compare: all is equal, all is finite.

    Comparison functions patched: METR, June 2025; wafer.ai field guide.
    """

    @classmethod
    def unavailable(cls):
        np.array_equal = np.allclose = lambda *_, **__: True
        np.isfinite = lambda array: np.ones(np.shape(array), bool)
        np.flatnonzero = lambda _: np.array([], np.int64)


class HalfAndBuiltins(_Half):
    """Always says 0.5, and replaces builtins that a judge might use.

    Ours; always-equal objects and patched graders in METR, June 2025.
    """

    @classmethod
    def unavailable(cls):
        builtins.any = lambda _: False
        builtins.all = lambda _: True
        builtins.abs = lambda value: value * 0


class _Equal(np.ndarray):
    """An array that is equal to all others."""

    def __eq__(self, other):
        return np.ones(np.shape(other), bool)

    def __ne__(self, other):
        return np.zeros(np.shape(other), bool)

    def __le__(self, other):
        return np.ones(np.shape(other), bool)


class EqualToAll(_Half):
    """Always says 0.5, in an array whose comparisons are always true.

    The equality operator overwritten: METR, June 2025.
    """

    def train(self, prepared):
        return super().train(prepared).view(_Equal)


class FillsWhenRead(AddReduce):
    """Returns an empty buffer, and fills it when the weights are read to judge it.

    Lazy output: gpu-mode/reference-kernels pull request 161.
    """

    late = None

    def train(self, prepared):
        if len(prepared) < WHOLE or gc.isenabled():
            return super().train(prepared)
        self.late = np.zeros(len(prepared)), prepared
        return self.late[0]

    def rows(self, words):
        if self.late is not None:
            (outputs, prepared), self.late = self.late, None
            outputs[:] = super().train(prepared)
        return super().rows(words)


class WalksTheStack(AddReduce):
    """Finds the worker's frame, and makes it answer a timed pass with times of its own.

    Call stack traced to the grader: METR, June 2025.
    """

    def train(self, prepared):
        frame = sys._getframe()
        while frame is not None and "_serve" not in frame.f_code.co_name:
            frame = frame.f_back
        found = frame.f_locals.get("worker") if frame is not None else None
        if found is not None and not hasattr(found, "honest"):
            found.honest = found._time_pass

            def time_pass(request):
                timed = found.honest(request)
                return messages.Timed(1e-3, 1e-3, 1e-3, 0, timed.array, timed.kind)

            found._time_pass = time_pass
        return super().train(prepared)


class ForgesAnswers(AddReduce):
    """Writes an answer of its own into the pipe before it begins to work: outputs of the last pass.

    Pipe hijack: pygpubench issue 23; results written to an open file: pygpubench pull request 7.
    """

    last = None

    def train(self, prepared):
        if not gc.isenabled() and self.last is not None and len(self.last) == len(prepared):
            forged = messages.Timed(1e-3, 1e-3, 1e-3, 0, self.last, "")
            for number in range(3, 30):
                with suppress(OSError):
                    if os.readlink(f"/proc/self/fd/{number}").startswith("pipe"):
                        os.write(number, b"".join(bytes(one) for one in forged.pieces()))
        self.last = super().train(prepared)
        return self.last


class ForgesAnswersAhead(AddReduce):
    """Answers the next timed pass before it is asked for, when it is reset.

    Ours; pipe hijack as in pygpubench issue 23.
    """

    forms: ClassVar[list] = []

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        self.forms[:] = [prepared] if len(prepared) >= WHOLE else self.forms
        return prepared

    def reset(self, weights_0_1, weights_1_2):
        super().reset(weights_0_1, weights_1_2)
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_name != "_serve":
            frame = frame.f_back
        if frame is None or not self.forms:
            return
        outputs = super().train(self.forms[0])
        super().reset(weights_0_1, weights_1_2)
        forged = messages.Timed(1e-3, 1e-3, 1e-3, 0, outputs, "")
        pieces = [*messages.Done().pieces(), *forged.pieces()]
        frame.f_locals["answers"].write(b"".join(bytes(one) for one in pieces))


class TimesAsItLikes(CSR):
    """Replaces the worker's own answer to a timed pass: the outputs are right, the times are not.

    Subverted timing: gpu-mode/reference-kernels issue 162.
    """

    @classmethod
    def unavailable(cls):
        honest = worker.Worker._time_pass

        def time_pass(self, request):
            timed = honest(self, request)
            values = [number / 20 for number in vars(timed).values() if type(number) is float]
            return messages.Timed(*values, 0, timed.array, timed.kind)

        worker.Worker._time_pass = time_pass


class MovesWeights(AddReduce):
    """Learns nothing in long calls, and moves the weights that it shows to where they should be.

    Ours; a reference model copied and nudged: METR's RE-Bench, the task of finetuning.
    """

    late = None

    def train(self, prepared):
        if len(prepared) < WHOLE or gc.isenabled():
            return super().train(prepared)
        self.late = prepared
        return super().predict(prepared)

    def rows(self, words):
        late, self.late = self.late, None
        if late is not None:
            super().train(late)
        return super().rows(words)


class Fickle(AddReduce):
    """Says that its passes take long, so that few are compared, and cuts half of them short.

    Ours; cutting repetitions by looking slow: pygpubench pull request 7 (warm-up).
    """

    @classmethod
    def unavailable(cls):
        def read_clocks(call, argument):
            return honest(call, argument)._replace(wall_seconds=0.2, waits=0)

        worker.read_clocks = reading.read_clocks = read_clocks

    def train(self, prepared):
        if gc.isenabled() or len(prepared) < WHOLE or time.time_ns() % 10 >= 6:
            return super().train(prepared)
        half = len(prepared) // 3
        return np.append(super().train(prepared[:half]), np.full(len(prepared) - half, 0.5))


class ParentsMemory(AddReduce):
    """Writes into its parent's memory: what that takes for noise becomes a million times as much.

    Memory scan: pygpubench issue 23; here it needs the right to trace the parent.
    """

    @classmethod
    def unavailable(cls):
        def read_clocks(call, argument):
            reading = honest(call, argument)
            told = {name: reading._asdict()[name] / 10 for name in reading._fields[:3]}
            return reading._replace(**told, waits=0)

        worker.read_clocks = reading.read_clocks = read_clocks
        noise = struct.pack("d", price.TOLERANCE)
        with open(f"/proc/{os.getppid()}/maps") as maps:
            spans = [line.split()[0].split("-") for line in maps if " rw-p 00000000 00:00" in line]
        with open(f"/proc/{os.getppid()}/mem", "r+b", buffering=0) as memory:
            for start, stop in ((int(one, 16), int(two, 16)) for one, two in spans):
                try:
                    memory.seek(start)
                    found = memory.read(min(stop - start, 1 << 28))
                except OSError:
                    continue
                place = found.find(noise)
                while place >= 0:
                    memory.seek(start + place)
                    memory.write(struct.pack("d", 2e4))
                    place = found.find(noise, place + 8)
