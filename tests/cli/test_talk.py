"""--quiet and --verbose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from skipzeros.bench.cli import cli
from skipzeros.bench.text.progress import talk

CHECK = ("check", "--network", "csr", "--quick", "--data", "a.csv")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("text;label\n" + "good film;1\nbad;0\n" * 20)


def skipzeros(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return result


def test_quiet_leaves_nothing_but_results() -> None:
    assert "read as: semicolons" in skipzeros(*CHECK).stderr
    quiet = skipzeros(*CHECK, "--quiet")
    assert quiet.stderr == ""
    assert "certified" in quiet.stdout
    assert talk.get() == "usual"


def test_verbose_tells_the_seconds_of_each_stage() -> None:
    told = skipzeros(*CHECK, "--verbose").stderr
    for stage in ("reading a.csv", "certifying csr"):
        assert f"{stage}: 0." in told


def test_verbose_tells_the_memory_that_reading_took() -> None:
    held = bytearray(b"x" * 2**27)  # which is no less than what was held before
    reading = skipzeros("data", "a.csv", "--verbose").stderr.splitlines()[0]
    found = re.fullmatch(r"reading a\.csv: \d+\.\d s, at most ([\d.]+) ([GM]B) of memory", reading)
    assert found
    assert float(found[1]) * {"MB": 1e6, "GB": 1e9}[found[2]] > len(held)
