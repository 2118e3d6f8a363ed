"""What `skipzeros check --json` prints, and the frame of the same rows in Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..commands.experiment import Experiment
from ..equality.cases import Case
from ..equality.parting import part
from ..equality.result import Result
from ..outcomes import Status
from ..records.documents import Measured
from ..records.machine import machine
from .check import both_outputs, notes, tell


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """What is known of one network; figures are of certified ones only.

    Attributes:
        worst_error_ratio: the largest difference / bound of all figures judged.
        reviews_certified: how many reviews were judged.
        steps, live: how many steps were judged, and how many of them the bounds pin down.
        segments: into how many the pass was cut whose steps were judged.
        cases, of_cases: how many small scenarios it was certified in, and how many there are.
        left_out: those that were left out because the others took too long.
        case: the plainest small scenario that it got wrong; empty for none.
        seconds, cases_seconds: wall time of certifying on the data, and in small scenarios.
    """

    network: str
    status: Status
    reason: str
    worst_error_ratio: float = math.nan
    reviews_certified: int | None = None
    steps: int | None = None
    live: int | None = None
    segments: int | None = None
    cases: int
    of_cases: int
    left_out: list[str]
    case: str
    seconds: float = math.nan
    cases_seconds: float

    @classmethod
    def of(cls, result: Result) -> CheckRow:
        """Return the row of a network."""
        row = cls(
            network=result.name,
            status=result.status,
            reason=result.reason,
            cases=result.cases,
            of_cases=result.of_cases,
            left_out=[*result.left_out],
            case=result.case,
            cases_seconds=result.cases_seconds,
        )
        certificate = result.certificate
        if certificate is None:
            return row
        row = replace(row, seconds=certificate.seconds)
        if not result.certified:
            return row
        tally = certificate.tally
        return replace(
            row,
            worst_error_ratio=tally.worst_error_ratio,
            reviews_certified=tally.reviews,
            steps=tally.steps,
            live=tally.live,
            segments=certificate.segments,
        )


@dataclass(frozen=True, kw_only=True)
class PartedRow:
    """Where the outputs of two networks part.

    Attributes:
        threshold: of a difference between outputs.
        review: the first whose outputs differ by more; None where none do.
    """

    threshold: float
    review: int | None


@dataclass(frozen=True, kw_only=True)
class Parted:
    """How the outputs of two certified networks part in a pass.

    Attributes:
        networks: the two.
        apart: the largest difference of an output.
        reviews_per_e_fold: over how many reviews the difference grows e-fold; None where it doesn't
            grow.
    """

    networks: list[str]
    apart: float
    reviews_per_e_fold: float | None
    rows: list[PartedRow]


@dataclass(frozen=True, kw_only=True)
class CheckDocument(Measured):
    """Which networks are the same network: a row for each.

    Attributes:
        scenario: the small scenario that alone was tried; empty for the data and all small ones.
        compare: where two networks part; None unless that was asked and both are certified.
    """

    name = "check"
    of = "check"

    scenario: str
    compare: Parted | None
    rows: list[CheckRow]


def check_document(
    results: Sequence[Result], experiment: Experiment, case: Case | None, compare: bool
) -> CheckDocument:
    """Return what is known of networks for other programs.

    Args:
        case: as for print_check.
        compare: whether to say where the first two part.
    """
    more = [tell(results, experiment.scenario.learning_rate)] if compare else []
    return CheckDocument(
        files=[],
        notes=[*notes(results, experiment, case), *more],
        machine=machine(experiment.sandbox),
        setting=experiment.setting,
        scenario=str(case or ""),
        compare=_parted(results) if compare else None,
        rows=[CheckRow.of(result) for result in results],
    )


def _parted(results: Sequence[Result]) -> Parted | None:
    outputs = both_outputs(results)
    if len(outputs) < 2:
        return None
    first, reviews = part(*outputs)
    return Parted(
        networks=[result.name for result in results[:2]],
        apart=float(np.abs(outputs[0] - outputs[1]).max()),
        reviews_per_e_fold=reviews,
        rows=[PartedRow(threshold=threshold, review=at) for threshold, at in first.items()],
    )
