"""`skipzeros selftest`: how well does the gate decide on this machine?

Many gates in a row on two comparisons whose answer is known: a network with a copy of itself, and
with so many more words as make the limit. And, because real gates are few, many more that are put
together from the sets of workers that were recorded.
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
from pathlib import Path

from ...impls.reviews import Reviews
from ..gate.controls import Arms
from ..gate.decide import LOOKS, ROUNDS, Limit, SetRounds, decide, evidence
from ..gate.finding import confirm, finding
from ..gate.measurement import Stages
from ..networks.scenario import Scenario
from ..outcomes import Failed
from ..records.files import write_table
from ..records.recording import Recording, describe
from ..records.rows import Finding
from ..records.schema import GATE, GATE_COLUMNS
from ..text.progress import progress_bar
from ..workers.entry import Entry
from ..workers.shared_reviews import write_reviews
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import CORES, UNPINNED

SIMULATED = 1_000
# Ends with the parent, even if that is killed, and killed before this begins.
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
        real, simulated: how often each verdict was given.
    """

    name: str
    real: Counter[str]
    simulated: Counter[str]


def selftest(
    network: tuple[str, str],
    reviews: Reviews,
    spare: Reviews,
    data: str,
    scenario: Scenario,
    slowdown: float,
    gates: int,
    noise: bool,
    timeout: float,
    out: Path,
) -> tuple[list[Tally], list[Finding]]:
    """Run many gates on what should pass and on what should be slower.

    Writes passes.csv and gate.csv, a row for each gate and comparison, into the folder out.

    Args:
        network: its name, and the network as it was named.
        slowdown: the limit, and so much more words the slower one has.
        noise: keep every core busy meanwhile, with processes that do nothing else.

    Returns:
        what the copy and what the longer one came to, and the finding of each gate on each.

    Raises:
        BadInput: the network can't be had as it was named, or there are too few reviews.
        Failed: the network isn't certified, or not to the end.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        (folder / "reviews").mkdir()
        shared = write_reviews(reviews, folder / "reviews")
        recording = stack.enter_context(Recording(out, describe(reviews, data, scenario)))
        stages = Stages(scenario, recording, ROUNDS, math.inf, timeout)
        arms = Arms.of(Entry(*network, shared), slowdown, reviews, spare, folder / "longer")
        stages.certify([entry for one in arms.both for entry in one.entries], None)
        if noise:
            stack.enter_context(hogs(len(CORES) or 1))
        findings = []
        with progress_bar(f"{gates} gates", gates) as advance:
            for _ in range(gates):
                findings += _gate(stages, arms)
                advance(1)
    write_table(out / GATE, GATE_COLUMNS, [vars(one) for one in findings])
    passes = recording.passes()
    tallies = []
    for number, one in enumerate(arms.both):
        sets, _ = evidence(passes, one.network.name, one.baseline.name)
        real = Counter(found.verdict for found in findings[number::2])
        tallies.append(Tally(one.network.name, real, simulate(sets, one.limit, SIMULATED)))
    return tallies, findings


def _gate(stages: Stages, arms: Arms) -> list[Finding]:
    stages.restart()
    doubts = dict.fromkeys(arms.both, "" if CORES else UNPINNED)
    stages.stage(arms.both)
    confirm(stages, [one for one in arms.both if stages.verdict(one) == "slower"], doubts)
    for result in stages.results.values():
        if result.status != "certified":
            raise Failed(f"{result.name} is {result.status}: {result.reason}")
    return [finding(stages, one, doubts[one]) for one in arms.both]


def simulate(sets: Sequence[SetRounds], limit: Limit, gates: int) -> Counter[str]:
    """How gates decide whose sets of workers are drawn at random from recorded ones.

    Args:
        sets: of one comparison; drawn with replacement, each with its rounds as they were.
    """
    draw = random.Random(1)
    verdicts: Counter[str] = Counter()
    for _ in range(gates):
        verdict = _simulated(sets, limit, draw)
        if verdict == "slower" and _simulated(sets, limit, draw) != "slower":
            verdict = "inconclusive"
        verdicts[verdict] += 1
    return verdicts


def _simulated(sets: Sequence[SetRounds], limit: Limit, draw: random.Random) -> str:
    drawn: list[SetRounds] = []
    for look in LOOKS:
        drawn += draw.choices(sets, k=look - len(drawn))
        decision = decide(drawn, limit)
        if decision.verdict:
            return decision.verdict
        if decision.hopeless:
            break
    return "inconclusive"


@contextmanager
def hogs(number: int) -> Iterator[None]:
    """So many processes that keep a core busy each."""
    command = [sys.executable, "-I", "-S", "-c", HOG, str(os.getpid())]
    started = [subprocess.Popen(command) for _ in range(number)]
    try:
        yield
    finally:
        for hog in started:
            hog.kill()
            hog.wait()
