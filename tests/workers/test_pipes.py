"""What goes between the processes: it arrives as it was sent, and nonsense is a failed network."""

from __future__ import annotations

import io
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO, ClassVar
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, floating_dtypes, integer_dtypes

from skipzeros.bench.outcomes import Failed
from skipzeros.bench.workers import messages as ask
from skipzeros.bench.workers import remote
from skipzeros.bench.workers.driver_pipes import LONGEST_LINE, MOST_LINES, DriverPipes, TimedOut
from skipzeros.bench.workers.messages import ZEROS_FROM, Message, Returned
from skipzeros.bench.workers.pipes import Blocking
from skipzeros.bench.workers.process import WorkerProcess
from skipzeros.impls.reviews import Reviews


def through(message: Message, most: float | None = 1e9) -> Message:
    """A message that was written and read, an answer unless there is no bound to it."""
    pipe = io.BytesIO(b"".join(bytes(piece) for piece in message.pieces()))
    found = Message.read(Blocking(pipe), most)
    assert found is not None
    assert pipe.read() == b""
    return found


@given(arrays(st.one_of(floating_dtypes(), integer_dtypes()), array_shapes(min_dims=0, min_side=0)))
def test_an_array_arrives_to_the_last_bit(array: np.ndarray) -> None:
    found = through(Returned.of(array))
    assert isinstance(found, Returned)
    assert found.array is not None
    assert (found.array.dtype, found.array.shape) == (array.dtype, array.shape)
    assert found.array.tobytes() == array.tobytes()


@pytest.mark.parametrize("value", [0.0, -0.0, 1e-300])
def test_many_zeros_are_sent_as_such_but_nothing_else_is(value: float) -> None:
    array = np.zeros(ZEROS_FROM)
    array[-1] = value
    message = Returned.of(array)
    found = through(message)
    assert isinstance(found, Returned)
    assert found.array is not None
    assert found.array.tobytes() == array.tobytes()
    assert (sum(len(bytes(piece)) for piece in message.pieces()) < 200) == (
        array.tobytes() == bytes(array.nbytes)
    )


class Lazy(np.ndarray):
    """It might compute when it is read."""


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([0.5], "list"), (None, "NoneType"), (np.zeros(2).view(Lazy), "Lazy"),
        (np.array([{}]), "object"), (np.float64(1), "float64"),
        (np.zeros(2, [("a", "f8")]), "[('a', '<f8')]"), (np.zeros(2, "M8[s]"), "datetime64[s]"),
        (np.zeros(2, complex), "complex128"), (np.array(["x"]), "<U1"),
    ],
)  # fmt: skip
def test_what_is_no_plain_array_is_only_named(value: object, kind: str) -> None:
    assert through(Returned.of(value)) == Returned(None, kind)


@pytest.mark.parametrize(
    "answer",
    [
        b"much\n",
        b"[]\n",
        b'{"message": "Loaded", "nonsense": 1}\n',
        b'{"message": "Unknown"}\n',
        b'{"message": "Loaded", "dtypes": 5}\n',
        b'{"message": "Loaded", "problem": 5}\n',
        b'{"message": "Loaded", "unavailable": ["x"]}\n',
        b"[" * 200_000 + b"\n",
        b'{"message": "Done"}\n',  # an answer, but to another question
        b'{"message": "Returned", "kind": "", "arrays": {"array": ["<f8", [1000000000], false]}}\n',
        b'{"message": "Returned", "kind": "", "arrays": {"array": ["|O", [1], false]}}\n',
        b'{"message": "Returned", "kind": "", "arrays": {"array": ["<f8", [-1], false]}}\n',
        b'{"message": "Loaded", "arrays": {"problem": ["<f8", [0], false]}}\n',
        b'{"message": "Raised", "error": "", "arrays": {"during": ["<f8", [0], false]}}\n',
        b'{"message": "Returned", "kind": "", "arrays": {"array": ["|V8", [1], false]}}\n',
        b'{"message": "Returned", "kind": "", "arrays": {"array": ["<M8[s]", [1], false]}}\n',
        b'{"message": "Returned", "kind": "", "arrays": {"array": ["|S0", [10000000], true]}}\n',
        b'{"message": "Returned", "kind": "", "arrays": {"array": ["<f8", [1%s, 0], false]}}\n'
        % (b"0" * 400),
    ],
)
def test_an_answer_that_makes_no_sense_is_a_failed_network(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = WorkerProcess("a", None, 1, 1e6, {})
    said: Any = iter([answer, b""])
    try:
        with worker.within(60):
            worker.meet()
        monkeypatch.setattr(worker._pipes, "line", lambda: next(said))
        with worker.within(60), pytest.raises(Failed, match="it wrote what is no answer"):
            worker.ask(None, ask.Loaded)
        assert not worker.running
        with pytest.raises(Failed, match="it wrote what is no answer"):
            worker.ask(ask.Read(1, "weights_1_2"), Returned)
    finally:
        worker.stop()


@pytest.fixture
def pipes() -> Iterator[tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO]]:
    """The driver's ends of three pipes, and the worker's: what it reads, answers and prints."""
    if sys.platform == "win32":
        pytest.skip("Windows can't wait on a pipe")
    ends = [[os.fdopen(end, mode, 0) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True)]
            for _ in range(3)]  # fmt: skip
    (asked, requests), (answers, answered), (printed, prints) = ends
    pipe_ends = DriverPipes("mine", requests, answers, printed, lambda: None)
    pipe_ends.deadline = time.monotonic() + 0.2
    yield pipe_ends, asked, answered, prints
    for pipe in (asked, answered, prints):
        pipe.close()
    pipe_ends.close()


def test_a_worker_that_takes_nothing_is_not_waited_for_any_longer_than_one_that_says_nothing(
    pipes: tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO],
) -> None:
    pipe_ends, *_ = pipes
    with pytest.raises(TimedOut):
        pipe_ends.write(Returned.of(np.ones(1 << 20)))
    with pytest.raises(TimedOut):
        pipe_ends.line()


def test_a_line_without_an_end_is_not_read_for_ever(
    pipes: tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO],
) -> None:
    pipe_ends, _, answered, _ = pipes
    pipe_ends.deadline += 60

    def answer() -> None:
        with suppress(OSError):
            for _ in range(64):
                answered.write(b"x" * LONGEST_LINE)

    writer = threading.Thread(target=answer, daemon=True)
    writer.start()
    with pytest.raises(ValueError, match="a line without an end"):
        pipe_ends.line()
    pipe_ends.close()
    writer.join()


def test_what_a_worker_prints_comes_through_but_moves_no_cursor(
    pipes: tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO], capsys: pytest.CaptureFixture[str]
) -> None:
    pipe_ends, _, answered, prints = pipes
    prints.write("one\ttwö\n\x1b[2Athree".encode()[:6])
    answered.write(b"\n")
    assert pipe_ends.line() == b"\n"
    prints.write("one\ttwö\n\x1b[2Athree".encode()[6:])
    prints.close()
    pipe_ends.close()
    assert capsys.readouterr().err == "mine: one\ttwö\nmine: ?[2Athree\n"


def test_a_network_that_prints_much_is_cut_short(
    pipes: tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO], capsys: pytest.CaptureFixture[str]
) -> None:
    pipe_ends, _, _, prints = pipes
    prints.write(b"x\n" * 1000)
    pipe_ends.close()
    *lines, last = capsys.readouterr().err.splitlines()
    assert lines == ["mine: x"] * MOST_LINES
    assert last == "mine: what else it prints is left out"


def test_much_is_printed_while_a_long_question_is_taken(
    pipes: tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO],
) -> None:
    pipe_ends, asked, _, prints = pipes
    pipe_ends.deadline += 60
    much = np.ones(1 << 19)

    def worker() -> None:
        taken = 0
        # It reads on only when it got rid of all that it prints.
        for _ in range(4):
            prints.write(b"x" * (1 << 20))
        while taken < much.nbytes:
            taken += len(asked.read(1 << 20))

    reader = threading.Thread(target=worker, daemon=True)
    reader.start()
    pipe_ends.write(Returned.of(much))
    reader.join()


def test_an_answer_that_is_taken_back_is_waited_for_no_longer_than_any_other(
    pipes: tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe_ends, *_ = pipes
    # As if the answer had been there when the poll returned, and was gone when it was read.
    monkeypatch.setattr(pipe_ends, "_wait", Mock(side_effect=[None, TimedOut]))
    with pytest.raises(TimedOut):
        pipe_ends.line()


def test_what_the_driver_does_before_an_answer_is_marked(
    pipes: tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO],
) -> None:
    pipe_ends, _, answered, prints = pipes
    prints.write(b"x\n")
    pipe_ends.marks = []
    threading.Timer(0.05, lambda: answered.write(b"\n")).start()
    pipe_ends.line()
    assert len(pipe_ends.marks) == 2
    assert pipe_ends.marks == sorted(pipe_ends.marks)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such program")
def test_a_process_that_could_not_start_says_how_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    worker = WorkerProcess("a", None, 1, 1e6, {})
    with worker.within(60), pytest.raises(Failed, match="its process ended with exit code 1"):
        worker.ask(None, ask.Loaded)


def test_a_text_that_no_file_can_hold_is_made_one_that_it_can() -> None:
    assert through(ask.Raised("a \ud800 b")) == ask.Raised("a ? b")


def test_the_name_of_a_file_reaches_a_worker_even_if_it_is_no_text() -> None:
    place = ask.TreePlace("a", "/caf\udce9", "/b")
    start = ask.Start(
        "x.py:A", "/caf\udce9", None, 1, None, place, ["/caf\udce9"], "lesson", [], []
    )
    assert through(start, None) == start


def test_an_answer_that_comes_while_a_question_is_written_is_kept(
    pipes: tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO],
) -> None:
    pipe_ends, asked, answered, _ = pipes
    pipe_ends.deadline += 60
    much = Returned.of(np.arange(1 << 19, dtype=float))
    whole = b"".join(bytes(piece) for piece in much.pieces())

    def worker() -> None:
        # It takes no question before it got rid of its answer.
        view = memoryview(whole)
        while view:
            view = view[answered.write(view) :]
        left = len(whole)
        while left:
            left -= len(asked.read(1 << 20))

    answering = threading.Thread(target=worker, daemon=True)
    answering.start()
    pipe_ends.write(much)
    answering.join()
    found = Message.read(pipe_ends)
    assert isinstance(found, Returned)
    assert found.array is not None
    assert found.array.tobytes() == np.arange(1 << 19, dtype=float).tobytes()


@pytest.mark.parametrize("stream", [None, Mock(write=Mock(side_effect=OSError))])
def test_what_a_network_prints_is_dropped_where_nobody_reads_it(
    stream: object,
    pipes: tuple[DriverPipes, BinaryIO, BinaryIO, BinaryIO],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipe_ends, _, answered, prints = pipes
    prints.write(b"x\n")
    answered.write(b"\n")
    monkeypatch.setattr(sys, "stderr", stream)
    assert pipe_ends.line() == b"\n"
    pipe_ends.close()
    assert capsys.readouterr().out == ""


def test_no_more_is_asked_ahead_than_answers_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "BYTES_AHEAD", 1100)
    monkeypatch.setattr(remote, "BYTES_TOGETHER", 130)
    waiting: list[int] = []
    seen: list[list[int]] = []
    asked: list[list[list[int]]] = []

    class Fake:
        instances: ClassVar[list[int]] = []

        def send(self, request: ask.Observe) -> None:
            waiting.append(2 * (len(request.words) + len(request.calls)) * 4 * 8)
            asked.append(request.calls.tolist())
            seen.append(waiting.copy())

        def ask(self, request: object, *kinds: object) -> object:
            if request is not None:
                return ask.Done()
            waiting.pop(0)
            calls = asked.pop(0)
            outputs, rows = (np.zeros(sum(lengths)) for lengths in zip(*calls, strict=True))
            weights = np.zeros((len(calls), 4))
            return ask.Observed(len(calls), rows, weights, outputs, "", rows, weights)

    class There(remote.RemoteNetwork):
        worker: ClassVar[Any] = Fake()

    words = [np.arange(size, dtype=np.int32) for size in (3, 4, 40, 1, 1, *[0] * 20)]
    part = Reviews.from_lists([[0]], [1], 50)
    network = There(np.zeros((50, 4)), np.zeros(4), 0.1)
    assert sum(1 for _ in network.observe_each((part, one) for one in words)) == len(words)
    assert not waiting
    assert 0 < max(sum(sizes) for sizes in seen if len(sizes) > 1) <= 1100
    assert max(len(sizes) for sizes in seen) == remote.AHEAD
    assert 1 < len(seen) < len(words)
