"""A kernel in C as a network: what a C programmer would write by hand.

It is compiled with the machine's own C compiler when it is first built, for the number of hidden
units and the dtype at hand, into a temporary folder.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from skipzeros import Network, Reviews

SOURCE = Path(__file__).with_suffix(".c")
COMPILER = os.environ.get("CC", "cc")
# Sums may be added in any order, as `compiled` may too; all else stays as the standard has it.
FLAGS = ["-O3", "-march=native", "-fno-math-errno", "-fassociative-math", "-fno-signed-zeros",
         "-fno-trapping-math", "-shared", "-fPIC"]  # fmt: skip
NUMBERS = {"float64": "double", "float32": "float"}
LINE = 64  # bytes of a cache line


class HandTuned(Network):
    """The training pass of hand_tuned.c."""

    accepts_counts = True
    accepts_batches = True
    dtypes = ("float64", "float32")

    @classmethod
    def unavailable(cls) -> str | None:
        return None if shutil.which(COMPILER) else f"needs a C compiler, and {COMPILER} isn't there"

    def __init__(
        self, weights_0_1: Any, weights_1_2: Any, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        (words, self._hidden), dtype = weights_0_1.shape, weights_0_1.dtype
        self._library = library(self._hidden, NUMBERS[dtype.name])
        width = self._library.width()
        self._rows = on_a_line(words * width, dtype).reshape(words, width)
        self._weights_1_2 = on_a_line(width, dtype)
        self.reset(weights_0_1, weights_1_2)

    def reset(self, weights_0_1: Any, weights_1_2: Any) -> None:
        self.weights_0_1[...] = weights_0_1
        self.weights_1_2[...] = weights_1_2

    @property
    def weights_0_1(self) -> Any:
        return self._rows[:, : self._hidden]

    @property
    def weights_1_2(self) -> Any:
        return self._weights_1_2[: self._hidden]

    def prepare(self, reviews: Reviews) -> Any:
        # Copies, because ctypes passes bare addresses.
        counts = None if reviews.counts is None else reviews.counts.astype(self._rows.dtype)
        labels = reviews.labels.astype(self._rows.dtype)
        return np.array(reviews.indptr), np.array(reviews.indices), counts, labels

    def train(self, prepared: Any) -> Any:
        return self._pass(prepared, self.learning_rate)

    def predict(self, prepared: Any) -> Any:
        # A rate of zero changes no weight.
        return self._pass(prepared, 0.0)

    def _pass(self, prepared: Any, learning_rate: float) -> Any:
        outputs = np.empty(len(prepared[-1]), self._rows.dtype)
        arrays = self._rows, self._weights_1_2, *prepared
        self._library.train(
            *(ctypes.c_void_p(None if one is None else one.ctypes.data) for one in arrays),
            ctypes.c_int64(len(outputs)),
            ctypes.c_int64(max(1, min(self.batch_size, len(outputs)))),
            ctypes.c_double(learning_rate),
            outputs.ctypes.data_as(ctypes.c_void_p),
        )
        return outputs


def on_a_line(size: int, dtype: Any) -> Any:
    """Make zeros that start with a cache line."""
    memory = np.zeros(size * dtype.itemsize + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + size * dtype.itemsize].view(dtype)


@cache
def library(hidden: int, number: str) -> ctypes.CDLL:
    """Compile the pass for a number of hidden units, and a type of C."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "hand_tuned.so"
        sizes = [f"-DHIDDEN={hidden}", f"-DNUMBER={number}"]
        command = [COMPILER, *FLAGS, *sizes, "-o", str(target), str(SOURCE), "-lm"]
        subprocess.run(command, check=True)
        return ctypes.CDLL(str(target))
