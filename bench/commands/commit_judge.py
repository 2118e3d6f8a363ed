"""Judges the network at one commit after another: certified there, and slower than at the good one?

Each verdict is found once and kept in bisect.csv.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..equality.result import Result
from ..gate.comparison import BetweenRevisions, at
from ..gate.decide import LOOKS, ROUNDS, Threshold
from ..gate.measurement import look_seconds, processes_of
from ..history.commits import Line
from ..history.search import steps_left
from ..history.verdicts import Verdicts
from ..networks.revision import Absent, check_out
from ..networks.source_tree import Tree
from ..outcomes import BadInput, Status, Verdict
from ..records.rows import BisectRow
from ..records.schema import PASSES
from ..text.amounts import as_long, minutes
from ..text.progress import foretell
from ..timing.rounds import Plan
from ..workers.shared_reviews import write_reviews
from ..workers.worker_sets import certify
from .experiment import Experiment
from .gate import gate

WRONG = (Status.INCORRECT, Status.REFUSED)
# A gate is surest where what it has to tell apart is far apart. So a gate allows what is known to
# be lost, but for this: above it sureness is gained no more, and small steps are lost.
MOST_ALLOWED = 0.5
# Of a gate: what is compared and the self-test, and every other time a confirmation of the first.
SHARES = 5


def allowed(row: BisectRow, max_slowdown: float) -> float:
    """Return what further gates allow, a fraction, after a first one.

    Args:
        row: what that one found.
        max_slowdown: what it allowed itself.
    """
    seen = 0.0 if math.isnan(row.ratio) else row.ratio - 1
    return max(max_slowdown, min(seen, MOST_ALLOWED))


class CommitJudge:
    """Judges the commits of a line, each once.

    Args:
        folder: an empty one, for source trees.
    """

    def __init__(
        self, experiment: Experiment, plan: Plan, line: Line, verdicts: Verdicts, folder: Path
    ) -> None:
        self.line, self._experiment, self._plan = line, experiment, plan
        self._verdicts, self._folder = verdicts, folder
        self._trees: dict[int, Tree] = {}
        (folder / "reviews").mkdir()
        self._reviews = write_reviews(experiment.reviews, folder / "reviews")
        self._good: Result | None = None
        self._latest: BisectRow | None = None

    def check(self, place: int) -> BisectRow:
        """Say whether the network is certified at a commit."""
        known = self._verdicts.find(self.line.commits[place].name, "check", 1, "")
        self._latest = row = known or self._checked(place)
        return row

    def _checked(self, place: int) -> BisectRow:
        begun = time.perf_counter()
        result = self._certified(place)
        if not place:
            self._good = result
        row = self._row(place, asked="check", outcome=result.status, reason=result.reason)
        return self._verdicts.add(replace(row, seconds=time.perf_counter() - begun))

    def _certified(self, place: int) -> Result:
        (network,) = self._experiment.networks
        try:
            entry = at(self._tree(place), network, self._reviews)
        except Absent as reason:
            return Result(network.name, Status.ABSENT, str(reason))
        found = certify(
            [entry],
            self._experiment.scenario,
            self._experiment.limits,
            judged=self._experiment.certify,
            whole_passes=1,
        )
        return found[entry.name]

    def gate(self, place: int, limit: float) -> BisectRow:
        """Say whether the network is slower at a commit; an inconclusive gate is run again."""
        row = self._once(place, limit, 1)
        return self._once(place, limit, 2) if row.outcome == Verdict.INCONCLUSIVE else row

    def gate_of_the_end(self, place: int, limit: float) -> BisectRow:
        """Do the same; but the second gate allows as much as the first one saw, if it is more.

        What is slower by that is slower by less too, and easier to tell; only a pass says nothing.
        """
        row = self._once(place, limit, 1)
        if row.outcome != Verdict.INCONCLUSIVE:
            return row
        wider = allowed(row, limit)
        row = self._once(place, wider, 2)
        if wider > limit and row.outcome in (Verdict.PASS, Verdict.FASTER):
            told = (
                f"it is {row.limit}, but whether {Threshold.max_slowdown(limit).text} is not clear"
            )
            return replace(row, outcome=Verdict.INCONCLUSIVE, reason=told)
        return row

    def _once(self, place: int, limit: float, attempt: int) -> BisectRow:
        text = Threshold.max_slowdown(limit).text
        known = self._verdicts.find(self.line.commits[place].name, "gate", attempt, text)
        self._latest = row = known or self._gated(place, limit, attempt)
        return row

    def _gated(self, place: int, limit: float, attempt: int) -> BisectRow:
        commit, plan = self.line.commits[place], self._plan
        out = self._experiment.out / f"{commit.short}-{attempt}"
        # What an interrupted gate has left: it starts anew.
        (out / PASSES).unlink(missing_ok=True)
        rounds = LOOKS[-1] * ROUNDS if plan.rounds is None else plan.rounds
        budget = None if plan.budget is None else attempt * plan.budget
        begun = time.perf_counter()
        done = gate(
            replace(self._experiment, out=out, resume=False),
            BetweenRevisions(self._tree(place), self._tree(0), limit),
            Plan(attempt * rounds, budget),
        )
        (found,) = done.findings
        row = self._row(
            place,
            asked="gate",
            attempt=attempt,
            outcome=found.verdict,
            **{
                name: getattr(found, name)
                for name in "reason limit ratio ratio_low ratio_high sets rounds clock".split()
            },
        )
        return self._verdicts.add(replace(row, seconds=time.perf_counter() - begun))

    def _row(self, place: int, **found: object) -> BisectRow:
        commit, commits = self.line.commits[place], self.line.commits
        return BisectRow(
            commit=commit.name,
            author_date=commit.author_date,
            subject=commit.subject,
            network=self._experiment.networks[0].name,
            argument=self._experiment.networks[0].argument,
            good=commits[0].name,
            bad=commits[-1].name,
            **vars(self._experiment.setting),
            **found,  # type: ignore[arg-type]
        )

    def _tree(self, place: int) -> Tree:
        """Return the files of a commit; beside them only those of the good one are kept."""
        for other in {*self._trees} - {0, place} if place else ():
            del self._trees[other]
            shutil.rmtree(self._folder / str(other), ignore_errors=True)
        if place not in self._trees:
            (self._folder / str(place)).mkdir()
            try:
                self._trees[place] = check_out(
                    self.line.commits[place].name, self._folder / str(place)
                )
            except BadInput as error:
                raise Absent(str(error)) from None
        return self._trees[place]

    def is_wrong(self, place: int) -> bool | None:
        """Say whether the network is wrong at a commit; None where it can't be judged."""
        outcome = self.check(place).outcome
        return None if outcome not in (*WRONG, Status.CERTIFIED) else outcome in WRONG

    def is_slower(self, place: int, limit: float) -> bool | None:
        """Say the same of whether it is slower."""
        if self.check(place).outcome != Status.CERTIFIED:
            return None
        outcome = self.gate(place, limit).outcome
        known = {Verdict.SLOWER: True, Verdict.PASS: False, Verdict.FASTER: False}
        return known.get(Verdict(outcome))

    def forecast(self, gates: int) -> None:
        """Tell how long so many gates take, as far as that is known."""
        if seconds := self._gate_seconds():
            told = f"A gate takes about {minutes(seconds)}, all of them {minutes(gates * seconds)}."
            foretell(told)

    def _gate_seconds(self) -> float:
        rows = [row.seconds for row in self._verdicts.rows if row.asked == "gate"]
        if rows:
            return sum(rows) / len(rows)
        if self._good is None or self._good.certificate is None:
            return 0.0
        started, rounds = self._good.start_seconds, ROUNDS
        if self._plan.rounds is not None:
            rounds = -(-self._plan.rounds // LOOKS[-1])
        processes = processes_of(started, rounds)
        one = look_seconds(self._good.certificate.pass_seconds, started, processes, rounds)
        return SHARES * one

    def left(self, what: str) -> Callable[[int, int], None]:
        """Return what tells after each judgement how many are left, and how long they take."""

        def tell(before: int, after: int) -> None:
            row, number = self._latest, steps_left(before, after)
            assert row is not None
            commit = next(one for one in self.line.commits if one.name == row.commit)
            ratio = "" if math.isnan(row.ratio) else f", {as_long(row.ratio)}"
            rest = "that was the last one"
            if number:
                seconds = self._gate_seconds() if what == "gate" else row.seconds
                rest = (
                    f"{number} {what}{'s' * (number > 1)} left, about {minutes(number * seconds)}"
                )
            foretell(f"{commit.about}: {row.outcome}{ratio}; {rest}.")

        return tell
