"""Both ends of the pipes between a driver and its worker."""

from __future__ import annotations

import select
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np

from ...impls.network import Array
from .messages import Message

# A pipe that holds more lets long outputs pass without the two sides waiting for each other.
PIPE_BYTES = 1 << 20
CHUNK = 1 << 16


def widen(pipe: Any) -> None:
    """Let a pipe hold more at once, which only Linux can do."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # it may be more than this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


class Written:
    """A message that is ready to be sent without delay."""

    def __init__(self, message: Message) -> None:
        self._pieces = message.pieces()

    def pieces(self) -> list[Any]:
        """Return its bytes, as Message does."""
        return self._pieces


def write(message: Message | Written, pipe: BinaryIO) -> None:
    """Write a message whole."""
    pipe.writelines(message.pieces())
    pipe.flush()


class Blocking:
    """The end of a pipe that a worker reads from, however long it takes."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def line(self) -> bytes:
        return self._pipe.readline()

    def fill(self, array: Array) -> None:
        view = array.reshape(-1).view(np.uint8).data
        if self._pipe.readinto(view) != len(view):  # type: ignore[attr-defined]
            raise EOFError


class TimedOut(Exception):
    """Nothing came in time."""


class Patient:
    """The end of a pipe that a driver reads from until a deadline.

    Args:
        pipe: unbuffered.
        give_up: ends the process at the other end, where a pipe can't be waited on with a timeout.

    Attributes:
        deadline: by time.monotonic.
    """

    def __init__(self, pipe: Any, give_up: Callable[[], None]) -> None:
        self._pipe, self._give_up = pipe, give_up
        self._buffer, self._chunk = bytearray(), memoryview(bytearray(CHUNK))
        self.deadline = 0.0
        self._poll: Any = None
        if sys.platform != "win32":
            self._poll = select.poll()
            self._poll.register(pipe, select.POLLIN)

    def line(self) -> bytes:
        while b"\n" not in self._buffer:
            count = self._read(self._chunk)
            if not count:
                return b""
            self._buffer += self._chunk[:count]
        end = self._buffer.index(b"\n") + 1
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        return line

    def fill(self, array: Array) -> None:
        view = array.reshape(-1).view(np.uint8).data
        count = min(len(view), len(self._buffer))
        view[:count] = self._buffer[:count]
        del self._buffer[:count]
        while count < len(view):
            more = self._read(view[count:])
            if not more:
                raise EOFError
            count += more

    def _read(self, view: memoryview) -> int:
        """Read what there is; 0 at the end of the pipe."""
        left = self.deadline - time.monotonic()
        if self._poll is None:
            timer = threading.Timer(max(0.0, left), self._give_up)
            timer.start()
            try:
                return self._pipe.readinto(view) or 0
            finally:
                timer.cancel()
        # Whole milliseconds, and not before the deadline.
        if left <= 0 or not self._poll.poll(int(left * 1000) + 1):
            raise TimedOut
        return self._pipe.readinto(view) or 0
