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

import pandas as pd

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
from ..timing.ratios import ratio_over_sets
from ..workers.entry import Entry
from ..workers.shared_reviews import write_reviews
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import CORES, SETS, UNPINNED
from .experiment import Experiment

SIMULATED, RUNS = 1_000, 400
COVERED_ROUNDS = (6, 12, 20, 40, 60)
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


@dataclass(frozen=True)
class Selftest:
    """What came of a selftest.

    Attributes:
        copy, longer: how the gates on the two controls came out.
        findings: of all gates, in which the two take turns.
        coverage: how often the interval of a run of so many rounds holds the truth, a share.
    """

    copy: Tally
    longer: Tally
    findings: list[Finding]
    coverage: dict[int, float]


def selftest(experiment: Experiment, slowdown: float, gates: int, noise: bool) -> Selftest:
    """Run many gates on what should pass and on what should be slower.

    It writes passes.csv and gate.csv, with a row for each gate and comparison.

    Args:
        experiment: of one network.
        slowdown: the threshold, a fraction; the longer control has so many more words.
        gates: how many.
        noise: whether to keep every core busy meanwhile, with processes that do nothing else.

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
    tallies, recorded = [], []
    for number, control in enumerate(controls.both):
        sets, _ = evidence(passes, control.network.name, control.baseline.name)
        real = Counter(finding.verdict for finding in findings[number::2])
        simulated = simulate(sets, control.threshold, SIMULATED)
        tallies.append(Tally(control.network.name, real, simulated))
        recorded.append(sets)
    copy, longer = tallies
    return Selftest(copy, longer, findings, coverage(recorded[0], RUNS))


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


def coverage(sets: Sequence[SetRounds], runs: int) -> dict[int, float]:
    """Say how often an interval of `run` holds 1, for a network and its copy.

    Args:
        sets: recorded of them; of each run three are drawn, and of each of these some rounds in a
            row.
        runs: how many are put together for each number of rounds.

    Returns:
        The share of them, by the number of rounds; empty where too few sets are long enough.
    """
    draw = random.Random(1)
    found = {}
    for rounds in COVERED_ROUNDS:
        long = [paired.logs for paired in sets if len(paired.logs) >= math.ceil(rounds / SETS)]
        if len(long) < SETS:
            continue
        held = 0
        for _ in range(runs):
            parts = {}
            for number, logs in enumerate(draw.sample(long, SETS)):
                size = len(range(number, rounds, SETS))
                begin = draw.randrange(len(logs) - size + 1)
                parts[number] = pd.Series(logs[begin : begin + size])
            ratio = ratio_over_sets(pd.concat(parts, names=["set", "round"]))
            held += ratio.low <= 1 <= ratio.high
        found[rounds] = held / runs
    return found


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
