"""What is counted of a pass: calls from Python, and what callgrind's file says."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skipzeros import Reviews, Scenario
from skipzeros.bench.networks.registry import resolve
from skipzeros.bench.workers import callgrind, counting
from skipzeros.bench.workers.callgrind import Instructions, count_instructions, parse
from skipzeros.bench.workers.counting import python_calls, repeated
from skipzeros.bench.workers.limits import Limits
from skipzeros.bench.workers.worker_sets import entries_for, workers

ROOT = Path(__file__).parents[2]
NUMBERS = [3, 1, 2]


def nothing() -> None:
    pass


def adds() -> int:
    return NUMBERS[0] + NUMBERS[1]  # two subscripts, one operator


def in_a_loop() -> None:
    for number in NUMBERS:
        NUMBERS[0] = 2 * number - number  # two operators, and one subscript that stores


def calls_another() -> None:
    adds()  # one more
    len(NUMBERS)  # and one that is no Python


def yields() -> Iterator[int]:
    yield NUMBERS[0]


@pytest.mark.parametrize(
    ("call", "number"),
    [(nothing, 0), (adds, 3), (in_a_loop, 9), (calls_another, 5), (lambda: [*yields()], 2)],
)
def test_each_call_operator_and_subscript_counts(call: Callable[[], object], number: int) -> None:
    before = sys.gettrace()
    assert python_calls(call) == number
    assert sys.gettrace() is before


def test_tracing_ends_with_an_error() -> None:
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        python_calls(lambda: 1 // 0)
    assert sys.gettrace() is before


def test_a_pass_is_repeated_at_least_once() -> None:
    made: list[int] = []
    assert repeated(lambda: made.append(1), 0.0) == len(made) == 1


@pytest.mark.skipif(platform.machine() not in counting.MACHINES, reason="no requests here")
def test_a_request_without_valgrind_changes_nothing() -> None:
    assert counting.request(counting.RUNNING) == 0
    assert counting.under_callgrind(nothing) is False


FILE = """version: 1
events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw

ob=(1) /usr/bin/python3.11
fl=(1) ???
fn=(1) train
10 100 40 20 0 3 2 0 1
cob=(2) /lib/libc.so.6
cfi=(2) malloc.c
cfn=(2) malloc
calls=5 0
* 50 9 9
+3 7
cob=(2)
cfn=(3) free
calls=4 0
* 8
cob=(3) ???
cfn=(4) 0x01
calls=1 0
* 30 1

ob=(2)
fn=(2)
5 42 9 9
cfn=(2)
calls=9 0
* 8
fn=(3)
6 8
fn=(6) memcpy
9 11 0 0 0 1

ob=(3)
fn=(4)
0 30 1

ob=(4) /x/site-packages/numpy/_core/_multiarray.so
fn=(5) add'2
3 5 0 0 0 0 1 0 0 1
cob=(2)
cfn=(2)
calls=1 0
* 8 0

totals: 203
"""


def test_a_file_of_callgrinds_is_read() -> None:
    found = parse(FILE.splitlines(keepends=True))
    assert found == Instructions(
        executed=100 + 7 + 42 + 8 + 11 + 30 + 5,
        lines=3 + 2 + 1 + 1,
        from_memory=1 + 1,
        allocations=5 + 1,
        places={
            "the interpreter": 107,
            "the allocator": 50 + 8 + 8,
            "code made at run time": 30,
            "numpy": 5,
        },
    )


def test_what_is_no_file_of_callgrinds_is_told() -> None:
    for text in ("", "hello\n", "fn=(1)\n5 5\n", "events: Ir\n5 x\n"):
        with pytest.raises((ValueError, KeyError, IndexError)):
            parse(text.splitlines(keepends=True))


@pytest.mark.usefixtures("tmp_path")
def test_why_there_are_no_instructions_is_told(
    monkeypatch: pytest.MonkeyPatch, few_reviews: Reviews, tmp_path: Path
) -> None:
    (entry,) = entries_for(resolve(["csr"]), few_reviews, tmp_path)
    threads = Scenario(threads=2)
    if shutil.which("valgrind") and platform.machine() in counting.MACHINES:
        said = count_instructions(entry, few_reviews, threads, Limits(60))
        assert "leave out --threads" in str(said)
    monkeypatch.setattr(callgrind.shutil, "which", lambda name: None)
    assert count_instructions(entry, few_reviews, Scenario(), Limits(60)) == (
        "valgrind isn't installed"
    )


def test_the_calls_of_a_network_are_those_of_its_lines(
    few_reviews: Reviews, tmp_path: Path
) -> None:
    reviews = few_reviews.presence()
    entries = entries_for(resolve(["add-reduce", "sum-loop"]), reviews, tmp_path)
    with workers(entries, Scenario(), Limits(60)) as started:
        add_reduce, sum_loop = (driver.count(reviews) for driver in started.drivers)
    assert add_reduce is not None
    assert sum_loop is not None
    # A loop over the words has two on the way forward, and three on the way back.
    loop = 5 * len(reviews.indices)
    assert loop < sum_loop < loop + 40 * len(reviews)
    assert add_reduce < 40 * len(reviews)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind isn't installed")
@pytest.mark.skipif(platform.machine() not in counting.MACHINES, reason="no requests here")
def test_padded_rows_execute_the_same_and_touch_more_lines(
    tmp_path: Path, synthetic_reviews: Reviews
) -> None:
    pytest.importorskip("numba")
    reviews = synthetic_reviews[:50].presence()
    name = f"{ROOT / 'examples' / 'padded_rows' / 'padded_rows.py'}:PaddedRows[room=1|8]"
    packed, padded = (
        count_instructions(entry, reviews, Scenario(), Limits(300))
        for entry in entries_for(resolve([name]), reviews, tmp_path)
    )
    assert isinstance(packed, Instructions), packed
    assert isinstance(padded, Instructions), padded
    assert padded.executed == pytest.approx(packed.executed, rel=0.02)
    assert padded.lines > 4 * packed.lines
    # A number has a line of its own, on the way forward and back: most are there no more.
    assert padded.lines > 5 * len(reviews.indices)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind isn't installed")
@pytest.mark.skipif(platform.machine() not in counting.MACHINES, reason="no requests here")
def test_callgrind_counts_the_same_in_the_sandbox_and_out_of_it(
    tmp_path: Path, few_reviews: Reviews
) -> None:
    (entry,) = entries_for(resolve(["add-reduce"]), few_reviews.presence(), tmp_path)
    inside, outside = (
        count_instructions(entry, few_reviews.presence(), Scenario(), Limits(300, sandbox))
        for sandbox in (True, False)
    )
    assert isinstance(inside, Instructions), inside
    assert isinstance(outside, Instructions), outside
    assert outside.executed == pytest.approx(inside.executed, rel=0.05)
    # Each review makes some arrays, and frees them.
    assert 10 * len(few_reviews) < inside.allocations < 100 * len(few_reviews)
    assert sum(inside.places.values()) == pytest.approx(inside.executed, rel=0.01)
    assert {"numpy", "the interpreter", "the allocator"} <= set(inside.places)


def test_whoever_runs_a_worker_is_confined_first(tmp_path: Path) -> None:
    from skipzeros.bench.networks.sandbox import sandbox
    from skipzeros.bench.workers.room import Room
    from skipzeros.bench.workers.tool import Tool

    if not sandbox():
        pytest.skip("this system has no sandbox")
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    tool = Tool(["sh", "-c", f"echo 1 > {own}/file; echo 2 > {other}"])
    done = subprocess.run(tool.around(Room([str(own)], {})), capture_output=True, text=True)
    assert done.returncode
    assert (own / "file").read_text() == "1\n"
    assert not other.exists()
    assert tool.around(None) == tuple(tool.command)
