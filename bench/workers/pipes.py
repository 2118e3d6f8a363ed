"""The ends of the pipes that a worker holds."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from ...impls.network import Array
from .messages import Message


def write(message: Message, pipe: BinaryIO) -> None:
    """Write a message whole."""
    pipe.writelines(message.pieces())
    pipe.flush()


class Blocking:
    """A pipe that is read from, however long it takes."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def line(self) -> bytes:
        return self._pipe.readline()

    def fill(self, array: Array) -> None:
        view = array.reshape(-1).view(np.uint8).data
        if self._pipe.readinto(view) != len(view):  # type: ignore[attr-defined]
            raise EOFError
