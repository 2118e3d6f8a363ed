"""Packed files: which packing it is, and what unpacks it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from typing import IO, Any

import zstandard

# The published aclImdb, with the unlabelled reviews that we skip, unpacks to under half of this.
MOST_BYTES = 1024**3
# Of what is packed, at a time; it may become some 10,000 times as much.
_PIECE = 4096

Opener = Callable[[IO[bytes]], Any]


class _Zstd(io.RawIOBase):
    """What is packed by zstd, to its end: the library's own reader takes half a file for a whole.

    Raises:
        EOFError: while it is read, if it ends within a frame.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._packed = file, b""
        self._frame: Any = None
        # A view, since little may become much, which is handed on in small parts.
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            self._packed = self._packed or self._file.read(_PIECE)
            if not self._packed:
                if self._frame is not None:
                    raise EOFError("it ends within a frame")
                return 0
            self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
            self._ready = memoryview(self._frame.decompress(self._packed))
            self._packed = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
        taken, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _zstd(file: IO[bytes]) -> Any:
    return io.BufferedReader(_Zstd(file), _PIECE)


# By the end of a name: the first bytes, and what reads the rest.
OPENERS: dict[str, tuple[bytes, Opener]] = {
    ".gz": (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file, mode="rb")),
    ".bz2": (b"BZh", bz2.BZ2File),
    ".xz": (b"\xfd7zXZ\0", lzma.LZMAFile),
    ".zst": (b"\x28\xb5\x2f\xfd", _zstd),
}


def packing_of(content: bytes) -> str:
    """Tell how a content is packed, as the end of a name would; empty where it isn't."""
    return next((end for end, (magic, _) in OPENERS.items() if content.startswith(magic)), "")
