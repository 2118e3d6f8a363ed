"""`skipzeros selftest`: how well does the gate decide on this machine?

Many gates run one after the other on two comparisons whose right verdicts are known: a network
with a copy of itself, and with itself on so many more words that it is as slow as the threshold.
Real gates are few, so many more are put together from the sets of workers that were recorded.
"""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ..gate.controls import Controls
from ..gate.decide import LOOKS, ROUNDS, SetRounds, Threshold, decide, evidence
from ..gate.finding import confirm, finding
from ..gate.measurement import Measurement
from ..outcomes import Failed, Verdict
from ..records.files import write_table
from ..records.recording import Recording
from ..records.rows import Finding
from ..records.schema import GATE
from ..text.progress import progress_bar
from ..workers.entry import Entry
from ..workers.shared_reviews import write_reviews
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import CORES, UNPINNED
from .experiment import Experiment

SIMULATED = 1_000
# It ends when the parent does, even if the parent is killed before this process begins.
HOG = """
import os, sys
while os.getppid() == int(sys.argv[1]):
    for _ in range(10**6):
        pass
"""


@dataclass(frozen=True)
class Tally:
    """How the gates on one comparison came out.

    Attributes:
        name: of the network that is compared with its original.
        real, simulated: how often each verdict was given.
    """

    name: str
    real: Counter[Verdict]
    simulated: Counter[Verdict]


def selftest(
    experiment: Experiment, slowdown: float, gates: int, noise: bool
) -> tuple[list[Tally], list[Finding]]:
    """Run many gates on what should pass and on what should be slower.

    It writes passes.csv and gate.csv, with a row for each gate and comparison.

    Args:
        experiment: of one network.
        slowdown: the threshold, a fraction; the longer control has so many more words.
        gates: how many.
        noise: whether to keep every core busy meanwhile, with processes that do nothing else.

    Returns:
        The tally of the copy and that of the longer control, and the findings of all gates, in
        which the two take turns.

    Raises:
        BadInput: the network can't be had as it was named, or there are too few reviews.
        Failed: the network isn't certified, or no longer is.
    """
    (network,) = experiment.networks
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        (folder / "reviews").mkdir()
        shared = write_reviews(experiment.reviews, folder / "reviews")
        recording = stack.enter_context(
            Recording(experiment.out, experiment.setting, sandboxed=experiment.sandbox)
        )
        measurement = Measurement(
            experiment.scenario,
            recording,
            experiment.limits,
            judged=None,
            rounds=ROUNDS,
            budget=math.inf,
            audit=experiment.audit,
        )
        controls = Controls.of(
            Entry(*network, shared),
            slowdown,
            experiment.reviews,
            experiment.spare,
            folder / "longer",
        )
        measurement.certify([entry for control in controls.both for entry in control.entries])
        if noise:
            stack.enter_context(hogs(len(CORES) or 1))
        findings = []
        with progress_bar(f"{gates} gates", gates) as advance:
            for _ in range(gates):
                findings += _gate(measurement, controls)
                advance(1)
    write_table(experiment.out / GATE, Finding, findings)
    passes = recording.passes()
    tallies = []
    for number, control in enumerate(controls.both):
        sets, _ = evidence(passes, control.network.name, control.baseline.name)
        real = Counter(finding.verdict for finding in findings[number::2])
        simulated = simulate(sets, control.threshold, SIMULATED)
        tallies.append(Tally(control.network.name, real, simulated))
    return tallies, findings


def _gate(measurement: Measurement, controls: Controls) -> list[Finding]:
    measurement.restart()
    doubts = dict.fromkeys(controls.both, "" if CORES else UNPINNED)
    measurement.stage(controls.both)
    slower = [
        control for control in controls.both if measurement.verdict(control) == Verdict.SLOWER
    ]
    confirm(measurement, slower, doubts)
    for result in measurement.results.values():
        if not result.certified:
            raise Failed(f"{result.name} is {result.status}: {result.reason}")
    return [finding(measurement, control, doubts[control]) for control in controls.both]


def simulate(sets: Sequence[SetRounds], threshold: Threshold, gates: int) -> Counter[Verdict]:
    """Count the verdicts of gates that are put together from recorded sets of workers.

    Args:
        sets: of one comparison; they are drawn at random, each with its rounds as they were, and
            one may be drawn several times.
        gates: how many.
    """
    draw = random.Random(1)
    verdicts: Counter[Verdict] = Counter()
    for _ in range(gates):
        verdict = _simulated(sets, threshold, draw)
        if verdict == Verdict.SLOWER and _simulated(sets, threshold, draw) != Verdict.SLOWER:
            verdict = Verdict.INCONCLUSIVE
        verdicts[verdict] += 1
    return verdicts


def _simulated(sets: Sequence[SetRounds], threshold: Threshold, draw: random.Random) -> Verdict:
    drawn: list[SetRounds] = []
    for look in LOOKS:
        drawn += draw.choices(sets, k=look - len(drawn))
        decision = decide(drawn, threshold)
        if decision.verdict:
            return decision.verdict
        if decision.hopeless:
            break
    return Verdict.INCONCLUSIVE


@contextmanager
def hogs(number: int) -> Iterator[None]:
    """Run so many processes meanwhile, each of which keeps a core busy."""
    command = [sys.executable, "-I", "-S", "-c", HOG, str(os.getpid())]
    started = [subprocess.Popen(command) for _ in range(number)]
    try:
        yield
    finally:
        for hog in started:
            hog.kill()
            hog.wait()
