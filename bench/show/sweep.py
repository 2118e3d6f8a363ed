"""What `skipzeros sweep` prints: what each cell found, and what machines say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..outcomes import Status
from ..records.documents import Document
from ..records.files import read_table
from ..records.rows import CellRow, SummaryRow, columns, rows_of
from ..records.schema import CELLS, PASSES, SCENARIO_COLUMNS, SUMMARY
from ..sweep.across import Effect, swaps, together
from ..text.amounts import interval, times
from ..text.table import print_lines, print_reasons, print_table
from ..timing.ratios import Ratio

SCENARIO = ("reviews", *SCENARIO_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class CellSummaryRow(SummaryRow):
    """What is known of one network in one cell, as in the summary.csv of a sweep.

    Attributes:
        machine: on which the cell was run.
        cell: its name.
    """

    machine: str
    cell: str


@dataclass(frozen=True, kw_only=True)
class SweepDocument(Document):
    """What became of a sweep: a row for each cell, as in cells.csv.

    Attributes:
        summary: a row for each network of each cell that is done.
    """

    name = "sweep"
    of = "sweep"

    summary: list[CellSummaryRow]
    rows: list[CellRow]


@dataclass(frozen=True, kw_only=True)
class PlannedRow:
    """A cell that a sweep would run.

    Attributes:
        cell: its name.
        arguments: the words behind `skipzeros run`.
    """

    cell: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class PlannedDocument(Document):
    """The cells of a sweep with --dry-run, which runs none."""

    name = "sweep-dry-run"
    of = "sweep"

    rows: list[PlannedRow]


def sweep_document(rows: Sequence[CellRow], out: Path) -> SweepDocument:
    """Return what became of a sweep, whose records lie in a folder, for other programs."""
    machines = {row.machine: row for row in rows if row.machine}
    found = summaries(rows, out)
    return SweepDocument(
        files=[out / name for name in (CELLS, PASSES, SUMMARY)],
        notes=[] if found.empty else [*said(found, machines, out)],
        summary=[] if found.empty else rows_of(CellSummaryRow, found),
        rows=[*rows],
    )


def print_sweep(rows: Sequence[CellRow], out: Path) -> None:
    """Print what came of a sweep whose records lie in a folder."""
    states = Counter(row.state for row in rows)
    machines = {row.machine: row for row in rows if row.machine}
    found = summaries(rows, out)
    if not found.empty:
        _print_ratios(found, len(machines))
        print_lines(*said(found, machines, out))
        told = found[found["reason"].notna()].drop_duplicates(["network", "status", "reason"])
        print_reasons(
            (f"{row['network']} in {row['cell']}", row["status"], row["reason"])
            for row in told.to_dict("records")
        )
    for row in rows:
        if row.state != "done":
            where = f" on {row.label or row.machine}" if row.machine else ""
            print_lines(f"{row.cell}{where}: {row.state}, {row.reason} ({row.arguments})")
    counts = [f"{states[state]} {state}" for state in ("done", "failed", "lost") if states[state]]
    print_lines(
        f"Of {len(rows)} cell{'s' * (len(rows) != 1)}: {', '.join(counts) or 'none done'}; on "
        f"{len(machines)} machine{'s' * (len(machines) != 1)}.",
        f"{out / CELLS}, {out / PASSES}, {out / SUMMARY}",
    )


def summaries(rows: Sequence[CellRow], out: Path) -> pd.DataFrame:
    """Return the summaries of the cells that are done; empty without any."""
    if not (out / SUMMARY).is_file() or not any(row.state == "done" for row in rows):
        return pd.DataFrame()
    return read_table(out / SUMMARY, [*columns(SummaryRow), "machine", "cell"])


def differing(found: pd.DataFrame) -> list[str]:
    """Return what differs between the scenarios of a sweep."""
    return [name for name in SCENARIO if found[name].nunique() > 1]


def in_words(scenario: pd.Series, found: pd.DataFrame) -> str:
    """Say of a scenario what differs between those of a sweep."""
    return ", ".join(
        f"{name.replace('_', ' ')} {plain(scenario[name])}" for name in differing(found)
    )


def matrix(
    found: pd.DataFrame, machines: int
) -> tuple[list[str], list[str], list[tuple[list[str], list[pd.Series | None]]]]:
    """Return a table of cells and networks.

    Returns:
        The headings of what tells a cell; the networks; and for each cell what tells it, and the
        row of the summary of each network, None where the cell hasn't got it.
    """
    names = [*(differing(found) or ["data"]), *(["machine"] if machines > 1 else [])]
    networks = list(dict.fromkeys(found["network"]))
    lines = []
    for _, cell in found.groupby("cell", sort=False):
        by_name = cell.set_index("network")
        rows = [by_name.loc[name] if name in by_name.index else None for name in networks]
        lines.append(([plain(cell.iloc[0][name]) for name in names], rows))
    return [name.replace("_", " ") for name in names], networks, lines


def _print_ratios(found: pd.DataFrame, machines: int) -> None:
    headings, networks, lines = matrix(found, machines)
    differing_ones = len(headings) - (machines > 1)
    lines.sort(key=lambda line: [cell.zfill(12) for cell in line[0][:differing_ones]])
    print_table(
        "How many times faster than the baseline of its cell, with 95 % intervals",
        [*headings, *networks],
        [[*told, *("" if row is None else _ratio(row) for row in rows)] for told, rows in lines],
    )


def plain(value: object) -> str:
    """Write a value of a scenario without digits that say nothing."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _ratio(row: pd.Series) -> str:
    if row["status"] != Status.CERTIFIED:
        return str(row["status"])
    if row["ratio"] != row["ratio"]:
        return "no ratio"
    return f"{times(row['ratio'])} ({interval(row['ratio_low'], row['ratio_high'])})"


def said(found: pd.DataFrame, machines: Mapping[str, CellRow], out: Path) -> Iterator[str]:
    """Yield what machines say together, of each scenario that several have run."""
    if len(machines) < 2:
        return
    passes = read_table(out / PASSES, ["network", "set", "round", "machine", "cell"])
    for _, own in found.groupby(list(SCENARIO), sort=False, dropna=False):
        cells = own.drop_duplicates("machine", keep="last")
        if len(cells) < 2:
            continue
        told = in_words(own.iloc[0], found)
        own = own[own["cell"].isin(cells["cell"])]
        yield from (f"{told}: {line}" if told else line for line in _of(own, passes, machines))


def _of(own: pd.DataFrame, passes: pd.DataFrame, machines: Mapping[str, CellRow]) -> Iterator[str]:
    names = [
        str(name)
        for name in own["network"].unique()
        if (own.loc[own["network"] == name, "status"] == Status.CERTIFIED).all()
    ]
    cells = dict(zip(own["machine"], own["cell"], strict=True))
    rows = {machine: passes[passes["cell"] == cell] for machine, cell in cells.items()}
    found = swaps(rows, names)
    if not found:
        yield f"No two networks swap their order between these {len(cells)} machines."
    for swap in found:
        yield (
            f"{swap.first} is faster than {swap.second} on {', '.join(swap.faster)}, and slower "
            f"on {', '.join(swap.slower)}."
        )
    for name in names:
        ratios = own[own["network"] == name]
        effects = [
            Effect(row["machine"], machines[row["machine"]].cpu,
                   Ratio(row["ratio"], row["ratio_low"], row["ratio_high"]))
            for _, row in ratios.iterrows()
        ]  # fmt: skip
        joint = together(effects)
        if joint is not None:
            low, high = joint.predicted
            yield (
                f"{name}: {times(joint.mean.ratio)} times faster "
                f"({interval(joint.mean.low, joint.mean.high)}) on an average of {joint.kinds} "
                f"kinds of machines; on one more like these {interval(low, high)}."
            )
    kinds = {machines[machine].cpu for machine in cells}
    if len(kinds) < 3:
        yield (
            f"{len(kinds)} kind{'s' * (len(kinds) != 1)} of machines: no mean is told before there "
            "are 3."
        )
