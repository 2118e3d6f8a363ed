"""The commits between two revisions, along first parents."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from ..networks.revision import DIGITS, commit_of, git
from ..outcomes import BadInput
from ..text.markdown import one_line

_FIELDS = "%H%x1f%P%x1f%as%x1f%s"


@dataclass(frozen=True)
class Commit:
    """A commit.

    Attributes:
        name: all of its digits.
        parents: their names; two or more for a merge.
        author_date: the day on which its author wrote it.
        subject: the first line of its message, without characters that terminals obey.
    """

    name: str
    parents: tuple[str, ...]
    author_date: str
    subject: str

    @property
    def short(self) -> str:
        """The first of its digits, as tables show them."""
        return self.name[:DIGITS]

    @property
    def about(self) -> str:
        """Its digits, day and subject."""
        return f"{self.short} ({self.author_date}, {self.subject})"


@dataclass(frozen=True)
class Line:
    """A line of commits along first parents.

    Attributes:
        commits: in their order, the good one first; the last one is bad.
        outside: whether the last one is there as the end only, and touches none of the paths.
    """

    commits: list[Commit]
    outside: bool = False


def line_of(good: str, bad: str, paths: Sequence[str] = ()) -> Line:
    """List the commits after a good revision, up to a bad one.

    Of what was merged only the merge itself is there.

    Args:
        good, bad: any names that git has for commits.
        paths: only commits that change something below these are listed, beside both ends; as git
            takes them, from the current folder on.

    Raises:
        BadInput: git isn't installed, the current folder is in no repository, there is no such
            revision, the good one isn't an ancestor of the bad one, or nothing lies between them.
    """
    _, first = commit_of(good, good)
    _, last = commit_of(bad, bad)
    if first == last:
        raise BadInput(f"{good}: is the same commit as {bad}; name an earlier one")
    _, apart = git("merge-base", "--is-ancestor", first, last)
    if apart:
        raise BadInput(_no_ancestor(good, bad, first, last))
    (start,), (end,) = (_listed("--no-walk", name) for name in (first, last))
    between = _listed("--first-parent", "--reverse", f"{first}..{last}", "--", *paths)
    if not between:
        told = shlex.join(paths)
        raise BadInput(f"{told}: no commit after {good} up to {bad} changes it; name another path")
    outside = between[-1] != end
    return Line([start, *between, *([end] if outside else [])], outside)


def merge_base(first: str, second: str) -> Commit | None:
    """Return the commit where two lines part; None where they have none in common."""
    base, problem = git("merge-base", first, second)
    return None if problem or not base else _listed("--no-walk", base)[0]


def _listed(*arguments: str) -> list[Commit]:
    # Not git log, whose output follows the user's settings.
    told, problem = git("rev-list", f"--format={_FIELDS}", *arguments)
    if problem:
        raise BadInput(f"git can't list the commits: {problem}")
    found = []
    for line in told.split("\n"):
        if "\x1f" in line:
            name, parents, date, subject = line.split("\x1f", 3)
            found.append(Commit(name, tuple(parents.split()), date, one_line(subject)))
    return found


def _no_ancestor(good: str, bad: str, first: str, last: str) -> str:
    told = f"{good}: isn't an ancestor of {bad}"
    if (base := merge_base(first, last)) is None:
        return f"{told}, and they have no commit in common; name an ancestor"
    if base.name == last:
        return f"{told}, but {bad} is one of {good}: give them the other way round"
    told = f"{told}: they part at {base.about}"
    return f"{told}; if that one is good, put {base.short} in place of {good}"
