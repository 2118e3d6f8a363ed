"""What goes between the processes: it arrives as it was sent, and nonsense is a failed network."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, floating_dtypes, integer_dtypes

from skipzeros.bench.outcomes import Failed
from skipzeros.bench.workers import messages as ask
from skipzeros.bench.workers.messages import ZEROS_FROM, Message, Returned
from skipzeros.bench.workers.pipes import Blocking
from skipzeros.bench.workers.process import WorkerProcess


def through(message: Message) -> Message:
    """A message that was written and read."""
    pipe = io.BytesIO(b"".join(bytes(piece) for piece in message.pieces()))
    found = Message.read(Blocking(pipe))
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
    ],
)
def test_an_answer_that_makes_no_sense_is_a_failed_network(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = WorkerProcess(None, 1, 1e6, {})
    said: Any = iter([answer, b""])
    try:
        monkeypatch.setattr(worker._answers, "line", lambda: next(said))
        with worker.within(60), pytest.raises(Failed, match="it wrote what is no answer"):
            worker.ask(None, ask.Loaded)
        assert not worker.running
        with pytest.raises(Failed, match="it wrote what is no answer"):
            worker.ask(ask.Read(1, "weights_1_2"), Returned)
    finally:
        worker.stop()
