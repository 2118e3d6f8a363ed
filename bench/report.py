"""`skipzeros report`: the table of a run once more, from its CSVs alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from .errors import BadInput
from .ratios import median_seconds, paired_ratio
from .records import PASS_COLUMNS, PASSES, SCENARIO_COLUMNS, SUMMARY, SUMMARY_COLUMNS
from .summary import rank
from .table import print_run


def report(folder: Path) -> None:
    """Print the table of each scenario in a folder of records; times come from passes.csv.

    Raises:
        BadInput: a record is missing, or isn't one.
    """
    summary = _read(folder / SUMMARY, SUMMARY_COLUMNS)
    passes = _read(folder / PASSES, PASS_COLUMNS)
    scenario = list(SCENARIO_COLUMNS)
    for key, rows in summary.groupby(scenario, sort=False, dropna=False):
        own = passes[(passes[scenario] == list(key)).all(axis=1)]
        baseline = _baseline(rows)
        found = _rows(rows, own, baseline)
        rank(found)
        print_run(found, baseline)


def _read(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; give a folder that `run` wrote into") from None
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise BadInput(f"{path}: can't be read as a CSV ({reason}); run again") from None
    missing = [column for column in columns if column not in table]
    if missing:
        raise BadInput(f"{path}:1: lacks the columns {', '.join(missing)}; run again")
    return table


def _baseline(rows: pd.DataFrame) -> str:
    """The network whose time relates to itself: ratio and both ends of its interval are 1."""
    ones = rows[(rows[["ratio", "ratio_low", "ratio_high"]] == 1).all(axis=1)]
    return str(ones["network"].iloc[0]) if len(ones) else ""


def _rows(summary: pd.DataFrame, passes: pd.DataFrame, baseline: str) -> list[dict[str, Any]]:
    rows = []
    for record in summary.to_dict("records"):
        row: dict[str, Any] = {
            str(name): None if pd.isna(value) else value for name, value in record.items()
        }
        if row["status"] == "certified":
            name, clock = row["network"], row["clock"]
            row["median_seconds"] = median_seconds(passes, name, clock)
            row["reviews_per_second"] = row["reviews"] / row["median_seconds"]
            if baseline:
                ratio = paired_ratio(passes, name, baseline, clock)
                row |= {"ratio": ratio.ratio, "ratio_low": ratio.low, "ratio_high": ratio.high}
        rows.append(row)
    return rows
