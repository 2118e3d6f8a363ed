"""Ratios of an earlier gate beside those of now: worth a warning, never a verdict.

Two machines have two ratios: one's caches hold the weights, the other's don't. And in one place
the same gate of another day may have run on another machine. So only what was measured in one run
decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..outcomes import BadInput
from ..records.files import cell, read_table
from ..records.machine import FINGERPRINT, machine
from ..records.rows import Finding
from ..records.schema import GATE, GATE_COLUMNS, PASSES, SCENARIO_COLUMNS

# Of its passes.
NEEDED = (*SCENARIO_COLUMNS, "reviews", *FINGERPRINT)
# Ratios of separate runs on the same machine differ by so much for no reason.
SAME = 1.05


@dataclass(frozen=True)
class Stored:
    """The records of an earlier gate."""

    folder: Path
    findings: pd.DataFrame
    passes: pd.DataFrame

    @classmethod
    def read(cls, folder: Path) -> Stored:
        """From the passes.csv and gate.csv of a folder.

        Raises:
            BadInput: they are missing, or aren't such.
        """
        findings = read_table(folder / GATE, GATE_COLUMNS)
        passes = read_table(folder / PASSES, NEEDED, as_text=True)
        if passes.empty:
            raise BadInput(f"{folder / PASSES}: no pass was timed; name another --stored")
        return cls(folder, findings, passes)


def compare(findings: Sequence[Finding], stored: Stored, setting: Mapping[str, Any]) -> list[str]:
    """A warning for each ratio that isn't what it was, in a sentence.

    Args:
        setting: the columns of now that say what was computed, as recording.describe gives them.
    """
    folder, passes = stored.folder, stored.passes
    other = [
        column
        for column in (*SCENARIO_COLUMNS, "reviews")
        if cell(setting[column]) not in set(passes[column])
    ]
    if other:
        return [f"Not compared with {folder}, which differs in {', '.join(other)}."]
    then, now = passes.iloc[0], machine()
    changed = [
        f"{column} was {then[column]} and is {cell(now[column])}"
        for column in FINGERPRINT
        if then[column] != cell(now[column])
    ]
    why = "; ".join(changed) or "on the same kind of machine: look at what changed since"
    rows = {(row["network"], row["baseline"]): row for row in stored.findings.to_dict("records")}
    pairs = [(one, rows.get((cell(one.network), cell(one.baseline)))) for one in findings]
    return [
        f"Warning: {one.network} took {one.ratio:.3g} times the time of {one.baseline}, "
        f"{row['ratio']:.3g} in {folder} ({why})."
        for one, row in pairs
        if row and _apart(one, row)
    ]


def _apart(one: Finding, row: Mapping[Any, Any]) -> bool:
    """Whether the intervals don't meet, and the ratios differ by more than runs do."""
    disjoint = one.ratio_low > row["ratio_high"] or one.ratio_high < row["ratio_low"]
    larger = max(one.ratio / row["ratio"], row["ratio"] / one.ratio)
    return bool(disjoint and larger > SAME)
