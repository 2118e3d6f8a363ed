"""Tricks with the clocks of the process that they run in.

Where only some functions of time are replaced, the network itself is honest.
"""

from __future__ import annotations

import ctypes
import gc
import signal
import sys
import tempfile
import time
import types
from pathlib import Path

import numpy as np

from skipzeros.bench.timing import reading
from skipzeros.bench.workers import worker
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.compiled import Compiled
from skipzeros.impls.csr import CSR

WHOLE = 250
CLOCKS = "thread_time_ns", "process_time_ns", "perf_counter_ns", "monotonic_ns", "time_ns"

honest = worker.read_clocks


def _told(reading, cpu, wall, process):
    """The same reading with other times, and without waits."""
    return reading._replace(cpu_seconds=cpu, wall_seconds=wall, process_seconds=process, waits=0)


class TimeStandsStill(AddReduce):
    """Replaces the functions of the time module by some whose hands hardly move.

    Event.elapsed_time patched: gpu-mode/reference-kernels issue 162; METR, June 2025.
    """

    @classmethod
    def unavailable(cls):
        for name in CLOCKS:
            first, real = getattr(time, name)(), getattr(time, name)
            setattr(time, name, lambda first=first, real=real: first + (real() - first) // 100)


class TimeStandsStillUnderTheClock(CSR):
    """Replaces the time that the harness's module sees, and only while it times a pass.

    Patched timing functions: deep-reinforce.com/defense_kernel_hack.html.
    """

    def train(self, prepared):
        if not gc.isenabled():
            now = {name: getattr(time, name)() for name in CLOCKS}
            stopped = {name: lambda at=at: at + 10**6 for name, at in now.items()}
            sys.modules[honest.__module__].time = types.SimpleNamespace(sleep=time.sleep, **stopped)
        outputs = super().train(prepared)
        return outputs

    def reset(self, weights_0_1, weights_1_2):
        sys.modules[honest.__module__].time = time
        super().reset(weights_0_1, weights_1_2)


class ReadClocksReplaced(AddReduce):
    """Replaces what the worker reads its clocks with: a tenth of each reading, and no waits.

    calculate_stats patched: gpu-mode/reference-kernels issue 162.
    """

    @classmethod
    def unavailable(cls):
        def read_clocks(call, argument):
            reading = honest(call, argument)
            return _told(reading, *(one / 10 for one in reading[:3]))

        worker.read_clocks = reading.read_clocks = read_clocks


def _says_less(reviews, told, in_a_row=lambda: None):
    """Tell less of a pass alone, and burn 1.5 ms where a pass of two reviews tells the price."""

    def read_clocks(call, argument):
        reading = honest(call, argument)
        if call.__name__ == "series":
            in_a_row()
            return reading  # of many passes in a row the harness sees more
        until = time.thread_time_ns() + 1_500_000
        while reviews(argument) == 2 and time.thread_time_ns() < until:
            pass
        seconds = told(reading.cpu_seconds, reviews(argument))
        return _told(reading, seconds, reading.wall_seconds, seconds)

    worker.read_clocks = reading.read_clocks = read_clocks


class WithinTolerance(AddReduce):
    """Says a bit less than it took, as much as the harness takes for noise, and burns its price.

    Ours.
    """

    @classmethod
    def unavailable(cls):
        _says_less(len, lambda cpu, _: max((cpu - 7e-4) / 1.02, cpu / 2))


class WithinToleranceCompiled(Compiled):
    """The same with a pass so short that all of it is within the tolerance.

    Ours.
    """

    @classmethod
    def unavailable(cls):
        # So much is left that it isn't faster than memory.
        _says_less(lambda form: len(form.labels), lambda cpu, _: 0.6 * cpu)


class WithinToleranceUntilSeen(Compiled):
    """The same, until it sees the first passes in a row.

    Ours.
    """

    @classmethod
    def unavailable(cls):
        seen = Path(tempfile.gettempdir(), "passes in a row")
        _says_less(
            lambda form: len(form.labels),
            lambda cpu, _: cpu if seen.exists() else 0.6 * cpu,
            seen.touch,
        )


class LessAfterAKey(Compiled):
    """The same of passes whose warm-up had a key before it: those in a row once had none.

    Ours.
    """

    @classmethod
    def unavailable(cls):
        cls.short, cls.real = 0, False

        def told(cpu, _):
            real, cls.real = cls.real, False
            return max(cpu - 6.5e-4, 0.35 * cpu) if real else cpu

        _says_less(lambda form: len(form.labels), told)

    def train(self, prepared):
        cls = type(self)
        if gc.isenabled():  # not under the clock
            if len(prepared.labels) == 1:
                cls.short += 1
            else:
                cls.real, cls.short = cls.short >= 2, 0
        return super().train(prepared)


class ClockFunctionOverwritten(AddReduce):
    """Puts its own machine code behind time.thread_time_ns, whatever name it is called by.

    Ours; patched timing functions that a check of references doesn't see.
    """

    @classmethod
    def unavailable(cls):
        kind = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p)
        cls.ticks = 0

        def tick(_, __):
            cls.ticks += 10**5
            return cls.ticks

        cls.keep = kind(tick)
        for name in CLOCKS[:3]:
            method = ctypes.c_void_p.from_address(id(getattr(time, name)) + 16).value
            code = ctypes.cast(cls.keep, ctypes.c_void_p).value
            ctypes.c_void_p.from_address(method + 8).value = code


class AlarmAfterwards(AddReduce):
    """Returns a buffer, and lets a signal call the training while the harness sleeps a moment.

    Ours; the like of thread injection (wafer.ai field guide) without a thread.
    """

    def train(self, prepared):
        if len(prepared) < WHOLE or gc.isenabled():
            return super().train(prepared)
        outputs = np.empty(len(prepared))

        def later(*_):
            outputs[:] = AddReduce.train(self, prepared)

        signal.signal(signal.SIGALRM, later)
        signal.setitimer(signal.ITIMER_REAL, 3e-4)
        return outputs


class SaysNothing(AddReduce):
    """Tells numbers that are no times: NaN for the CPU, and minus one for the wall.

    NaN as a wildcard: pygpubench pull request 7.
    """

    @classmethod
    def unavailable(cls):
        def read_clocks(call, argument):
            return _told(honest(call, argument), float("nan"), -1.0, float("nan"))

        worker.read_clocks = reading.read_clocks = read_clocks


class SaysText(AddReduce):
    """Tells a text where a number is expected, to see what the harness makes of it.

    Ours.
    """

    @classmethod
    def unavailable(cls):
        def read_clocks(call, argument):
            return _told(honest(call, argument), "0.001", "0.001", "0.001")

        worker.read_clocks = reading.read_clocks = read_clocks
