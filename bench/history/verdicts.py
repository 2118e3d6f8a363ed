"""bisect.csv: the verdicts on commits, each written as soon as it is known."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..outcomes import BadInput, Verdict
from ..records.files import cell, make_folder, read_table, write_table
from ..records.rows import BisectRow, Setting, columns, rows_of
from ..records.schema import BISECT
from ..text.markdown import one_line
from ..text.progress import note

# What verdicts must have in common to answer one question.
COMMON = ("argument", "good", "bad", *columns(Setting))


class Verdicts:
    """The verdicts of a bisection so far, in memory and in bisect.csv.

    Those of an earlier one are replaced when the first new verdict comes.

    Args:
        out: the folder, made if it isn't there.
        argument, good, bad: as rows have them.
        resume: whether to go on with the verdicts that lie in the folder.

    Raises:
        BadInput: the folder can't be written, or its verdicts answer another question.
    """

    def __init__(
        self, out: Path, setting: Setting, argument: str, good: str, bad: str, resume: bool
    ) -> None:
        self._path = make_folder(out) / BISECT
        self.rows: list[BisectRow] = []
        self._common = {"argument": argument, "good": good, "bad": bad, **vars(setting)}
        if not resume:
            with suppress(BadInput):  # what answers another question is replaced all the same
                note(
                    f"{out} holds {len(self._earlier())} verdicts: starting anew (resume would "
                    "have gone on with them)."
                )
            return
        if not self._path.exists():
            note(f"{out} holds no bisection: starting anew.")
            return
        # More rounds or seconds may decide what was left open.
        earlier = self._earlier()
        settled = {row.commit for row in earlier if row.asked == "gate" and _decides(row)}
        self.rows = [row for row in earlier if _decides(row) or row.commit in settled]
        again = len(earlier) - len(self.rows)
        asked = f"; {again} inconclusive ones are asked again" if again else ""
        note(f"Going on after {len(self.rows)} verdicts{asked}.")

    def _earlier(self) -> list[BisectRow]:
        # As text first: what differs is told before what can't be.
        table = read_table(self._path, columns(BisectRow), as_text=True)
        for name in COMMON:
            here = cell(self._common[name])
            if other := sorted({*table[name]} - {here}):
                raise BadInput(
                    f"resume: the verdicts in {self._path} have {name} {one_line(other[0])[:60]}, "
                    f"this bisection {here}; give the same options, or start without resume"
                )
        return rows_of(BisectRow, read_table(self._path, columns(BisectRow)))

    def find(self, commit: str, asked: str, attempt: int, limit: str) -> BisectRow | None:
        """Return a verdict that is known already.

        Args:
            commit: its full name.
            limit: what a gate demanded, in words; empty for a check.
        """
        wanted = (commit, asked, attempt, limit)
        return next(
            (row for row in self.rows if (row.commit, row.asked, row.attempt, row.limit) == wanted),
            None,
        )

    def add(self, row: BisectRow) -> BisectRow:
        """Write a verdict into bisect.csv at once, and return it."""
        self.rows.append(row)
        write_table(self._path, BisectRow, self.rows)
        return row


def _decides(row: BisectRow) -> bool:
    return row.outcome != Verdict.INCONCLUSIVE
