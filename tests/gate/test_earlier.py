"""Ratios of an earlier gate: where they make a warning, and where they can't be compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from skipzeros import Reviews
from skipzeros.bench.gate.earlier import Stored, compare
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput, Verdict
from skipzeros.bench.records.files import write_table
from skipzeros.bench.records.machine import machine
from skipzeros.bench.records.recording import Recording
from skipzeros.bench.records.rows import Finding, Setting
from skipzeros.bench.timing.passes import Pass

FAST = Finding(
    "add-reduce",
    "dense",
    Verdict.FASTER,
    limit="at least 20x faster",
    ratio=0.02,
    ratio_low=0.019,
    ratio_high=0.021,
    sets=4,
    rounds=24,
    minimum_detectable=0.01,
    seconds=9.0,
    clock="cpu",
)
AGAIN = Finding("mine.py:Mine", "mine.py:Mine@v1", Verdict.INCONCLUSIVE, reason="a reason")
NONE_LEFT = Finding("nan", "dense", Verdict.UNAVAILABLE, reason="install scipy")


@pytest.fixture
def setting(few_reviews: Reviews) -> Setting:
    return Setting.of(few_reviews, "few", Scenario())


def write(folder: Path, findings: list[Finding], setting: Setting) -> Path:
    """The records of a gate, with a pass of the network and one of its self-test."""
    with Recording(folder, setting) as recording:
        for number in range(1, 3):
            recording.write(Pass("dense", 1, number, 1, 0.1, 0.1, 0.1, 0, True))
            longer = Pass("dense (+5.0% words)", 1, number, 2, 0.1, 0.1, 0.1, None, True)
            recording.write(longer, replace(setting, reviews=42, nonzeros=999))
    write_table(folder / "gate.csv", Finding, findings)
    return folder


@pytest.fixture
def folder(tmp_path: Path, setting: Setting) -> Path:
    return write(tmp_path / "earlier", [NONE_LEFT, FAST, AGAIN], setting)


def warnings_of(findings: list[Finding], folder: Path, setting: Setting) -> list[str]:
    return compare(findings, Stored.read(folder), setting)


def replace_in(path: Path, column: str, value: object, rows: slice = slice(None)) -> None:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[table.index[rows], column] = value
    table.to_csv(path, index=False)


def scaled(finding: Finding, factor: float) -> Finding:
    return replace(
        finding,
        ratio=factor * finding.ratio,
        ratio_low=factor * finding.ratio_low,
        ratio_high=factor * finding.ratio_high,
    )


@pytest.mark.parametrize("factor", [1, 1.04, 0.96, 1.09, 0.92])
def test_ratios_that_are_alike_warn_of_nothing(
    factor: float, folder: Path, setting: Setting
) -> None:
    # Within 5 %, or intervals that meet.
    assert warnings_of([scaled(FAST, factor), AGAIN, NONE_LEFT], folder, setting) == []


@pytest.mark.parametrize("factor", [1.12, 0.9, 3])
def test_a_ratio_that_is_another_one_warns(factor: float, folder: Path, setting: Setting) -> None:
    assert warnings_of([AGAIN, scaled(FAST, factor)], folder, setting) == [
        f"Warning: add-reduce took {0.02 * factor:.3g} times the time of dense, 0.02 in {folder} "
        "(on the same kind of machine: look at what changed since)."
    ]


def test_precise_ratios_warn_from_five_per_cent_on(tmp_path: Path, setting: Setting) -> None:
    precise = replace(FAST, ratio=1.0, ratio_low=0.999, ratio_high=1.001)
    folder = write(tmp_path / "precise", [precise], setting)
    for factor, warnings in ((1.049, 0), (1.051, 1), (1 / 1.049, 0), (1 / 1.051, 1)):
        assert len(warnings_of([scaled(precise, factor)], folder, setting)) == warnings


def test_a_warning_says_what_is_another_machine(folder: Path, setting: Setting) -> None:
    replace_in(folder / "passes.csv", "cpu", "Abacus 9000")
    replace_in(folder / "passes.csv", "blas", "")
    (warning,) = warnings_of([scaled(FAST, 2)], folder, setting)
    now = machine()
    assert warning.endswith(f"(cpu was Abacus 9000 and is {now.cpu}; blas was  and is {now.blas}).")
    assert "look at what changed" not in warning
    # Alone it is no reason to warn.
    assert warnings_of([FAST], folder, setting) == []


def test_a_network_that_was_not_there_or_was_not_timed_is_left_out(
    folder: Path, setting: Setting
) -> None:
    fast = scaled(FAST, 2)
    assert warnings_of([replace(fast, network="csr")], folder, setting) == []
    assert warnings_of([replace(fast, baseline="csr")], folder, setting) == []
    timed_now = replace(AGAIN, ratio=2.0, ratio_low=1.9, ratio_high=2.1)
    assert warnings_of([timed_now], folder, setting) == []
    nan = replace(timed_now, network="nan", baseline="dense")
    assert warnings_of([nan], folder, setting) == []
    # Yet one may be called so.
    replace_in(folder / "gate.csv", "ratio", "1.0", slice(0, 1))
    replace_in(folder / "gate.csv", "ratio_low", "0.9", slice(0, 1))
    replace_in(folder / "gate.csv", "ratio_high", "1.1", slice(0, 1))
    assert len(warnings_of([nan], folder, setting)) == 1


def test_a_name_that_a_spreadsheet_would_run_is_found_again(
    tmp_path: Path, setting: Setting
) -> None:
    odd = replace(FAST, network="+mine.py:Mine", baseline="-old")
    folder = write(tmp_path / "odd", [odd], setting)
    assert warnings_of([odd], folder, setting) == []
    (warning,) = warnings_of([scaled(odd, 2)], folder, setting)
    assert warning.startswith("Warning: +mine.py:Mine took 0.04 times the time of -old, 0.02 in ")


@pytest.mark.parametrize(
    ("column", "value"),
    [("learning_rate", 0.01), ("reviews", 41), ("data", "many"), ("input", "counts"),
     ("nonzeros", 1), ("hidden", 100)],
)  # fmt: skip
def test_another_scenario_is_not_compared(
    column: str, value: object, folder: Path, setting: Setting
) -> None:
    assert warnings_of([scaled(FAST, 2)], folder, replace(setting, **{column: value})) == [
        f"Not compared with {folder}, which differs in {column}."
    ]


def test_all_that_differs_is_named(folder: Path, setting: Setting) -> None:
    (line,) = warnings_of([FAST], folder, replace(setting, seed=2, dtype="float32"))
    assert line.endswith("which differs in dtype, seed.")


@pytest.mark.parametrize("name", ["passes.csv", "gate.csv"])
def test_records_that_are_missing_or_none_are_bad_input(name: str, folder: Path) -> None:
    path = folder / name
    for content, what in (
        (None, "no such file; give a folder that a finished run wrote"),
        (b"", "can't be read as a CSV (No columns to parse from file); run again"),
        (b"a,b\n1,2\n", "lacks the columns "),
        (b"\xff\xfe\x00", "can't be read as a CSV "),
        (b'a\n"1\n2', "can't be read as a CSV "),
    ):
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        with pytest.raises(BadInput) as told:
            Stored.read(folder)
        assert len(str(told.value).splitlines()) == 1
        assert str(told.value).startswith(str(path))
        assert what in str(told.value)


@pytest.mark.parametrize(
    "column", ["ratio", "ratio_low", "ratio_high", "minimum_detectable", "seconds"]
)
def test_a_ratio_that_is_no_number_is_bad_input(column: str, folder: Path) -> None:
    replace_in(folder / "gate.csv", column, "fast", slice(1, 2))
    with pytest.raises(BadInput, match=rf"gate\.csv:3: {column} must be a number .*run again"):
        Stored.read(folder)


def test_records_without_a_pass_are_bad_input(tmp_path: Path, setting: Setting) -> None:
    with Recording(tmp_path, setting):
        pass
    write_table(tmp_path / "gate.csv", Finding, [AGAIN])
    with pytest.raises(BadInput, match=r"passes\.csv: no pass was timed; name another --stored"):
        Stored.read(tmp_path)
