"""The rows of summary.csv and parting.csv, concluded from what was found out and timed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...impls.network import Array
from ..outcomes import Status
from ..timing.ratios import (
    Ratio,
    clock_of,
    device_used,
    floor_seconds,
    median_seconds,
    paired_ratio,
    threads_used,
    times_limit,
)
from .rows import PartingRow, Setting, SummaryRow

if TYPE_CHECKING:
    from ..equality.result import Result


def accuracy(outputs: Array, labels: Array) -> float:
    """Return the share of reviews whose output is nearer to their label; an exact 0.5 is wrong."""
    return float(np.mean(np.abs(outputs - labels) < 0.5)) if len(labels) else float("nan")


def baseline_of(summary: pd.DataFrame) -> str:
    """Return the baseline: the network whose ratio, and both ends of its interval, are 1.

    Returns:
        Its name; empty where there is none.
    """
    ones = summary[(summary[["ratio", "ratio_low", "ratio_high"]] == 1).all(axis=1)]
    return str(ones["network"].iloc[0]) if len(ones) else ""


def summarize(
    results: Sequence[Result],
    passes: pd.DataFrame,
    baseline: str,
    labels: Array,
    setting: Setting,
) -> list[SummaryRow]:
    """Return the rows of summary.csv, one for each network; only certified ones have a speed.

    Args:
        passes: the rows of passes.csv.
        baseline: its name; unless it is certified, no row has a ratio.
        labels: (n,) of the training reviews, for the accuracy during the pass.
    """
    known = any(result.certified and result.name == baseline for result in results)
    rows = []
    for result in results:
        row = _without_speed(result, setting)
        if result.certified and result.certificate is not None:
            outputs = result.certificate.outputs
            if outputs is not None:
                row = replace(row, train_accuracy=accuracy(outputs, labels))
            clock = clock_of(passes, result.name, baseline)
            row = with_speed(replace(row, clock=clock), passes, baseline if known else "")
        rows.append(row)
    return rank(rows)


def _without_speed(result: Result, setting: Setting) -> SummaryRow:
    row = SummaryRow(
        network=result.name,
        status=result.status,
        reason=result.reason,
        peak_memory_bytes=result.peak_memory_bytes,
        prepare_seconds=result.prepare_seconds,
        compile_seconds=result.compile_seconds,
        audited=result.audited,
        **vars(setting),
    )
    if result.certificate is not None and result.certificate.status == Status.CERTIFIED:
        tally = result.certificate.tally
        row = replace(
            row, worst_error_ratio=tally.worst_error_ratio, reviews_certified=tally.reviews
        )
    return row


def with_speed(row: SummaryRow, passes: pd.DataFrame, baseline: str) -> SummaryRow:
    """Return the row of a certified network with the figures that follow from its passes.

    Args:
        row: with its clock.
        passes: the rows of passes.csv.
        baseline: the name of a certified network; where it is empty there is no ratio.
    """
    clock = row.clock or ""
    seconds = median_seconds(passes, row.network, clock)
    device = device_used(passes, row.network)
    # Another device has memory of its own, whose limit nobody has measured.
    limit = times_limit(passes, row.network, clock) if device == "cpu" else Ratio()
    ratio = paired_ratio(passes, row.network, baseline, clock) if baseline else Ratio()
    return replace(
        row,
        threads_used=threads_used(passes, row.network),
        device_used=device,
        median_seconds=seconds,
        reviews_per_second=row.reviews / seconds,
        ratio=ratio.ratio,
        ratio_low=ratio.low,
        ratio_high=ratio.high,
        times_limit=limit.ratio,
        times_limit_low=limit.low,
        times_limit_high=limit.high,
        floor_seconds=floor_seconds(passes, row.network),
    )


def rank(rows: Sequence[SummaryRow]) -> list[SummaryRow]:
    """Number the certified rows from the fastest on: by their ratios if all have one."""
    certified = [row for row in rows if row.status == Status.CERTIFIED]
    by = "median_seconds" if any(math.isnan(row.ratio) for row in certified) else "ratio"
    fastest = sorted(certified, key=lambda row: float(getattr(row, by)))
    places = {row.network: place for place, row in enumerate(fastest, 1)}
    return [replace(row, rank=places.get(row.network)) for row in rows]


POINTS = 200  # reviews told of each network, evenly spread on a logarithmic axis


def parting(results: Sequence[Result], baseline: str) -> Iterator[PartingRow]:
    """Yield the rows of parting.csv: how far the outputs of certified networks have come apart.

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
            yield PartingRow(
                network=name,
                baseline=baseline,
                review=int(review),
                difference=float(largest[review - 1]),
            )
