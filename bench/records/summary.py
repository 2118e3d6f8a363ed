"""From what was found out and timed to the rows of summary.csv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...impls.network import Array
from ..outcomes import Status
from ..timing.ratios import clock_of, median_seconds, paired_ratio, times_limit

if TYPE_CHECKING:
    from ..equality.result import Result


def accuracy(outputs: Array, labels: Array) -> float:
    """The share of reviews whose output is nearer to their label; an exact 0.5 is wrong."""
    return float(np.mean(np.abs(outputs - labels) < 0.5)) if len(labels) else float("nan")


def baseline_of(summary: pd.DataFrame) -> str:
    """The network whose time relates to itself: ratio and both ends of its interval are 1.

    Empty where there is none.
    """
    ones = summary[(summary[["ratio", "ratio_low", "ratio_high"]] == 1).all(axis=1)]
    return str(ones["network"].iloc[0]) if len(ones) else ""


def summarize(
    results: Sequence[Result],
    passes: pd.DataFrame,
    baseline: str,
    labels: Array,
    setting: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """One row a network with the columns of summary.csv; only certified ones have a speed.

    Args:
        passes: as in passes.csv.
        baseline: its name; unless it is certified, no row has a ratio.
        labels: (n,) of the reviews in training, for the accuracy while passing once.
        setting: the scenario's columns, on every row.
    """
    certified = [result.name for result in results if result.certified]
    clocks = {name: clock_of(passes, name, baseline) for name in certified}
    medians = {name: median_seconds(passes, name, clocks[name]) for name in certified}
    ratios = {
        name: paired_ratio(passes, name, baseline, clocks[name])
        for name in certified
        if baseline in certified
    }
    rows = []
    for result in results:
        row: dict[str, Any] = {
            **setting,
            "network": result.name,
            "status": result.status,
            "reason": result.reason,
            "peak_memory_bytes": result.peak_memory_bytes,
            "prepare_seconds": result.prepare_seconds,
            "compile_seconds": result.compile_seconds,
            **dict.fromkeys(
                ("rank", "clock", "median_seconds", "reviews_per_second", "ratio", "ratio_low",
                 "ratio_high", "train_accuracy", "worst_error_ratio", "reviews_certified",
                 "times_limit", "times_limit_low", "times_limit_high")
            ),
        }  # fmt: skip
        if result.certificate is not None and result.certificate.status == Status.CERTIFIED:
            row["worst_error_ratio"] = result.certificate.tally.worst_error_ratio
            row["reviews_certified"] = result.certificate.tally.reviews
        if result.name in certified and result.certificate is not None:
            seconds = medians[result.name]
            row.update(
                clock=clocks[result.name],
                median_seconds=seconds,
                reviews_per_second=setting["reviews"] / seconds,
            )
            limit = times_limit(passes, result.name, clocks[result.name])
            row.update(
                times_limit=limit.ratio, times_limit_low=limit.low, times_limit_high=limit.high
            )
            if result.certificate.outputs is not None:
                row["train_accuracy"] = accuracy(result.certificate.outputs, labels)
            if ratios:
                ratio = ratios[result.name]
                row.update(ratio=ratio.ratio, ratio_low=ratio.low, ratio_high=ratio.high)
        rows.append(row)
    rank(rows)
    return rows


def rank(rows: Sequence[dict[str, Any]]) -> None:
    """Number the certified rows from the fastest on: by what was measured in pairs, if it was."""
    certified = [row for row in rows if row["status"] == Status.CERTIFIED]
    by = "median_seconds" if any(row["ratio"] is None for row in certified) else "ratio"
    for place, row in enumerate(sorted(certified, key=lambda row: row[by]), 1):
        row["rank"] = place


POINTS = 200  # of a network, evenly spread on a logarithmic axis


def parting(results: Sequence[Result], baseline: str) -> Iterator[dict[str, Any]]:
    """The rows of parting.csv: how far the outputs of certified networks have come apart.

    Args:
        baseline: the network that the others are compared with; no rows unless it is certified.
    """
    outputs = {
        result.name: result.certificate.outputs
        for result in results
        if result.certified
        and result.certificate is not None
        and result.certificate.outputs is not None
    }
    if baseline not in outputs or not len(outputs[baseline]):
        return
    base = outputs.pop(baseline).astype(np.float64)
    reviews = np.unique(np.geomspace(1, len(base), POINTS).round().astype(int))
    for name, own in outputs.items():
        largest = np.maximum.accumulate(np.abs(own.astype(np.float64) - base))
        for review in reviews:
            yield {
                "network": name, "baseline": baseline, "review": int(review),
                "difference": float(largest[review - 1]),
            }  # fmt: skip
