"""The records: the names of their files, and which values their columns may have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import pandas as pd

from ..outcomes import BadInput, Status, Verdict
from ..text.markdown import shown
from .rows import Setting, columns

PASSES, SUMMARY, GATE = "passes.csv", "summary.csv", "gate.csv"
CONCLUSIONS = (SUMMARY, GATE)
ACCURACY = "accuracy.csv"
WASTE = "waste.csv"
SCALING = "scaling.csv"
PARTING = "parting.csv"
CELLS, ATTEMPTS = "cells.csv", "attempts.csv"
HISTORY = "history.csv"
BISECT = "bisect.csv"
# Networks that are compared have these in common.
SCENARIO_COLUMNS = tuple(name for name in columns(Setting) if name != "reviews")


def recorded(kind: type[StrEnum]) -> tuple[str, ...]:
    """Return the words of an enumeration that records may have: not those on the way to them."""
    passing = (Status.UNKNOWN, Status.ABSENT, Verdict.UNDECIDED)
    return tuple(word for word in kind if word not in passing)


# Columns of text; a column that is in none of TEXTS, CHOICES and SPANS has numbers from 0 on.
TEXTS = frozenset(
    """network baseline vary reason limit run_id data input dtype outputs_match cpu os python
    numpy scipy blas git_revision numba sandbox machine cell label begun arguments data_digest
    package device device_used definition argument commit time anchor subject author_date good
    bad""".split()
)
CHOICES: dict[str, tuple[str, ...]] = {
    "clock": ("", "cpu", "wall"),
    "state": ("done", "failed", "lost"),
    "verdict": recorded(Verdict),
    "status": recorded(Status),
    "asked": ("check", "gate"),
    "outcome": tuple(dict.fromkeys((*recorded(Status), Status.ABSENT, *recorded(Verdict)))),
}
SPANS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(
        """reviews vocabulary_size hidden batch_size set round value review threads
        threads_used attempt""".split(),
        (1, 2**31 - 1),
    ),
    # Something is divided by these, so they can't be 0.
    **dict.fromkeys(
        "cpu_seconds wall_seconds limit_seconds median_seconds ratio ratio_low ratio_high".split(),
        (1e-18, 1e18),
    ),
    **dict.fromkeys(
        "exponent exponent_low exponent_high share share_low share_high".split(), (-1e18, 1e18)
    ),
}
FROM_ZERO = (0.0, 1e18)

# Columns of numbers that are never empty.
FILLED = frozenset(
    """reviews vocabulary_size hidden batch_size set round value review nonzeros learning_rate seed
    attempt order cpu_seconds wall_seconds process_seconds difference sets rounds""".split()
)
# Columns that came after others had written records without them, and what stands for them there.
NEWER = {
    **dict.fromkeys(
        """outer_seconds charged_seconds between_seconds floor_seconds audited sandbox
        prepare_seconds reset_seconds precision machine""".split(),
        "",
    ),
    **dict.fromkeys("threads threads_used".split(), "1"),
    **dict.fromkeys("device device_used".split(), "cpu"),
    "definition": "lesson",
    "argument": "",
}
# No two rows of a record agree in all of these that it has; scaling.csv has its own rule.
IDENTITY = """commit asked attempt time anchor cell network baseline limit set round review data
    vocabulary_size nonzeros input hidden batch_size dtype learning_rate seed threads
    device definition""".split()


def checked(table: pd.DataFrame, path: Path, cure: str = "run again") -> pd.DataFrame:
    """Return the rows of a record, with numbers in the columns of numbers.

    Args:
        table: the cells as text, each row with the number of its line in the file at path.
        cure: what the user can do about a wrong row.

    Raises:
        BadInput: a value isn't one that its column may have, or a row is there twice.
    """

    def refuse(wrong: pd.Series[bool], what: str, cells: pd.Series[str] | None = None) -> None:
        if wrong.any():
            place = int(wrong.to_numpy().argmax())
            found = "" if cells is None else f", not {shown(cells.iloc[place])}"
            raise BadInput(f"{path}:{table.index[place]}: {what}{found}; {cure}")

    found = table.copy()
    for name, cells in table.items():
        if name in CHOICES:
            choices = CHOICES[str(name)]
            what = ", ".join(filter(None, choices))
            refuse(~cells.isin(choices), f"{name} must be one of {what}", cells)
        elif name not in TEXTS:
            found[name] = numbers = pd.to_numeric(cells, errors="coerce")
            least, most = SPANS.get(str(name), FROM_ZERO)
            wrong = ~numbers.between(least, most)
            if name not in FILLED:
                wrong &= cells != ""
            refuse(wrong, f"{name} must be a number from {least:g} to {most:g}", cells)
    if {"status", "clock"}.issubset(table):
        untimed = (table["status"] == Status.CERTIFIED) & (table["clock"] == "")
        refuse(untimed, "a certified network must have a clock")
    by = ["network", "value"] if "value" in table else [name for name in IDENTITY if name in table]
    if by:
        refuse(found.duplicated(by), "the row is there twice")
    return found
