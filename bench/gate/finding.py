"""From decisions and doubts to a finding: the verdict on one network, with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from ..records.rows import Finding
from ..text.amounts import change
from .comparison import Comparison
from .decide import LOOKS, Decision
from .measurement import Stages


def confirm(stages: Stages, slower: Sequence[Comparison], doubts: dict[Comparison, str]) -> None:
    """See whether what is slower is so again in fresh workers; if not, that is the doubt."""
    slower = [one for one in slower if not doubts[one]]
    first = {one: stages.decided.pop(one) for one in slower}
    ended = stages.stage(slower) if slower else ""
    for one in slower:
        if stages.verdict(one) != "slower":
            stages.decided.setdefault(one, first[one])
            found = " ".join(change(first[one].ratio.ratio))
            doubts[one] = f"{found} at first, but not again in fresh workers"
            doubts[one] += f": {ended}" if ended else ""


def finding(stages: Stages, one: Comparison, doubt: str) -> Finding:
    """What is known of a comparison; with a doubt nothing is concluded."""
    verdict, reason = _status(stages, one)
    names = one.network.name, one.shown or one.baseline.name
    decision = stages.decided.get(one)
    if decision is None:
        if not verdict:
            verdict, reason = "inconclusive", doubt
        return Finding(*names, verdict, reason, one.limit.text, seconds=stages.elapsed)
    if not verdict:
        reason = doubt or decision.doubt or decision.hopeless
        if not (reason or decision.verdict):
            reason = _undecided(one, decision)
        verdict = "inconclusive" if reason else decision.verdict
    if verdict == "slower":
        so = ", and again in fresh workers" if one.limit.slowdown else f", not {one.limit.text}"
        reason = " ".join(change(decision.ratio.ratio)) + so
    passes = stages.recording.passes(stages.first_set, stages.sets)
    own = passes[passes["network"] == one.network.name]
    return Finding(
        *names, verdict, reason, one.limit.text, decision.ratio.ratio, decision.ratio.low,
        decision.ratio.high, own["set"].nunique(), len(own), decision.minimum_detectable,
        stages.seconds[one], stages.clocks[one],
    )  # fmt: skip


def _status(stages: Stages, one: Comparison) -> tuple[str, str]:
    """Verdict and reason where a network isn't certified; empty where both are."""
    network, baseline = (stages.results[entry.name] for entry in one.entries)
    if network.status != "certified":
        return network.status, network.reason
    if baseline.status == "certified":
        return "", ""
    if baseline.status == "absent":
        return "no baseline", baseline.reason
    reason = f"the baseline is {baseline.status}: {baseline.reason}"
    # What a revision did wrong can't be mended there, and says nothing against the network.
    judged = baseline.status in ("incorrect", "failed", "uncertified")
    return (baseline.status if judged and one.baseline.tree is None else "no baseline"), reason


def _undecided(one: Comparison, decision: Decision) -> str:
    ends = " to ".join(" ".join(change(end)) for end in (decision.ratio.low, decision.ratio.high))
    return (
        f"{LOOKS[-1]} sets of workers did not decide: {ends}, where {one.limit.text} is asked; so "
        "near the limit it may stay so"
    )
