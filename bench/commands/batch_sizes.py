"""One network in batches of several sizes: what a pass takes, and how many reviews come out right.

Passes of all sizes are timed in the same rounds, on the same core, so that their ratios are paired.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from statistics import mean

import pandas as pd

from ..advice.found import BatchRow
from ..outcomes import Status
from ..timing.host_lock import alone_on_this_machine
from ..timing.passes import Pass
from ..timing.ratios import paired_ratio
from ..timing.rounds import MIN_ROUNDS, time_round
from ..timing.secret import Secret
from ..workers.learn import learn
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import certify, entries_for, lined_up, pinned, sound_in_all
from .accuracy import train_and_test
from .experiment import Experiment

SEEDS = 5


def batch_sizes(
    experiment: Experiment, sizes: Sequence[int], trained_on: int, sets_of_workers: int
) -> list[BatchRow]:
    """Certify, time, train and test the one network of an experiment in batches of some sizes.

    Args:
        experiment: passes are timed on its reviews; its scenario has the size that ratios relate
            to, which is one of the sizes.
        trained_on: how many reviews accuracies come from.
        sets_of_workers: how many take the rounds in turn.

    Raises:
        BadInput: as run raises it.
        Failed: as run raises it.
    """
    with alone_on_this_machine(experiment.wait):
        passes, reasons = _timed(experiment, sizes, sets_of_workers)
        return [
            BatchRow(batch_size=size, reason=reasons[size])
            if reasons[size]
            else _with_accuracy(_with_ratio(size, passes, experiment), experiment, trained_on)
            for size in sizes
        ]


def _with_ratio(size: int, passes: pd.DataFrame, experiment: Experiment) -> BatchRow:
    ratio = paired_ratio(passes, str(size), str(experiment.scenario.batch_size))
    return BatchRow(batch_size=size, ratio=ratio.ratio, ratio_low=ratio.low, ratio_high=ratio.high)


def _with_accuracy(row: BatchRow, experiment: Experiment, trained_on: int) -> BatchRow:
    if not len(experiment.corpus.test):
        return row
    scenario = replace(experiment.scenario, batch_size=row.batch_size)
    trained, _ = train_and_test(replace(experiment, first=trained_on), [scenario], SEEDS)
    right = [one.test_accuracy for one in trained]
    if not right:
        return row
    return replace(
        row,
        seeds=len(right),
        trained_on=trained_on,
        accuracy=mean(right),
        accuracy_low=min(right),
        accuracy_high=max(right),
    )


def _timed(
    experiment: Experiment, sizes: Sequence[int], sets_of_workers: int
) -> tuple[pd.DataFrame, dict[int, str]]:
    """Time passes in batches of each size, in rounds of all sizes.

    Returns:
        The passes, each under its size in place of its network; and why a size has none, or
        nothing.
    """
    passes: list[Pass] = []
    reasons = dict.fromkeys(sizes, "")
    with temporary_folder() as folder, ExitStack() as stack:
        entries = entries_for(experiment.networks, experiment.reviews, folder)
        results, lines = {}, {}
        for size in sizes:
            scenario = replace(experiment.scenario, batch_size=size)
            results[size] = certify(
                entries, scenario, experiment.limits, judged=experiment.certify, whole_passes=1
            )
            (result,) = results[size].values()
            if result.status != Status.CERTIFIED:
                reasons[size] = f"{result.status}: {result.reason}"
                continue
            lines[size] = stack.enter_context(
                lined_up(
                    entries, results[size], scenario, experiment.limits,
                    numbers=range(1, sets_of_workers + 1),
                )
            )  # fmt: skip
        secrets: dict[int, Secret | None] = dict.fromkeys(sizes)
        for number in range(MIN_ROUNDS):
            # Unseeded, as in time_round.
            for size in random.SystemRandom().sample(list(lines), len(lines)):
                sets = lines[size]
                worker_set = sets[number % len(sets)]
                names = sound_in_all(sets)
                secrets[size] = secret = Secret(
                    experiment.reviews,
                    replace(experiment.scenario, batch_size=size),
                    secrets[size],
                )
                with pinned(worker_set.core):
                    drawn = worker_set.draw(names)
                    for timed in time_round(drawn, worker_set.number, number + 1, secret):
                        passes.append(replace(timed, network=str(size)))
        for size, sets in lines.items():
            learn(results[size], sets, experiment.audit)
            (result,) = results[size].values()
            if not result.certified:
                reasons[size] = f"{result.status}: {result.reason}"
    columns = list(Pass.__annotations__)
    return pd.DataFrame([vars(timed) for timed in passes], columns=columns), reasons
