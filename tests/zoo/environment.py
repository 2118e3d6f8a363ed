"""Tricks with processes, cores, priorities, memory and the neighbours on a machine."""

from __future__ import annotations

import gc
import mmap
import os
import signal
import sys
import threading
import time
from contextlib import suppress

import numpy as np

from skipzeros.bench.timing import reading
from skipzeros.bench.workers import worker
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.compiled import Compiled
from skipzeros.impls.csr import CSR

WHOLE = 250
honest = worker.read_clocks


def _move_out():
    """Go on in a grandchild; the process that the harness knows sleeps until it is killed."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        while True:
            signal.pause()
    if os.fork():
        os._exit(0)


def _tell(share):
    """Let the worker tell a share of what its clocks say, and no waits."""

    def read_clocks(call, argument):
        reading = honest(call, argument)
        told = {name: reading._asdict()[name] * share for name in reading._fields[:3]}
        return reading._replace(**told, waits=0)

    worker.read_clocks = reading.read_clocks = read_clocks


class AnotherProcess(AddReduce):
    """Leaves the process whose clock the harness reads asleep, and serves from a grandchild of it.

    Ours; the like of an extra stream (CUDA-L1, KernelBench pull request 106) for processes.
    """

    @classmethod
    def unavailable(cls):
        _move_out()
        _tell(0.1)


class AnotherProcessSlightly(CSR):
    """As AnotherProcess, but it tells nearly the truth: a tenth less.

    Ours.
    """

    @classmethod
    def unavailable(cls):
        _move_out()
        _tell(0.9)


class DetachedHelper(AddReduce):
    """A grandchild makes the passes; its parent waits once, as often as the harness allows.

    Ours; the like of an extra stream (CUDA-L1, KernelBench pull request 106) for processes.
    """

    @classmethod
    def unavailable(cls):
        def read_clocks(call, argument):
            network = getattr(call, "__self__", None)
            if network is None or len(argument) < WHOLE:
                return honest(call, argument)
            ours, theirs = os.pipe()
            shared = mmap.mmap(-1, 8 * (network.weights_0_1.size + 600 + len(argument)))
            places = np.frombuffer(shared)
            child = os.fork()
            if not child:
                if os.fork():
                    os._exit(0)
                outputs = AddReduce.train(network, argument)
                ends = outputs, network.weights_1_2, network.weights_0_1.ravel()
                whole = np.concatenate(ends)
                places[: len(whole)] = whole
                os.write(theirs, b"1")
                os._exit(0)
            os.read(ours, 1)
            os.waitpid(child, 0)
            os.close(ours), os.close(theirs)
            sizes = np.cumsum([len(argument), len(network.weights_1_2), network.weights_0_1.size])
            outputs, network.weights_1_2[...], rows, _ = np.split(places.copy(), sizes)
            network.weights_0_1[...] = rows.reshape(network.weights_0_1.shape)
            told = 3e-6 * len(argument)
            return sys.modules[honest.__module__].Reading(told, told, told, 0, outputs)

        worker.read_clocks = reading.read_clocks = read_clocks


class OwnThreads(AddReduce):
    """Sums and updates the halves of a review in two threads, on two cores.

    Ours; docs/writing-a-network.md forbids threads.
    """

    def sum_rows(self, words, counts):
        sums, half = [None, None], len(words) // 2

        def part(number, some):
            sums[number] = np.add.reduce(self.weights_0_1[some], axis=0)

        other = threading.Thread(target=part, args=(1, words[half:]))
        other.start()
        part(0, words[:half])
        other.join()
        return sums[0] + sums[1]


class OtherCore(AddReduce):
    """Moves to another core than the one that it was given.

    Ours.
    """

    @classmethod
    def unavailable(cls):
        cores = set(range(os.cpu_count()))
        os.sched_setaffinity(0, cores - os.sched_getaffinity(0) or cores)


class HighPriority(AddReduce):
    """Gives itself a higher priority, or a scheduler of its own, where it may.

    Ours.
    """

    @classmethod
    def unavailable(cls):
        for do in (
            lambda: os.nice(-10),
            lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
        ):
            with suppress(OSError):
                do()


class HugePages(Compiled):
    """Asks the system for huge pages for its own weights alone. Honest work, and told here as such.

    Ours; a persisting cache for oneself: pygpubench pull request 49, llm.c pull request 851.
    """

    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        rows = self._heads
        memory = mmap.mmap(-1, rows.nbytes + (1 << 22))
        memory.madvise(mmap.MADV_HUGEPAGE)
        place = np.frombuffer(memory, np.uint8)
        start = -place.ctypes.data % (1 << 21)
        self._heads = place[start : start + rows.nbytes].view(rows.dtype).reshape(rows.shape)
        self._heads[...] = rows


class BusyNeighbour(AddReduce):
    """A thread on the other core takes the caches and the memory while others are timed.

    Ours; flashinfer and robust-kbench tell of baselines that ran under worse conditions.
    """

    busy = False
    thread = None

    def reset(self, weights_0_1, weights_1_2):
        type(self).busy = False
        super().reset(weights_0_1, weights_1_2)

    def train(self, prepared):
        type(self).busy = False
        outputs = super().train(prepared)
        if len(prepared) >= WHOLE and not gc.isenabled():
            if self.thread is None:
                type(self).thread = threading.Thread(target=self.disturb, daemon=True)
                self.thread.start()
            type(self).busy_from = time.monotonic() + 0.01
            type(self).busy = True
        return outputs

    @classmethod
    def disturb(cls):
        os.sched_setaffinity(0, range(os.cpu_count()))
        there, here = np.zeros((16, 1 << 18)), np.zeros((16, 1 << 18))
        while True:
            if not cls.busy or time.monotonic() < cls.busy_from:
                time.sleep(0.001)
                continue
            for one, other in zip(there, here, strict=True):
                if cls.busy:
                    np.copyto(one, other)


class BusyHelper(AddReduce):
    """A grandchild takes the caches and the memory while others are timed, and nobody knows it.

    Ours.
    """

    flag = mmap.mmap(-1, 1)

    @classmethod
    def unavailable(cls):
        known = os.getpid()
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        if os.fork():
            os._exit(0)
        os.sched_setaffinity(0, range(os.cpu_count()))
        os.close(0), os.close(1)
        there, here = np.zeros(1 << 18), np.zeros(1 << 22)
        begun = time.monotonic()
        while time.monotonic() < begun + 120 and os.path.exists(f"/proc/{known}"):
            if cls.flag[0]:
                for start in range(0, len(here), len(there)):
                    np.copyto(here[start : start + len(there)], there)
            else:
                time.sleep(0.001)
        os._exit(0)

    def reset(self, weights_0_1, weights_1_2):
        self.flag[0] = 0
        super().reset(weights_0_1, weights_1_2)

    def train(self, prepared):
        outputs = super().train(prepared)
        self.flag[0] = int(len(prepared) >= WHOLE and not gc.isenabled())
        return outputs


class FlushesCaches(AddReduce):
    """Empties the caches after its own pass, for the one that comes next.

    Ours; caches cleared or kept unevenly: pygpubench pull request 49, llm.c pull request 851.
    """

    flush = np.zeros(1 << 23)

    def train(self, prepared):
        outputs = super().train(prepared)
        if len(prepared) >= WHOLE:
            threading.Timer(0.004, self.empty).start()
        return outputs

    @classmethod
    def empty(cls):
        cls.flush += 1


class InTheKey(AddReduce):
    """Makes the whole pass in the second call of the key, which is timed by no clock of its own.

    Ours; work moved into an untimed setup: gpu-mode/reference-kernels issue 162.
    """

    form, calls, kept = None, 0, None

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        if len(prepared) >= WHOLE:
            type(self).form = prepared
        return prepared

    def reset(self, weights_0_1, weights_1_2):
        self.calls, self.kept = 0, None
        super().reset(weights_0_1, weights_1_2)

    def train(self, prepared):
        if len(prepared) >= WHOLE and self.kept is not None:
            outputs, self.kept = self.kept, None
            return outputs
        outputs = super().train(prepared)
        self.calls += 1
        if self.calls == 2 and len(prepared) == 1 and self.form is not None and self.is_timed():
            self.kept = super().train(self.form)
        return outputs

    @staticmethod
    def is_timed():
        frame = sys._getframe(2)
        return frame is not None and frame.f_code.co_name == "passes_after_key"


class BeforeTheKey(AddReduce):
    """A thread goes on with the pass after reset has returned, before the key is known.

    Thread injection: wafer.ai field guide; ours in this place.
    """

    form, kept, thread = None, None, None

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        if len(prepared) >= WHOLE:
            type(self).form = prepared
        return prepared

    def reset(self, weights_0_1, weights_1_2):
        if self.thread is not None:
            self.thread.join()
        super().reset(weights_0_1, weights_1_2)
        if self.form is not None:
            ahead = AddReduce(weights_0_1, weights_1_2, self.learning_rate)
            self.thread = threading.Thread(target=self.go_on, args=(ahead,))
            self.thread.start()

    def go_on(self, ahead):
        self.kept = ahead.train(self.form), ahead.weights_0_1, ahead.weights_1_2

    def train(self, prepared):
        if len(prepared) < WHOLE or self.thread is None:
            return super().train(prepared)
        self.thread.join()
        outputs, self.weights_0_1, self.weights_1_2 = self.kept
        self.thread = None
        return outputs
