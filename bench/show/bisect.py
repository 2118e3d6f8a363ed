"""What `skipzeros bisect` prints."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..commands.bisect import Bisection, Since
from ..commands.experiment import Experiment
from ..history.commits import Commit, merge_base
from ..records.documents import Measured
from ..records.machine import machine
from ..records.rows import BisectRow
from ..records.schema import BISECT
from ..text.amounts import as_long
from ..text.markdown import one_line
from ..text.table import print_lines, print_reasons, print_table


@dataclass(frozen=True, kw_only=True)
class CommitPart:
    """A commit.

    Attributes:
        commit: its full name.
        author_date: the day on which its author wrote it.
        subject: the first line of its message.
        merge: whether it has several parents.
    """

    commit: str
    author_date: str
    subject: str
    merge: bool

    @classmethod
    def of(cls, commit: Commit) -> CommitPart:
        """Tell of a commit."""
        merge = len(commit.parents) > 1
        return cls(
            commit=commit.name, author_date=commit.author_date, subject=commit.subject, merge=merge
        )


@dataclass(frozen=True, kw_only=True)
class SincePart:
    """Since when it is so.

    Attributes:
        suspects: one of these commits did it; those before the last one can't be judged.
        before: the last commit before them that was judged, and was good.
        outcome: the verdict on the last of the suspects.
        reason: of that verdict.
        ratio, ratio_low, ratio_high: its time / the time at the good commit.
        ratio_before: the same of the commit before.
    """

    suspects: list[CommitPart]
    before: CommitPart
    outcome: str
    reason: str
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    ratio_before: float = math.nan

    @classmethod
    def of(cls, since: Since | None) -> SincePart | None:
        """Tell since when; None if it isn't."""
        if since is None:
            return None
        return cls(
            suspects=list(map(CommitPart.of, since.suspects)),
            before=CommitPart.of(since.before),
            outcome=since.row.outcome,
            reason=since.row.reason,
            ratio=since.row.ratio,
            ratio_low=since.row.ratio_low,
            ratio_high=since.row.ratio_high,
            ratio_before=since.ratio_before,
        )


@dataclass(frozen=True, kw_only=True)
class BisectDocument(Measured):
    """Since which commits a network is wrong, and slower: a row for each verdict.

    Attributes:
        good, bad: both ends of the line of commits.
        commits: how many there are after the good one.
        gates: how many were run.
        wrong, slower: since when; None where it isn't, or can't be told, as the notes say.
    """

    name = "bisect"
    of = "bisect"

    network: str
    good: CommitPart
    bad: CommitPart
    commits: int
    gates: int
    wrong: SincePart | None
    slower: SincePart | None
    rows: list[BisectRow]


# More suspects than these are told as the first and the last.
MOST_NAMED = 4


def print_bisection(done: Bisection) -> None:
    """Print the verdicts in the order of the commits, then since when, and what to do next."""
    good, last = done.line.commits[0], len(done.line.commits) - 1
    rows = list(_last_words(done))
    print_table(
        f"{done.network}, {last} commit{'s' * (last > 1)} after {good.about}; "
        f"{done.gates} gate{'s' * (done.gates != 1)}",
        ["commit", "date", "verdict", "time / time\nat good", "interval", "subject"],
        [
            (
                row.commit[: len(good.short)],
                row.author_date,
                row.outcome,
                as_long(row.ratio),
                _ends(row),
                row.subject if len(row.subject) <= 50 else f"{row.subject[:49]}…",
            )
            for row in rows
        ],
    )
    print_reasons((row.commit[: len(good.short)], row.outcome, row.reason) for row in rows)
    print_lines(*map(one_line, sentences(done)))


def _last_words(done: Bisection) -> Iterator[BisectRow]:
    """Return one verdict on each commit that was judged: its last one."""
    last = {row.commit: row for row in done.rows if row.asked == "check"}
    last |= {row.commit: row for row in done.rows if row.asked == "gate"}
    return (last[one.name] for one in done.line.commits if one.name in last)


def sentences(done: Bisection) -> Iterator[str]:
    """Say since when it is wrong and slower, and what to do next; or why nobody knows."""
    good = done.line.commits[0].short
    if since := done.wrong:
        yield f"{since.row.outcome} since {_suspects(since)}: {since.row.reason}."
        yield _next(done, since, "check", "says whether it is mended")
    if since := done.slower:
        yield (
            f"slower since {_suspects(since)}: {as_long(since.row.ratio)} ({_ends(since.row)}) "
            f"times as long as at {good}, and {as_long(since.ratio_before)} times just before, "
            f"at {since.before.short}."
        )
        against = "--against", since.before.short
        yield _next(done, since, "gate", "says whether it is as fast as before", *against)
    if done.why:
        yield f"Not known to be slower: {done.why}." if done.wrong else f"{_first_up(done.why)}."


def _suspects(since: Since) -> str:
    told = [one.about for one in since.suspects]
    if len(told) == 1:
        return told[0]
    if len(told) > MOST_NAMED:
        return f"one of the {len(told)} commits from {told[0]} to {told[-1]}"
    return f"one of {', '.join(told[:-1])} or {told[-1]}"


def _next(done: Bisection, since: Since, command: str, says: str, *words: str) -> str:
    """Say what to look at, and what tells whether it is mended."""
    found, network = since.suspects[-1], ["--network", done.argument]
    then = f"`{shlex.join(['skipzeros', command, *network, *words])}` {says}."
    if since.outside:
        return (
            "No commit that changes these paths did it, but one of those after "
            f"{since.before.short} that change none of them: bisect from there without paths. "
            f"Then {then}"
        )
    if len(since.suspects) > 1:
        told = "All but the last of these can't be judged; `git show` tells what each changed."
    elif len(found.parents) > 1:
        told = " ".join(_into_merge(found, network))
    else:
        told = f"`git show {found.short}` tells what it changed."
    return f"{told} With the same options {then}"


def _into_merge(merge: Commit, network: Iterable[str]) -> Iterator[str]:
    first, *others = merge.parents
    yield "It is a merge."
    for other in others:
        if base := merge_base(first, other):
            words = ["skipzeros", "bisect", base.short, other[: len(base.short)], *network]
            yield f"`{shlex.join(words)}` goes on among what it merged."


def _ends(row: BisectRow) -> str:
    if math.isnan(row.ratio_low) or math.isnan(row.ratio_high):
        return ""
    return f"{as_long(row.ratio_low)} to {as_long(row.ratio_high)}"


def _first_up(text: str) -> str:
    # A commit id stays as it is.
    return text if re.match(r"[0-9a-f]{7,}\b", text) else text[:1].upper() + text[1:]


def bisect_document(done: Bisection, experiment: Experiment) -> BisectDocument:
    """Return what came of a bisection for other programs."""
    good, *_, bad = map(CommitPart.of, done.line.commits)
    return BisectDocument(
        files=[experiment.out / BISECT],
        notes=list(sentences(done)),
        machine=machine(experiment.sandbox),
        setting=experiment.setting,
        network=done.network,
        good=good,
        bad=bad,
        commits=len(done.line.commits) - 1,
        gates=done.gates,
        wrong=SincePart.of(done.wrong),
        slower=SincePart.of(done.slower),
        rows=done.rows,
    )
