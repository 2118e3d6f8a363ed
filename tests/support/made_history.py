"""A git history that nobody wrote: its network becomes slower, wrong or unimportable somewhere."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

# With this a pass takes some times as long.
MUCH = "[self.weights_0_1[words].sum(axis=0) for _ in range(30)]"

NETWORK = """
from skipzeros import OnlineNetwork
{imports}

class Mine(OnlineNetwork):
    def sum_rows(self, words, counts):
        {more}
        return self.weights_0_1[words{some}].sum(axis=0)

    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step
"""


def source(*, more: str = "pass", wrong: bool = False, broken: bool = False) -> str:
    """mine.py, whose pass does some more work, forgets a word, or can't be imported."""
    imports = "import nothing_has_this_name" if broken else ""
    return NETWORK.format(imports=imports, more=more, some="[1:]" if wrong else "")


def make_history(
    folder: Path,
    last: int,
    *,
    slower: Mapping[int, str] | None = None,
    wrong: Collection[int] = (),
    broken: Collection[int] = (),
    absent: Collection[int] = (),
    merge: int = 0,
    file: str = "mine.py",
) -> list[str]:
    """Make a repository whose file changes in every commit, and return its first parents.

    Args:
        folder: what else lies there is no part of it.
        last: commits are 0 to last.
        slower: what more a pass does, from these commits on.
        wrong, broken, absent: where the network is so.
        merge: a commit that merges a branch, which has its change; 0 for none.
    """
    lines, more = [], "pass"
    for number in range(last + 1):
        more = (slower or {}).get(number, more)
        text = source(more=more, wrong=number in wrong, broken=number in broken)
        change = f"M 100644 inline {file}\ndata <<END\n# {number}{text}END"
        if number in absent:
            change = f"D {file}"
        day = f"committer A <a@b.c> {1_700_000_000 + 86_400 * number} +0000"
        before, merges = f"from :{number}" if number else "", merge and number == merge
        if merges:
            lines += ["commit refs/heads/side", f"mark :{1000 + number}", day]
            lines += ["data <<END", f"On a branch {number}", "END", before, change]
        lines += ["commit refs/heads/main", f"mark :{number + 1}", day]
        lines += ["data <<END", f"{'Merge' if merges else 'Change'} {number}", "END", before]
        lines += [f"merge :{1000 + number}"] if merges else []
        lines += [change]
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    stream = "\n".join(filter(None, lines)).encode() + b"\n"
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream, check=True)
    subprocess.run(["git", "reset", "-q", "--hard", "main"], cwd=folder, check=True)
    command = ["git", "rev-list", "--first-parent", "--reverse", "main"]
    told = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return told.stdout.split()
