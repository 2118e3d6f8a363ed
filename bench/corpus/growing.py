"""Arrays that grow at their end: in memory at first, and in a file once they are large."""

from __future__ import annotations

import io
import weakref
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..arrays.counts import narrowest
from ..arrays.files import blocks, map_array, write_header
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
        narrow: whether numbers in a file are of the narrowest type for counts that holds them.
    """

    def __init__(self, dtype: DTypeLike, *, narrow: bool = False) -> None:
        self._dtype, self._narrow = np.dtype(dtype), narrow
        self._parts: list[NDArray[Any]] = []
        self._held = self._size = 0
        self._file: PassingFile | None = None
        # Of what is in the file.
        self._written, self._kind = 0, self._dtype

    def append(self, part: NDArray[Any]) -> None:
        """Add an array, which nobody may change afterwards.

        Raises:
            OSError: it can't be written; the file is named.
        """
        self._parts.append(part)
        self._size += len(part)
        self._held += len(part) * self._dtype.itemsize
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
        if self._file is None:
            return self._taken_parts(self._dtype)
        file = self._file
        with naming(file.path):
            file.stream.seek(0)
            file.stream.write(_header(self._kind, self._size))
            file.stream.flush()
        mapped = map_array(file.path)
        weakref.finalize(mapped.base, file.remove)
        self._file = None
        return mapped

    def discard(self) -> None:
        """Remove the file of an array that won't be finished."""
        if self._file is not None:
            self._file.remove()

    def _taken_parts(self, dtype: np.dtype[Any] | None = None) -> NDArray[Any]:
        parts, self._parts, self._held = self._parts, [], 0
        if not parts:
            return np.empty(0, dtype)
        return np.concatenate(parts, dtype=dtype, casting="same_kind")

    def _write(self) -> None:
        values = self._taken_parts()
        kind = self._dtype
        if self._narrow:
            kind = narrowest(values)
            if self._written:
                kind = np.promote_types(kind, self._kind)
        if self._file is None:
            self._file = _begun()
        elif kind != self._kind:
            self._widen(self._file, kind)
        self._kind = kind
        self._put(self._file, values)
        self._written += len(values)

    def _widen(self, file: PassingFile, kind: np.dtype[Any]) -> None:
        """Write again what is in the file, in a wider type."""
        with naming(file.path):
            file.stream.flush()
        written = np.memmap(file.path, self._kind, "r", _HEADER, (self._written,))
        self._file, self._kind = _begun(), kind
        try:
            for block in blocks(written):
                self._put(self._file, block)
        finally:
            file.remove()

    def _put(self, file: PassingFile, values: NDArray[Any]) -> None:
        with naming(file.path):
            file.stream.write(values.astype(self._kind, copy=False).data)


def _begun() -> PassingFile:
    file = PassingFile(".npy")
    file.stream.write(bytes(_HEADER))  # which its buffer takes
    return file


def _header(dtype: np.dtype[Any], size: int) -> bytes:
    header = io.BytesIO()
    write_header(header, dtype, size)
    assert header.tell() == _HEADER
    return header.getvalue()
