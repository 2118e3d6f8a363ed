"""What `skipzeros compare` prints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..commands.compare import Compared, ComparedRow
from ..records.documents import Document
from ..text.amounts import change, figure, multiple, times
from ..text.table import print_lines, print_reasons, print_table


@dataclass(frozen=True, kw_only=True)
class ComparedDocument(Document):
    """What became of each network from an earlier run to a later one.

    Attributes:
        before, after: the folders of the two runs.
        anchor: the network that ratios relate to.
        threshold: the change that counts, a fraction.
    """

    name = "compare"
    of = "compare"

    before: Path
    after: Path
    anchor: str
    threshold: float
    rows: list[ComparedRow]


def compared_document(done: Compared, before: Path, after: Path) -> ComparedDocument:
    """Return two runs side by side for other programs."""
    return ComparedDocument(
        files=[],
        notes=done.warnings,
        before=before,
        after=after,
        anchor=done.anchor,
        threshold=done.threshold,
        rows=done.rows,
    )


def print_compared(done: Compared) -> None:
    """Print what became of each network, then reasons and warnings."""
    print_table(
        f"Ratios to {done.anchor}, before and after; a change of more than "
        f"{100 * done.threshold:.4g}% counts",
        ["network", "verdict", "times faster\nbefore", "times faster\nafter", "change",
         "95 % interval\n(time after / before)"],
        [
            (
                row.network,
                row.verdict.upper(),
                times(row.before),
                times(row.after),
                " ".join(change(row.change)),
                _interval(row.change_low, row.change_high),
            )
            for row in done.rows
        ],
    )  # fmt: skip
    print_reasons((row.network, row.verdict, row.reason) for row in done.rows)
    print_lines(*done.warnings)


def _interval(low: float, high: float) -> str:
    return f"{multiple(low)} to {multiple(high)}" if figure(low, "g") else ""
