"""skipzeros why: who may be explained, what is told, and what is named as unknown."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from experiments import experiment

import skipzeros
from skipzeros import BadInput, Incorrect, Reviews
from skipzeros.bench.cli import cli
from skipzeros.bench.commands.why import Side, Why, refuse_other_than_two, rows_of_why
from skipzeros.bench.cost.explained import THINGS, Share
from skipzeros.bench.equality.result import Result as Known
from skipzeros.bench.networks.registry import resolve
from skipzeros.bench.outcomes import Status
from skipzeros.bench.show.why import print_why, why_document
from skipzeros.bench.text.table import as_if_piped
from skipzeros.bench.timing.cut_passes import PHASES
from skipzeros.bench.timing.ratios import Ratio
from skipzeros.bench.workers import callgrind, flame_graph
from skipzeros.bench.workers.callgrind import Instructions

MINE = """
import numpy as np
from skipzeros import OnlineNetwork

class Mine(OnlineNetwork):
    def sum_rows(self, words, counts):
        return self.weights_0_1[words].sum(axis=0)

    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step

class Wrong(Mine):
    def update_rows(self, words, counts, step):
        self.weights_0_1[words] += step
"""


@pytest.fixture
def no_valgrind(monkeypatch: pytest.MonkeyPatch) -> None:
    which = shutil.which
    monkeypatch.setattr(
        callgrind.shutil, "which", lambda name: None if name == "valgrind" else which(name)
    )


def invoke(tmp_path: Path, *arguments: str) -> Result:
    """On 30 synthetic reviews, one round."""
    (tmp_path / "mine.py").write_text(MINE)
    few = ["--reviews", "30", "--certify", "10", "--rounds", "1"]
    return CliRunner().invoke(cli, ["why", *arguments, *few])


@pytest.mark.clock
@pytest.mark.usefixtures("no_valgrind")
def test_two_networks_are_explained_from_what_can_be_counted(tmp_path: Path) -> None:
    done = invoke(tmp_path, "add-reduce", f"{tmp_path}/mine.py:Mine", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    rows = {row["thing"]: row for row in found["rows"]}
    assert set(THINGS) | set(PHASES) <= set(rows)
    # sum(axis=0) goes through Python, and the rest is alike.
    assert 0 < rows["python_calls"]["second"] - rows["python_calls"]["first"] < 10
    assert rows["by_zero"]["first"] == 0
    assert rows["by_zero"]["second"] is None
    assert rows["by_zero"]["reason"].startswith("formulas are there")
    assert rows["instructions"]["reason"] == "valgrind isn't installed"
    assert [one["network"] for one in found["networks"]] == ["add-reduce", "mine.py:Mine"]
    assert found["networks"][0]["places"] == {}
    shares = [rows[thing]["share"] for thing in THINGS]
    assert shares == [None] * len(THINGS) or sum(shares) == pytest.approx(1)


@pytest.mark.usefixtures("no_valgrind")
def test_a_wrong_network_is_not_explained(tmp_path: Path) -> None:
    done = invoke(tmp_path, "add-reduce", f"{tmp_path}/mine.py:Wrong")
    assert done.exit_code == 3, done.output
    assert "mine.py:Wrong: incorrect" in done.output
    assert "Only certified networks have a speed" in done.output
    assert "times as long" not in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["csr"], "compares two networks, not csr"),
        (["csr", "dense", "sum-loop"], "not csr, dense, sum-loop"),
        (["csr", "csr"], "compares two networks, not csr"),
        (["csr", "dense", "--against", "HEAD"], "compares one network with itself"),
        (["csr", "none"], "none"),
    ],
)
def test_other_than_two_networks_are_refused(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = invoke(tmp_path, *arguments)
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert len(done.output.splitlines()) == 1


def test_a_revision_needs_no_second_network() -> None:
    refuse_other_than_two(resolve(["csr"]), "HEAD")
    with pytest.raises(BadInput, match="name another one, or a revision"):
        refuse_other_than_two(resolve(["csr"]), None)


def test_a_profile_needs_py_spy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flame_graph.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(flame_graph.shutil, "which", lambda name: None)
    done = invoke(tmp_path, "csr", "dense", "--profile", "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert "pip install 'skipzeros[profile]'" in done.output
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.clock
@pytest.mark.usefixtures("no_valgrind")
def test_a_network_is_explained_against_a_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    who = ["-c", "user.name=A", "-c", "user.email=a@localhost"]
    loop = "sum((self.weights_0_1[word] for word in words), 0 * self.weights_1_2)"
    Path("mine.py").write_text(MINE.replace("self.weights_0_1[words].sum(axis=0)", loop))
    for git in (["init", "-q"], ["add", "mine.py"], [*who, "commit", "-qm", "Mine"]):
        subprocess.run(["git", *git], check=True)
    done = invoke(tmp_path, "mine.py:Mine", "--against", "HEAD", "--json")
    assert done.exit_code == 0, done.output
    rows = {row["thing"]: row for row in json.loads(done.stdout)["rows"]}
    assert rows["python_calls"]["second"] > 100 > rows["python_calls"]["first"]
    done = invoke(tmp_path, "mine.py:Wrong", "--against", "none")
    assert done.exit_code == 2
    assert "against none" in done.output or "no such commit" in done.output


@pytest.mark.slow
@pytest.mark.clock
@pytest.mark.usefixtures("no_valgrind")
def test_the_function_explains_the_same(few_reviews: Reviews, tmp_path: Path) -> None:
    found = skipzeros.why(["sum-loop", "dense"], few_reviews, rounds=1)
    assert found["python_calls"].first > 0
    assert found.to_frame()["thing"][0] == "python_calls"
    assert "unexplained" in str(found)
    with pytest.raises(KeyError, match="none of python_calls"):
        found["calls"]
    (tmp_path / "mine.py").write_text(MINE)
    wrong = skipzeros.why(["csr", f"{tmp_path}/mine.py:Wrong"], few_reviews, rounds=1)
    assert math.isnan(wrong.ratio)
    with pytest.raises(Incorrect):
        wrong.raise_for_status()


@pytest.mark.slow
@pytest.mark.clock
@pytest.mark.usefixtures("no_valgrind")
def test_a_flame_graph_shows_the_functions_of_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        program = flame_graph.profiler()
    except BadInput as reason:
        pytest.skip(str(reason))
    monkeypatch.setattr(flame_graph, "profiler", lambda: program)
    monkeypatch.setattr(flame_graph, "SECONDS", 1)
    out = tmp_path / "out"
    done = invoke(tmp_path, "csr", f"{tmp_path}/mine.py:Mine", "--profile", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in out.iterdir()) == [
        "profile-csr.svg", "profile-mine-py-Mine.svg"
    ]  # fmt: skip
    svg = (out / "profile-mine-py-Mine.svg").read_text()
    assert "<svg" in svg
    assert "sum_rows" in svg
    assert "profile-mine-py-Mine.svg" in done.output


def made(shares: dict[str, float], ratio: Ratio, *, counted: bool = True) -> Why:
    """Two networks of 100 reviews, whose numbers are given."""

    def side(name: str, calls: int, lines: int) -> Side:
        places = {"numpy": 600, "libc": 400}
        instructions = Instructions(1000 + calls, lines, 0, 5, places) if counted else None
        return Side(
            Known(name, Status.CERTIFIED),
            counted_reviews=10,
            calls=calls,
            instructions=instructions,
            uncounted="" if counted else "valgrind isn't installed",
        )

    explained = {thing: Share(shares.get(thing, 0.0)) for thing in THINGS} if shares else {}
    return Why(side("one", 5_000, 30_000), side("other", 20, 3_000), ratio, explained, 1e-6, 100)


def printed(found: Why, reviews: Reviews) -> str:
    with as_if_piped() as text:
        print_why(found, experiment([("one", "one"), ("other", "other")], reviews))
    return text.getvalue()


def test_the_sentence_names_the_slower_network_and_what_explains_most(
    few_reviews: Reviews,
) -> None:
    calls = {"python_calls": 0.93, "bytes": 0.02, "unexplained": 0.05}
    text = printed(made(calls, Ratio(12.3, 12, 12.6)), few_reviews)
    assert (
        "one takes 12.3 (12 to 12.6) times as long as other; 93% of the difference is Python calls "
        "(500 a review against 2)." in text
    )
    padded = {"bytes": 0.8, "unexplained": 0.2}
    text = printed(made(padded, Ratio(0.5, 0.4, 0.8)), few_reviews)
    assert (
        "other takes 2 (1.25 to 2.5) times as long as one; 80% of the difference is bytes: cache "
        "lines that come from beyond the first cache (300 a review against 3,000), 20% is "
        "unexplained." in text
    )
    assert "blind to how long memory takes" in text


def test_where_there_is_no_difference_none_is_explained(few_reviews: Reviews) -> None:
    text = printed(made({}, Ratio(1.01, 0.98, 1.03)), few_reviews)
    assert "there is no difference to explain" in text
    assert "%" not in text.replace("95 % interval", "").split("Of the difference in")[0]


def test_what_was_not_counted_is_named_with_its_reason(few_reviews: Reviews) -> None:
    found = made({"python_calls": 1.0}, Ratio(2, 1.9, 2.1), counted=False)
    text = printed(found, few_reviews)
    assert (
        "Not counted: allocations, cache lines touched, instructions (valgrind isn't installed)."
        in text
    )
    assert "Not counted: multiplications by zero, by one, needed, bytes moved (formulas" in text
    assert "callgrind" not in text
    document = why_document(found, experiment([("one", "one")], few_reviews))
    assert document.notes[0].startswith("one takes 2 ")
    assert [row.thing for row in document.rows] == [row.thing for row in rows_of_why(found)]


def test_calls_that_could_not_be_counted_are_named_too(few_reviews: Reviews) -> None:
    found = made({}, Ratio(2, 1.9, 2.1))
    found = replace(found, first=replace(found.first, calls=None, uncalled="it ended"))
    assert "Not counted: Python calls (it ended)." in printed(found, few_reviews)


def test_a_name_with_brackets_is_a_heading(few_reviews: Reviews) -> None:
    found = made({}, Ratio(2, 1.9, 2.1))
    padded = replace(found.first, result=Known("mine[room=8]", Status.CERTIFIED))
    text = printed(replace(found, first=padded), few_reviews)
    # The answer comes first, and then what it rests on.
    assert text.startswith("mine[room=8] takes 2 (1.9 to 2.1) times as long as ")
    assert ["thing", "mine[room=8]"] in [line.split()[:2] for line in text.splitlines()]
