"""`skipzeros bisect`: since which commit is a network wrong, and since which is it slower?

The network at a commit is compared with the same network at a good commit, both from their source
trees, as a gate does it: certified, then timed side by side. Two searches by halves share what is
known of a commit. What is wrong has no speed, so the second one ends where the first found that it
is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..history.commits import Commit, Line, line_of
from ..history.search import Change, search, steps_left
from ..history.verdicts import Verdicts
from ..outcomes import BadInput, Status, Verdict
from ..records.rows import BisectRow
from ..text.amounts import as_long
from ..text.progress import foretell
from ..timing.host_lock import alone_on_this_machine
from ..timing.rounds import Plan
from ..workers.temporary_folder import temporary_folder
from .commit_judge import WRONG, CommitJudge, allowed
from .experiment import Experiment


@dataclass(frozen=True)
class Wanted:
    """What a bisection looks for.

    Attributes:
        good, bad: any names that git has for commits.
        paths: only commits that change something below these are candidates; all if there are none.
        max_slowdown: how much slower than at the good commit is too much, a fraction.
    """

    good: str
    bad: str
    paths: Sequence[str] = ()
    max_slowdown: float = 0.05


@dataclass(frozen=True)
class Since:
    """Since when it is so.

    Attributes:
        suspects: one of these commits did it, in their order; mostly there is one. Those before the
            last one can't be judged.
        row: the verdict on the last of them.
        before: the last commit before them that was judged, and was good.
        ratio_before: its time / the time at the good commit; NaN where only equality was judged.
        outside: whether the last one is the end of the line only, and touches none of the paths.
    """

    suspects: list[Commit]
    row: BisectRow
    before: Commit
    ratio_before: float = math.nan
    outside: bool = False


@dataclass(frozen=True)
class Bisection:
    """What came of a bisection.

    Attributes:
        network, argument: its name in tables, and as the user gave it.
        line: the commits, the good one first.
        rows: all verdicts, in the order in which they were found.
        wrong, slower: since when it is wrong, and slower; None where it isn't, or nobody can tell.
        outcome: what is to be said of the network where there is neither: the Status or Verdict
            that ended it.
        why: why it isn't known to be slower, in a sentence; empty where it is.
        gates: how many gates were run.
    """

    network: str
    argument: str
    line: Line
    rows: list[BisectRow]
    wrong: Since | None
    slower: Since | None
    outcome: str
    why: str
    gates: int

    @property
    def outcomes(self) -> list[str]:
        """What decides on the exit code."""
        found = [
            *(["incorrect"] if self.wrong else []),
            *(["slower"] if self.slower else []),
        ]
        return found or [self.outcome]


def bisect(experiment: Experiment, wanted: Wanted, plan: Plan) -> Bisection:
    """Find the commits since which a network is wrong, and slower than it was.

    It writes bisect.csv, verdict by verdict, and a folder with the records of each gate.

    Args:
        experiment: of one network.
        plan: of each gate.

    Raises:
        BadInput: the network or a revision can't be had, the good one isn't an ancestor of the bad
            one, the folder can't be written, or its verdicts can't be gone on with.
        Failed: something else times on this machine, and the experiment doesn't wait.
    """
    if len(experiment.networks) != 1:
        raise BadInput(f"there are {len(experiment.networks)} networks to bisect; name one")
    line = line_of(wanted.good, wanted.bad, wanted.paths)
    last = len(line.commits) - 1
    with alone_on_this_machine(experiment.wait), temporary_folder() as folder:
        verdicts = Verdicts(
            experiment.out,
            experiment.setting,
            experiment.networks[0].argument,
            line.commits[0].name,
            line.commits[-1].name,
            experiment.resume,
        )
        judge = CommitJudge(experiment, plan, line, verdicts, folder)
        gates = 1 + steps_left(0, last)
        foretell(
            f"{last} commit{'s' * (last > 1)} after {line.commits[0].about} up to "
            f"{line.commits[-1].about}: about {gates} gate{'s' * (gates > 1)}."
        )
        wrong, slower, outcome, why = _searched(judge, wanted.max_slowdown, last)
    gates = sum(row.asked == "gate" for row in verdicts.rows)
    return Bisection(
        *experiment.networks[0], line, verdicts.rows, wrong, slower, outcome, why, gates
    )


def _searched(
    judge: CommitJudge, max_slowdown: float, last: int
) -> tuple[Since | None, Since | None, str, str]:
    """Search for what is wrong, and then for what is slower where it isn't wrong yet."""
    commits, wrong = judge.line.commits, None
    good = judge.check(0)
    if good.outcome != Status.CERTIFIED:
        told = f"{commits[0].short}, which should be good, is {good.outcome}: {good.reason}"
        return None, None, Verdict.NO_BASELINE, f"{told}; name another one"
    judge.forecast(1 + steps_left(0, last))
    bad = judge.check(last)
    if bad.outcome in WRONG:
        change = search(last, judge.is_wrong, judge.left("check"))
        wrong = _since(judge.line, change, judge.check(change.after))
        last = change.before
        if not last:
            return wrong, None, "", "no commit before that is left to be timed"
    elif bad.outcome != Status.CERTIFIED:
        told = f"{commits[last].short} can't be judged, it is {bad.outcome}: {bad.reason}"
        # What isn't there, or can't run here, is no failure elsewhere; here nothing was found.
        harmless = (Status.ABSENT, Status.UNAVAILABLE, Status.NOT_APPLICABLE)
        outcome = Verdict.NO_BASELINE if bad.outcome in harmless else bad.outcome
        return None, None, outcome, f"{told}; name an earlier one"
    timed = judge.gate_of_the_end(last, max_slowdown)
    if timed.outcome != Verdict.SLOWER:
        return wrong, None, timed.outcome, _not_slower(commits[last], timed)
    limit = allowed(timed, max_slowdown)
    change = search(last, lambda place: judge.is_slower(place, limit), judge.left("gate"))
    # Under its own limit only the last commit is known to be slower.
    row = timed if change.after == last else judge.gate(change.after, limit)
    before = judge.gate(change.before, limit).ratio if change.before else 1.0
    return wrong, _since(judge.line, change, row, before), "", ""


def _since(line: Line, change: Change, row: BisectRow, ratio_before: float = math.nan) -> Since:
    """Name the commits of a change.

    Args:
        row, ratio_before: as in Since.
    """
    suspects = line.commits[change.before + 1 : change.after + 1]
    outside = line.outside and change.after == len(line.commits) - 1
    return Since(suspects, row, line.commits[change.before], ratio_before, outside)


def _not_slower(commit: Commit, row: BisectRow) -> str:
    figures = f"{as_long(row.ratio)} ({as_long(row.ratio_low)} to {as_long(row.ratio_high)})"
    if row.outcome in (Verdict.PASS, Verdict.FASTER):
        return (
            f"{commit.short} is not slower, {row.limit} being asked: it took {figures} times as "
            "long as at the good commit"
        )
    return f"whether {commit.short} is slower can't be told, it is {row.outcome}: {row.reason}"
