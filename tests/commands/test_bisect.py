"""Bisections of made histories: what is found, told and kept.

In most of them certificates and gates are made up, from the number that a commit's file begins
with, so that nothing depends on a quiet machine; two are real.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from made_history import MUCH, make_history

import skipzeros
from skipzeros.bench.cli import cli
from skipzeros.bench.commands import commit_judge
from skipzeros.bench.commands.experiment import Experiment
from skipzeros.bench.commands.gate import Gate
from skipzeros.bench.equality import result
from skipzeros.bench.gate.comparison import BetweenRevisions
from skipzeros.bench.gate.decide import Threshold
from skipzeros.bench.networks.source_tree import Tree
from skipzeros.bench.outcomes import Status, Verdict
from skipzeros.bench.records.rows import Finding
from skipzeros.bench.timing.rounds import Plan
from skipzeros.bench.workers.entry import Entry

WORDS = ("--network", "mine.py:Mine", "--data", "data.csv", "--out", "out")


@pytest.fixture(autouse=True)
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))
    rows = [f"{'a good' if i % 2 else 'a bad'} film number {i},{i % 2}" for i in range(60)]
    Path("data.csv").write_text("\n".join(["text,label", *rows]))
    return tmp_path / "repository"


def bisect(*words: str) -> Result:
    return CliRunner().invoke(cli, ["bisect", *WORDS, *words])


@dataclass
class Made:
    """Certificates and gates that nobody made."""

    ratios: Callable[[int], float] = lambda number: 1.0
    wrong: Sequence[int] = ()
    broken: Sequence[int] = ()
    # How often in turn a gate on a commit is inconclusive.
    inconclusive: dict[int, int] = field(default_factory=dict)
    stops_after: int = 1000  # gates
    good: int = 0
    checked: list[int] = field(default_factory=list)
    gated: list[int] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)

    def certify(self, entries: list[Entry], *_: Any, **__: Any) -> dict[str, result.Result]:
        (entry,) = entries
        assert entry.tree is not None
        assert Path(entry.network.partition(":")[0]).is_relative_to(entry.tree.copy)
        number = number_of(entry.tree)
        self.checked.append(number)
        status = Status.INCORRECT if number in self.wrong else Status.CERTIFIED
        status = Status.UNAVAILABLE if number in self.broken else status
        reason = "" if status == Status.CERTIFIED else f"a reason at {number}"
        return {entry.name: result.Result(entry.name, status, reason)}

    def gate(self, experiment: Experiment, between: BetweenRevisions, plan: Plan) -> Gate:
        if len(self.gated) == self.stops_after:
            raise ZeroDivisionError("killed")
        number = number_of(between.now)
        assert number_of(between.then) == self.good
        self.gated.append(number)
        self.plans.append(plan)
        limit, ratio = Threshold.max_slowdown(between.max_slowdown), self.ratios(number)
        verdict = Verdict.SLOWER if ratio > 1 + 0.5 * between.max_slowdown else Verdict.PASS
        if self.inconclusive.get(number, 0):
            self.inconclusive[number] -= 1
            verdict = Verdict.INCONCLUSIVE
        figures = {"ratio": ratio, "ratio_low": ratio - 0.01, "ratio_high": ratio + 0.01}
        reason = "" if verdict == Verdict.PASS else f"{verdict} at {number}"
        found = Finding("new", "old", verdict, **figures, reason=reason, limit=limit.text)
        return Gate([found], [], 1.0)


def number_of(tree: Tree) -> int:
    return int((tree.copy / "mine.py").read_text().split()[1])


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    one = Made()
    monkeypatch.setattr(commit_judge, "certify", one.certify)
    monkeypatch.setattr(commit_judge, "gate", one.gate)
    return one


def rows(out: str = "out") -> pd.DataFrame:
    return pd.read_csv(f"{out}/bisect.csv")


def test_both_are_found_where_it_is_slower_and_then_wrong(there: Path, made: Made) -> None:
    commits = make_history(there, 31, absent=[12], merge=20)
    made.ratios = lambda number: 1.1 if number >= 17 else 1.0
    made.wrong, made.broken = range(26, 32), [8]
    done = bisect(commits[0], "main")
    assert done.exit_code == 3, done.output
    assert (
        f"incorrect since {commits[26][:12]} (2023-12-10, Change 26): a reason at 26."
        in done.stdout
    )
    assert (
        f"slower since {commits[17][:12]} (2023-12-01, Change 17): 1.10 (1.09 to 1.11)"
        in done.stdout
    )
    assert (
        f"as at {commits[0][:12]}, and 1.00 times just before, at {commits[16][:12]}."
        in done.stdout
    )
    assert "31 commits after" in done.stderr
    assert "about 6 gates" in done.stderr
    assert len(made.gated) <= 6
    assert len(made.checked) == len(set(made.checked)) <= 12
    assert "gates left, about" in done.stderr
    found = rows()
    assert set(found.loc[found["asked"] == "gate", "commit"]) == {commits[n] for n in made.gated}
    # The gates between allow what the last right commit lost.
    assert set(found["limit"].dropna()) == {"at most 5% slower", "at most 10% slower"}
    assert not list(there.glob("out/*/mine.py"))


def test_where_one_cannot_be_imported_the_search_goes_around_it(there: Path, made: Made) -> None:
    commits = make_history(there, 16, absent=[8])
    made.ratios, made.broken = lambda number: 3.0 if number >= 10 else 1.0, [9]
    done = bisect(commits[0], "main")
    assert done.exit_code == 1, done.output
    # Of 8, 9 and 10 nobody can say which one did it.
    eight, nine, ten = (f"{commits[n][:12]} (2023-11-{14 + n}, Change {n})" for n in (8, 9, 10))
    assert f"slower since one of {eight}, {nine} or {ten}: 3.00" in done.stdout
    assert "All but the last of these can't be judged" in done.stdout
    assert f"{commits[8][:12]}: absent, mine.py is not there at {commits[8][:12]}" in done.stdout
    assert f"{commits[9][:12]}: unavailable, a reason at 9" in done.stdout


def test_an_inconclusive_gate_is_run_again_with_more_rounds_and_then_a_neighbour(
    there: Path, made: Made
) -> None:
    commits = make_history(there, 8)
    made.ratios = lambda number: 1.2 if number >= 7 else 1.0
    made.inconclusive = {8: 1, 4: 2}
    done = bisect(commits[0], "main", "--rounds", "120", "--budget", "50")
    assert f"slower since {commits[7][:12]}" in done.stdout, done.output
    assert made.gated[:4] == [8, 8, 4, 4]
    assert 4 not in made.gated[4:]
    told = [(plan.rounds, plan.budget) for plan in made.plans[:4]]
    assert told == [(120, 50), (240, 100)] * 2
    found = rows()
    assert found.loc[found["outcome"] == "inconclusive", "attempt"].tolist() == [1, 1, 2]


def test_what_stays_inconclusive_is_told_as_a_range(there: Path, made: Made) -> None:
    commits = make_history(there, 8)
    made.ratios = lambda number: 1.2 if number >= 4 else 1.0
    made.inconclusive = dict.fromkeys(range(1, 8), 2)
    done = bisect(commits[0], "main", "--json")
    document = json.loads(done.stdout)
    suspects = [one["commit"] for one in document["slower"]["suspects"]]
    assert suspects == commits[1:]
    assert document["slower"]["before"]["commit"] == commits[0]
    assert document["slower"]["ratio_before"] == 1
    assert "one of the 8 commits from" in document["notes"][0]
    assert (done.exit_code, document["gates"]) == (1, 15)


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({}, 0, "is not slower, at most 5% slower being asked: it took 1.00 (0.990 to 1.01) times"),
        ({"wrong": [0]}, 5, "which should be good, is incorrect: a reason at 0; name another one"),
        ({"broken": [4]}, 5, "can't be judged, it is unavailable: a reason at 4; name an earlier"),
        ({"inconclusive": {4: 9}}, 4, "is slower can't be told, it is inconclusive: "),
        ({"wrong": [1, 2, 3, 4]}, 3, "Not known to be slower: no commit before that is left to be"),
        ({"wrong": [3, 4]}, 3, "Not known to be slower: "),
    ],
)
def test_where_there_is_nothing_to_search_it_says_so(
    there: Path, made: Made, change: dict[str, Any], code: int, told: str
) -> None:
    commits = make_history(there, 4)
    for name, value in change.items():
        setattr(made, name, value)
    done = bisect(commits[0], "main")
    assert (done.exit_code, told in done.stdout) == (code, True), done.output
    assert not set(made.gated) & {1, 3}


def test_the_second_gate_on_the_end_allows_what_the_first_one_saw(there: Path, made: Made) -> None:
    commits = make_history(there, 2)
    made.ratios, made.inconclusive = lambda number: 1.12 if number else 1.0, {2: 1}
    done = bisect(commits[0], "main")
    assert f"slower since {commits[1][:12]}" in done.stdout, done.output
    assert rows()["limit"].dropna().tolist() == ["at most 5% slower", *["at most 12% slower"] * 2]
    # That it passes there says nothing of what was asked.
    made.ratios, made.inconclusive = lambda number: 1.12 - 0.07 * len(made.gated[4:]), {2: 1}
    done = bisect(commits[0], "main")
    assert done.exit_code == 4, done.output
    assert "it is at most 12% slower, but whether at most 5% slower is not clear" in done.stdout


def test_what_was_left_open_is_asked_again_with_more_rounds(there: Path, made: Made) -> None:
    commits = make_history(there, 2)
    made.ratios, made.inconclusive = lambda number: 1.4 if number else 1.0, {2: 2}
    assert bisect(commits[0], "main").exit_code == 4
    done = bisect(commits[0], "main", "--resume", "--rounds", "200")
    assert "2 inconclusive ones are asked again" in done.stderr
    assert f"slower since {commits[1][:12]}" in done.stdout, done.output
    assert "inconclusive" not in rows()["outcome"].tolist()
    # One that the second gate has decided stays as it is.
    made.inconclusive = {2: 1}
    bisect(commits[0], "main")
    gated = len(made.gated)
    assert "asked again" not in bisect(commits[0], "main", "--resume").stderr
    assert len(made.gated) == gated


def test_verdicts_on_another_file_of_the_same_name_are_no_help(there: Path, made: Made) -> None:
    commits = make_history(there, 2)
    assert bisect(commits[0], "main").exit_code == 0
    Path("sub").mkdir()
    Path("sub/mine.py").write_text(Path("mine.py").read_text())
    words = ("--network", "sub/mine.py:Mine", "--data", "data.csv", "--out", "out", "--resume")
    other = CliRunner().invoke(cli, ["bisect", commits[0], "main", *words])
    assert other.exit_code == 2
    told = "have argument mine.py:Mine, this bisection sub/mine.py:Mine; give the same options"
    assert told in other.stderr


def test_a_commit_that_begins_a_sentence_keeps_its_letters(there: Path, made: Made) -> None:
    commits = make_history(there, 2)
    made.wrong = [0]
    assert f"{commits[0][:12]}, which should be good" in bisect(commits[0], "main").stdout


def test_of_a_merge_it_says_how_to_go_on_and_that_finds_it(there: Path, made: Made) -> None:
    commits = make_history(there, 6, merge=4)
    made.ratios = lambda number: 1.3 if number >= 4 else 1.0
    done = bisect(commits[0], "main")
    assert f"slower since {commits[4][:12]} (2023-11-18, Merge 4)" in done.stdout
    command = re.search(r"It is a merge\. `skipzeros bisect ([^`]*)` goes on among", done.stdout)
    assert command
    side = subprocess.run(["git", "rev-parse", f"{commits[4]}^2"], capture_output=True, text=True)
    good, bad, *more = shlex.split(command[1])
    assert (good, bad) == (commits[3][:12], side.stdout[:12])
    assert more == ["--network", "mine.py:Mine"]
    made.good = 3
    done = bisect(good, bad, *more)
    assert f"slower since {bad} (2023-11-18, On a branch 4): 1.30" in done.stdout, done.output


def test_a_killed_one_keeps_its_verdicts_and_goes_on(there: Path, made: Made) -> None:
    commits = make_history(there, 31)
    made.ratios = lambda number: 1.4 if number >= 11 else 1.0
    made.stops_after = 3
    assert isinstance(bisect(commits[0], "main").exception, ZeroDivisionError)
    before = Path("out/bisect.csv").read_text()
    asked, gated = list(made.checked), list(made.gated)
    assert len(rows()) == len(asked) + len(gated)
    made.stops_after = 1000
    other = bisect(commits[0], "main", "--resume", "--hidden", "7")
    assert other.exit_code == 2
    assert "have hidden 10, this bisection 7; give the same options" in other.stderr
    assert "--resume: " in other.stderr
    other = bisect(commits[1], "main", "--resume")
    assert f"have good {commits[0]}, this bisection {commits[1]}" in other.stderr
    assert Path("out/bisect.csv").read_text() == before
    done = bisect(commits[0], "main", "--resume")
    assert f"slower since {commits[11][:12]}" in done.stdout, done.output
    assert len(made.gated) == len(set(made.gated))
    assert len(made.checked) == len(set(made.checked))
    assert Path("out/bisect.csv").read_text().startswith(before)
    whole = bisect(commits[0], "main")
    assert "out holds 13 verdicts: starting anew (resume would have gone on" in whole.stderr
    assert whole.stdout == done.stdout
    assert "holds" not in bisect(commits[1], "main").stderr
    assert "no bisection" in bisect(commits[0], "main", "--resume", "--out", "new").stderr


def test_paths_leave_out_commits_and_what_lies_outside_is_told(there: Path, made: Made) -> None:
    def commit(name: str, text: str) -> None:
        Path(name).write_text(text)
        subprocess.run(["git", "add", name], check=True)
        who = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *who, "commit", "-qm", f"Write {name}"], check=True)

    commits = make_history(there, 4)
    commit("other.txt", "1")
    commit("mine.py", "# 9 is slower\n")
    made.ratios = lambda number: 1.4 if number >= 3 else 1.0
    done = bisect(commits[0], "main", "--path", "mine.py")
    assert "5 commits after" in done.stderr
    assert f"slower since {commits[3][:12]}" in done.stdout, done.output
    made.ratios = lambda number: 1.4 if number == 9 else 1.0
    done = bisect(commits[0], "main", "--path", "other.txt")
    assert "2 commits after" in done.stderr
    assert "No commit that changes these paths did it, but one of those after" in done.stdout
    assert "(2023-" not in done.stdout.partition("slower since")[2]
    done = bisect(commits[4], "main", "--path", "absent.py")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: absent.py: no commit after")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["main", "main"], "main: is the same commit as main"),
        (["nope", "main"], "nope: "),
        (["main~1", "main", "--network", "none.py:Mine"], "there is no file none.py"),
        (
            ["main~1", "main", "--network", "mine.py:Mine[a=1|2]"],
            "there are 2 networks to bisect; name one",
        ),
        (["main~1"], "Missing argument 'BAD'"),
        (["main~1", "main", "--max-slowdown", "5"], "'5' is not a percentage"),
    ],
)
def test_bad_input_is_one_line(there: Path, words: list[str], told: str) -> None:
    make_history(there, 2)
    done = bisect(*words)
    assert done.exit_code == 2, done.output
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not Path("out").exists()


def test_outside_of_the_repository_there_is_nothing_to_compare(there: Path, made: Made) -> None:
    commits = make_history(there, 2)
    done = bisect(commits[0], "main", "--network", "csr")
    assert done.exit_code == 5, done.output
    assert "csr comes with the skipzeros in" in done.stdout


@pytest.mark.clock
def test_what_is_wrong_is_found_by_real_certificates(there: Path) -> None:
    commits = make_history(there, 4, wrong=[1, 2, 3, 4], broken=[2], absent=[3])
    done = bisect(commits[0], "main", "--quiet")
    assert done.exit_code == 3, done.output
    assert (
        f"incorrect since {commits[1][:12]} (2023-11-15, Change 1): crafted review 1" in done.stdout
    )
    outcomes = rows().set_index("commit")["outcome"]
    assert outcomes[commits[0]] == "certified"
    assert outcomes[commits[1]] == outcomes[commits[4]] == "incorrect"
    assert outcomes.get(commits[2], "failed") == "failed"
    assert outcomes.get(commits[3], "absent") == "absent"
    assert (
        subprocess.run(["git", "status", "--porcelain", "-uno"], capture_output=True).stdout == b""
    )


@pytest.mark.slow
@pytest.mark.clock
def test_what_is_much_slower_is_found_by_real_gates(there: Path) -> None:
    commits = make_history(there, 4, slower={2: MUCH}, wrong=[4])
    found = skipzeros.bisect(commits[0], "main", "mine.py:Mine", "data.csv", rounds=72,
                             max_slowdown="100%", out="out")  # fmt: skip
    assert found.wrong is not None
    assert [one.name for one in found.wrong.suspects] == [commits[4]]
    assert found.slower is not None, str(found)
    assert [one.name for one in found.slower.suspects] == [commits[2]]
    assert found.slower.row.ratio > 2
    assert sorted(Path("out").glob("*/gate.csv"))
    assert set(found.to_frame()["asked"]) == {"check", "gate"}
    assert found.save("kept") == Path("kept")
    assert sorted(Path("kept").glob("*/passes.csv"))
