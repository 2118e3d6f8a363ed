"""history.csv: a line for each network of each run that was added, made to be committed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..networks.revision import git
from ..outcomes import BadInput, Status
from ..records.files import csv_text, growing, parse_csv, read_table, rows_below
from ..records.machine import FINGERPRINT, Machine
from ..records.rows import HistoryRow, SummaryRow, columns, rows_of
from ..records.run_folder import RunFolder
from ..records.schema import IDENTITY, PASSES, SCENARIO_COLUMNS
from ..text.markdown import one_line

# What tells one line from another, and what lines have in common that may be compared.
OWN = tuple(name for name in IDENTITY if name in columns(HistoryRow))
COMMIT = re.compile("[0-9a-f]{4,64}(-dirty)?")
SERIES = ("anchor", "reviews", *SCENARIO_COLUMNS, *FINGERPRINT)


def read_history(path: Path) -> list[HistoryRow]:
    """Read a history.

    Raises:
        BadInput: it is missing, or isn't one.
    """
    if not path.is_file():
        raise BadInput(f"{path}: no such file; `skipzeros history add FOLDER` begins it")
    cure = "mend or remove that line, or have git restore the file"
    return rows_of(HistoryRow, read_table(path, columns(HistoryRow), cure=cure))


def rows_to_add(run: RunFolder, anchor: str) -> list[HistoryRow]:
    """Return the lines that a run adds to a history.

    Args:
        anchor: the network that ratios relate to; empty for the baseline of the run.

    Raises:
        BadInput: the run was made outside of a repository, or has no such anchor.
    """
    anchor = anchor or run.baseline
    if anchor not in run.certified:
        raise BadInput(
            f"{run.folder}: {anchor or 'its baseline'} isn't certified there; name another anchor"
        )
    if run.passes.empty:
        raise BadInput(f"{run.folder}: no pass was timed; run again")
    last = run.passes.iloc[-1]
    commit = str(last["git_revision"] or "")
    if commit and not COMMIT.fullmatch(commit):
        raise BadInput(
            f"{run.folder / PASSES}: git_revision {one_line(commit)[:60]!r} is no commit"
        )
    if not commit:
        raise BadInput(
            f"{run.folder}: was run outside of a git repository, so that no commit is known; run "
            "in the repository"
        )
    subject, date = _about(commit)
    machine: dict[str, Any] = {
        name: "" if last[name] != last[name] else last[name]
        for name in Machine.__annotations__
        if name in columns(HistoryRow)
    }
    rows = []
    for row in run.rows.values():
        ratio = run.ratio(row.network, anchor)
        known = row.status == Status.CERTIFIED
        rows.append(
            HistoryRow(
                commit=commit,
                time=str(last["run_id"]).rsplit("-", 1)[0],
                network=row.network,
                status=row.status,
                anchor=anchor,
                ratio=ratio.ratio if known else float("nan"),
                ratio_low=ratio.low if known else float("nan"),
                ratio_high=ratio.high if known else float("nan"),
                subject=subject,
                author_date=date,
                **_scenario(row),
                **machine,
            )
        )
    return rows


def add_rows(path: Path, rows: Sequence[HistoryRow]) -> int:
    """Append lines to a history, which is made if it isn't there.

    Lines that it has already are left out, so that adding a run twice changes nothing.

    Returns:
        How many were added.

    Raises:
        BadInput: the file is no history.
    """
    with growing(path) as file:
        before = path.read_bytes()
        known = {_identity(row) for row in read_history(path)} if before else set()
        new = [row for row in rows if _identity(row) not in known]
        if not before:
            file.write(csv_text(HistoryRow, new).encode())
        elif new:
            end = "\r\n" if b"\r\n" in before else "\n"
            header = [str(name) for name in parse_csv(before.splitlines()[0])]
            try:
                lines = rows_below(header, end, new)
            except ValueError as error:
                raise BadInput(
                    f"{path}:1: lacks the columns {error}; an older version began it: begin another"
                ) from None
            file.write(("" if before.endswith(b"\n") else end).encode() + lines.encode())
    return len(new)


def _identity(row: HistoryRow) -> tuple[object, ...]:
    return tuple(str(getattr(row, name)) for name in OWN)


def _scenario(row: SummaryRow) -> dict[str, Any]:
    names = {*columns(HistoryRow)} & {*columns(SummaryRow)}
    own = {"network", "status", "ratio", "ratio_low", "ratio_high"}
    return {name: getattr(row, name) for name in names - own}


def _about(commit: str) -> tuple[str, str]:
    """Return the subject of a commit and when its author wrote it; empty where git doesn't know."""
    name = commit.removesuffix("-dirty")
    told, problem = git("log", "-1", "--format=%s%n%aI", "--end-of-options", name)
    subject, _, date = told.rpartition("\n")
    return ("", "") if problem else (subject, date)


def in_series(rows: Iterable[HistoryRow]) -> dict[tuple[object, ...], list[HistoryRow]]:
    """Put lines together that may be compared: of one scenario, anchor and kind of machine.

    Returns:
        The lines of each series in the order of the file; of several of one network at one commit
        the last.
    """
    found: dict[tuple[object, ...], dict[tuple[str, str], HistoryRow]] = {}
    for row in rows:
        series = found.setdefault(tuple(getattr(row, name) for name in SERIES), {})
        series.pop((row.commit, row.network), None)
        series[row.commit, row.network] = row
    return {series: list(own.values()) for series, own in found.items()}
