"""What is timed, on its way into passes.csv: begun anew or gone on with, told and concluded."""

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
from ..timing.clock import Pass
from .files import make_folder
from .machine import machine
from .passes_file import PassesFile, resumable, unfinished
from .rows import PassRow, Setting, rows_of, table_of
from .schema import PASSES, checked


class Recording:
    """The passes of a run so far, in memory and in passes.csv.

    Args:
        out: the folder, made if it isn't there.
        setting: of the run.
        resume: go on with the interrupted run that lies there.
        usable: which of its sets can be gone on with, from their rows; default: all.

    What lies in the folder stays until there is something to put in its place: the first pass, or
    the end without any.

    Attributes:
        setting: what the passes have in common.
        rows: of passes.csv, of an interrupted run too.

    Raises:
        BadInput: the folder can't be written, or its run can't be gone on with.
    """

    def __init__(
        self,
        out: Path,
        setting: Setting,
        resume: bool = False,
        usable: Callable[[pd.DataFrame], bool] = lambda rows: True,
    ) -> None:
        make_folder(out)
        self.setting, self._run_id, self._machine = setting, run_id(), machine()
        earlier = self._earlier(out, usable) if resume else None
        if not resume:
            _tell_of_interrupted(out)
        self.rows: list[PassRow] = []
        if earlier is not None:
            # Read anew, because the file keeps its own text to the last digit.
            self.rows = rows_of(PassRow, checked(earlier, out / PASSES, "run without resume"))
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
        """Timed in all sets; the one that was cut short by an interruption doesn't count."""
        return len({(row.set, row.round) for row in self.rows}) - self._cut_short

    @property
    def last_set(self) -> int:
        """The highest number of a set; 0 before the first."""
        return max((row.set for row in self.rows), default=0)

    @property
    def timed_seconds(self) -> float:
        """Wall time under the clock, an interrupted run's left out."""
        return float(sum(row.wall_seconds for row in self.rows[self._known :]))

    def reuse(self, set_: int, networks: Iterable[str]) -> bool:
        """Whether an interrupted run has timed these networks in a set.

        If it hasn't, its sets from there on are dropped: what they hold followed from decisions
        that are now made anew.
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
        """The timed passes of all sets, or of some, as passes.csv holds them."""
        last = self.last_set if last_set is None else last_set
        return table_of(PassRow, (row for row in self.rows if first_set <= row.set <= last))

    def write(self, timed: Pass, setting: Setting | None = None) -> None:
        """Add a pass; it may have a setting of its own, of more reviews."""
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
    with suppress(BadInput):  # whatever lies there is replaced
        left = unfinished(out)
        if left is not None and len(left):
            note(
                f"{out} holds {_rounds(left)} rounds of an interrupted run: starting anew "
                "(resume would have gone on with it)."
            )


def _rounds(rows: pd.DataFrame) -> int:
    return len(rows[["set", "round"]].drop_duplicates())


def run_id() -> str:
    """Return when the run began (UTC), and a part that no other run has."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}-{uuid.uuid4().hex[:6]}"
