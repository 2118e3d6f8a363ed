"""The commits between two revisions of real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from made_history import make_history

from skipzeros.bench.history.commits import line_of, merge_base
from skipzeros.bench.outcomes import BadInput


def git(*arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    done = subprocess.run(["git", *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Commits 0 to 5, of which 3 is a merge."""
    monkeypatch.chdir(tmp_path)
    return make_history(tmp_path, 5, merge=3)


def test_the_line_goes_along_first_parents(commits: list[str]) -> None:
    line = line_of("main~4", "main")
    assert [one.name for one in line.commits] == commits[1:]
    assert [len(one.parents) for one in line.commits] == [1, 1, 2, 1, 1]
    assert (line.commits[0].subject, line.commits[0].author_date) == ("Change 1", "2023-11-15")
    assert line.commits[0].about == f"{commits[1][:12]} (2023-11-15, Change 1)"
    assert not line.outside


def test_settings_of_a_user_change_nothing(commits: list[str]) -> None:
    for name, value in (("log.date", "relative"), ("log.showSignature", "true"),
                        ("core.quotePath", "true"), ("format.pretty", "oneline")):  # fmt: skip
        git("config", name, value)
    assert [one.name for one in line_of("main~4", "main").commits] == commits[1:]


def test_a_subject_can_say_anything_and_moves_no_cursor(commits: list[str]) -> None:
    git("commit", "-q", "--allow-empty", "-m", "one\x1ftwo \x1b[31m\u2028red")
    assert line_of("main~1", "main").commits[-1].subject == "one\ufffdtwo \ufffd[31m\ufffdred"


def test_only_what_changes_a_path_is_there_beside_both_ends(commits: list[str]) -> None:
    Path("other").mkdir()
    Path("other/file.txt").write_text("1")
    git("add", ".")
    git("commit", "-qm", "Other")
    other = git("rev-parse", "HEAD")
    git("commit", "-q", "--allow-empty", "-m", "Nothing")
    line = line_of(commits[1], "main", ["mine.py"])
    assert [one.name for one in line.commits] == [*commits[1:], git("rev-parse", "HEAD")]
    assert line.outside
    assert [one.name for one in line_of(commits[1], other, ["other"]).commits] == [
        commits[1],
        other,
    ]
    with pytest.raises(BadInput, match=r"^absent: no commit after main~1 up to main changes it"):
        line_of("main~1", "main", ["absent"])


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("main", "main", "main: is the same commit as main; name an earlier one"),
        ("main", "main~2", "main: isn't an ancestor of main~2, but main~2 is one of main: give"),
        ("main^{tree}", "main", "main^{tree}: "),
        ("main~1", "nope", "has no such commit: name a commit, a tag or a branch"),
        ("--all", "main", "has no such commit"),
    ],
)
def test_what_is_no_line_is_refused(commits: list[str], good: str, bad: str, told: str) -> None:
    with pytest.raises(BadInput) as refused:
        line_of(good, bad)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_of_two_lines_that_part_it_says_where(commits: list[str]) -> None:
    side = f"{commits[3]}^2"
    with pytest.raises(BadInput) as refused:
        line_of(side, commits[3] + "^1~0")
    # The first parent is an ancestor of the branch itself.
    assert f"is one of {side}: give them the other way round" in str(refused.value)
    git("checkout", "-q", "-b", "other", commits[2])
    git("commit", "-q", "--allow-empty", "-m", "Apart")
    with pytest.raises(BadInput) as refused:
        line_of("other", "main")
    digits = commits[2][:12]
    assert (
        f"they part at {digits} (2023-11-16, Change 2); if that one is good, put {digits} in"
        in (str(refused.value))
    )
    git("checkout", "-q", "--orphan", "new")
    git("commit", "-q", "--allow-empty", "-m", "Root")
    assert merge_base("new", "main") is None
    with pytest.raises(BadInput, match="they have no commit in common"):
        line_of("new", "main")
