"""Arrays in files: written in blocks, and mapped, so that they may be larger than memory.

A mapped array knows its file and its place there, so that another process can map the same bytes.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

# What is done with an array of any length is done with so many numbers at a time: at most 64 MB.
BLOCK_NUMBERS = 1 << 23

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class Place(NamedTuple):
    """Where in which file an array lies.

    Attributes:
        file: what stat_of says of it.
        dtype: as numpy writes it, such as "<i4".
    """

    path: str
    file: tuple[int, ...]
    offset: int
    shape: tuple[int, ...]
    dtype: str


class _Mapped(np.memmap[Any, Any]):
    """An array that is mapped from a file, of which it knows which one it was."""

    file: tuple[int, ...] = ()


def blocks(array: NDArray[Any], numbers: int = BLOCK_NUMBERS) -> Iterator[NDArray[Any]]:
    """Yield views of an array (n,), one after the other, of at most so many numbers each."""
    for start in range(0, len(array), numbers):
        yield array[start : start + numbers]


def checksums(array: NDArray[Any]) -> list[int]:
    """Return a checksum of each block of an array."""
    return [zlib.crc32(np.ascontiguousarray(block).data) for block in blocks(array)]


def stat_of(file: int | str | Path) -> tuple[int, ...]:
    """Return what is another one when a file was replaced or written into.

    Raises:
        OSError: there is no such file.
    """
    about = os.stat(file)
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def write_array(file: BinaryIO, array: NDArray[Any], dtype: Any = None) -> None:
    """Write an array of one dimension as a .npy file.

    Args:
        dtype: of the numbers in the file, which must hold them; None for the array's own.

    Raises:
        OSError: for lack of room or the like.
    """
    dtype = np.dtype(array.dtype if dtype is None else dtype)
    write_header(file, dtype, len(array))
    for block in blocks(array):
        file.write(np.ascontiguousarray(block, dtype).data)


def write_header(file: BinaryIO, dtype: np.dtype[Any], numbers: int) -> None:
    """Write what stands in a .npy file before so many numbers.

    Raises:
        OSError: for lack of room or the like.
    """
    about = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": (numbers,)}
    npy.write_array_header_1_0(file, about)


def map_array(path: Path) -> NDArray[Any]:
    """Map a .npy file, read-only.

    Raises:
        OSError, ValueError, KeyError: it can't be opened, or is none that we have written.
    """
    with path.open("rb") as file:
        shape, fortran, dtype = _HEADERS[npy.read_magic(file)](file)
        if fortran or len(shape) != 1:
            raise ValueError(f"it has the shape {shape}")
        return _map(file, file.tell(), shape, dtype)


def map_place(place: Place) -> NDArray[Any]:
    """Map what another process has mapped.

    Raises:
        OSError: the file can't be opened.
        ValueError: it is not the same one, or has been written into.
    """
    with open(place.path, "rb") as file:
        if stat_of(file.fileno()) != place.file:
            raise ValueError(
                f"{place.path}: was replaced or changed while it was in use; run it again"
            )
        return _map(file, place.offset, place.shape, np.dtype(place.dtype))


def _map(file: BinaryIO, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.hasobject:
        raise ValueError("it holds objects")
    if 0 in shape:
        return np.empty(shape, dtype)  # no empty stretch can be mapped
    found = _Mapped(file, dtype, "r", offset, shape)
    found.file = stat_of(file.fileno())
    return found


def place_of(array: NDArray[Any]) -> Place | None:
    """Return where an array is mapped from.

    Returns:
        The place; None where it isn't mapped by this module, isn't of one piece, or where the file
        of that name is another one by now.
    """
    mapped = _mapped(array)
    if mapped is None or not array.flags.c_contiguous or not array.size:
        return None
    path = str(mapped.filename)
    try:
        if stat_of(path) != mapped.file:
            return None
    except OSError:
        return None
    offset = mapped.offset + _address(array) - _address(mapped)
    return Place(path, mapped.file, offset, array.shape, array.dtype.str)


def is_mapped(array: NDArray[Any]) -> bool:
    """Say whether an array is mapped from a file so that writing into it is an error."""
    return _mapped(array) is not None


def _mapped(array: Any) -> _Mapped | None:
    """Return what map_array or map_place returned, of which an array is a view."""
    found = None
    while isinstance(array, np.ndarray):
        # The last one: a slice is of the same class.
        found = array if isinstance(array, _Mapped) and array.file else found
        array = array.base
    return found


def _address(array: NDArray[Any]) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
