"""Arrays that grow at their end: in memory at first, and in a file once they are large."""

from __future__ import annotations

import io
import weakref
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..text.mishaps import naming
from .passing_file import PassingFile

# Bytes of an array that are held in memory, and that its file then gets at a time.
MOST_HELD, AT_ONCE = 2**26, 2**20
# Bytes of the header of a .npy file, whatever the length of its one dimension is.
_HEADER = 128


class Growing:
    """An array of one dimension that grows at its end.

    More than MOST_HELD bytes of it are in a .npy file whose header comes last. The file is gone
    with the array.

    Args:
        dtype: of the array; what is added may be of another one.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._parts: list[NDArray[Any]] = []
        self._held = self._size = 0
        self._file: PassingFile | None = None

    def append(self, part: NDArray[Any]) -> None:
        """Add an array, which nobody may change afterwards.

        Raises:
            OSError: it can't be written; the file is named.
        """
        self._parts.append(part)
        self._size += len(part)
        self._held += part.nbytes
        if self._held > (MOST_HELD if self._file is None else AT_ONCE):
            self._write()

    def flush(self) -> None:
        """Write what the file, if there is one, still lacks but for its header.

        Raises:
            OSError: as append raises it.
        """
        if self._file is not None:
            self._write()
            with naming(self._file.path):
                self._file.stream.flush()

    def finish(self) -> NDArray[Any]:
        """Return the array, mapped if it is in a file; nothing can be added any more.

        Raises:
            OSError: as append raises it.
        """
        self.flush()
        file = self._file
        if file is None:
            parts = [np.empty(0, self._dtype), *self._parts]
            self._parts.clear()
            return np.concatenate(parts, dtype=self._dtype, casting="same_kind")
        with naming(file.path):
            file.stream.seek(0)
            file.stream.write(_header(self._dtype, self._size))
            file.stream.flush()
        mapped = np.load(file.path, mmap_mode="r", allow_pickle=False)
        weakref.finalize(mapped.base, file.remove)
        self._file = None
        return mapped

    def discard(self) -> None:
        """Remove the file of an array that won't be finished."""
        if self._file is not None:
            self._file.remove()

    def _write(self) -> None:
        if self._file is None:
            self._file = PassingFile(".npy")
            self._file.stream.write(bytes(_HEADER))  # which its buffer takes
        with naming(self._file.path):
            for part in self._parts:
                self._file.stream.write(part.astype(self._dtype, casting="same_kind", copy=False))
        self._parts.clear()
        self._held = 0


def _header(dtype: np.dtype[Any], size: int) -> bytes:
    header = io.BytesIO()
    form = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (size,)}
    np.lib.format.write_array_header_1_0(header, form)
    assert header.tell() == _HEADER
    return header.getvalue()
