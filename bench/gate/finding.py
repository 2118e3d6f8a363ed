"""From decisions and doubts to a finding: the verdict on one network, with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from ..outcomes import Status, Verdict
from ..records.rows import Finding
from ..text.amounts import change
from .comparison import Comparison
from .decide import LOOKS, Decision
from .measurement import Measurement


def confirm(
    measurement: Measurement, slower: Sequence[Comparison], doubts: dict[Comparison, str]
) -> None:
    """See whether what is slower is so again in fresh workers; if not, that is the doubt."""
    slower = [one for one in slower if not doubts[one]]
    first = {one: measurement.decided.pop(one) for one in slower}
    ended = measurement.stage(slower) if slower else ""
    for one in slower:
        if measurement.verdict(one) != Verdict.SLOWER:
            measurement.decided.setdefault(one, first[one])
            found = " ".join(change(first[one].ratio.ratio))
            doubts[one] = f"{found} at first, but not again in fresh workers"
            doubts[one] += f": {ended}" if ended else ""


def finding(measurement: Measurement, one: Comparison, doubt: str) -> Finding:
    """What is known of a comparison; with a doubt nothing is concluded."""
    verdict, reason = _status(measurement, one)
    names = one.network.name, one.shown or one.baseline.name
    decision = measurement.decided.get(one)
    if decision is None:
        if not verdict:
            verdict, reason = Verdict.INCONCLUSIVE, doubt
        return Finding(*names, verdict, reason, one.threshold.text, seconds=measurement.elapsed)
    if not verdict:
        reason = doubt or decision.doubt or decision.hopeless
        if not (reason or decision.verdict):
            reason = _undecided(one, decision)
        verdict = Verdict.INCONCLUSIVE if reason or not decision.verdict else decision.verdict
    if verdict == Verdict.SLOWER:
        so = (
            ", and again in fresh workers"
            if one.threshold.slowdown
            else f", not {one.threshold.text}"
        )
        reason = " ".join(change(decision.ratio.ratio)) + so
    passes = measurement.recording.passes(measurement.first_set, measurement.sets)
    own = passes[passes["network"] == one.network.name]
    return Finding(
        *names, verdict, reason, one.threshold.text, decision.ratio.ratio, decision.ratio.low,
        decision.ratio.high, own["set"].nunique(), len(own), decision.minimum_detectable,
        measurement.seconds[one], measurement.clocks[one],
    )  # fmt: skip


def _status(measurement: Measurement, one: Comparison) -> tuple[Verdict, str]:
    """Say why there is nothing to decide; no verdict where both networks are certified."""
    network, baseline = (measurement.results[entry.name] for entry in one.entries)
    if not network.certified:
        return Verdict(network.status), network.reason
    if baseline.certified:
        return Verdict.UNDECIDED, ""
    if baseline.status == Status.ABSENT:
        return Verdict.NO_BASELINE, baseline.reason
    reason = f"the baseline is {baseline.status}: {baseline.reason}"
    # What a revision did wrong can't be mended there, and says nothing against the network.
    judged = baseline.status in (Status.INCORRECT, Status.FAILED, Status.UNCERTIFIED)
    if judged and one.baseline.tree is None:
        return Verdict(baseline.status), reason
    return Verdict.NO_BASELINE, reason


def _undecided(one: Comparison, decision: Decision) -> str:
    ends = " to ".join(" ".join(change(end)) for end in (decision.ratio.low, decision.ratio.high))
    return (
        f"{LOOKS[-1]} sets of workers did not decide: {ends}, where {one.threshold.text} is "
        "asked; so near the limit it may stay so"
    )
