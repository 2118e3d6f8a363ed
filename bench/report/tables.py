"""`skipzeros report`: the tables of runs and gates once more, from their CSVs alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..outcomes import BadInput, Status
from ..records.documents import Document
from ..records.files import read_table
from ..records.rows import CellRow, Finding, SummaryRow, columns, rows_of
from ..records.schema import GATE, PASSES, SCENARIO_COLUMNS, SUMMARY
from ..records.summary import baseline_of, rank, with_speed
from ..show.gate import markdown as gate_markdown
from ..show.gate import print_gate
from ..show.run import print_run, run_markdown
from ..show.sweep import CellSummaryRow, print_sweep, summaries
from ..text.table import print_lines
from .page import write_page
from .sweep import cells_of, is_sweep

# The columns that times need; older records may lack the others.
TIMES = (
    *("network", "set", "round", "cpu_seconds", "wall_seconds", "limit_seconds"),
    *SCENARIO_COLUMNS,
)


@dataclass(frozen=True, kw_only=True)
class ReportRow(CellSummaryRow):
    """What is known of one network in a run or in a cell of a sweep, as in its summary.csv.

    Attributes:
        folder: of the run or sweep.
        baseline: the network that its ratio relates to; empty for none.
        machine, cell: of a sweep; empty for a run.
    """

    machine: str = ""
    cell: str = ""
    folder: Path
    baseline: str


@dataclass(frozen=True, kw_only=True)
class ReportFinding(Finding):
    """A verdict of a gate, as in its gate.csv.

    Attributes:
        folder: of the gate.
    """

    folder: Path


@dataclass(frozen=True, kw_only=True)
class ReportCell(CellRow):
    """A cell of a sweep, as in its cells.csv.

    Attributes:
        folder: of the sweep.
    """

    folder: Path


@dataclass(frozen=True, kw_only=True)
class ReportDocument(Document):
    """The records of some folders: a row for each network of each run, and each cell of a sweep.

    Attributes:
        findings: of the gates among the folders.
        cells: of the sweeps among them.
    """

    name = "report"
    of = "report"

    findings: list[ReportFinding]
    cells: list[ReportCell]
    rows: list[ReportRow]


def report_document(folders: Sequence[Path]) -> ReportDocument:
    """Return what report prints, for other programs, and write the page into the first folder.

    Raises:
        BadInput: as report raises it.
    """
    rows: list[ReportRow] = []
    findings: list[ReportFinding] = []
    cells: list[ReportCell] = []
    for folder in folders:
        if is_sweep(folder):
            own = cells_of(folder)
            cells += [ReportCell(folder=folder, **vars(row)) for row in own]
            for _, table in summaries(own, folder).groupby("cell", sort=False):
                baseline = baseline_of(table)
                found: Sequence[SummaryRow] = rows_of(CellSummaryRow, table)
                rows += [ReportRow(folder=folder, baseline=baseline, **vars(row)) for row in found]
        elif _is_gate(folder):
            findings += [ReportFinding(folder=folder, **vars(one)) for one in _findings(folder)]
        elif (folder / SUMMARY).exists():
            for found, baseline in _scenarios(folder):
                rows += [ReportRow(folder=folder, baseline=baseline, **vars(row)) for row in found]
    page = write_pages(folders)
    files = [page] if page else []
    return ReportDocument(files=files, notes=[], findings=findings, cells=cells, rows=rows)


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
