"""A kernel in C as a network: what a C programmer would write by hand for hidden 10 in float64.

It is compiled with the machine's own C compiler when it is first built, into a temporary folder.
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
WIDTH = 16  # doubles in a padded row, two cache lines


class HandTuned(Network):
    """The training pass of hand_tuned.c."""

    @classmethod
    def unavailable(cls) -> str | None:
        return None if shutil.which(COMPILER) else f"needs a C compiler, and {COMPILER} isn't there"

    def __init__(
        self, weights_0_1: Any, weights_1_2: Any, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        if len(weights_1_2) > WIDTH:
            raise ValueError(f"hand_tuned.c has room for {WIDTH} hidden units")
        self._hidden = len(weights_1_2)
        memory = np.zeros(len(weights_0_1) * WIDTH + 8)
        start = -memory.ctypes.data % 64 // 8
        self._rows = memory[start : start + len(weights_0_1) * WIDTH].reshape(-1, WIDTH)
        self._weights_1_2 = np.zeros(WIDTH)
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
        return tuple(np.array(part) for part in (reviews.indptr, reviews.indices, reviews.labels))

    def train(self, prepared: Any) -> Any:
        return self._pass(prepared, self.learning_rate)

    def predict(self, prepared: Any) -> Any:
        # A rate of zero changes no weight.
        return self._pass(prepared, 0.0)

    def _pass(self, prepared: Any, learning_rate: float) -> Any:
        outputs = np.empty(len(prepared[2]))
        pointers = [a.ctypes.data_as(ctypes.c_void_p) for a in (self._rows, self._weights_1_2)]
        pointers += [array.ctypes.data_as(ctypes.c_void_p) for array in prepared]
        _library().train(
            *pointers,
            ctypes.c_int64(len(outputs)),
            ctypes.c_double(learning_rate),
            outputs.ctypes.data_as(ctypes.c_void_p),
        )
        return outputs


@cache
def _library() -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "hand_tuned.so"
        command = [COMPILER, "-O3", "-march=native", "-shared", "-fPIC", "-o", str(library)]
        subprocess.run([*command, str(SOURCE), "-lm"], check=True)
        return ctypes.CDLL(str(library))
