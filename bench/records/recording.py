"""The passes that are timed, kept in memory and in passes.csv, from the start or after a resume."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import pandas as pd

from ..outcomes import BadInput
from ..text.progress import note
from ..timing.passes import Pass
from .files import make_folder
from .machine import machine
from .passes_file import PassesFile, resumable, unfinished
from .rows import PassRow, Setting, rows_of, table_of
from .schema import PASSES, checked


class Recording:
    """The passes of a run so far, in memory and in passes.csv.

    The records in the folder are replaced only when the first pass comes, or at the end if none
    does.

    Args:
        out: the folder, made if it isn't there.
        setting: of the run.
        resume: whether to go on with the interrupted run in the folder.
        usable: says from the rows of a set of that run whether it can be kept; default: all are.

    Attributes:
        setting: what the passes have in common.
        rows: those of passes.csv, with the ones of the interrupted run.

    Raises:
        BadInput: the folder can't be written, or its run can't be gone on with.
    """

    def __init__(
        self,
        out: Path,
        setting: Setting,
        resume: bool = False,
        usable: Callable[[pd.DataFrame], bool] = lambda rows: True,
        *,
        sandboxed: bool = True,
    ) -> None:
        make_folder(out)
        self.setting, self._run_id, self._machine = setting, run_id(), machine(sandboxed)
        earlier = self._earlier(out, usable) if resume else None
        if not resume:
            _tell_of_interrupted(out)
        self.rows: list[PassRow] = []
        if earlier is not None:
            # As numbers here, but as text in the file, which stays the same to the last digit.
            self.rows = rows_of(PassRow, checked(earlier, out / PASSES, "run without resume"))
        # How many rows the interrupted run has left, and whether its last round was cut short.
        self._known = len(self.rows)
        sizes = list(Counter((row.set, row.round) for row in self.rows).values())
        self._cut_short = len(sizes) > 1 and sizes[-1] < sizes[-2]
        self._out, self._earlier_rows = out, earlier
        self._file: PassesFile | None = None

    def _earlier(self, out: Path, usable: Callable[[pd.DataFrame], bool]) -> pd.DataFrame | None:
        found = resumable(out, self.setting, self._machine)
        if found is None:
            note(f"{out} holds no interrupted run: starting anew.")
            return None
        earlier = found.groupby("set").filter(usable)
        self._run_id = str(found["run_id"].iloc[0])
        note(f"Going on after {_rounds(earlier)} rounds of {self._run_id}.")
        return earlier

    @property
    def rounds(self) -> int:
        """How many rounds were timed, in all sets; one that was cut short doesn't count."""
        return len({(row.set, row.round) for row in self.rows}) - self._cut_short

    @property
    def last_set(self) -> int:
        """The highest number of a set; 0 before the first."""
        return max((row.set for row in self.rows), default=0)

    @property
    def timed_seconds(self) -> float:
        """Wall time under the clock, without that of an interrupted run."""
        return float(sum(row.wall_seconds for row in self.rows[self._known :]))

    def reuse(self, set_: int, networks: Iterable[str]) -> bool:
        """Say whether an interrupted run has timed these networks in a set.

        If it hasn't, that set and the later ones are dropped: which networks they have followed
        from decisions that are now made anew.
        """
        there = {row.network for row in self.rows[: self._known] if row.set == set_}
        if there and there.issuperset(networks):
            return True
        if self._file is None and self._earlier_rows is not None:
            self.rows = [row for row in self.rows if row.set < set_]
            self._known = len(self.rows)
            known = self._earlier_rows["set"].astype(int) < set_
            self._earlier_rows = self._earlier_rows[known]
        return False

    def passes(self, first_set: int = 1, last_set: int | None = None) -> pd.DataFrame:
        """Return the timed passes of some sets, or of all, with the columns of passes.csv."""
        last = self.last_set if last_set is None else last_set
        return table_of(PassRow, (row for row in self.rows if first_set <= row.set <= last))

    def write(self, timed: Pass, setting: Setting | None = None) -> None:
        """Add a pass.

        Args:
            setting: for a pass over other reviews than those of the run.
        """
        row = PassRow.of(timed, self._run_id, setting or self.setting, self._machine)
        self.rows.append(row)
        self._begun().write(row)

    def _begun(self) -> PassesFile:
        if self._file is None:
            self._file = PassesFile(self._out, self._earlier_rows)
        return self._file

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None or kind is None:
            self._begun().__exit__(kind, error, traceback)


def _tell_of_interrupted(out: Path) -> None:
    with suppress(BadInput):  # what can't be read is replaced all the same
        left = unfinished(out)
        if left is not None and len(left):
            note(
                f"{out} holds {_rounds(left)} rounds of an interrupted run: starting anew "
                "(resume would have gone on with it)."
            )


def _rounds(rows: pd.DataFrame) -> int:
    return len(rows[["set", "round"]].drop_duplicates())


def run_id() -> str:
    """Return the name of a run that begins now: the time (UTC), and a part that no other has."""
    return f"{now()}-{uuid.uuid4().hex[:6]}"


def now() -> str:
    """Return the time (UTC) to the second, as records tell it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
