"""`skipzeros check`: every network certified in a worker of its own, none of them timed."""

from __future__ import annotations

from ..equality.result import Result
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import certify, entries_for
from .experiment import Experiment

WHOLE_PASSES = 3


def check(experiment: Experiment) -> list[Result]:
    """Certify the networks of an experiment; nothing is written.

    Raises:
        BadInput: a network can't be had as it was named, or weights can't fit into memory.
    """
    with temporary_folder() as folder:
        entries = entries_for(experiment.networks, experiment.reviews, folder)
        results = certify(
            entries,
            experiment.scenario,
            experiment.limits,
            judged=experiment.certify,
            whole_passes=WHOLE_PASSES,
        )
    return list(results.values())
