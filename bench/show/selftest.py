"""What `skipzeros selftest` prints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ..commands.experiment import Experiment
from ..commands.selftest import RUNS, Selftest
from ..outcomes import Verdict
from ..records.documents import Measured
from ..records.machine import machine
from ..records.rows import Finding
from ..records.schema import GATE, PASSES
from ..text.table import print_lines, print_table


@dataclass(frozen=True, kw_only=True)
class TallyRow:
    """How gates on one comparison came out.

    Attributes:
        network: that was compared with its original.
        slowdown: how much slower it is, a fraction.
        simulated: whether the gates were put together at random from the sets of workers of real
            ones.
        gates: how many.
        passed, slower, inconclusive: how many of them gave such a verdict; faster is passed too.
    """

    network: str
    slowdown: float
    simulated: bool
    gates: int
    passed: int
    slower: int
    inconclusive: int


@dataclass(frozen=True, kw_only=True)
class CoverageRow:
    """How often the 95 % interval of a run holds the truth.

    Attributes:
        rounds: that such a run has.
        share: of the runs whose interval holds it.
    """

    rounds: int
    share: float


@dataclass(frozen=True, kw_only=True)
class SelftestDocument(Measured):
    """How well the gate decides here: a row for each comparison and kind of gates.

    The network that is a copy comes first, the one that is as slow as the limit second: what is
    slower of the first is a false alarm, what is slower of the second the power.

    Attributes:
        max_slowdown: the limit of the gates, a fraction.
        noise: whether every core was kept busy.
        wrong: how many of all real gates gave a wrong verdict.
        minimum_detectable: the median of the smallest slowdowns that first looks find with 99 %.
        median_gate_seconds, longest_gate_seconds: wall time of a gate.
        coverage: how often intervals hold the truth.
        findings: of each gate in turn, as in gate.csv.
    """

    name = "selftest"
    of = "selftest"

    max_slowdown: float
    noise: bool
    wrong: int
    minimum_detectable: float
    median_gate_seconds: float
    longest_gate_seconds: float
    coverage: list[CoverageRow]
    findings: list[Finding]
    rows: list[TallyRow]


def selftest_document(
    found: Selftest, slowdown: float, noise: bool, experiment: Experiment
) -> SelftestDocument:
    """Return what came of a selftest for other programs; see tell for the arguments."""
    detectable, seconds = _figures(found)
    return SelftestDocument(
        files=[experiment.out / PASSES, experiment.out / GATE],
        notes=[],
        machine=machine(experiment.sandbox),
        setting=experiment.setting,
        max_slowdown=slowdown,
        noise=noise,
        wrong=found.wrong,
        minimum_detectable=detectable,
        median_gate_seconds=median(seconds),
        longest_gate_seconds=max(seconds),
        coverage=[CoverageRow(rounds=rounds, share=share)
                  for rounds, share in found.coverage.items()],
        findings=[one for gate in found.findings for one in gate],
        rows=_tallies(found),
    )  # fmt: skip


def _figures(found: Selftest) -> tuple[float, list[float]]:
    """Return what the first looks can find, the median, and the seconds of each gate."""
    detectable = median(one.minimum_detectable for gate in found.findings for one in gate[:2])
    return detectable, [max(one.seconds for one in gate) for gate in found.findings]


def _tallies(found: Selftest) -> list[TallyRow]:
    rows = []
    for simulated in (False, True):
        for tally in (found.copy, found.longer, *found.others):
            counts = tally.simulated if simulated else tally.real
            rows.append(
                TallyRow(
                    network=tally.name,
                    slowdown=tally.slowdown,
                    simulated=simulated,
                    gates=counts.total(),
                    passed=counts[Verdict.PASS] + counts[Verdict.FASTER],
                    slower=counts[Verdict.SLOWER],
                    inconclusive=counts[Verdict.INCONCLUSIVE],
                )
            )
    return rows


def tell(found: Selftest, slowdown: float, noise: bool, out: Path) -> None:
    """Print how often each verdict was given, and what that means."""
    rows = [
        (
            row.network,
            "simulated" if row.simulated else "real",
            row.gates,
            row.passed,
            row.slower,
            row.inconclusive,
        )
        for row in _tallies(found)
    ]
    busy = "with every core kept busy" if noise else "with no noise of ours"
    print_table(
        f"Gates at a limit of {100 * slowdown:.3g}%, {busy}",
        ["network", "gates are", "gates", Verdict.PASS, Verdict.SLOWER, Verdict.INCONCLUSIVE],
        rows,
    )
    copy = found.copy
    real, simulated = found.longer.real, found.longer.simulated
    shares = ", ".join(f"{share:.1%} ({rounds})" for rounds, share in found.coverage.items())
    detectable, seconds = _figures(found)
    print_lines(
        f"False alarms: {copy.real[Verdict.SLOWER]} of {copy.real.total()} real gates, "
        f"{copy.simulated[Verdict.SLOWER]} of {copy.simulated.total():,} put together at random "
        "from their sets of workers.",
        f"Power: {real[Verdict.SLOWER]} of {real.total()}, and {simulated[Verdict.SLOWER]} of "
        f"{simulated.total():,}. Wrong verdicts of all real gates: {found.wrong}.",
        f"The smallest slowdown that the first look finds with 99 % is {detectable:.1%}. A gate "
        f"took {median(seconds):.0f} s, at most {max(seconds):.0f} s.",
        f"The 95 % interval of a run holds the truth in {shares} of {RUNS} runs that were put "
        "together from these sets, by the number of their rounds.",
        f"{out / PASSES}, {out / GATE}",
    )
