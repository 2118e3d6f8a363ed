"""What can stand in the columns of a record; a name means the same in whichever record it is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from .errors import BadInput
from .finding import NEXT_STEPS
from .quoting import shown

# Texts; what is in none of these three is a number from 0 on.
TEXTS = frozenset(
    """network baseline vary status reason limit run_id data input dtype outputs_match cpu os python
    numpy scipy blas git_revision numba""".split()
)
CHOICES = {"clock": ("", "cpu", "wall"), "verdict": tuple(NEXT_STEPS)}
SPANS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(
        "reviews vocabulary_size hidden batch_size set round value review".split(), (1, 2**31 - 1)
    ),
    # These are divided by.
    **dict.fromkeys(
        "cpu_seconds wall_seconds limit_seconds median_seconds ratio ratio_low ratio_high".split(),
        (1e-18, 1e18),
    ),
    **dict.fromkeys("exponent exponent_low exponent_high".split(), (-1e18, 1e18)),
}
FROM_ZERO = (0.0, 1e18)

# Numbers that every row has.
FILLED = frozenset(
    """reviews vocabulary_size hidden batch_size set round value review nonzeros learning_rate seed
    order cpu_seconds wall_seconds difference sets rounds""".split()
)
# What tells the rows of a record apart; those of scaling.csv by network and value.
IDENTITY = """network baseline limit set round review data vocabulary_size nonzeros input hidden
    batch_size dtype learning_rate seed""".split()


def checked(table: pd.DataFrame, path: Path, cure: str = "run again") -> pd.DataFrame:
    """The rows of a record, with numbers where its columns hold numbers.

    Args:
        table: the cells as text, the rows numbered as the lines of the file at path.
        cure: what the user can do where a row is none that a run writes.

    Raises:
        BadInput: a cell can't stand in its column, or a row is there twice.
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
        untimed = (table["status"] == "certified") & (table["clock"] == "")
        refuse(untimed, "a certified network must have a clock")
    by = ["network", "value"] if "value" in table else [name for name in IDENTITY if name in table]
    if by:
        refuse(found.duplicated(by), "the row is there twice")
    return found
