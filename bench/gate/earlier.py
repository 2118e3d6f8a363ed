"""Ratios of an earlier gate beside those of now: worth a warning, never a verdict.

Two machines may have two ratios, where the caches of one hold the weights and those of the other
don't; and the same CI job may run on another machine every day. So only what was measured in one
run decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..outcomes import BadInput
from ..records.files import cell, read_table
from ..records.machine import FINGERPRINT, machine
from ..records.rows import Finding, Setting, columns, rows_of
from ..records.schema import GATE, PASSES

# Ratios of separate runs on the same machine may differ by this factor for no reason.
SAME = 1.05


@dataclass(frozen=True)
class Stored:
    """The records of an earlier gate."""

    folder: Path
    findings: list[Finding]
    passes: pd.DataFrame

    @classmethod
    def read(cls, folder: Path) -> Stored:
        """Read passes.csv and gate.csv from a folder.

        Raises:
            BadInput: they are missing, or aren't such.
        """
        findings = rows_of(Finding, read_table(folder / GATE, columns(Finding)))
        needed = (*columns(Setting), *FINGERPRINT)
        passes = read_table(folder / PASSES, needed, as_text=True)
        if passes.empty:
            raise BadInput(f"{folder / PASSES}: no pass was timed; name another --stored")
        return cls(folder, findings, passes)


def compare(findings: Sequence[Finding], stored: Stored, setting: Setting) -> list[str]:
    """Return a warning, in a sentence, for each ratio that isn't what it was.

    Args:
        setting: what this gate computed.
    """
    folder, passes = stored.folder, stored.passes
    other = [
        column for column, value in vars(setting).items() if cell(value) not in set(passes[column])
    ]
    if other:
        return [f"Not compared with {folder}, which differs in {', '.join(other)}."]
    then, now = passes.iloc[0], vars(machine())
    changed = [
        f"{column} was {then[column]} and is {cell(now[column])}"
        for column in FINGERPRINT
        if then[column] != cell(now[column])
    ]
    why = "; ".join(changed) or "on the same kind of machine: look at what changed since"
    earlier = {(finding.network, finding.baseline): finding for finding in stored.findings}
    pairs = [
        (finding, earlier.get((cell(finding.network), cell(finding.baseline))))
        for finding in findings
    ]
    return [
        f"Warning: {finding.network} took {finding.ratio:.3g} times the time of "
        f"{finding.baseline}, {before.ratio:.3g} in {folder} ({why})."
        for finding, before in pairs
        if before is not None and _apart(finding, before)
    ]


def _apart(finding: Finding, before: Finding) -> bool:
    """Say whether the intervals don't meet and the ratios differ by more than runs do."""
    disjoint = finding.ratio_low > before.ratio_high or finding.ratio_high < before.ratio_low
    larger = max(finding.ratio / before.ratio, before.ratio / finding.ratio)
    return bool(disjoint and larger > SAME)
