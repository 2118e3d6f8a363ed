"""The CSVs: their columns, what spreadsheets must not run, and that nothing is half written."""

from __future__ import annotations

import csv
import errno
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest
from experiments import experiment

from skipzeros import Reviews
from skipzeros.bench.commands.run import run
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.records import files as records
from skipzeros.bench.records.files import (
    cell,
    csv_text,
    make_folder,
    read_table,
    replacing,
    write_table,
)
from skipzeros.bench.records.passes_file import PassesFile
from skipzeros.bench.records.rows import PassRow, columns
from skipzeros.bench.timing.rounds import Plan


@dataclass
class Pair:
    a: str
    b: float


# The names are part of the interface: scripts and other people's tests read them.
PASSES = """
    run_id network set round order reviews cpu_seconds wall_seconds outputs_match
    data vocabulary_size nonzeros input hidden batch_size dtype learning_rate seed
    cpu cores os python numpy scipy blas git_revision process_seconds waits
    limit_seconds numba outer_seconds charged_seconds between_seconds floor_seconds
    sandbox prepare_seconds reset_seconds machine threads threads_used device device_used
    definition
""".split()
SUMMARY = """
    network status reason rank reviews clock median_seconds reviews_per_second ratio ratio_low
    ratio_high prepare_seconds peak_memory_bytes train_accuracy worst_error_ratio reviews_certified
    data vocabulary_size nonzeros input hidden batch_size dtype learning_rate seed
    compile_seconds times_limit times_limit_low times_limit_high audited floor_seconds precision
    threads threads_used device device_used definition
""".split()


NETWORKS = """
from skipzeros.impls.add_reduce import AddReduce

class Sound(AddReduce):
    pass

class Wrong(AddReduce):
    def sum_rows(self, words, counts):
        return super().sum_rows(words[:-1], counts)
"""


@pytest.fixture
def out(tmp_path: Path, few_reviews: Reviews) -> Path:
    file = tmp_path / "networks.py"
    file.write_text(NETWORKS)
    networks = [
        ("slow", "sum-loop"),
        ("=cmd()|'/c calc'!A0", f"{file}:Sound"),
        ("wrong, with a comma", f"{file}:Wrong"),
    ]
    reviews, folder, plan = few_reviews.presence(), tmp_path / "out", Plan(rounds=7)
    scenario = Scenario(seed=5)
    run(experiment(networks, reviews, baseline="slow", scenario=scenario, out=folder), plan)
    return folder


def test_passes_have_a_row_for_each_timed_pass(out: Path) -> None:
    passes = pd.read_csv(out / "passes.csv")
    assert list(passes.columns) == PASSES
    assert passes.groupby("network").size().to_dict() == {"slow": 7, "'=cmd()|'/c calc'!A0": 7}
    assert passes["run_id"].nunique() == 1
    assert passes["outputs_match"].all()
    assert (passes["cpu_seconds"] > 0).all()
    assert set(passes["data"]) == {"mine"}
    assert set(passes["vocabulary_size"]) == {30}
    assert set(passes["seed"]) == {5}
    assert set(passes["reviews"]) == {40}
    assert passes["cpu"].notna().all()


def test_summary_has_a_row_for_each_network(out: Path) -> None:
    summary = pd.read_csv(out / "summary.csv").set_index("network")
    assert ["network", *summary.columns] == SUMMARY
    assert summary.loc["slow", "status"] == "certified"
    assert summary.loc["slow", ["ratio", "ratio_low", "ratio_high"]].tolist() == [1, 1, 1]
    assert summary.loc["slow", "reviews_certified"] == 40
    assert summary.loc["slow", "clock"] == "cpu"
    assert 0 < summary.loc["slow", "train_accuracy"] < 1
    assert summary.loc["slow", "peak_memory_bytes"] > 30 * 10 * 8
    wrong = summary.loc["wrong, with a comma"]
    assert wrong["status"] == "incorrect"
    assert "output is" in wrong["reason"]
    for column in ("rank", "ratio", "median_seconds", "train_accuracy", "worst_error_ratio"):
        assert math.isnan(wrong[column])


def test_the_summary_follows_from_the_passes(out: Path) -> None:
    passes = pd.read_csv(out / "passes.csv")
    summary = pd.read_csv(out / "summary.csv").set_index("network")
    name = "'=cmd()|'/c calc'!A0"
    clock = f"{summary.loc[name, 'clock']}_seconds"  # on a busy machine it may be wall
    seconds = passes.pivot(index=["set", "round"], columns="network", values=clock)
    assert summary.loc[name, "ratio"] == pytest.approx((seconds[name] / seconds["slow"]).median())
    assert summary.loc[name, "median_seconds"] == pytest.approx(seconds[name].median())
    assert summary.loc[name, "reviews_per_second"] == pytest.approx(40 / seconds[name].median())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"),
        ("\r=1", "' =1"), ("\n@x", "' @x"), (" +1", "' +1"), ("a=1", "a=1"), ("'=1", "'=1"),
        ("two\nlines", "two lines"), (None, ""), (float("nan"), ""), (-0.5, "-0.5"), (0.1, "0.1"),
        (7, "7"), (True, "True"), ("plain", "plain"), ("caf\udce9", "caf\ufffd"),
    ],
)  # fmt: skip
def test_cells(value: object, text: str) -> None:
    assert cell(value) == text


@pytest.mark.parametrize("formula", ["=cmd()", "+1", "-1", "@x", "\tx", "\r=1"])
def test_no_csv_has_a_formula(formula: str, tmp_path: Path) -> None:
    row = PassRow(**dict.fromkeys(columns(PassRow), formula))
    write_table(tmp_path / "table.csv", PassRow, [row])
    with PassesFile(tmp_path) as file:
        file.write(row)
    told = csv_text(PassRow, [row])
    for text in (told, *(path.read_text() for path in tmp_path.iterdir())):
        _, written = csv.reader(io.StringIO(text))
        assert all(one.startswith("'") for one in written)


def test_no_csv_is_written_but_by_the_records() -> None:
    folder = Path(records.__file__).parent
    for path in folder.parent.rglob("*.py"):
        if path.parent != folder:
            assert not re.search(r"to_csv|csv\.writer|DictWriter", path.read_text()), path


def test_a_table_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table(path, Pair, [Pair("x", 1.0)])

    def broken() -> Iterator[Pair]:
        yield Pair("y", 2.0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_table(path, Pair, broken())
    assert path.read_text() == "a,b\nx,1.0\n"
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]


def test_a_folder_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match=r"out=.*file.*name another folder"):
        make_folder(tmp_path / "file" / "below")


def test_a_folder_that_the_machine_has_no_room_for_is_no_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Mock(side_effect=OSError(errno.EMFILE, "Too many open files"))
    monkeypatch.setattr(records.tempfile, "TemporaryFile", full)
    with pytest.raises(OSError, match="Too many open files"):
        make_folder(tmp_path)


def test_a_file_takes_the_place_of_another_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with replacing(path) as file:
        file.write("new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file; give a folder"),
        (b"", "can't be read as a CSV"),
        (b"a,b\n1,2,3\n1,2,3,4,5\n", "can't be read as a CSV"),
        (b"a\n\xff\n", "can't be read as a CSV"),
        (b"a,b,d\n1,2,3,4\n5,6,7,8\n", r"CSV \(line 2 has 4 cells, not 3\); run again"),
        (b"a,b,d\n1,2,3\n\n1,2\n", r"CSV \(line 4 has 2 cells, not 3\)"),
        (b'a,b,d\n"1,2,3\n', r"CSV \(line 2: unexpected end of data\)"),
        (b"a,b,b\n1,2,3\n", "two columns have the same name"),
        (b"a,c\n1,2\n", "table.csv:1: lacks the columns b, d; run again"),
    ],
)
def test_a_table_that_is_none_is_bad_input(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(BadInput, match=message) as told:
        read_table(tmp_path / "table.csv", ["a", "b", "d"])
    assert "\n" not in str(told.value)


def refused(folder: Path, name: str, *rows: str) -> str:
    """What is said of rows of summary.csv, each given as column=value over a sound one."""
    sound = dict.fromkeys(SUMMARY, "1") | {"network": "a", "status": "certified", "clock": "cpu"}
    texts = [sound | dict(one.split("=") for one in row.split()) for row in rows]
    pd.DataFrame(texts).to_csv(folder / name, index=False)
    with pytest.raises(BadInput) as told:
        read_table(folder / name, SUMMARY)
    return str(told.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("ratio=fast", "ratio must be a number from 1e-18 to 1e+18, not 'fast'"),
        ("ratio=0", "ratio must be a number from 1e-18 to 1e+18, not '0'"),
        ("ratio_low=nan", "ratio_low must be a number from 1e-18 to 1e+18, not 'nan'"),
        ("median_seconds=inf", "median_seconds must be a number from 1e-18 to 1e+18, not 'inf'"),
        ("train_accuracy=-1", "train_accuracy must be a number from 0 to 1e+18, not '-1'"),
        ("reviews=1e309", "reviews must be a number from 1 to 2.14748e+09, not '1e309'"),
        ("hidden=", "hidden must be a number from 1 to 2.14748e+09, not ''"),
        (
            "status=fine",
            "status must be one of certified, incorrect, refused, uncertified, not applicable, "
            "unavailable, failed, not 'fine'",
        ),
        ("clock=sun", "clock must be one of cpu, wall, not 'sun'"),
        ("clock=", "a certified network must have a clock"),
        ("network=a", "the row is there twice"),
    ],
)
def test_a_row_that_no_run_writes_is_told_with_its_line(
    row: str, what: str, tmp_path: Path
) -> None:
    told = refused(tmp_path, "summary.csv", "network=a", f"network=b {row}")
    assert told == f"summary.csv:3: {what}; run again"


def test_what_may_be_empty_and_what_others_have_added_is_no_fault(tmp_path: Path) -> None:
    row = dict.fromkeys(SUMMARY, "1") | {"network": "nan", "status": "failed", "clock": ""}
    row |= {"ratio": "", "mine": "x"}
    pd.DataFrame([row]).to_csv(tmp_path / "summary.csv", index=False)
    table = read_table(tmp_path / "summary.csv", SUMMARY)
    assert list(table.columns) == SUMMARY
    assert table["network"].tolist() == ["nan"]
    assert math.isnan(table["ratio"][2])


def test_what_a_terminal_would_obey_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"\xef\xbb\xbfnetwork,reason\n\x1b[2Ja,\x00\x07\xc2\x9b\n")
    assert read_table(path, ["network", "reason"]).to_numpy().tolist() == [
        ["\ufffd[2Ja", "\ufffd\ufffd\ufffd"]
    ]


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table(path, Pair, [Pair("007", 0.1 + 0.2)])
    assert read_table(path, ["a", "b"], as_text=True).to_numpy().tolist() == [
        ["007", "0.30000000000000004"]
    ]


def test_passes_are_there_as_soon_as_they_are_written(
    tmp_path: Path,
) -> None:
    row = PassRow(**dict.fromkeys(columns(PassRow), 7))
    with PassesFile(tmp_path) as file:
        for number in range(3):
            assert len(pd.read_csv(tmp_path / "passes.csv")) == number
            file.write(row)
    assert len(pd.read_csv(tmp_path / "passes.csv")) == 3


def test_a_row_that_there_is_no_room_for_leaves_no_part_of_it(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    row, path = PassRow(**dict.fromkeys(columns(PassRow), "x" * 50)), tmp_path / "passes.csv"
    with PassesFile(tmp_path) as file:
        file.write(row)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, before[1]))
        try:
            for _ in range(2):
                with pytest.raises(OSError, match="File too large") as told:
                    file.write(row)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert told.value.filename == str(path)
        assert len(path.read_text().splitlines()) == 2
        file.write(row)
    assert len(pd.read_csv(path)) == 2
