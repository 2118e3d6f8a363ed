"""A recording begun anew or gone on with: what is kept, what goes, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from skipzeros import Reviews
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.records.files import cell
from skipzeros.bench.records.machine import machine
from skipzeros.bench.records.passes_file import unfinished
from skipzeros.bench.records.recording import Recording
from skipzeros.bench.records.rows import Setting
from skipzeros.bench.timing.passes import Pass


def timed(set_: int, round_: int, network: str = "mine") -> Pass:
    return Pass(network, set_, round_, 1, 1 / 3, 1e-05 / 3, 0.1 + 0.2, None, True)


@pytest.fixture
def setting(few_reviews: Reviews) -> Setting:
    return Setting.of(few_reviews.presence(), "-mine", Scenario())


def interrupt(folder: Path, setting: Setting, *passes: Pass) -> str:
    """Record passes and end without a conclusion; the text of passes.csv."""
    with Recording(folder, setting) as recording:
        for each in passes:
            recording.write(each)
    return (folder / "passes.csv").read_text()


def test_a_run_is_unfinished_while_it_has_passes_and_no_conclusion(
    tmp_path: Path, setting: Setting
) -> None:
    assert unfinished(tmp_path) is None
    interrupt(tmp_path, setting, timed(1, 1), timed(2, 2))
    rows = unfinished(tmp_path)
    assert rows is not None
    assert rows["cpu_seconds"].tolist() == ["0.3333333333333333"] * 2
    for name in ("summary.csv", "gate.csv"):
        (tmp_path / name).touch()
        assert unfinished(tmp_path) is None
        (tmp_path / name).unlink()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "can't be read"),
        (b"\xff\n\xff", "can't be read"),
        (b"a,b\n1,2\n", "csv:1: the columns"),
    ],
)
def test_an_unfinished_run_with_other_columns_is_bad_input(
    content: bytes, message: str, tmp_path: Path, setting: Setting
) -> None:
    (tmp_path / "passes.csv").write_bytes(content)
    with pytest.raises(BadInput, match=rf"{message}.*; run without resume"):
        Recording(tmp_path, setting, resume=True)
    assert interrupt(tmp_path, setting, timed(1, 1)).count("mine") == 2


def test_rows_are_kept_to_the_last_digit_and_in_their_order(
    tmp_path: Path, setting: Setting, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    about = replace(machine(), git_revision="0012e4567890", blas='a, "b"', scipy="")
    monkeypatch.setattr("skipzeros.bench.records.recording.machine", lambda sandboxed: about)
    before = interrupt(tmp_path, setting, timed(1, 1), timed(2, 2), timed(1, 3))
    with (tmp_path / "passes.csv").open("a") as file:
        file.write("2026-01-01T00:00:00Z-123456,mine,2,4")  # and then it was killed
    with Recording(tmp_path, setting, resume=True) as recording:
        assert (recording.rounds, recording.last_set) == (3, 2)
        recording.write(timed(3, 4))
        assert (recording.rounds, recording.last_set) == (4, 3)
        assert recording.timed_seconds == 1e-05 / 3
    after = (tmp_path / "passes.csv").read_text()
    assert after.startswith(before)
    passes = pd.read_csv(tmp_path / "passes.csv")
    assert passes["round"].tolist() == [1, 2, 3, 4]
    run_id = passes["run_id"][0]
    assert f"Going on after 3 rounds of {run_id}.\n" in capsys.readouterr().err
    # But for its numbers, what is new is what is old.
    *_, last = after.splitlines()
    assert last == before.splitlines()[1].replace("mine,1,1,1", "mine,3,4,1")


def test_only_sets_that_are_of_use_are_gone_on_with(tmp_path: Path, setting: Setting) -> None:
    interrupt(tmp_path, setting, timed(1, 1), timed(1, 2), timed(2, 1), timed(3, 1), timed(3, 2))
    with Recording(tmp_path, setting, True, lambda rows: len(rows) == 2) as recording:
        assert [(row.set, row.round) for row in recording.rows] == [
            (1, 1), (1, 2), (3, 1), (3, 2)
        ]  # fmt: skip
        # From the first set that lacks a network on, all have to be timed again.
        assert recording.reuse(1, ["mine"])
        assert not recording.reuse(2, ["mine"])
        assert not recording.reuse(3, ["mine"])
    assert pd.read_csv(tmp_path / "passes.csv")["set"].tolist() == [1, 1]
    with Recording(tmp_path, setting, resume=True) as recording:
        assert not recording.reuse(1, ["mine", "yours"])
        assert recording.rows == []


@pytest.mark.parametrize(
    ("column", "here"),
    [
        ("learning_rate", 0.01), ("hidden", 7), ("seed", 2), ("input", "counts"),
        ("data", "yours"), ("reviews", 41), ("nonzeros", 7), ("cpu", "another"), ("numpy", "1.0"),
        ("git_revision", "0123456789ab-dirty"),
    ],
)  # fmt: skip
def test_a_run_on_something_else_is_not_gone_on_with(
    column: str, here: object, tmp_path: Path, setting: Setting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    before = interrupt(tmp_path, setting, timed(1, 1))
    about = machine()
    there = cell(getattr(setting, column, None) or getattr(about, column))
    if hasattr(about, column):
        other = replace(about, **{column: here})
        monkeypatch.setattr("skipzeros.bench.records.recording.machine", lambda sandboxed: other)
    else:
        setting = replace(setting, **{column: here})
    with pytest.raises(BadInput) as told:
        Recording(tmp_path, setting, resume=True)
    assert str(told.value) == (
        f"resume: the interrupted run in {tmp_path} has {column} {there}, this one {here}; give "
        "the same options, or run without resume"
    )
    assert (tmp_path / "passes.csv").read_text() == before


def test_a_run_is_gone_on_with_after_the_machine_was_started_anew(
    tmp_path: Path, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(tmp_path, setting, timed(1, 1))
    monkeypatch.setenv("SKIPZEROS_MACHINE", "after it")
    with Recording(tmp_path, setting, resume=True) as recording:
        assert recording.rounds == 1


def test_a_damaged_run_is_told_in_one_short_line(tmp_path: Path, setting: Setting) -> None:
    path, whole = tmp_path / "passes.csv", interrupt(tmp_path, setting, timed(1, 1), timed(1, 2))
    for old, new, what in (
        ("'-mine", '"' + "\x1b[2J\n" * 99 + '"', r"has data (\ufffd\[2J ){10}"),
        ("mine,1,2", "mine,1,1", "csv:3: the row is there twice; run without resume"),
        ("mine,1,2", "mine,1,x", "csv:3: round must be a number .* not 'x'; run without resume"),
    ):
        path.write_text(whole.replace(old, new))
        with pytest.raises(BadInput, match=what) as told:
            Recording(tmp_path, setting, resume=True)
        assert str(told.value).isprintable()
        assert len(str(told.value)) < 300


def test_an_old_conclusion_goes_with_the_first_pass_and_not_before(
    tmp_path: Path, setting: Setting
) -> None:
    before = interrupt(tmp_path, setting, timed(1, 1))
    for name in ("summary.csv", "gate.csv"):
        (tmp_path / name).touch()

    def fail() -> None:
        with Recording(tmp_path, setting):
            raise BadInput("no such class")

    with pytest.raises(BadInput):
        fail()
    assert len(list(tmp_path.iterdir())) == 3
    assert (tmp_path / "passes.csv").read_text() == before
    with Recording(tmp_path, setting) as recording:
        recording.write(timed(1, 1))
        assert [file.name for file in tmp_path.iterdir()] == ["passes.csv"]
    (tmp_path / "gate.csv").touch()
    with Recording(tmp_path, setting):
        pass  # nothing could be timed
    assert [file.name for file in tmp_path.iterdir()] == ["passes.csv"]
    assert len((tmp_path / "passes.csv").read_text().splitlines()) == 1


def test_what_starts_anew_says_so(
    tmp_path: Path, setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupt(tmp_path, setting, timed(1, 1), timed(1, 1, "yours"), timed(2, 2))
    assert capsys.readouterr().err == ""
    interrupt(tmp_path, setting)
    assert capsys.readouterr().err == (
        f"{tmp_path} holds 2 rounds of an interrupted run: starting anew (resume would have "
        "gone on with it).\n"
    )
    Recording(tmp_path, setting, resume=True)
    assert capsys.readouterr().err == f"{tmp_path} holds no interrupted run: starting anew.\n"
