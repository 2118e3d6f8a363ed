"""Two loops in Cython as a network: the extension lies beside this file, where Cython built it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from skipzeros import OnlineNetwork


class CythonRows(OnlineNetwork):
    """The lesson's loop over the reviews, with the loops over the words in cython_rows.pyx."""

    @classmethod
    def unavailable(cls) -> str | None:
        if find_spec("cython_rows") is None:
            return "cython_rows.pyx is not built: cythonize -i cython_rows.pyx"
        return None

    def sum_rows(self, words: Any, counts: Any) -> Any:
        from cython_rows import sum_rows

        layer_1 = np.empty(len(self.weights_1_2), self.weights_0_1.dtype)
        sum_rows(self.weights_0_1, words, layer_1)
        return layer_1

    def update_rows(self, words: Any, counts: Any, step: Any) -> None:
        from cython_rows import subtract_step

        subtract_step(self.weights_0_1, words, step)
