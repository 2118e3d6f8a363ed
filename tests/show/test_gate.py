"""What a gate prints and writes: every verdict, whatever networks and reasons are called."""

import errno
import math
import os
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from skipzeros.bench.outcomes import NEXT_STEPS, BadInput, Verdict
from skipzeros.bench.records.rows import Finding
from skipzeros.bench.show import gate as gate_output
from skipzeros.bench.show.gate import (
    check_writable,
    interval,
    print_gate,
    workflow_commands,
    write_junit,
    write_markdown,
)
from skipzeros.bench.text import table
from skipzeros.bench.text.amounts import change

SLOWER = Finding(
    "add-reduce",
    "dense",
    Verdict.SLOWER,
    ratio=1.051,
    ratio_low=1.046,
    ratio_high=1.055,
    sets=4,
    rounds=100,
    minimum_detectable=0.013,
    seconds=31.2,
    reason="so in 4 of 4 sets.",
    limit="at most 5% slower",
    clock="cpu",
)
PASS = replace(
    SLOWER, verdict=Verdict.PASS, reason="", ratio=1.001, ratio_low=0.997, ratio_high=1.002
)
FASTER = replace(
    PASS, verdict=Verdict.FASTER, ratio=1 / 55.3, ratio_low=1 / 57.9, ratio_high=1 / 53.1
)
# Where nothing was timed, all figures are NaN.
EVERY = [PASS, FASTER, SLOWER] + [
    Finding("sum-loop", "csr", verdict, reason=f"reason of {verdict}")
    for verdict in NEXT_STEPS
    if verdict not in ("pass", "faster", "slower")
]
HOSTILE = [
    "<script>alert(1)</script>", "a|b\\|c", "two\nlines\r\nthree", "::error::name", ":::warning::",
    "\x00\x1b[31mred\x9b0m", "`code` *bold* [link](x)", "a & b", "\ud800\ufffe", "u\u2028v\x85w",
    "100%, of: it", "",
]  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=()))
FINDINGS = st.lists(
    st.builds(
        Finding,
        TEXT,
        TEXT,
        st.sampled_from(list(NEXT_STEPS)),
        **dict.fromkeys(["ratio", "ratio_low", "ratio_high"], st.floats()),
        **dict.fromkeys(["minimum_detectable", "seconds"], st.floats()),
        sets=st.integers(0, 12),
        rounds=st.integers(0, 300),
        reason=TEXT,
        limit=TEXT,
        clock=st.sampled_from(["cpu", "wall", ""]),
    ),
    max_size=4,
)


@pytest.fixture(autouse=True)
def outside_github(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


def hostile() -> list[Finding]:
    return [replace(each, network=text, baseline=text, reason=text, limit=text)
            for text in HOSTILE for each in EVERY]  # fmt: skip


def rows_of(markdown: str) -> list[str]:
    return [line for line in markdown.splitlines() if line.startswith("| ")]


def junit(path: Path, findings: list[Finding]) -> ET.Element:
    write_junit(path, findings, 12.5)
    return ET.parse(path).getroot()


def markdown(path: Path, findings: list[Finding], line: str = "Certified.") -> str:
    write_markdown(path, findings, line)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1.051, "5.1% slower"), (0.966, "3.4% faster"), (1 / 55.3, "55.3x faster"),
        (0.5, "50.0% faster"), (0.499, "2x faster"), (2, "100.0% slower"), (2.01, "2.01x slower"),
        (1 / 1234, "1,234x faster"), (1, "0.0%"), (1.0001, "0.0%"), (math.nan, ""), (math.inf, ""),
        (0, ""), (-1, ""),
    ],
)  # fmt: skip
def test_a_ratio_is_told_in_words(ratio: float, words: str) -> None:
    assert " ".join(change(ratio)).strip() == words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1.046, 1.055, "4.6% to 5.5% slower"), (0.95, 0.97, "3.0% to 5.0% faster"),
        (0.997, 1.002, "0.3% faster to 0.2% slower"), (1 / 57.9, 1 / 53.1, "53.1x to 57.9x faster"),
        (0.4, 0.6, "1.67x to 2.5x faster"), (1.954, 2.08, "1.95x to 2.08x slower"),
        (0.4, 0.9999, "1x to 2.5x faster"), (0.99, 2.11, "0.99 to 2.11 times as long"),
        (1, 1.02, "0.0% to 2.0% slower"),
        (0.98, 1, "0.0% to 2.0% faster"), (1, 1, "0.0% to 0.0%"), (math.nan, math.nan, ""),
        (0, 1.1, ""), (0.9, math.inf, ""),
    ],
)  # fmt: skip
def test_an_interval_runs_from_small_to_large(low: float, high: float, words: str) -> None:
    assert interval(low, high).replace("\n", " ") == words


def test_the_table_has_a_row_for_each_network_and_a_line_for_what_did_not_pass(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_gate(EVERY)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "Gate: at most 5% slower"
    assert lines[3:6] == [
        "add-reduce dense pass 0.1% slower 0.3% faster to 0.2% slower 1.3% 4 x 25 31 s",
        "add-reduce dense faster 55.3x faster 53.1x to 57.9x faster 1.3% 4 x 25 31 s",
        "add-reduce dense slower 5.1% slower 4.6% to 5.5% slower 1.3% 4 x 25 31 s",
    ]
    assert "sum-loop csr failed" in lines  # NaN is empty
    told = lines[3 + len(EVERY) :]
    assert told[0] == f"add-reduce against dense: slower, so in 4 of 4 sets. {NEXT_STEPS['slower']}"
    assert [line.split(", ")[0] for line in told[1:]] == [
        f"sum-loop against csr: {finding.verdict}" for finding in EVERY[3:]
    ]


def test_a_terminal_of_80_columns_breaks_no_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = lambda: Console(highlight=False, width=80)  # noqa: E731
    monkeypatch.setattr(table, "console", narrow)
    monkeypatch.setattr(gate_output, "console", narrow)
    late = replace(PASS, verdict="inconclusive", sets=12, rounds=300, seconds=299)
    print_gate(
        [replace(late, network="mine.py:Mine", baseline="mine.py:Mine@3f7f8f51a2b3"), FASTER]
    )
    shown = capsys.readouterr().out.splitlines()[1:8]
    assert max(map(len, shown)) <= 80
    assert {
        "mine.py:Mine", "@3f7f8f51a2b3", "inconclusive", "0.1%", "0.3%", "0.2%", "1.3%", "12", "25",
        "299", "55.3x", "53.1x", "57.9x",
    } <= set(" ".join(shown).split())  # fmt: skip


def test_no_printed_line_is_a_command_to_githubs_runner(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_gate(hostile())
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x00" not in shown
    assert not any(line.strip().startswith("::") for line in shown.splitlines())


def test_junit_counts_what_it_holds(folder: Path) -> None:
    root = junit(folder / "gate.xml", EVERY)
    suite = root[0]
    assert root.tag == "testsuites"
    assert suite.attrib == {
        "name": "skipzeros gate", "tests": "11", "failures": "3", "errors": "4", "skipped": "2",
        "time": "12.500",
    }  # fmt: skip
    kinds = {case[0].get("type"): case[0].tag for case in suite if len(case)}
    assert kinds == {
        "slower": "failure", "incorrect": "failure", "refused": "failure",
        "inconclusive": "error",
        "uncertified": "error", "failed": "error", "no baseline": "error",
        "not applicable": "skipped", "unavailable": "skipped",
    }  # fmt: skip
    case = suite[2]
    assert case.attrib == {
        "classname": "skipzeros.gate", "name": "add-reduce against dense", "time": "31.200",
    }  # fmt: skip
    assert "so in 4 of 4 sets" in case[0].attrib["message"]
    for figure in ("5.1% slower", "4.6% to 5.5% slower", "at most 5% slower", "1.3%", "4 x 25"):
        assert figure in str(case[0].text)
    assert "time" not in suite[3].attrib


def test_an_unsafe_name_stays_readable_in_junit(folder: Path) -> None:
    root = junit(folder / "gate.xml", [replace(SLOWER, network="<a>&\x00b\nc")])
    assert root[0][0].get("name") == "<a>&\ufffdb c against dense"


def test_markdown_begins_with_the_verdict_and_ends_with_what_it_rests_on(folder: Path) -> None:
    text = markdown(folder / "gate.md", [PASS, SLOWER], "Certified on 200 of 300 steps.")
    lines = text.splitlines()
    assert lines[0] == "**skipzeros gate: stopped** (1 pass, 1 slower)."
    assert len(rows_of(text)) == 4
    assert "- add-reduce against dense: slower, so in 4 of 4 sets. " in text
    assert lines[-1] == "Certified on 200 of 300 steps."


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        (["pass", "faster", "unavailable"], "passed"), (["pass", "inconclusive"], "undecided"),
        (["uncertified"], "undecided"), (["no baseline"], "nothing to compare with"),
        (["slower", "pass"], "stopped"), (["incorrect", "inconclusive"], "stopped"),
        (["failed"], "stopped"),
    ],
)  # fmt: skip
def test_the_headline_follows_the_exit_code(
    verdicts: list[str], headline: str, folder: Path
) -> None:
    findings = [replace(SLOWER, verdict=verdict) for verdict in verdicts]
    text = markdown(folder / "gate.md", findings)
    assert text.startswith(f"**skipzeros gate: {headline}** (")


def test_names_are_no_markup_in_markdown(folder: Path) -> None:
    text = markdown(folder / "gate.md", hostile(), "<b>`data|set`</b>")
    body = text.split("**", 2)[2]
    assert not re.search(r"[<>`*\\\[\]]", body)
    assert "&#60;script&#62;" in text
    assert "a&#124;b&#92;&#124;c" in text


def test_a_job_summary_of_github_is_appended_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    summary.write_text("an earlier step")
    once = markdown(tmp_path / "other.md", [PASS])
    assert markdown(summary, [PASS]) == f"an earlier step\n\n{once}"
    assert markdown(summary, [PASS]) == f"an earlier step\n\n{once}\n\n{once}"
    assert markdown(tmp_path / "other.md", [PASS]) == once


def test_annotations_stand_for_what_a_reviewer_should_see() -> None:
    levels = {
        finding.verdict: line.split(" ")[0]
        for finding in EVERY
        for line in workflow_commands([finding])
    }
    assert levels == {
        "faster": "::notice", "slower": "::error", "incorrect": "::error", "failed": "::error",
        "refused": "::error",
        "inconclusive": "::warning", "uncertified": "::warning", "no baseline": "::warning",
    }  # fmt: skip


def test_annotations_escape_as_github_wants_it() -> None:
    (line,) = workflow_commands([replace(SLOWER, network="100%: a, b", reason="50%\nof it")])
    title, data = re.fullmatch(r"::error title=([^:,]*)::(.*)", line).groups()  # type: ignore[union-attr]
    assert title == "skipzeros gate%3A 100%25%3A a%2C b slower"
    assert data.startswith("100%25: a, b against dense: slower, 50%25 of it. ")
    assert "%0A5.1%25 slower; " in data


@given(FINDINGS)
def test_whatever_the_text_every_form_keeps_its_shape(
    folder: Path, findings: list[Finding]
) -> None:
    suite = junit(folder / "any.xml", findings)[0]
    assert len(suite) == len(findings)
    for line in workflow_commands(findings):
        assert len(line.splitlines()) == 1
        assert re.match(r"::(error|warning|notice) title=[^:,]*::", line)
    rows = rows_of(markdown(folder / "any.md", findings))
    assert len(rows) == 2 + len(findings)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {9}


@given(FINDINGS)
def test_whatever_the_text_a_table_is_printed(findings: list[Finding]) -> None:
    print_gate(findings)


@pytest.mark.parametrize("option", ["--junit", "--markdown"])
def test_a_file_that_cannot_be_written_is_bad_input(option: str, tmp_path: Path) -> None:
    write = {
        "--junit": lambda path: write_junit(path, [PASS], 1),
        "--markdown": lambda path: write_markdown(path, [PASS], ""),
    }[option]
    (tmp_path / "file").touch()
    # A pipe stands for /dev/null, which a fault here would replace on the whole machine.
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "file" / "below", tmp_path / "pipe"):
        for refuse in (write, lambda path: check_writable(path, option)):
            with pytest.raises(BadInput, match=f"^{option} .*name another file$") as told:
                refuse(path)
            assert str(path) in str(told.value)
    assert (tmp_path / "pipe").is_fifo()


def test_asking_whether_a_file_can_be_written_leaves_it_as_it_is(tmp_path: Path) -> None:
    kept, new = tmp_path / "kept.xml", tmp_path / "reports" / "new.xml"
    kept.write_text("kept")
    check_writable(kept, "--junit")
    check_writable(new, "--junit")
    assert kept.read_text() == "kept"
    assert list(new.parent.iterdir()) == []
    write_junit(new, [PASS], 1)
    assert new.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("number", "kind", "told"),
    [
        (errno.EACCES, BadInput, r"--junit .*gate\.xml: .*Permission denied.*name another file"),
        # No other name would help.
        (errno.ENOSPC, OSError, "No space left"),
    ],
)
def test_a_report_is_written_whole_or_not_at_all(
    number: int,
    kind: type[Exception],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "gate.xml"
    path.write_text("before")

    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(kind, match=told):
        write_junit(path, [PASS], 1)
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["gate.xml"]
