"""The records: the names of their files, their columns, and what can stand in a column.

A name means the same in whichever record it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ..cost.formulas import FIGURES
from ..cost.growth import Scaling
from ..outcomes import NEXT_STEPS, BadInput, Status
from ..text.markdown import shown
from ..timing.cut_passes import PHASES

PASSES, SUMMARY, GATE = "passes.csv", "summary.csv", "gate.csv"
CONCLUSIONS = (SUMMARY, GATE)
ACCURACY = "accuracy.csv"
WASTE = "waste.csv"
SCALING = "scaling.csv"
PARTING = "parting.csv"
SCENARIO_COLUMNS = (
    "data", "vocabulary_size", "nonzeros", "input", "hidden", "batch_size", "dtype",
    "learning_rate", "seed",
)  # fmt: skip
MACHINE_COLUMNS = (
    "cpu", "cores", "os", "python", "numpy", "scipy", "blas", "git_revision",
)  # fmt: skip
PASS_COLUMNS = (
    "run_id", "network", "set", "round", "order", "reviews", "cpu_seconds", "wall_seconds",
    "outputs_match", *SCENARIO_COLUMNS, *MACHINE_COLUMNS, "process_seconds", "waits",
    "limit_seconds", "numba",
)  # fmt: skip
SUMMARY_COLUMNS = (
    "network", "status", "reason", "rank", "reviews", "clock", "median_seconds",
    "reviews_per_second", "ratio", "ratio_low", "ratio_high", "prepare_seconds",
    "peak_memory_bytes", "train_accuracy", "worst_error_ratio", "reviews_certified",
    *SCENARIO_COLUMNS, "compile_seconds", "times_limit", "times_limit_low", "times_limit_high",
)  # fmt: skip
# The columns of gate.csv, in the order that tests outside the project rely on, then ours.
GATE_COLUMNS = (
    "network", "baseline", "verdict", "ratio", "ratio_low", "ratio_high", "sets", "rounds",
    "minimum_detectable", "seconds", "reason", "limit", "clock",
)  # fmt: skip
ACCURACY_COLUMNS = (
    "input", "learning_rate", "seed", "train_reviews", "test_reviews", "train_accuracy",
    "test_accuracy",
)  # fmt: skip
WASTE_COLUMNS = (
    "network", "status", "reason", "reviews", *FIGURES, "memory_bytes", "pass_seconds",
    *(f"{phase}_seconds" for phase in PHASES), *SCENARIO_COLUMNS,
)  # fmt: skip
FITTED = tuple(
    f"{name}{end}" for name in Scaling._fields for end in ("", "_low", "_high")
)  # fmt: skip
SCALING_COLUMNS = (
    "network", "vary", "value", "density", "status", "reason", "clock", "median_seconds", "ratio",
    "ratio_low", "ratio_high", "times_limit", *FITTED, "reviews", *SCENARIO_COLUMNS,
)  # fmt: skip
PARTING_COLUMNS = ("network", "baseline", "review", "difference")
Row = Mapping[str, object]

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
        untimed = (table["status"] == Status.CERTIFIED) & (table["clock"] == "")
        refuse(untimed, "a certified network must have a clock")
    by = ["network", "value"] if "value" in table else [name for name in IDENTITY if name in table]
    if by:
        refuse(found.duplicated(by), "the row is there twice")
    return found
