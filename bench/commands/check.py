"""`skipzeros check`: every network certified in a worker of its own, none of them timed."""

from __future__ import annotations

from ..equality.cases import Case
from ..equality.result import Result
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import certify, entries_for, try_case
from .experiment import Experiment

WHOLE_PASSES = 3


def check(experiment: Experiment, *, quick: bool = False, case: Case | None = None) -> list[Result]:
    """Certify the networks of an experiment, also in the matrix; nothing is written.

    Args:
        quick: whether the matrix is left out.
        case: one case of the matrix, to be tried in place of all else.

    Raises:
        BadInput: a network can't be had as it was named, or weights can't fit into memory.
    """
    with temporary_folder() as folder:
        entries = entries_for(experiment.networks, experiment.reviews, folder)
        if case is not None:
            return list(try_case(entries, case, experiment.limits).values())
        results = certify(
            entries,
            experiment.scenario,
            experiment.limits,
            judged=experiment.certify,
            whole_passes=WHOLE_PASSES,
            matrix=not quick,
        )
    return list(results.values())
