"""Every reader on damaged files: reviews or a report come out, or one clear refusal; nothing else.

A valid file of each kind is damaged in a few steps. "inside" damages what a compressed file holds
and compresses it again, so that no checksum stands before the reader. To try harder than a test
run should, and to see the counts::

    SKIPZEROS_EXAMPLES=5000 pytest tests/records/test_fuzz.py -s
"""

from __future__ import annotations

import io
import os
import shutil
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random

import numpy as np
import pytest
from click.testing import CliRunner
from damage import Damage, Trap, cut, saved
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import OF_RECORDS, OF_REVIEWS, SETTING, Files, Sample

from skipzeros.bench.cli import cli
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.records import recording
from skipzeros.bench.records.machine import Machine
from skipzeros.bench.records.rows import columns

resource = pytest.importorskip("resource")

EXAMPLES = int(os.environ.get("SKIPZEROS_EXAMPLES", "40"))
SLOW = 10  # reading records takes so many times as long as reading reviews
MOST_LINES, LONGEST = 6, 300  # of a refusal; several bad rows are told at once
SECONDS, KILOBYTES = 10, 2**19  # that small files may take at most

Steps = list[tuple[Damage, int]]
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKIPZEROS_CACHE", "cache")
    here = Machine(**{name: SETTING[name] for name in columns(Machine)})
    monkeypatch.setattr(recording, "machine", lambda sandboxed: here)


@pytest.fixture(scope="module")
def tally() -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()
    yield counted
    print(f"\nin all: {counted.total():,} inputs, {dict(counted)}")


def write(files: Files) -> None:
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content)


def damaged(sample: Sample, steps: Steps) -> Files:
    files = dict(sample.files)
    for damage, seed in steps:
        rng = Random(seed)
        name = rng.choice(list(files))
        files[name] = damage(files[name], rng)
    return sample.others | sample.pack(files)


def listing() -> set[Path]:
    return {path for path in Path().rglob("*") if path.parts[0] != "cache"}


def outcome(read: Callable[[], object]) -> str:
    """Read what lies in the current folder: it is accepted or refused, and nothing else."""
    before, printed, begun = listing(), io.StringIO(), time.perf_counter()
    refusal = None
    with (
        # Counted, since readers that refuse whatever is raised would swallow pytest's errors.
        warnings.catch_warnings(record=True) as warned,
        redirect_stdout(printed),
        redirect_stderr(printed),
    ):
        warnings.simplefilter("always")
        try:
            read()
        except BadInput as error:
            refusal = str(error)
    assert [str(one.message) for one in warned] == []
    assert time.perf_counter() - begun < SECONDS
    assert not any(character in printed.getvalue() for character in "\0\x07\x1b\x9b")
    new = listing() - before
    assert Path("sprung") not in new
    assert not list(Path("cache").glob("*.tmp"))
    if refusal is None:
        for path in new:
            path.unlink()
        return "accepted"
    assert new == set()
    assert len(refusal.split("\n")) <= MOST_LINES
    for line in refusal.split("\n"):
        assert 0 < len(line) <= LONGEST, line
        assert line.isprintable(), line
    return "refused"


@pytest.mark.parametrize("name", [*OF_REVIEWS, *OF_RECORDS])
def test_a_damaged_file_is_read_or_refused(name: str, tally: Counter[str]) -> None:
    sample, counted = (OF_REVIEWS | OF_RECORDS)[name](), Counter[str]()
    write(sample.others | sample.pack(sample.files))
    assert outcome(sample.read) == "accepted"
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @settings(
        max_examples=EXAMPLES // (SLOW if name in OF_RECORDS else 1),
        suppress_health_check=list(HealthCheck), database=None,
    )  # fmt: skip
    @given(st.lists(st.tuples(st.sampled_from(sample.damages), SEEDS), min_size=1, max_size=3))
    def check(steps: Steps) -> None:
        write(damaged(sample, steps))
        counted[outcome(sample.read)] += 1
        shutil.rmtree("cache", ignore_errors=True)

    check()
    print(f"\n{name}: {counted.total():,} inputs, {dict(counted)}", end="")
    tally.update(counted)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held < KILOBYTES


@pytest.mark.parametrize("name", [".svm", ".svm.gz", ".npz", ".csv", ".parquet", ".tar.gz"])
def test_the_command_tells_a_damaged_file_in_one_line(name: str) -> None:
    write(damaged(OF_REVIEWS[name](), [(cut, 2)]))
    told("data", f"a{name}")


@pytest.mark.parametrize("name", [name for name in OF_RECORDS if name.startswith("report")])
def test_report_tells_a_damaged_record_in_one_line(name: str) -> None:
    write(damaged(OF_RECORDS[name](), [(cut, 4)]))
    told("report", ".")
    assert not Path("report.html").exists()


def told(*arguments: str) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1


def test_the_trap_would_spring() -> None:
    np.load(io.BytesIO(saved(np.array([Trap()]))), allow_pickle=True)
    assert Path("sprung").exists()
