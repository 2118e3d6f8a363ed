"""`skipzeros compare`: two runs, by the ratios to a network that both have, and never by seconds.

The seconds of two runs differ with the machine and the moment. A ratio was measured side by side
within its run, so what changed between two ratios to the same network, the anchor, is a change of
the other network, or of the anchor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..outcomes import BadInput, Status
from ..records.machine import FINGERPRINT
from ..records.run_folder import RunFolder
from ..records.schema import SCENARIO_COLUMNS
from ..text.amounts import change
from ..timing.ratios import Ratio, clock_of

# Ratios of two runs of the same code differ by less than this, mostly.
THRESHOLD = 0.05


class Change(StrEnum):
    """What became of the speed of a network; one without a speed keeps its Status."""

    FASTER = "faster"
    SLOWER = "slower"
    SAME = "same"
    UNCLEAR = "unclear"
    # In one of the two runs only.
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class ComparedRow:
    """What became of one network from an earlier run to a later one.

    Attributes:
        verdict: a Change or a Status.
        before, after: time of the network / time of the anchor, in either run; NaN where there is
            none.
        change, change_low, change_high: after / before, and its 95 % interval.
        reason: why it is unclear, or has no speed.
    """

    network: str
    verdict: Change | Status
    before: float = math.nan
    after: float = math.nan
    change: float = math.nan
    change_low: float = math.nan
    change_high: float = math.nan
    reason: str = ""


@dataclass(frozen=True)
class Compared:
    """Two runs side by side.

    Attributes:
        anchor: the network that ratios relate to.
        warnings: in a sentence each.
    """

    anchor: str
    threshold: float
    rows: list[ComparedRow]
    warnings: list[str]


def compare(before: Path, after: Path, anchor: str = "", threshold: float = THRESHOLD) -> Compared:
    """Compare two folders that `skipzeros run` wrote.

    Args:
        before, after: the folders.
        anchor: a network that is certified in both; by default their common baseline.
        threshold: the change, a fraction, from which on a network is slower or faster.

    Raises:
        BadInput: a folder has no run, the runs are of different scenarios, or they have no such
            anchor.
    """
    runs = RunFolder.read(before), RunFolder.read(after)
    _refuse_other_scenarios(*runs)
    anchor = _anchor(*runs, anchor)
    names = dict.fromkeys(name for run in runs for name in run.rows if name != anchor)
    rows = [_compared(*runs, name, anchor, threshold) for name in names]
    return Compared(anchor, threshold, rows, [*_warnings(*runs), *_anchor_may_differ(rows)])


def _refuse_other_scenarios(before: RunFolder, after: RunFolder) -> None:
    first, second = (next(iter(run.rows.values())) for run in (before, after))
    differ = [
        f"{name} ({getattr(first, name)}, {getattr(second, name)})"
        for name in ("reviews", *SCENARIO_COLUMNS)
        if getattr(first, name) != getattr(second, name)
    ]
    if differ:
        raise BadInput(
            f"{before.folder} and {after.folder} differ in {', '.join(differ)}; compare runs of "
            "one scenario"
        )


def _anchor(before: RunFolder, after: RunFolder, named: str) -> str:
    both = [name for name in before.certified if name in after.certified]
    anchor = named or (before.baseline if before.baseline == after.baseline else "")
    if anchor in both:
        return anchor
    what = f"the baselines differ ({before.baseline or 'none'}, {after.baseline or 'none'})"
    if named:
        what = f"anchor={named!r}: isn't certified in both runs"
    elif anchor:
        what = f"the baseline {anchor} isn't certified in both runs"
    cure = f"name one of {', '.join(both)} as anchor" if both else "no network is, so run again"
    raise BadInput(f"{what}; {cure}")


def _compared(
    before: RunFolder, after: RunFolder, name: str, anchor: str, threshold: float
) -> ComparedRow:
    if name not in before.rows:
        return ComparedRow(network=name, verdict=Change.NEW, reason=f"not in {before.folder}")
    if name not in after.rows:
        return ComparedRow(network=name, verdict=Change.GONE, reason=f"not in {after.folder}")
    now, then = after.rows[name], before.rows[name]
    if now.status != Status.CERTIFIED:
        return ComparedRow(network=name, verdict=now.status, reason=now.reason)
    clocks = {clock_of(run.passes, name, anchor) for run in (before, after)}
    # Both by the same clock: the one that leaves out nothing.
    clock = "wall" if "wall" in clocks else "cpu"
    new = after.ratio(name, anchor, clock)
    if then.status != Status.CERTIFIED:
        reason = f"it was {then.status} before, without a speed"
        return ComparedRow(network=name, verdict=Change.NEW, after=new.ratio, reason=reason)
    old = before.ratio(name, anchor, clock)
    found = quotient(new, old)
    verdict, reason = judged(found, threshold)
    return ComparedRow(
        network=name,
        verdict=verdict,
        before=old.ratio,
        after=new.ratio,
        change=found.ratio,
        change_low=found.low,
        change_high=found.high,
        reason=reason,
    )


def quotient(new: Ratio, old: Ratio) -> Ratio:
    """Divide two ratios of separate runs.

    The interval is that of a difference of logarithms from the intervals of both (MOVER: Zou and
    Donner, Statistics in Medicine 27, 2008), which need not be symmetric.
    """
    middle = math.log(new.ratio / old.ratio)
    below = math.hypot(math.log(new.ratio / new.low), math.log(old.high / old.ratio))
    above = math.hypot(math.log(new.high / new.ratio), math.log(old.ratio / old.low))
    return Ratio(math.exp(middle), math.exp(middle - below), math.exp(middle + above))


def judged(found: Ratio, threshold: float) -> tuple[Change, str]:
    """Say what a change is, and why it is unclear.

    Args:
        found: time after / time before.
        threshold: as for compare.
    """
    if math.isnan(found.ratio):
        return Change.UNCLEAR, "there are no passes of it beside the anchor's: run again"
    if math.isnan(found.low):
        return Change.UNCLEAR, "fewer than 6 rounds give no interval: time more rounds"
    least, most = 1 / (1 + threshold), 1 + threshold
    if found.low > most:
        return Change.SLOWER, ""
    if found.high < least:
        return Change.FASTER, ""
    if least < found.low and found.high < most:
        return Change.SAME, ""
    ends = " to ".join(" ".join(change(end)) or "no change" for end in (found.low, found.high))
    return Change.UNCLEAR, (
        f"it may be anything from {ends}, and the threshold is {100 * threshold:.4g}%: time more "
        "rounds, in both runs"
    )


def _warnings(before: RunFolder, after: RunFolder) -> list[str]:
    if before.passes.empty or after.passes.empty:
        return []
    first, second = before.passes.iloc[-1], after.passes.iloc[-1]
    differ = [
        f"{name} ({first[name] or 'none'}, {second[name] or 'none'})"
        for name in FINGERPRINT
        if first[name] != second[name]
    ]
    if not differ:
        return []
    return [
        f"The machines differ in {', '.join(differ)}: ratios of the same code may differ between "
        "them."
    ]


def _anchor_may_differ(rows: Sequence[ComparedRow]) -> list[str]:
    """Warn where all networks changed in the same direction."""
    known = [row for row in rows if not math.isnan(row.change_low)]
    slower, faster = (row.change_low > 1 for row in known), (row.change_high < 1 for row in known)
    if len(known) < 3 or not (all(slower) or all(faster)):
        return []
    return ["All networks changed alike: it may be the anchor that changed."]
