"""What `skipzeros selftest` prints."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import median

from ..commands.selftest import RUNS, Selftest
from ..outcomes import Verdict
from ..records.schema import GATE, PASSES
from ..text.table import print_lines, print_table


def tell(found: Selftest, slowdown: float, noise: bool, out: Path) -> None:
    """Print how often each verdict was given, and what that means."""
    rows = []
    for kind in ("real", "simulated"):
        for tally in (found.copy, found.longer, *found.others):
            counts: Counter[Verdict] = getattr(tally, kind)
            passed = counts[Verdict.PASS] + counts[Verdict.FASTER]
            rows.append(
                (
                    tally.name,
                    kind,
                    counts.total(),
                    passed,
                    counts[Verdict.SLOWER],
                    counts[Verdict.INCONCLUSIVE],
                )
            )
    busy = "with every core kept busy" if noise else "with no noise of ours"
    print_table(
        f"Gates at a limit of {100 * slowdown:.3g}%, {busy}",
        ["network", "gates are", "gates", Verdict.PASS, Verdict.SLOWER, Verdict.INCONCLUSIVE],
        rows,
    )
    copy, findings = found.copy, found.findings
    real, simulated = found.longer.real, found.longer.simulated
    shares = ", ".join(f"{share:.1%} ({rounds})" for rounds, share in found.coverage.items())
    detectable = median(one.minimum_detectable for gate in findings for one in gate[:2])
    seconds = [max(one.seconds for one in gate) for gate in findings]
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
