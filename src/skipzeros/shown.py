"""How a result shows itself: as text, as tables of a notebook, as records in a folder."""

from __future__ import annotations

import shutil
import weakref
from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path

import pandas as pd

from .bench.commands.experiment import Experiment
from .bench.outcomes import BadInput
from .bench.records.schema import PARTING, PASSES, SUMMARY
from .bench.text.table import as_html, as_if_piped, collected


class Shown(ABC):
    """A result that prints as the command does, and shows itself as tables in a notebook."""

    _unsaid = "\0"  # a line with this in it is left out

    @abstractmethod
    def _print(self) -> None: ...

    def __str__(self) -> str:
        with as_if_piped() as text:
            self._print()
        lines = text.getvalue().splitlines()
        return "\n".join(line for line in lines if self._unsaid not in line)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        with collected() as blocks:
            self._print()
        return as_html(
            replace(block, lines=[line for line in block.lines if self._unsaid not in line])
            for block in blocks
        )


class Recorded(Shown):
    """A result that has records in a folder.

    Attributes:
        folder: where they are; a temporary one is removed with the result.
    """

    _record = SUMMARY
    _records: tuple[str, ...] = (SUMMARY, PASSES, PARTING)

    def __init__(self, experiment: Experiment, temporary: bool) -> None:
        self.experiment, self.folder = experiment, experiment.out
        # Read now: another call may write into the same folder.
        self._content = {
            path.relative_to(self.folder): path.read_bytes()
            for name in self._records
            for path in sorted(self.folder.glob(name))
        }
        self._frame = pd.read_csv(self.folder / self._record)
        if temporary:
            self._unsaid = str(self.folder)  # it is of no use once the result is gone
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def to_frame(self) -> pd.DataFrame:
        """Return the command's record as its CSV has it, such as summary.csv of a run."""
        return self._frame.copy()

    def save(self, folder: str | Path) -> Path:
        """Write the records into a folder, which is made if it isn't there.

        Returns:
            The path of the folder.

        Raises:
            BadInput: the folder can't be written.
        """
        target = Path(folder)
        try:
            for name, content in self._content.items():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (target / name).write_bytes(content)
        except OSError as error:
            why = error.strerror
            raise BadInput(f"{target}: cannot write there ({why}); name another folder") from None
        return target
