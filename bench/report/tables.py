"""`skipzeros report`: the tables of runs and gates once more, from their CSVs alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from ..outcomes import BadInput, Status
from ..records.files import read_table
from ..records.rows import Finding, SummaryRow, columns, rows_of
from ..records.schema import GATE, PASSES, SCENARIO_COLUMNS, SUMMARY
from ..records.summary import baseline_of, rank, with_speed
from ..show.gate import markdown as gate_markdown
from ..show.gate import print_gate
from ..show.run import print_run, run_markdown
from ..show.sweep import print_sweep
from ..text.table import print_lines
from .page import write_page
from .sweep import cells_of, is_sweep

# The columns that times need; older records may lack the others.
TIMES = (
    *("network", "set", "round", "cpu_seconds", "wall_seconds", "limit_seconds"),
    *SCENARIO_COLUMNS,
)


def report(folders: Sequence[Path], markdown: bool = False) -> None:
    """Print the tables of each folder of records, and write the page into the first.

    Times are computed from passes.csv again. A gate has no page.

    Args:
        markdown: whether to print them as Markdown.

    Raises:
        BadInput: a record is missing, or isn't one.
    """
    # Everything is read before anything is printed or written.
    tables: list[Callable[[], None]] = []
    for folder in folders:
        if is_sweep(folder):
            tables.append(partial(print_sweep, cells_of(folder), folder))
        elif _is_gate(folder):
            tables.append(partial(_print_findings, _findings(folder), markdown))
        elif (folder / SUMMARY).exists():
            tables += [partial(_print_rows, *found, markdown) for found in _scenarios(folder)]
    page = write_pages(folders)
    for print_it in tables:
        print_it()
    if page:
        print_lines(str(page))


def write_pages(folders: Sequence[Path]) -> Path | None:
    """Write the page of some folders into the first of them that isn't a gate's.

    Returns:
        The path of the page; None where the folders hold nothing but gates.

    Raises:
        BadInput: a record is missing, or isn't one.
    """
    pages = [folder for folder in folders if not _is_gate(folder)]
    for folder in pages:
        if (folder / PASSES).exists() and not (folder / SUMMARY).exists():
            raise BadInput(
                f"{folder}: its run was interrupted; the same command with resume goes on with it"
            )
    return write_page(pages) if pages else None


def _is_gate(folder: Path) -> bool:
    return not (folder / SUMMARY).exists() and (folder / GATE).exists()


def _print_findings(findings: Sequence[Finding], markdown: bool) -> None:
    if markdown:
        print_lines(gate_markdown(findings))
    else:
        print_gate(findings)


def _print_rows(rows: Sequence[SummaryRow], baseline: str, markdown: bool) -> None:
    if markdown:
        print_lines(run_markdown(rows, baseline))
    else:
        print_run(rows, baseline)


def _scenarios(folder: Path) -> Iterator[tuple[list[SummaryRow], str]]:
    """Yield the rows of each scenario in a folder, and the baseline that they relate to."""
    summary = read_table(folder / SUMMARY, columns(SummaryRow))
    passes = read_table(folder / PASSES, TIMES)
    scenario = list(SCENARIO_COLUMNS)
    for key, table in summary.groupby(scenario, sort=False, dropna=False):
        own = passes[(passes[scenario] == list(key)).all(axis=1)]
        baseline = baseline_of(table)
        rows = [
            with_speed(row, own, baseline) if row.status == Status.CERTIFIED else row
            for row in rows_of(SummaryRow, table)
        ]
        yield rank(rows), baseline


def _findings(folder: Path) -> list[Finding]:
    return rows_of(Finding, read_table(folder / GATE, columns(Finding)))
