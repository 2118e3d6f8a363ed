"""What `skipzeros selftest` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from ..commands.selftest import Tally
from ..outcomes import Verdict
from ..records.rows import Finding
from ..records.schema import GATE, PASSES
from ..text.table import print_lines, print_table


def tell(
    tallies: Sequence[Tally], findings: Sequence[Finding], slowdown: float, noise: bool, out: Path
) -> None:
    """Print how often each verdict was given, and what that means."""
    rows = []
    for kind in ("real", "simulated"):
        for tally in tallies:
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
    copy, longer = tallies
    real, simulated = longer.real, longer.simulated
    detectable = median(finding.minimum_detectable for finding in findings)
    seconds = [
        max(finding.seconds for finding in pair)
        for pair in zip(findings[::2], findings[1::2], strict=True)
    ]
    print_lines(
        f"False alarms: {copy.real[Verdict.SLOWER]} of {copy.real.total()} real gates, "
        f"{copy.simulated[Verdict.SLOWER]} of {copy.simulated.total():,} put together at random "
        "from their sets of workers.",
        f"Power: {real[Verdict.SLOWER]} of {real.total()}, and {simulated[Verdict.SLOWER]} of "
        f"{simulated.total():,}.",
        f"The smallest slowdown that the first look finds with 99 % is {detectable:.1%}. A gate "
        f"took {median(seconds):.0f} s, at most {max(seconds):.0f} s.",
        f"{out / PASSES}, {out / GATE}",
    )
