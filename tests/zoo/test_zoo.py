"""Tricks by which a speed could be bought: none of them may have a rank.

`docs/trust.md` says what stops them, and which aren't stopped yet. Each class says where it was
seen. A trick that gains nothing may be certified; those are in HARMLESS.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import experiment

from skipzeros import Reviews, gate
from skipzeros.bench.commands.run import run
from skipzeros.bench.networks.sandbox import sandbox
from skipzeros.bench.timing.rounds import Plan

pytestmark = [
    pytest.mark.clock,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the time of a process"),
]

ZOO = Path(__file__).parent
ROOT = ZOO.parents[1]
# What they do is of no use any more, and what they compute is right.
HARMLESS = set(
    """InPrepare InChild UpdatesInNextPrepare ByWeights FromSeed OnDisk SharedMemory
    FilesForTheOthers BusyHelper OtherCore HugePages PlainLoops SharesWithOthers
    SharesWithOthers2 SharesWithOthers3 SharesWithOthers4""".split()
)
# See "What isn't stopped" in docs/trust.md.
NOT_STOPPED = {"WithinTolerance", "WithinToleranceUntilSeen"}
# They gain something only where most words occur once.
OF_RARE_WORDS = {"UpdatesWhenRead", "UpdatesWhenReadLater"}
# Stopped by the sandbox alone.
NEED_SANDBOX = {"ParentsMemory", "RewritesFiles"}
TOGETHER = 4
QUICK = ["HalfAndModules", "TimeStandsStill", "InReset"]


def tricks() -> dict[str, list[str]]:
    """The classes of each file that are networks to be stopped."""
    found = {}
    for path in sorted(ZOO.glob("*.py")):
        if path.name.startswith("test_"):
            continue
        names = [node.name for node in ast.parse(path.read_text("utf-8")).body
                 if isinstance(node, ast.ClassDef) and node.bases]  # fmt: skip
        found[path.name] = [
            name for name in names
            if name not in HARMLESS | NOT_STOPPED and not name.startswith("_")
        ]  # fmt: skip
    return found


def statuses(
    classes: list[tuple[str, str]], reviews: Reviews, out: Path, rounds: int = 9
) -> pd.DataFrame:
    """The rows of a run of some classes, beside an honest network."""
    networks = [(name, f"{ZOO / file}:{name}") for file, name in classes]
    here = experiment([*networks, ("honest", "csr")], reviews, baseline="honest", out=out)
    run(here, Plan(rounds=rounds))
    return pd.read_csv(out / "summary.csv").set_index("network")


def where(name: str) -> str:
    return next(file for file, names in tricks().items() if name in names)


@pytest.fixture(scope="module")
def reviews(synthetic_reviews: Reviews) -> Reviews:
    return synthetic_reviews[:300].presence()


def test_there_are_as_many_of_all_kinds_as_the_readme_says() -> None:
    number = sum(map(len, tricks().values()))
    for file in ("README.md", "docs/trust.md"):
        told = re.search(
            r"[Oo]f (\d+) (?:tricks in|by which)[^.]* (\d+) end without a rank",
            (ROOT / file).read_text(),
        )
        assert told, file
        assert [int(figure) for figure in told.groups()] == [number + len(NOT_STOPPED), number]
    assert {path.removesuffix(".py") for path in tricks()} >= {
        "deferral", "replay", "clock", "judge", "data", "environment"
    }  # fmt: skip


def test_each_says_where_it_was_seen() -> None:
    for file in tricks():
        for node in ast.parse((ZOO / file).read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.bases:
                assert ast.get_docstring(node), node.name


def test_a_wrong_clock_a_wrong_judge_and_work_done_before_give_no_rank(
    reviews: Reviews, tmp_path: Path
) -> None:
    found = statuses([(where(name), name) for name in QUICK], reviews, tmp_path)
    assert found.loc["honest", "status"] == "certified"
    assert found.loc[QUICK, "rank"].isna().all()
    assert found.loc[QUICK, "status"].isin(["incorrect", "refused"]).all()


@pytest.mark.slow
def test_none_passes_a_gate(reviews: Reviews) -> None:
    networks = [f"{ZOO / where(name)}:{name}" for name in [*QUICK, "OnlyWhatMatters"]]
    found = gate(networks, reviews, baseline="csr", faster_than="2x", rounds=36).findings
    assert len(found) == len(networks)
    assert {one.verdict for one in found} <= {"incorrect", "refused", "failed"}


def groups() -> list[list[str]]:
    """A few tricks at a time, which takes half the time of one by one."""
    apart = NEED_SANDBOX | OF_RARE_WORDS
    names = [name for of_file in tricks().values() for name in of_file if name not in apart]
    return [names[first : first + TOGETHER] for first in range(0, len(names), TOGETHER)]


@pytest.mark.slow
@pytest.mark.parametrize("names", groups(), ids="-".join)
def test_none_has_a_rank(names: list[str], reviews: Reviews, tmp_path: Path) -> None:
    none_has_a_rank(names, reviews, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not sandbox(), reason="this system has no sandbox")
def test_none_that_reaches_out_has_a_rank_in_a_sandbox(reviews: Reviews, tmp_path: Path) -> None:
    none_has_a_rank(sorted(NEED_SANDBOX), reviews, tmp_path)


def none_has_a_rank(names: list[str], reviews: Reviews, out: Path, rounds: int = 9) -> None:
    found = statuses([(where(name), name) for name in names], reviews, out, rounds)
    assert found.loc["honest", "rank"] == 1
    for name in names:
        assert pd.isna(found.loc[name, "rank"]), found.loc[name]
        assert found.loc[name, "status"] in ("incorrect", "refused", "failed", "uncertified")


@pytest.mark.slow
def test_what_is_put_off_until_weights_are_read_has_no_rank(tmp_path: Path) -> None:
    words = np.arange(2000 * 60).reshape(2000, 60)
    rare = Reviews.from_lists(words.tolist(), [n % 2 for n in range(2000)], words.size)
    none_has_a_rank(sorted(OF_RARE_WORDS), rare, tmp_path, rounds=45)
