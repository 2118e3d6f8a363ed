"""What `skipzeros run --vary` prints: the times at each value, and how they grow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..commands.experiment import Experiment
from ..cost.growth import DENSE, without_crossing
from ..cost.sizes import Vary
from ..outcomes import Status
from ..records.documents import Measured
from ..records.machine import machine
from ..records.rows import GrowthRow
from ..records.schema import SCALING
from ..text.amounts import seconds
from ..text.table import print_lines, print_reasons, print_table


@dataclass(frozen=True, kw_only=True)
class ScalingDocument(Measured):
    """How the cost of each network grows: a row for each network and value, as in scaling.csv.

    Attributes:
        setting: before a size is varied.
        baseline: the network that ratios relate to, in the run of each value.
        vary: the size that is varied.
        values: that it takes.
    """

    name = "run-vary"
    of = "run"

    baseline: str
    vary: str
    values: list[int]
    rows: list[GrowthRow]


def scaling_document(
    rows: Sequence[GrowthRow], vary: Vary, experiment: Experiment
) -> ScalingDocument:
    """Return how costs grow for other programs."""
    return ScalingDocument(
        files=[experiment.out / SCALING],
        notes=_notes(rows, vary),
        machine=machine(experiment.sandbox),
        setting=experiment.setting,
        baseline=experiment.baseline,
        vary=vary.name,
        values=[*vary.values],
        rows=[*rows],
    )


def print_scaling(rows: Sequence[GrowthRow], vary: Vary) -> None:
    """Print the times at each value, and below them what was fitted."""
    by_name, first = _by_name(rows), rows[0]
    print_table(
        f"One training pass over {'' if vary.name == 'reviews' else str(first.reviews) + ' '}"
        f"reviews of {first.data}, at each {vary.name}",
        ["network", *(f"{value:,}" for value in vary.values), f"grows with\n{vary.name}"],
        [
            (
                name,
                *(_time(by_name[name], value) for value in vary.values),
                _power(by_name[name][0]),
            )
            for name in by_name
        ],
    )
    print_reasons((f"{row.network} at {row.value:,}", row.status, row.reason) for row in rows)
    print_lines(*_notes(rows, vary))


def _notes(rows: Sequence[GrowthRow], vary: Vary) -> list[str]:
    by_name = _by_name(rows)
    return [
        "^1 is in proportion, ^0 not at all; with 95 % intervals. The exponents compare runs one "
        "after the other, and an offset that doesn't grow makes them smaller.",
        *(_crossovers(by_name) if vary.name in ("vocabulary", "words") else []),
        *(_speed_ups(by_name) if vary.name == "threads" else []),
    ]


def _by_name(rows: Sequence[GrowthRow]) -> dict[str, list[GrowthRow]]:
    names = dict.fromkeys(row.network for row in rows)
    return {name: [row for row in rows if row.network == name] for name in names}


def _time(rows: Sequence[GrowthRow], value: int) -> str:
    return next((seconds(row.median_seconds) for row in rows if row.value == value), "")


def _power(row: GrowthRow) -> str:
    if math.isnan(row.exponent):
        return ""
    low, high = row.exponent_low, row.exponent_high
    return f"^{row.exponent:.2f} ({low:.2f} to {high:.2f})"


def _speed_ups(rows: Mapping[str, Sequence[GrowthRow]]) -> list[str]:
    """Say how much faster more threads are, by the ratios to the baseline of either run."""
    lines = []
    for name, own in rows.items():
        certified = [row for row in own if row.status == Status.CERTIFIED]
        for row in certified:
            if row.threads_used == 1 or row is certified[0]:
                continue
            first = certified[0]
            low, high = first.ratio_low / row.ratio_high, first.ratio_high / row.ratio_low
            lines.append(
                f"{name}: {row.threads_used} threads are {first.ratio / row.ratio:.2f} "
                f"({low:.2f} to {high:.2f}) times as fast as {first.threads_used}, "
                "by the ratios to the baseline at either number."
            )
    if not lines:
        return ["No certified network here had more than one thread; one declares its threads."]
    return [*lines, "With one thread times are CPU time, with more they are wall time."]


def _crossovers(rows: Mapping[str, Sequence[GrowthRow]]) -> list[str]:
    if DENSE not in rows:
        return ["Where the dense product wins is told with dense among the networks."]
    densities = sorted(row.density for row in rows[DENSE])
    lines = [f"Words present / vocabulary goes from {densities[0]:.2%} to {densities[-1]:.2%}."]
    ratios = {row.value: row.ratio for row in rows[DENSE]}
    for name, own in rows.items():
        if name == DENSE or all(row.status != Status.CERTIFIED for row in own):
            continue
        row = own[0]
        if not math.isnan(row.crossover):
            ends = [row.crossover_low, row.crossover_high]
            reach = "" if any(map(math.isnan, ends)) else f" ({ends[0]:.1%} to {ends[1]:.1%})"
            lines.append(f"  dense beats {name} from a density of {row.crossover:.1%}{reach} on")
            continue
        over = [at.ratio / ratios.get(at.value, math.nan) for at in own]
        lines.append(f"  {without_crossing(name, over)}")
    return lines
