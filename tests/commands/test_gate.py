"""The gate from its command line: verdicts, exit codes, what is written, and when.

Limits are wide here, 100 % or some times, so that no verdict depends on a quiet machine, and that
six rounds of a set will do; how well a strict one decides is for `skipzeros selftest` to show.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from skipzeros.bench.cli import cli
from skipzeros.bench.commands import gate as gate_module
from skipzeros.bench.gate.decide import LOOKS

THEN = """
import os, signal, threading
import numpy as np
from skipzeros.impls.add_reduce import AddReduce

class Same(AddReduce):
    pass

class Slower(AddReduce):
    pass

class WrongNow(AddReduce):
    pass

class WrongThen(AddReduce):
    def sum_rows(self, words, counts):
        return super().sum_rows(words[1:], counts)
"""

NOW = """
import os, signal, threading, time
import numpy as np
from skipzeros.impls.add_reduce import AddReduce

class Same(AddReduce):
    pass

class Slower(AddReduce):
    def sum_rows(self, words, counts):
        for _ in range(40):  # csr is some times slower than add-reduce, and less than this one
            super().sum_rows(words, counts)
        return super().sum_rows(words, counts)

class WrongNow(AddReduce):
    def sum_rows(self, words, counts):
        return super().sum_rows(words[1:], counts)

class WrongThen(AddReduce):
    pass

class New(AddReduce):
    pass

class Raises(AddReduce):
    def update_rows(self, words, counts, step):
        raise ZeroDivisionError("oh")

class CrashesLater(AddReduce):
    passes = 0
    def train(self, prepared):
        type(self).passes += len(prepared) == 200
        if self.passes > 4:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().train(prepared)

class PreparesLong(AddReduce):
    def prepare(self, reviews):
        for _ in range(5):
            super().prepare(reviews)
        return super().prepare(reviews)

class ResetsLong(AddReduce):
    def reset(self, weights_0_1, weights_1_2):
        for _ in range(300):  # beside what it takes to get the weights
            super().reset(weights_0_1.copy(), weights_1_2)
        super().reset(weights_0_1, weights_1_2)

class Sleeps(AddReduce):
    def train(self, prepared):
        time.sleep(0.02)
        return super().train(prepared)

class Threads(AddReduce):
    def train(self, prepared):
        outputs = []
        work = lambda: outputs.append(super(Threads, self).train(prepared))
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return outputs[0]
"""

pytestmark = pytest.mark.clock

IN_A_SET = 6  # rounds
LIMIT = ("--data", "data", "--max-slowdown", "100%", "--rounds", str(LOOKS[-1] * IN_A_SET), "--out",
         "out")  # fmt: skip


def skipzeros(*arguments: str, **environment: str | None) -> Result:
    # Told apart from a real CI, where GitHub's variables are set.
    ours = {"COLUMNS": "200", "GITHUB_ACTIONS": None, **environment}
    return CliRunner(env=ours).invoke(cli, arguments)


def git(*arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def verdicts(out: str = "out") -> dict[str, str]:
    rows = pd.read_csv(Path(out) / "gate.csv")
    return dict(zip(rows["network"], rows["verdict"], strict=True))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose mine.py has changed since its only commit."""
    folder = tmp_path_factory.mktemp("repository")
    before = Path.cwd()
    os.chdir(folder)
    try:
        rng = np.random.default_rng(0)
        texts = [" ".join(f"w{word}" for word in rng.integers(0, 400, 80)) for _ in range(200)]
        Path("data").mkdir()
        Path("data/reviews.txt").write_text("\n".join(texts) + "\n")
        Path("data/labels.txt").write_text("positive\nnegative\n" * 100)
        Path("mine.py").write_text(THEN)
        git("init", "-q", "-b", "main")
        git("add", ".")
        git("commit", "-qm", "one")
        Path("mine.py").write_text(NOW)
        Path("new.py").write_text(NOW)
    finally:
        os.chdir(before)
    return folder


@pytest.fixture(autouse=True)
def there(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)


def named(*classes: str, file: str = "mine.py") -> list[str]:
    return [word for name in classes for word in ("--network", f"{file}:{name}")]


def test_without_anything_to_compare_with_it_exits_5_at_once() -> None:
    result = skipzeros("gate", "--network", "csr", "--out", "none")
    assert result.exit_code == 5
    assert result.stderr.startswith("Error: nothing to compare with: give --baseline NAME")
    assert not Path("none").exists()


def test_a_network_passes_against_itself_and_the_records_have_their_columns() -> None:
    result = skipzeros("gate", "--network", "add-reduce", "--baseline", "add-reduce", *LIMIT)
    assert result.exit_code == 0, result.output
    assert "A slowdown of 100% is stopped, one of up to 40% passes" in result.output
    assert "Self-test: a copy of add-reduce took" in result.output
    rows = pd.read_csv("out/gate.csv")
    assert list(rows.columns[:10]) == [
        "network", "baseline", "verdict", "ratio", "ratio_low", "ratio_high", "sets", "rounds",
        "minimum_detectable", "seconds",
    ]  # fmt: skip
    row = rows.iloc[0]
    assert (row["network"], row["baseline"]) == ("add-reduce", "add-reduce")
    assert row["verdict"] in ("pass", "faster")
    assert row["rounds"] == IN_A_SET * row["sets"] >= IN_A_SET * LOOKS[0]
    assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"]
    passes = pd.read_csv("out/passes.csv")
    wide = passes.pivot(index=["set", "round"], columns="network", values="cpu_seconds")
    logs = np.log(wide["add-reduce"] / wide["add-reduce (again)"]).dropna().to_numpy()
    # On a busy machine the first sets may ask for a second look in fresh ones, which then count.
    medians = [np.median(logs[: row["rounds"]]), np.median(logs[-row["rounds"] :])]
    assert any(np.log(row["ratio"]) == pytest.approx(median) for median in medians)
    longer = passes[passes["network"].str.contains("words")]
    assert (longer["reviews"] == 400).all()
    assert (passes.drop(longer.index)["reviews"] == 200).all()
    assert passes["outputs_match"].all()


@pytest.mark.slow
def test_every_kind_of_network_gets_its_verdict_in_one_gate() -> None:
    result = skipzeros(
        "gate", *named("Same", "Slower", "Sleeps", "WrongNow", "Raises", "CrashesLater", "Threads"),
        "--baseline", "add-reduce", *LIMIT, "--junit", "gate.xml", "--markdown", "gate.md",
        GITHUB_ACTIONS="true",
    )  # fmt: skip
    found = verdicts()
    assert found.pop("mine.py:Same") in ("pass", "faster"), result.output
    # On a busy machine its wall time may be too restless, and so may what its process does aside.
    sleeps = found.pop("mine.py:Sleeps")
    assert sleeps in ("slower", "inconclusive", "refused"), result.output
    assert found == {
        "mine.py:Slower": "slower",
        "mine.py:WrongNow": "incorrect",
        "mine.py:Raises": "failed",
        "mine.py:CrashesLater": "failed",
        "mine.py:Threads": "failed",
    }
    assert result.exit_code == 3  # incorrect beats failed beats slower
    assert "mine.py:WrongNow against add-reduce: incorrect, crafted review" in result.output
    assert "ZeroDivisionError: oh" in result.output
    assert "its process was killed by SIGSEGV" in result.output
    assert "it uses threads" in result.output
    assert "\n::error title=skipzeros gate%3A mine.py%3ASlower slower::" in result.output
    clocks = pd.read_csv("out/gate.csv").set_index("network")["clock"]
    if sys.platform == "linux" and sleeps != "refused":
        assert clocks["mine.py:Sleeps"] == "wall"  # its CPU time alone would let it pass
        assert "waits for something: mine.py:Sleeps. All other times" in result.output
    assert clocks["mine.py:Slower"] == "cpu"
    timed = set(pd.read_csv("out/passes.csv")["network"])
    assert not timed & {"mine.py:WrongNow", "mine.py:Raises"}
    suite = ET.parse("gate.xml").getroot()[0]
    kinds = [int(suite.get(name, "")) for name in ("tests", "failures", "errors")]
    assert kinds in ([7, 3, 3], [7, 2, 4])  # where Sleeps is slower, or inconclusive
    assert "| mine.py:Slower | add-reduce | slower |" in Path("gate.md").read_text()


@pytest.mark.slow
def test_the_self_test_takes_another_network_where_the_fastest_one_fails_meanwhile() -> None:
    result = skipzeros("gate", *named("CrashesLater", "Slower"), "--baseline", "csr", *LIMIT)
    assert result.exit_code == 6
    assert verdicts() == {"mine.py:CrashesLater": "failed", "mine.py:Slower": "slower"}
    assert re.search(r"Self-test: a copy of (csr|mine.py:Slower) took", result.output)


@pytest.mark.slow
def test_slower_alone_exits_1_after_it_was_so_again_in_fresh_workers() -> None:
    result = skipzeros("gate", *named("Slower"), "--baseline", "csr", "--max-slowdown", "100%",
                       "--data", "data", "--out", "slower", "--faster-than", "1000x")  # fmt: skip
    assert result.exit_code == 1, result.output
    assert "not at least 1000x faster" in result.output
    assert "Warning: --faster-than takes the place of --max-slowdown" in result.output
    row = pd.read_csv("slower/gate.csv").iloc[0]
    assert row["sets"] >= 8
    assert row["rounds"] == 6 * row["sets"]


@pytest.mark.slow
def test_prepare_and_reset_have_verdicts_of_their_own_if_asked_for() -> None:
    asked = ("--max-prepare-slowdown", "100%", "--max-reset-slowdown", "100%")
    result = skipzeros("gate", *named("PreparesLong", "ResetsLong"), "--baseline", "add-reduce",
                       *LIMIT, *asked)  # fmt: skip
    assert result.exit_code == 1, result.output
    found = verdicts()
    assert (
        found["mine.py:PreparesLong (prepare)"] == found["mine.py:ResetsLong (reset)"] == "slower"
    )
    others = {"mine.py:PreparesLong", "mine.py:PreparesLong (reset)", "mine.py:ResetsLong",
              "mine.py:ResetsLong (prepare)"}  # fmt: skip
    assert "slower" not in {found[name] for name in others}
    row = pd.read_csv("out/gate.csv").set_index("network").loc["mine.py:PreparesLong (prepare)"]
    assert row["limit"] == "prepare at most 100% slower"
    assert pd.read_csv("out/passes.csv")["prepare_seconds"].gt(0).all()


@pytest.mark.slow
def test_a_claim_that_holds_passes() -> None:
    result = skipzeros("gate", "--network", "add-reduce", "--baseline", "multiply-loop",
                       "--faster-than", "2x", "--data", "data", "--out", "claim")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert verdicts("claim") == {"add-reduce": "pass"}
    row = pd.read_csv("claim/gate.csv").iloc[0]
    assert row["ratio_high"] < 0.5
    stored = skipzeros("gate", "--network", "add-reduce", "--baseline", "multiply-loop",
                       "--faster-than", "2x", "--data", "data", "--out", "again", "--hidden", "5",
                       "--stored", "claim")  # fmt: skip
    assert "Not compared with claim, which differs in hidden." in stored.output


@pytest.mark.slow
def test_against_a_revision_the_working_tree_is_compared_with_what_it_was() -> None:
    result = skipzeros("gate", *named("Same", "Slower"), "--against", "HEAD", *LIMIT)
    found = verdicts()
    assert found.pop("mine.py:Same") in ("pass", "faster")
    assert found == {"mine.py:Slower": "slower"}
    assert result.exit_code == 1
    rows = pd.read_csv("out/gate.csv").set_index("network")
    assert rows.loc["mine.py:Same", "baseline"].startswith("mine.py:Same@")


def test_what_has_no_right_counterpart_at_the_revision_is_told_why() -> None:
    result = skipzeros(
        "gate", *named("WrongNow", "WrongThen", "New"),
        *named("Same", file="new.py"), "--network", "csr", "--against", "HEAD", *LIMIT,
    )  # fmt: skip
    assert verdicts() == {
        "mine.py:WrongNow": "incorrect",
        "mine.py:WrongThen": "no baseline",
        "mine.py:New": "no baseline",
        "new.py:Same": "no baseline",
        "csr": "no baseline",
    }
    assert result.exit_code == 3
    assert "the baseline is incorrect: crafted review" in result.output
    assert "defines no New" in result.output
    assert "new.py is not there at" in result.output
    assert "csr comes with the skipzeros in" in result.output
    assert subprocess.run(
        ["git", "worktree", "list"], capture_output=True, text=True, check=True
    ).stdout.count("\n") == 1  # fmt: skip


def test_absent_at_the_revision_alone_exits_5() -> None:
    result = skipzeros("gate", *named("New"), "--against", "HEAD", *LIMIT)
    assert result.exit_code == 5
    assert verdicts() == {"mine.py:New": "no baseline"}


def test_an_incorrect_baseline_exits_3_and_one_that_takes_no_counts_exits_5() -> None:
    result = skipzeros("gate", "--network", "csr", "--baseline", "mine.py:WrongNow", *LIMIT)
    assert result.exit_code == 3
    assert "the baseline is incorrect: crafted review" in result.output
    result = skipzeros("gate", "--network", "csr", "--baseline", "add-reduce", "--input", "counts",
                       *LIMIT)  # fmt: skip
    assert result.exit_code == 5
    assert "the baseline is not applicable: knows presence only" in result.output
    assert pd.read_csv("out/passes.csv").empty


def test_networks_that_do_not_take_the_input_are_no_failure() -> None:
    result = skipzeros("gate", "--network", "add-reduce", "--baseline", "csr", "--input", "counts",
                       *LIMIT)  # fmt: skip
    assert result.exit_code == 0
    assert verdicts() == {"add-reduce": "not applicable"}


def test_a_budget_that_does_not_last_for_the_first_look_is_told_before_anything_is_timed() -> None:
    result = skipzeros("gate", *named("Same"), "--baseline", "csr", *LIMIT, "--budget", "2")
    assert result.exit_code == 4
    assert "more than the budget of 2 s: use fewer reviews" in result.output
    assert pd.read_csv("out/passes.csv").empty


def test_a_budget_that_ends_between_the_looks_leaves_it_undecided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("skipzeros.bench.gate.measurement.AROUND_SECONDS", -1)
    result = skipzeros("gate", *named("Same"), "--baseline", "csr", *LIMIT, "--budget", "3")
    assert result.exit_code == 4
    assert "the budget of 3 s was spent after" in result.output


@pytest.mark.slow
def test_without_pinning_nothing_is_concluded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "CORES", [])
    result = skipzeros("gate", *named("Same"), "--baseline", "csr", *LIMIT)
    assert result.exit_code == 4
    assert "This system pins no process to a core" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--against", "nowhere"], "--against nowhere: "),
        (["--baseline", "csr", "--max-slowdown", "5"], "'5' is not a percentage above 0, as in 5%"),
        (["--faster-than", "fast"], "'fast' is not a factor above 0, as in 20x"),
        (["--baseline", "cs"], "no network is called 'cs'"),
        (["--baseline", "csr", "--junit", "data"], "'--junit': File 'data' is a directory"),
        (["--baseline", "csr", "--markdown", "data"], "'--markdown': File 'data' is a directory"),
        (["--baseline", "csr", "--max-slowdown", "0.1%"], "200 are too few for a self-test"),
        (["--baseline", "csr", "--stored", "data"], "gate.csv: no such file"),
        (["--baseline", "csr", "--budget", "0"], "must be a number above 0"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(arguments: list[str], message: str) -> None:
    result = skipzeros("gate", "--network", "add-reduce", "--data", "data", *arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
