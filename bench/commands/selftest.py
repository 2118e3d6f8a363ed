"""`skipzeros selftest`: how well does the gate decide on this machine?

Many gates run one after the other on two comparisons whose right verdicts are known: a network
with a copy of itself, and with itself on so many more words that it is as slow as the threshold.
Gates on other slowdowns may be asked for. Real gates are few, so many more are put together from
the sets of workers that were recorded.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..gate.comparison import Comparison
from ..gate.controls import Controls
from ..gate.decide import ROUNDS, Threshold, evidence
from ..gate.finding import confirm, finding
from ..gate.measurement import Measurement
from ..gate.simulation import coverage, simulate, simulate_tested
from ..outcomes import Failed, Verdict
from ..records.files import write_table
from ..records.recording import Recording
from ..records.rows import Finding
from ..records.schema import GATE
from ..text.progress import progress_bar
from ..timing.host_lock import alone_on_this_machine
from ..workers.entry import Entry
from ..workers.shared_reviews import write_reviews
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import CORES, UNPINNED
from .experiment import Experiment

SIMULATED, RUNS = 1_000, 400
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
        slowdown: how much slower it is, a fraction.
        real, simulated: how often each verdict was given.
    """

    name: str
    slowdown: float
    real: Counter[Verdict]
    simulated: Counter[Verdict]

    def wrong(self, threshold: Threshold) -> int:
        """Count the real gates that stopped what may pass, or passed what is too slow."""
        if math.log1p(self.slowdown) <= threshold.slower:
            return self.real[Verdict.SLOWER]
        passed = self.real[Verdict.PASS] + self.real[Verdict.FASTER]
        return passed if self.slowdown >= threshold.slowdown else 0


@dataclass(frozen=True)
class Selftest:
    """What came of a selftest.

    Attributes:
        copy, longer: how the gates on the two controls came out.
        others: how those on other slowdowns came out, which the controls test.
        findings: of each gate: the copy, the longer one, and the others.
        wrong: how many of all real gates gave a wrong verdict.
        coverage: how often the interval of a run of so many rounds holds the truth, a share.
    """

    copy: Tally
    longer: Tally
    others: list[Tally]
    findings: list[list[Finding]]
    wrong: int
    coverage: dict[int, float]


def selftest(
    experiment: Experiment,
    slowdown: float,
    gates: int,
    noise: bool,
    others: Sequence[float] = (),
) -> Selftest:
    """Run many gates on what should pass and on what should be slower.

    It writes passes.csv and gate.csv, with a row for each gate and comparison.

    Args:
        experiment: of one network.
        slowdown: the threshold, a fraction; the longer control has so many more words.
        gates: how many.
        noise: whether to keep every core busy meanwhile, with processes that do nothing else.
        others: other slowdowns to gate, fractions: the network on so many more words.

    Raises:
        BadInput: the network can't be had as it was named, or there are too few reviews.
        Failed: the network isn't certified, or no longer is; or something else times on this
            machine, and the experiment doesn't wait.
    """
    (network,) = experiment.networks
    with ExitStack() as stack:
        stack.enter_context(alone_on_this_machine(experiment.wait))
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
        asked = [
            _slowed(controls, other, experiment, folder / f"slowed-{number}")
            for number, other in enumerate(others)
        ]
        compared = [*controls.both, *asked]
        measurement.certify([entry for one in compared for entry in one.entries])
        if noise:
            stack.enter_context(hogs(len(CORES) or 1))
        findings = []
        with progress_bar(f"{gates} gates", gates) as advance:
            for _ in range(gates):
                findings.append(_gate(measurement, controls, asked))
                advance(1)
    write_table(experiment.out / GATE, Finding, [one for found in findings for one in found])
    passes = recording.passes()
    recorded = {one: evidence(passes, one.network.name, one.baseline.name)[0] for one in compared}
    tallies = []
    slowdowns = (0.0, slowdown, *others)
    for one, fraction, found in zip(compared, slowdowns, zip(*findings, strict=True), strict=True):
        real = Counter(finding.verdict for finding in found)
        simulated = (
            simulate_tested(recorded, one, controls, SIMULATED)
            if one in asked
            else simulate(recorded[one], one.threshold, SIMULATED)
        )
        tallies.append(Tally(one.network.name, fraction, real, simulated))
    wrong = sum(tally.wrong(controls.copy.threshold) for tally in tallies)
    copy, longer, *rest = tallies
    held = coverage([*recorded[controls.copy].values()], RUNS)
    return Selftest(copy, longer, rest, findings, wrong, held)


def _slowed(
    controls: Controls, fraction: float, experiment: Experiment, folder: Path
) -> Comparison:
    """Compare the network with itself on so many more words, or with one more copy for 0."""
    original = controls.copy.baseline
    if not fraction:
        again = replace(original, name=f"{original.name} (again)")
        return Comparison(again, original, controls.copy.threshold)
    longer = Controls.of(original, fraction, experiment.reviews, experiment.spare, folder).longer
    return replace(longer, threshold=controls.copy.threshold)


def _gate(
    measurement: Measurement, controls: Controls, asked: Sequence[Comparison]
) -> list[Finding]:
    measurement.restart()
    compared = [*controls.both, *asked]
    doubts = dict.fromkeys(compared, "" if CORES else UNPINNED)
    measurement.stage(compared)
    failed, _ = controls.judge(measurement.decided)
    for one in asked:
        if not controls.plain(one, measurement.decided):
            doubts[one] = doubts[one] or failed
    slower = [one for one in compared if measurement.verdict(one) == Verdict.SLOWER]
    confirm(measurement, slower, doubts)
    for result in measurement.results.values():
        if not result.certified:
            raise Failed(f"{result.name} is {result.status}: {result.reason}")
    return [finding(measurement, one, doubts[one]) for one in compared]


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
