"""`skipzeros check`: every network certified in a worker of its own, none of them timed."""

from __future__ import annotations

import os
from functools import partial

from ..equality.cases import Case
from ..equality.result import Result
from ..equality.segments import most_segments
from ..outcomes import BadInput
from ..sweep.segments import SweepJudges
from ..sweep.window import Engine
from ..text.amounts import whole
from ..timing.memory import refuse_what_cannot_fit
from ..workers.driver import JudgesFor
from ..workers.judges import LocalJudges
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import COPIES, CORES, certify, entries_for, try_case
from .experiment import Experiment

WHOLE_PASSES = 3


def check(
    experiment: Experiment,
    *,
    quick: bool = False,
    case: Case | None = None,
    workers: int | None = None,
    engine: Engine | None = None,
) -> list[Result]:
    """Certify the networks of an experiment, also in the matrix; nothing is written.

    Args:
        quick: whether the matrix is left out.
        case: one case of the matrix, to be tried in place of all else.
        workers: how many processes of this machine judge the steps of a network, in segments.
        engine: its workers judge them, in segments. Without both, all are judged in one piece.

    Raises:
        BadInput: a network can't be had as it was named, weights can't fit into memory, or there
            are more workers than cores or segments.
    """
    judges: JudgesFor | None = None
    if workers is not None:
        judges = partial(LocalJudges, at_once=_checked(workers, experiment))
    elif engine is not None:
        judges = partial(SweepJudges, engine)
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
            judges=judges,
        )
    return list(results.values())


def _checked(workers: int, experiment: Experiment) -> int:
    """Return a number of workers that this machine has cores and the pass has steps for."""
    workers = whole("workers", workers, 1)
    cores = len(CORES) or os.cpu_count() or 1
    if workers > cores:
        raise BadInput(f"workers={workers}: more than this machine has cores, {cores}; name fewer")
    steps = -(-len(experiment.reviews) // experiment.scenario.batch_size)
    segments = most_segments(steps)
    if workers > segments:
        raise BadInput(
            f"workers={workers}: more than {steps:,} steps have segments, {segments}; name fewer"
        )
    vocabulary_size = experiment.reviews.vocabulary_size
    refuse_what_cannot_fit(vocabulary_size, experiment.scenario, COPIES * (1 + workers))
    return workers
