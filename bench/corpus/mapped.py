"""Arrays that are mapped from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def file_of(array: NDArray[Any]) -> Path | None:
    """Return the file that a mapped array is the whole of; None for any other array."""
    owner: Any = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if not isinstance(owner, np.memmap) or owner.shape != array.shape:
        return None
    return Path(str(owner.filename))
