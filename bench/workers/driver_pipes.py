"""The ends of a worker's pipes that a driver holds: it never waits longer than until a deadline."""

from __future__ import annotations

import os
import re
import select
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from ...impls.network import Array
from .linux_process import own_seconds
from .messages import Message

# A pipe that holds more lets long outputs pass without the two sides waiting for each other.
PIPE_BYTES = 1 << 20
CHUNK = 1 << 16
LONGEST_LINE = 1 << 20
# So many bytes of answers are kept while a question is written.
MOST_AHEAD = 1 << 28
# All control characters but the tab.
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
# So many lines of a network are printed, of each of its processes, and so many bytes of a line.
MOST_LINES, MOST_BYTES = 20, 1000
POLLIN, POLLOUT = getattr(select, "POLLIN", 0), getattr(select, "POLLOUT", 0)


def widen(pipe: Any) -> None:
    """Let a pipe hold more at once, which only Linux can do."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # it may be more than this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


class Written:
    """A message that is ready to be sent without delay."""

    def __init__(self, message: Message) -> None:
        self._pieces: list[Any] = []
        small: list[Any] = []
        for piece in message.pieces():
            small.append(piece)
            if len(piece) > CHUNK:
                self._pieces += [b"".join(small[:-1]), piece]
                small.clear()
        self._pieces.append(b"".join(small))

    def pieces(self) -> list[Any]:
        """Return its bytes, few of them at once where they are many."""
        return self._pieces


class TimedOut(Exception):
    """Nothing came, or nothing was taken, in time."""


class DriverPipes:
    """Questions go out, answers come in, or TimedOut is raised.

    What comes from the third of them goes on to stderr, whenever the worker is asked something.

    Args:
        name: of the network, which begins each line that it prints.
        requests, answers, printed: unbuffered; None for the last where it has no pipe.
        give_up: ends the process at the other end, where a pipe can't be waited on with a timeout.

    Attributes:
        deadline: by time.monotonic.
        marks: what own_seconds said each time before it waited; None where nobody asks for it.
        last: the last line that the worker has printed.
    """

    def __init__(
        self,
        name: str,
        requests: Any,
        answers: Any,
        printed: Any,
        give_up: Callable[[], None],
    ) -> None:
        self._name = name
        self._requests, self._answers, self._printed = requests, answers, printed
        self._give_up = give_up
        self._buffer, self._chunk = bytearray(), memoryview(bytearray(CHUNK))
        self._unprinted, self._lines, self.last = b"", 0, ""
        self.deadline = 0.0
        self.marks: list[float] | None = None
        for pipe in (requests, answers, printed):
            widen(pipe)
        if sys.platform != "win32":
            for pipe in (requests, answers, printed):
                os.set_blocking(pipe.fileno(), False)

    def write(self, message: Message | Written) -> None:
        """Write a message whole.

        Raises:
            TimedOut: the worker didn't take it.
            OSError: it has ended.
        """
        written = message if isinstance(message, Written) else Written(message)
        for piece in written.pieces():
            view = memoryview(piece)
            while view:
                taken = self._requests.write(view)
                if not taken:
                    self._wait(self._requests, POLLOUT)
                view = view[taken or 0 :]

    def line(self) -> bytes:
        """Read up to the end of a line; empty at the end of the pipe.

        Raises:
            TimedOut: it didn't come.
            ValueError: it is longer than any answer.
        """
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > LONGEST_LINE:
                raise ValueError("a line without an end")
            count = self._read(self._chunk)
            if not count:
                return b""
            self._buffer += self._chunk[:count]
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def fill(self, array: Array) -> None:
        """Read the bytes of a contiguous array.

        Raises:
            TimedOut: they didn't come.
            EOFError: the pipe ended before.
        """
        view = array.reshape(-1).view(np.uint8).data
        count = min(len(view), len(self._buffer))
        view[:count] = self._buffer[:count]
        del self._buffer[:count]
        while count < len(view):
            more = self._read(view[count:])
            if not more:
                raise EOFError
            count += more

    def close(self) -> None:
        """Close all of them; the worker has ended."""
        for _ in range(PIPE_BYTES // CHUNK):  # no more, if a process is left that prints on
            self._echo()
        if self._unprinted:
            self._print(self._unprinted)
            self._unprinted = b""
        for pipe in (self._requests, self._answers, self._printed):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._printed = None

    def _read(self, view: memoryview) -> int:
        """Read what there is; 0 at the end of the pipe."""
        if sys.platform == "win32":
            timer = threading.Timer(max(0.0, self.deadline - time.monotonic()), self._give_up)
            timer.start()
            try:
                return self._answers.readinto(view) or 0
            finally:
                timer.cancel()
        while True:
            self._wait(self._answers, POLLIN)
            count: int | None = self._answers.readinto(view)
            if count is not None:  # the worker may have taken it back
                return count

    def _wait(self, pipe: Any, event: int) -> None:
        """Wait until a pipe is ready for the next bytes.

        Answers that come meanwhile are kept: a worker that can't get rid of them takes no question.
        """
        poll = select.poll()
        poll.register(pipe, event)
        ahead = pipe is not self._answers and len(self._buffer) < MOST_AHEAD
        if ahead:
            poll.register(self._answers, POLLIN)
        if self._printed is not None:
            poll.register(self._printed, POLLIN)
        while True:
            if self.marks is not None:
                self.marks.append(own_seconds())
            left = self.deadline - time.monotonic()
            # Whole milliseconds, and not before the deadline.
            ready = dict(poll.poll(int(left * 1000) + 1)) if left > 0 else {}
            if not ready:
                raise TimedOut
            if self._printed is not None and self._printed.fileno() in ready and not self._echo():
                poll.unregister(self._printed)
            if ahead and self._answers.fileno() in ready:
                count = self._answers.readinto(self._chunk)
                self._buffer += self._chunk[: count or 0]
                if count == 0 or len(self._buffer) > MOST_AHEAD:
                    ahead = False
                    poll.unregister(self._answers)
            if pipe.fileno() in ready:
                return

    def _echo(self) -> bool:
        """Print some of what the worker has printed; say whether there was any."""
        said = self._printed.read(CHUNK) if self._printed is not None else b""
        if not said:
            return False
        *lines, self._unprinted = (self._unprinted + said).split(b"\n")
        if len(self._unprinted) > CHUNK:
            lines, self._unprinted = [*lines, self._unprinted], b""
        for line in lines:
            self._print(line)
        return True

    def _print(self, line: bytes) -> None:
        """Print a line of the network's, unless it has printed many."""
        self._lines += 1
        if self._lines > MOST_LINES:
            return
        # No cursor moves, which could change what this process has printed.
        self.last = text = CONTROL.sub("?", line[:MOST_BYTES].decode("utf-8", "replace"))
        if self._lines == MOST_LINES:
            text += f"\n{self._name}: what else it prints is left out"
        if sys.stderr is not None:
            with suppress(OSError, ValueError):  # nobody may read it any more
                print(f"{self._name}: {text}", file=sys.stderr, flush=True)
