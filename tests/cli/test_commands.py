"""The commands as a user types them: what they print, what they write, how they end."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from skipzeros.bench.cli import cli
from skipzeros.bench.cli.options import Remembering, with_reviews
from skipzeros.bench.text.amounts import times
from skipzeros.bench.timing.ratios import paired_ratio
from skipzeros.bench.workers.worker_sets import SETS

WRONG = """
import numpy as np
from skipzeros import OnlineNetwork

class Wrong(OnlineNetwork):
    def sum_rows(self, words, counts):
        return self.weights_0_1[words[1:]].sum(axis=0)

    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step

class Mine(Wrong):
    def sum_rows(self, words, counts):
        return self.weights_0_1[words].sum(axis=0)

class Raises(Mine):
    def update_rows(self, words, counts, step):
        raise ZeroDivisionError("oh")

class Elsewhere(Mine):
    @classmethod
    def unavailable(cls):
        return "needs the extra 'more'"

class Abstract(OnlineNetwork):
    pass

number = 3
"""


def lay_out() -> None:
    """Put networks and reviews into the current folder."""
    Path("mine.py").write_text(WRONG)
    Path("broken.py").write_text("import no_such_module")
    data = Path("data")
    data.mkdir()
    rows = [("good film ." if i % 2 else "bad  film", "positive" if i % 2 else "negative")
            for i in range(60)]  # fmt: skip
    (data / "reviews.txt").write_text("".join(f"{text} {i}\n" for i, (text, _) in enumerate(rows)))
    (data / "labels.txt").write_text("".join(f"{label}\n" for _, label in rows))


pytestmark = pytest.mark.usefixtures("one_set")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out()


def skipzeros(*arguments: str) -> Result:
    # A terminal's width must not fold what the tests look for.
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, arguments)


RUN = ("run", "--data", "data", "--rounds", "6", "--out", "out")


@dataclass
class Ran:
    """A run of csr and a wrong network beside dense, and what it printed."""

    folder: Path
    result: Result


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("once")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        lay_out()
        return Ran(folder, skipzeros(*RUN, "--network", "csr", "--network", "mine.py:Wrong"))


@pytest.fixture
def finished(ran: Ran, in_a_folder: None) -> Result:
    """What that run printed; its records are here, to be changed as one likes."""
    shutil.copytree(ran.folder / "out", "out")
    return ran.result


def test_networks_that_are_named_are_run_and_no_others() -> None:
    result = skipzeros(*RUN, "--network", "csr", "--network", "add-reduce")
    assert result.exit_code == 0, result.output
    assert "than dense" in result.output
    assert "every one of 60 steps" in result.output
    assert result.stderr == ""  # no progress is shown where no terminal is
    summary = pd.read_csv("out/summary.csv")
    assert sorted(summary["network"]) == ["add-reduce", "csr", "dense"]
    assert sorted(summary["rank"]) == [1, 2, 3]
    assert set(summary["data"]) == {"data"}
    assert len(pd.read_csv("out/passes.csv")) == 6 * 3


@pytest.mark.slow
def test_run_prints_a_table_and_writes_both_records() -> None:
    result = skipzeros(*RUN)
    assert result.exit_code == 0, result.output
    for name in ("dense", "dense-rows", "multiply-loop", "sum-loop", "csr", "add-reduce"):
        assert f"\n{name} " in result.output
    assert "times faster" in result.output
    assert "than dense" in result.output
    assert "every one of 60 steps" in result.output
    assert "Timed in 6 rounds over 1 set of workers: as asked." in result.output
    assert "out/passes.csv" in result.output
    summary = pd.read_csv("out/summary.csv")
    # compiled and torch take part where their extras are installed.
    assert set(summary["status"]) <= {"certified", "unavailable"}
    certified = summary[summary["status"] == "certified"]
    assert len(certified) >= 6
    assert sorted(certified["rank"]) == list(range(1, len(certified) + 1))
    assert set(summary["data"]) == {"data"}
    assert len(pd.read_csv("out/passes.csv")) == 6 * len(certified)


def test_a_users_file_is_run_beside_the_baseline() -> None:
    result = skipzeros(*RUN, "--network", "mine.py:Mine")
    assert result.exit_code == 0, result.output
    summary = pd.read_csv("out/summary.csv").set_index("network")
    assert list(summary.index) == ["mine.py:Mine", "dense"]
    assert summary.loc["dense", "ratio"] == 1


def test_a_wrong_network_is_unranked_and_exits_3(finished: Result) -> None:
    assert finished.exit_code == 3
    assert "mine.py:Wrong: incorrect, crafted review" in finished.output
    summary = pd.read_csv("out/summary.csv").set_index("network")
    assert summary.loc["mine.py:Wrong", ["rank", "ratio", "median_seconds"]].isna().all()
    assert summary.loc["csr", "rank"] in (1, 2)
    assert "mine.py:Wrong" not in set(pd.read_csv("out/passes.csv")["network"])


def test_an_incorrect_baseline_leaves_every_ratio_empty_and_exits_3() -> None:
    result = skipzeros(*RUN, "--network", "csr", "--baseline", "mine.py:Wrong")
    assert result.exit_code == 3
    assert "No ratios" in result.output
    summary = pd.read_csv("out/summary.csv").set_index("network")
    assert summary["ratio"].isna().all()
    assert summary.loc["csr", "rank"] == 1


def test_one_that_raises_is_failed_and_exits_6_and_the_others_go_on() -> None:
    result = skipzeros(*RUN, "--network", "mine.py:Raises", "--network", "csr")
    assert result.exit_code == 6
    assert "ZeroDivisionError: oh" in result.output
    assert pd.read_csv("out/summary.csv").set_index("network").loc["csr", "rank"] > 0


def test_incorrect_beats_failed() -> None:
    networks = ("--network", "mine.py:Raises", "--network", "mine.py:Wrong")
    assert skipzeros(*RUN, *networks).exit_code == 3


def test_a_file_that_cannot_be_imported_is_failed() -> None:
    result = skipzeros("check", "--data", "data", "--network", "broken.py:Mine")
    assert result.exit_code == 6
    assert "ModuleNotFoundError: No module named 'no_such_module'" in result.output


def test_not_applicable_and_unavailable_are_no_failure() -> None:
    result = skipzeros(
        *RUN, "--input", "counts", "--network", "add-reduce", "--network", "mine.py:Elsewhere"
    )
    assert result.exit_code == 0, result.output
    assert "add-reduce: not applicable, knows presence only" in result.output
    assert "mine.py:Elsewhere: unavailable, needs the extra 'more'" in result.output


def test_a_baseline_that_was_named_and_cannot_serve_exits_5() -> None:
    own = (*RUN, "--input", "counts", "--network", "csr", "--network", "dense")
    result = skipzeros(*own, "--baseline", "add-reduce")
    assert result.exit_code == 5
    summary = pd.read_csv("out/summary.csv").set_index("network")
    slower = summary["median_seconds"].idxmax()
    assert slower in ("csr", "dense")
    # Said at once, and again below the table, which has ratios to another network.
    assert "The baseline add-reduce is not applicable: knows presence only" in result.stderr
    assert "The slowest certified network takes its place." in result.stderr
    assert (
        f"The baseline add-reduce is not applicable: in its place ratios relate to {slower}, the "
        "slowest certified network." in result.stdout
    )
    assert f"than {slower}" in result.stdout
    assert summary.loc[slower, ["ratio", "ratio_low", "ratio_high"]].tolist() == [1, 1, 1]
    assert sorted(summary["rank"].dropna()) == [1, 2]
    assert set(pd.read_csv("out/parting.csv")["baseline"]) == {slower}
    again = skipzeros("report", "out")
    assert f"than {slower}" in again.stdout


def test_a_baseline_that_takes_no_part_is_told_before_anything_is_certified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = []
    monkeypatch.setattr("skipzeros.bench.commands.baselines.note", told.append)
    monkeypatch.setattr(
        "skipzeros.bench.workers.driver.Driver.certify", lambda *_: told.append("certified")
    )
    skipzeros(*RUN, "--network", "csr", "--baseline", "mine.py:Elsewhere")
    assert told == [
        "The baseline mine.py:Elsewhere is unavailable: needs the extra 'more'. The slowest "
        "certified network takes its place.",
        "certified",
    ]


def test_a_precision_is_reached_beside_a_baseline_that_takes_no_part() -> None:
    own = ("--network", "csr", "--network", "add-reduce", "--baseline", "mine.py:Elsewhere")
    result = skipzeros("run", "--data", "data", "--out", "out", *own, "--precision", "90%")
    assert "every interval is within 90% of its" in result.output
    assert set(pd.read_csv("out/summary.csv")["precision"]) == {0.9}
    # Rounds that the same plan didn't end say nothing of it.
    skipzeros("run", "--data", "data", "--out", "out", *own, "--precision", "90%", "--rounds", "1")
    assert pd.read_csv("out/summary.csv")["precision"].isna().all()


def columns_of(output: str) -> list[str]:
    """The networks that the table relates times to, from left to right."""
    return next(re.findall(r"than (\S+)", line) for line in output.splitlines() if " than " in line)


def test_each_of_several_baselines_has_a_column() -> None:
    several = ("--baseline", "dense", "--baseline", "csr", "--baseline", "mine.py:Mine")
    result = skipzeros(*RUN, "--network", "add-reduce", *several)
    assert result.exit_code == 0, result.output
    assert columns_of(result.stdout) == ["dense", "csr", "mine.py:Mine"]
    summary = pd.read_csv("out/summary.csv").set_index("network")
    assert set(summary.index) == {"add-reduce", "dense", "csr", "mine.py:Mine"}
    # The records have the ratios to the first, as if it were the only one.
    assert summary.loc["dense", ["ratio", "ratio_low", "ratio_high"]].tolist() == [1, 1, 1]
    passes = pd.read_csv("out/passes.csv")
    cells = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line}
    for name in summary.index:
        ratio = paired_ratio(passes, name, "csr").ratio
        # One pass, reviews a second, times faster than dense, its interval, than csr.
        assert times(ratio) in cells[name], (name, ratio, cells[name])


def test_a_further_baseline_that_cannot_serve_is_told_and_exits_5() -> None:
    further = ("--baseline", "csr", "--baseline", "mine.py:Elsewhere")
    result = skipzeros(*RUN, "--network", "add-reduce", *further)
    assert result.exit_code == 5
    assert columns_of(result.stdout) == ["csr"]
    assert "mine.py:Elsewhere is unavailable: needs the extra 'more'. There are no" in result.stderr
    assert "No ratios to the baseline mine.py:Elsewhere, which is unavailable." in result.stdout
    shown = skipzeros(*RUN, "--network", "add-reduce", *further, "--json")
    assert shown.exit_code == 5
    assert {row["network"] for row in json.loads(shown.stdout)["rows"]} == {
        "add-reduce", "csr", "mine.py:Elsewhere"
    }  # fmt: skip
    varied = skipzeros(*RUN, "--vary", "hidden=3,5", *further)
    assert varied.exit_code == 2
    assert "--vary: give one --baseline at most" in varied.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--network", "dens"], "no network is called 'dens'; there are dense,"),
        (["run", "--network", "absent.py:Mine"], "there is no file absent.py"),
        (["run", "--network", "mine.py:Absent"], "mine.py defines no Absent; it has "),
        (["run", "--network", "mine.py"], "name the class too"),
        (["run", "--network", "mine.py:number"], "no subclass of skipzeros.Network"),
        (["run", "--network", "mine.py:Abstract"], "lacks sum_rows, update_rows"),
        (["run", "--baseline", "dens"], "no network is called 'dens'"),
        (["run", "--data", "absent"], "absent: no such file or folder"),
        (["run", "--reviews", "0"], "'--reviews'"),
        (["run", "--learning-rate", "nan"], "must be a number above 0"),
        (["run", "--learning-rate", "-1"], "must be a number above 0"),
        (["run", "--certify", "some"], "neither a number of reviews from 1 nor 'all'"),
        (["run", "--dtype", "float16"], "'--dtype'"),
        (["run", "--data", "data", "--split", "halves"], "has no halves"),
        (["run", "--data", "data", "--out", "mine.py"], "'--out'"),
        (["accuracy", "--data", "data"], "no reviews are left to test on"),
        (["check", "--compare", "csr", "csr"], "--compare: name two different networks"),
        (["check", "--workers", "0"], "'--workers'"),
        (
            ["check", "--data", "data", "--workers", "9999"],
            "--workers 9999: more than this machine",
        ),
        (["check", "--workers", "1", "--scheduler", "x"], "--workers and --scheduler: one of them"),
        (["check", "--workers", "1", "--case", "hidden=17"], "leave out --workers"),
        (["check", "--data", "data", "--scheduler", "tls://x:1"], "wants certificates"),
        (["absent"], "No such command 'absent'"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(arguments: list[str], message: str) -> None:
    result = skipzeros(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1


def test_bad_labels_are_named_by_file_and_line() -> None:
    labels = Path("data/labels.txt").read_text().splitlines()
    labels[16] = "perhaps"
    Path("data/labels.txt").write_text("\n".join(labels) + "\n")
    result = skipzeros("check", "--data", "data")
    assert result.exit_code == 2
    assert "data/labels.txt:17: the label must be positive or negative" in result.stderr


@pytest.mark.parametrize(
    ("networks", "least"),
    [(["--network", "csr", "--network", "dense"], 2), pytest.param([], 4, marks=pytest.mark.slow)],
)
def test_check_certifies_without_timing(networks: list[str], least: int) -> None:
    counts = ("--data", "data", "--input", "counts", "--dtype", "float32")
    result = skipzeros("check", *counts, *networks)
    assert result.exit_code == 0, result.output
    assert result.output.count("certified") >= least
    assert not Path("results").exists()


def test_more_reviews_than_there_are_is_said() -> None:
    result = skipzeros("check", "--data", "data", "--reviews", "100", "--network", "csr")
    assert result.exit_code == 0
    assert "data has 60 training reviews; all are used." in result.stderr


def test_the_rows_go_to_scripts_as_json_or_csv() -> None:
    own = ("--network", "csr", "--baseline", "csr")
    shown = skipzeros(*RUN, *own, "--network", "mine.py:Wrong", "--json")
    document = json.loads(shown.stdout)
    assert (document["command"], document["exit_code"]) == ("run", 3)
    rows = {row["network"]: row for row in document["rows"]}
    assert rows["csr"]["status"] == "certified"
    assert rows["csr"]["ratio"] > 0
    assert rows["mine.py:Wrong"]["ratio"] is None
    shown = skipzeros(*RUN, *own, "--csv", "-")
    assert shown.exit_code == 0
    table, written = pd.read_csv(io.StringIO(shown.stdout)), pd.read_csv("out/summary.csv")
    pd.testing.assert_frame_equal(table, written)
    for other in (("--json",), ("--vary", "hidden=1,2")):
        refused = skipzeros(*RUN, "--csv", "-", *other)
        assert refused.exit_code == 2
        assert refused.stdout == ""
        assert "--csv" in refused.stderr


def test_report_prints_the_same_table_from_the_records_alone(finished: Result) -> None:
    again = skipzeros("report", "out")
    assert again.exit_code == 0, again.output
    table, _, page = again.stdout.rstrip().rpartition("\n")
    assert finished.stdout.startswith(table)
    assert page == str(Path("out/report.html"))
    assert "mine.py:Wrong: incorrect, crafted review" in again.output


@pytest.mark.usefixtures("finished")
def test_report_takes_its_times_from_the_passes() -> None:
    passes = pd.read_csv("out/passes.csv")
    passes.loc[passes["network"] == "csr", "cpu_seconds"] = 3.0
    passes.loc[passes["network"] == "dense", "cpu_seconds"] = 12.0
    passes.to_csv("out/passes.csv", index=False)
    lines = [line.split() for line in skipzeros("report", "out").output.splitlines()]
    assert ["csr", "certified", "3.00", "s", "20", "4"] in [line[:6] for line in lines]
    assert ["dense", "certified", "12.00", "s", "5", "1"] in [line[:6] for line in lines]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("summary.csv", None, "out: its run was interrupted; the same command with --resume"),
        ("passes.csv", "a,b\n1,2\n", "passes.csv:1: lacks the columns network, set, round"),
        ("passes.csv", "", "passes.csv: can't be read as a CSV (No columns"),
        ("passes.csv", "a,b\n1,2,3,4\n5,6\n", "passes.csv"),
    ],
)
@pytest.mark.usefixtures("finished")
def test_a_record_that_is_none_is_bad_input(name: str, content: str | None, message: str) -> None:
    if content is None:
        (Path("out") / name).unlink()
    else:
        (Path("out") / name).write_text(content)
    result = skipzeros("report", "out")
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_report_of_a_folder_without_records_or_with_those_of_a_gate() -> None:
    result = skipzeros("report", "data")
    assert result.exit_code == 2
    assert (
        "data: holds no records; give a folder that run, waste or accuracy wrote" in result.stderr
    )
    claim = ("--baseline", "multiply-loop", "--faster-than", "2x", "--data", "data")
    shown = skipzeros("gate", "--network", "csr", *claim, "--out", "gated", "--budget", "0.001")
    again = skipzeros("report", "gated")
    assert again.exit_code == 0, again.output
    assert "inconclusive, the first look" in again.stdout
    assert shown.stdout.startswith(again.stdout)


def on_a_terminal(width: int, *arguments: str, **environment: str) -> str:
    """What a terminal of that width shows, both streams."""
    code = (
        "import pty, sys; sys.exit(pty.spawn([sys.executable, '-m', 'skipzeros', *sys.argv[1:]]))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": str(width), **environment},
    )  # fmt: skip
    return shown.stdout


@pytest.mark.usefixtures("finished")
def test_a_narrow_terminal_hides_no_figure_and_splits_no_word() -> None:
    shown = on_a_terminal(80, "report", "out", NO_COLOR="1")
    cells = [line.split() for line in shown.splitlines() if "certified" in line]
    assert [line[:2] for line in cells] == [[line[0], "certified"] for line in cells]
    assert len(cells) == 2
    assert "\u2026" not in shown


@pytest.mark.usefixtures("finished")
def test_a_wide_terminal_has_bars_and_a_pipe_has_none() -> None:
    shown = on_a_terminal(130, "report", "out")
    # The baseline has none; the only other network has the longest, whichever is faster.
    assert [len(bar) for bar in re.findall("[\u2588-\u258f]+", shown)] == [12]
    assert "\x1b[32mcertified" in shown
    plain = on_a_terminal(130, "report", "out", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", plain)
    assert "\u2588" not in skipzeros("report", "out").output


def test_progress_names_the_network_under_the_clock_and_the_time_left() -> None:
    Path("mine.py").write_text(
        "import time\n" + WRONG + "class Slow(Mine):\n"
        "    def train(self, prepared):\n"
        "        time.sleep(0.15 if len(prepared) == 60 else 0)\n"  # a whole pass
        "        return super().train(prepared)\n"
        "class Other(Slow): pass\n"
    )
    # Both are slow: the bar is drawn ten times a second at most, and the order is random.
    shown = on_a_terminal(130, *RUN, "--network", "mine.py:Slow", "--baseline", "mine.py:Other")
    assert "certifying 2 networks: mine.py:Slow" in shown
    assert "timing 2 networks: mine.py:Slow" in shown
    assert re.search(r"left \S*0:00:0\d", re.sub(r"\x1b\[[0-9;]*m", "", shown))


def test_an_interrupted_run_is_gone_on_with_as_asked() -> None:
    own = ("--network", "csr", "--baseline", "csr")
    assert skipzeros(*RUN, *own).exit_code == 0
    Path("out/summary.csv").unlink()  # as if it had been stopped before the end
    before = Path("out/passes.csv").read_text()
    more = ("run", "--data", "data", "--rounds", "9", "--out", "out", "--resume")
    other = skipzeros(*more, "--network", "add-reduce", "--baseline", "add-reduce")
    assert other.exit_code == 2
    assert "the interrupted run in out timed csr too; name the same" in other.stderr
    assert Path("out/passes.csv").read_text() == before
    result = skipzeros(*more, *own)
    assert result.exit_code == 0, result.output
    assert "Going on after 6 rounds of " in result.stderr
    assert "Timed in 9 rounds over 2 sets of workers: as asked." in result.output
    after = Path("out/passes.csv").read_text()
    assert after.startswith(before)
    passes = pd.read_csv("out/passes.csv")
    assert len(passes) == 9
    assert passes["run_id"].nunique() == 1
    again = skipzeros(*more, "--network", "mine.py:Wrong", "--baseline", "mine.py:Wrong")
    assert "out holds no interrupted run: starting anew." in again.stderr


@pytest.mark.slow
def test_a_run_says_how_far_its_sets_are_apart_and_what_else_took_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("skipzeros.bench.commands.run.SETS", SETS)
    own = ("--network", "csr", "--baseline", "csr")
    result = skipzeros(*RUN, *own)
    assert "Timed in 6 rounds over 3 sets of workers: as asked. Between sets" in result.output
    assert "Passes under the clock took" in result.output
    result = skipzeros("run", "--data", "data", "--out", "out", *own, "--precision", "50%")
    assert "rounds over 3 sets of workers: every interval is within 50% of its" in result.output


def test_list_names_every_network() -> None:
    result = skipzeros("list")
    assert result.exit_code == 0
    for name in ("dense", "dense-rows", "multiply-loop", "sum-loop", "csr", "add-reduce"):
        assert f"\n{name} " in result.output


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("ru", "plain,run"), ("run --hid", "plain,--hidden"), ("run --network ad", "plain,add-reduce"),
     ("run --network mine.", "file,mine."), ("gate --baseline cs", "plain,csr"),
     ("run --data mi", "file,mi"), ("data mi", "file,mi"), ("run --input c", "plain,counts")],
)  # fmt: skip
def test_the_shell_can_complete(typed: str, offered: str) -> None:
    environment = {
        "_SKIPZEROS_COMPLETE": "bash_complete",
        "COMP_WORDS": f"skipzeros {typed}",
        "COMP_CWORD": str(len(typed.split())),
    }
    result = CliRunner(env=environment).invoke(cli, [], prog_name="skipzeros")
    assert result.output.split() == [offered]


def test_demo_shows_the_same_values_four_times() -> None:
    result = skipzeros("demo")
    assert result.exit_code == 0
    lines = [line for line in result.output.splitlines() if line.count("[") and "layer_1" in line]
    values = {line[line.rindex("[") :] for line in lines}
    assert len(lines) == 2
    assert len(values) == 1
    assert result.output.count(values.pop()) == 4
    assert "50 products: 40 with 0, which change nothing, and 10 with 1" in result.output
    assert "All four give the same values, to the last bit." in result.output


def test_accuracy_writes_a_row_for_each_input_rate_and_seed() -> None:
    lines = [("good film" if i % 2 else "bad film") for i in range(1_200)]
    labels = ["positive" if i % 2 else "negative" for i in range(1_200)]
    Path("data/reviews.txt").write_text("\n".join(lines))
    Path("data/labels.txt").write_text("\n".join(labels))
    result = skipzeros("accuracy", "--data", "data", "--seeds", "3", "--out", "out")
    assert result.exit_code == 0, result.output
    rows = pd.read_csv("out/accuracy.csv")
    assert list(rows.columns) == [
        "input", "learning_rate", "seed", "train_reviews", "test_reviews", "train_accuracy",
        "test_accuracy",
    ]  # fmt: skip
    keys = list(rows[["input", "learning_rate", "seed"]].itertuples(index=False, name=None))
    settings = [("presence", 0.1), ("counts", 0.001), ("counts", 0.01)]
    assert keys == [(*setting, seed) for setting in settings for seed in (1, 2, 3)]
    assert set(rows["train_reviews"]) == {200}
    assert set(rows["test_reviews"]) == {1_000}
    assert (rows.loc[rows["input"] == "presence", "test_accuracy"] == 1).all()


def test_accuracy_keeps_to_the_input_and_rate_that_are_given() -> None:
    Path("data/reviews.txt").write_text("good\nbad\n" * 600)
    Path("data/labels.txt").write_text("positive\nnegative\n" * 600)
    arguments = ["accuracy", "--data", "data", "--seeds", "1", "--input", "counts"]
    result = skipzeros(*arguments, "--learning-rate", "0.2", "--network", "dense-rows")
    assert result.exit_code == 0, result.output
    rows = pd.read_csv("results/latest/accuracy.csv")
    assert rows[["input", "learning_rate"]].to_numpy().tolist() == [["counts", 0.2]]


def test_the_console_script_ends_with_the_commands_code() -> None:
    command = [sys.executable, "-m", "skipzeros"]
    assert subprocess.run([*command, "--version"], capture_output=True).returncode == 0
    wrong = subprocess.run([*command, "run", "--data", "absent"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("Error: absent: no such file or folder")
    assert len(wrong.stderr.splitlines()) == 1
    arguments = ["check", "--data", "data", "--network", "mine.py:Wrong"]
    assert subprocess.run([*command, *arguments], capture_output=True).returncode == 3


def test_help_and_list_do_not_import_what_they_do_not_need() -> None:
    code = (
        "import sys; from skipzeros.bench.cli import cli; cli(['--help'], standalone_mode=False);"
        "print([name for name in ('numpy', 'scipy', 'pandas', 'rich') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "again --reviews 9"),
        (["--reviews", "3", "--data", "my data"], "again --data 'my data' --reviews 9"),
        (["--data", "x", "--reviews", "3"], "again --data x --reviews 9"),
    ],
)
def test_a_command_is_told_once_more_with_other_reviews(words: list[str], told: str) -> None:
    @click.command("again", cls=Remembering)
    @click.option("--reviews")
    @click.option("--data")
    def again(**_: object) -> None:
        click.echo(with_reviews(9))

    assert CliRunner().invoke(again, words).output == f"{told}\n"
