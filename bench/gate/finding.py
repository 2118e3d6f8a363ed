"""From decisions and doubts to findings: the verdict on each comparison, with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from ..outcomes import Status, Verdict
from ..records.rows import Finding
from ..text.amounts import change
from .comparison import Comparison
from .decide import LOOKS, Decision
from .measurement import Measurement

# What a network has done, and not what it lacks.
JUDGED = (Status.INCORRECT, Status.REFUSED, Status.FAILED, Status.UNCERTIFIED)


def confirm(
    measurement: Measurement, slower: Sequence[Comparison], doubts: dict[Comparison, str]
) -> None:
    """Time what is slower again in fresh workers, and add a doubt where it isn't slower again.

    Args:
        doubts: why nothing may be concluded of each comparison; empty where something may.
    """
    slower = [comparison for comparison in slower if not doubts[comparison]]
    first = {comparison: measurement.decided.pop(comparison) for comparison in slower}
    ended = measurement.stage(slower) if slower else ""
    for comparison in slower:
        if measurement.verdict(comparison) != Verdict.SLOWER:
            measurement.decided.setdefault(comparison, first[comparison])
            found = " ".join(change(first[comparison].ratio.ratio))
            doubts[comparison] = (
                f"{found} at first; whether again in fresh workers, was not seen: {ended}"
                if ended
                else f"{found} at first, but not again in fresh workers"
            )


def finding(measurement: Measurement, comparison: Comparison, doubt: str) -> Finding:
    """Return what is known of a comparison.

    Args:
        doubt: why nothing may be concluded; empty if something may.
    """
    verdict, reason = _status(measurement, comparison)
    names = comparison.name, comparison.shown or comparison.baseline.name
    decision = measurement.decided.get(comparison)
    if decision is None:
        if not verdict:
            verdict, reason = Verdict.INCONCLUSIVE, doubt
        return Finding(
            *names,
            verdict,
            reason=reason,
            limit=comparison.threshold.text,
            seconds=measurement.elapsed,
        )
    if not verdict:
        reason = doubt or decision.doubt or decision.hopeless
        if not (reason or decision.verdict):
            reason = _undecided(comparison, decision)
        verdict = Verdict.INCONCLUSIVE if reason or not decision.verdict else decision.verdict
    if verdict == Verdict.SLOWER:
        so = (
            ", and again in fresh workers"
            if comparison.threshold.slowdown
            else f", not {comparison.threshold.text}"
        )
        reason = " ".join(change(decision.ratio.ratio)) + so
    passes = measurement.recording.passes(measurement.first_set, measurement.sets)
    own = passes[passes["network"] == comparison.network.name]
    return Finding(
        *names,
        verdict,
        reason=reason,
        limit=comparison.threshold.text,
        ratio=decision.ratio.ratio,
        ratio_low=decision.ratio.low,
        ratio_high=decision.ratio.high,
        sets=own["set"].nunique(),
        rounds=len(own),
        minimum_detectable=decision.minimum_detectable,
        seconds=measurement.seconds[comparison],
        clock=measurement.clocks[comparison],
    )


def _status(measurement: Measurement, comparison: Comparison) -> tuple[Verdict, str]:
    """Say why there is nothing to decide; no verdict where both networks are certified."""
    network, baseline = (measurement.results[entry.name] for entry in comparison.entries)
    if network.status == Status.ABSENT:
        return Verdict.NO_BASELINE, network.reason
    if not network.certified:
        return Verdict(network.status), network.reason
    if baseline.certified:
        return Verdict.UNDECIDED, ""
    if baseline.status == Status.ABSENT:
        return Verdict.NO_BASELINE, baseline.reason
    reason = f"the baseline is {baseline.status}: {baseline.reason}"
    # What a revision did wrong can't be mended there, and says nothing against the network.
    if baseline.status in JUDGED and comparison.baseline.tree is None:
        return Verdict(baseline.status), reason
    return Verdict.NO_BASELINE, reason


def _undecided(comparison: Comparison, decision: Decision) -> str:
    ends = f"{decision.ratio.low:.3g} to {decision.ratio.high:.3g} times as long"
    hope = "so near the limit it may stay so"
    if decision.more:
        hope = f"about {decision.more} times as many reviews would decide"
    return (
        f"{LOOKS[-1]} sets of workers did not decide: {ends}, where {comparison.threshold.text} is "
        f"asked; {hope}"
    )
