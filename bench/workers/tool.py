"""A program that runs a worker's process, such as valgrind.

`python -m skipzeros.bench.workers.tool FOLDER,… COMMAND …` confines itself as a worker would, and
goes on as the command: a program that runs another one needn't know the calls that confine it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..networks.sandbox import confine
from .room import Room


@dataclass(frozen=True)
class Tool:
    """A program that runs a worker's process.

    Attributes:
        command: with its options; the process's own command follows.
        variables: of the environment of both.
    """

    command: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)

    def around(self, room: Room | None) -> tuple[str, ...]:
        """Return what stands before the command of the worker.

        Args:
            room: where it may write; None where it is not confined.
        """
        if room is None:
            return tuple(self.command)
        itself = [sys.executable, "-P", "-m", __name__, os.pathsep.join(room.writable)]
        return (*itself, *self.command)


def main(writable: str, *command: str) -> None:
    """Confine this process, and go on as a command."""
    confine(map(Path, writable.split(os.pathsep)), timed=False)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
