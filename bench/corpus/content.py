"""The content of a file, unpacked: read a part at a time, as often as it is wanted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from ..outcomes import BadInput
from ..text.markdown import reason
from .packing import MOST_BYTES, OPENERS

# Bytes, or characters, that are read at a time.
BLOCK = 2**20
# Bytes that are unpacked once and held; what unpacks to more is unpacked for each look at it.
MOST_HELD = 2**28
# What unpacks to more times its size, and to more than MOST_BYTES, is made to fill a disk.
MOST_TIMES = 100


@dataclass(frozen=True)
class Content:
    """What is in a file.

    Attributes:
        path: of the file, also for messages.
        packing: how it is packed, as the end of its name tells; empty where it isn't.
        piped: its bytes, where they come from somewhere else than from the disk.
    """

    path: Path
    packing: str = ""
    piped: bytes | None = None

    @property
    def is_on_disk(self) -> bool:
        """Whether the file has these very bytes."""
        return not self.packing and self.piped is None

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open it at its start.

        Returns:
            A context with what reads the bytes, or raises BadInput: it is damaged, or unpacks to
            more than any file of reviews has.

        Raises:
            OSError: the file can't be read.
        """
        source = self.path.open("rb") if self.piped is None else io.BytesIO(self.piped)
        with source as file:
            if not self.packing:
                yield file
                return
            most = most_of(file.seek(0, io.SEEK_END))
            file.seek(0)
            with OPENERS[self.packing][1](file) as stream:
                yield io.BufferedReader(_Unpacked(stream, self, most), BLOCK)

    def held_if_small(self) -> Content:
        """Return the same, unpacked in memory if it is packed and small."""
        found = self.head(MOST_HELD + 1) if self.packing else b""
        if not self.packing or len(found) > MOST_HELD:
            return self
        return Content(self.path, piped=found)

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        with self.opened() as file:
            return file.read(size)

    def blocks(self) -> Iterator[bytes]:
        """Yield it a block at a time."""
        with self.opened() as file:
            while block := file.read(BLOCK):
                yield block

    def whole(self) -> bytes:
        """Return all of it.

        Raises:
            BadInput: it is damaged, or unpacks to more than goes into memory.
            OSError: the file can't be read.
        """
        with self.opened() as file:
            if not self.packing:
                return file.read()
            found = file.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise too_much(self.path, MOST_BYTES)
        return found

    @contextmanager
    def text(self, encoding: str, newline: str = "") -> Iterator[io.TextIOBase]:
        """Open it as text; what ends a line is left as it is.

        Args:
            newline: what ends a line, as open takes it.
        """
        with (
            self.opened() as file,
            io.TextIOWrapper(file, encoding, newline=newline) as text,
        ):
            yield text

    @contextmanager
    def lines(self, encoding: str, newline: str = "") -> Iterator[Iterator[str]]:
        """Do the same; the lines come without a mark before the first one."""
        with self.text(encoding, newline) as text:
            first = text.readline().removeprefix("\ufeff")
            yield chain([first] if first else [], text)


def most_of(size: int) -> int:
    """Return how many bytes a packed file of a size may unpack to."""
    return max(MOST_BYTES, MOST_TIMES * size)


class _Unpacked(io.RawIOBase):
    """What is unpacked, within bounds; whatever the library raises is told of the file."""

    def __init__(self, stream: Any, content: Content, most: int) -> None:
        self._stream, self._content = stream, content
        self._left = self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            found: int = self._stream.readinto(buffer)
        except Exception as error:
            # Each of the libraries raises its own kinds.
            raise BadInput(
                f"{self._content.path}: not a whole {self._content.packing} file "
                f"({reason(error)}); make it again"
            ) from None
        self._left -= found
        if self._left < 0:
            raise too_much(self._content.path, self._most)
        return found


def too_much(path: Path, most: int) -> BadInput:
    """Return the error of a file that unpacks to more bytes than it may."""
    return BadInput(f"{path}: unpacks to more than {most:,} bytes; use a part of it")
