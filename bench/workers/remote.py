"""Networks that live in a worker, as classes and instances of Network like any other."""

from __future__ import annotations

import math
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..networks.guard import Observation, Raising, Strange, Weights
from ..networks.joined import joined
from ..networks.scenario import Scenario
from ..outcomes import Failed
from ..timing.passes import some
from ..timing.reading import Reading
from . import messages as ask
from .driver_pipes import MOST_AHEAD, Written
from .outer_clock import Bill
from .process import WorkerProcess

# The answers to steps that are asked for together have about so many bytes: fewer and the messages
# take longer than the steps, more and one side waits for the other.
BYTES_TOGETHER = 1 << 19
# So many questions fit into a pipe while nobody reads its answers, and so many bytes of answers are
# kept meanwhile: with more both sides would wait for each other.
AHEAD, BYTES_AHEAD = 8, MOST_AHEAD // 4
# The reviews of a call, and the words whose rows are read.
Part = tuple[Reviews, NDArray[np.int32]]
# More than any process gives up its core.
MOST_WAITS = 1 << 53
MOST_SECONDS = 1e6
MOST_BYTES = 1 << 60
MOST_COUNTED = 1 << 53


class Form:
    """Reviews that a network has prepared, which stay in its worker."""

    def __init__(self, worker: WorkerProcess, number: int) -> None:
        self.number = number
        weakref.finalize(self, worker.forms.append, number)


@dataclass
class _Asked:
    """Calls that were asked for together, and whose answers haven't all been read.

    Attributes:
        calls: of each how many reviews and how many words it has.
        bytes: about those of the answers to all of them.
    """

    calls: list[tuple[int, int]]
    bytes: int


class RemoteNetwork(Network):
    """A network in a worker: each call asks the worker, and takes plain arrays for an answer.

    Attributes:
        worker: the process that it lives in.
        shared: the reviews that the worker can read from files; all others are sent.
        has_threads: whether the CPU time of a call is that of all threads.
    """

    packed = True  # in its worker
    worker: ClassVar[WorkerProcess]
    shared: ClassVar[Reviews]
    has_threads: ClassVar[bool] = False
    _numbers = count()

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self._number = next(self._numbers)
        self._row_bytes = weights_0_1[:1].nbytes
        weakref.finalize(self, self.worker.instances.append, self._number)
        self._build(weights_0_1, weights_1_2)

    def _build(self, weights_0_1: Array, weights_1_2: Array) -> None:
        self.worker.ask(
            ask.Build(self._number, weights_0_1, weights_1_2, self.learning_rate, self.batch_size),
            ask.Done,
        )

    @property
    def weights_0_1(self) -> Array:
        return self._returned(ask.Read(self._number, "weights_0_1"))

    @property
    def weights_1_2(self) -> Array:
        return self._returned(ask.Read(self._number, "weights_1_2"))

    def passed_in(self) -> Weights:
        """Return the weights that the network was built from or reset to, as they are now."""
        given = self.worker.ask(ask.ReadGiven(self._number), ask.Given)
        return given.weights_0_1, given.weights_1_2

    def rows(self, words: NDArray[np.int32]) -> Array:
        return self._returned(ask.Rows(self._number, words))

    def prepare(self, reviews: Reviews) -> Form:
        form = next(self._numbers)
        if reviews is self.shared:
            request = ask.Prepare(self._number, form)
        else:
            request = ask.Prepare.of(self._number, form, reviews)
        self.worker.ask(request, ask.Done)
        return Form(self.worker, form)

    def train(self, prepared: Form) -> Array:
        return self._returned(ask.Call(self._number, "train", prepared.number))

    def predict(self, prepared: Form) -> Array:
        return self._returned(ask.Call(self._number, "predict", prepared.number))

    def observe_each(self, parts: Iterable[Part]) -> Generator[Observation, None, None]:
        """Train on parts one after the other; yield what there is to see of each; see Observation.

        Some are asked for ahead, so that the worker trains while this process judges.
        """
        left = self._together(parts)
        following = next(left, None)
        ahead: deque[_Asked] = deque()
        try:
            while True:
                while following is not None:
                    some, asked = following
                    size = sum(one.bytes for one in ahead) + asked.bytes
                    if ahead and (len(ahead) == AHEAD or size > BYTES_AHEAD):
                        break
                    reviews = joined([part for part, _ in some])
                    self.worker.send(
                        ask.Observe(
                            self._number, np.array(asked.calls),
                            np.concatenate([words for _, words in some]),
                            reviews.vocabulary_size, reviews.indptr, reviews.indices,
                            reviews.counts, reviews.labels,
                        )
                    )  # fmt: skip
                    ahead.append(asked)
                    following = next(left, None)
                if not ahead:
                    return
                for seen, calls in self._answers(ahead[0]):
                    yield from _observations(seen, calls)
                ahead.popleft()
        finally:
            # What was asked for ahead and isn't wanted any more.
            with suppress(Failed):
                for asked in ahead:
                    with suppress(Raising):
                        for _ in self._answers(asked):
                            pass

    def _together(self, parts: Iterable[Part]) -> Iterator[tuple[list[Part], _Asked]]:
        """Put parts together whose answers are short."""
        some: list[Part] = []
        asked = _Asked([], 0)
        for part in parts:
            reviews, words = part
            size = 2 * (len(words) + 1) * self._row_bytes  # each weights_1_2 is as long as a row
            if some and asked.bytes + size > BYTES_TOGETHER:
                yield some, asked
                some, asked = [], _Asked([], 0)
            some.append(part)
            asked.calls.append((len(reviews), len(words)))
            asked.bytes += size
        if some:
            yield some, asked

    def _answers(self, asked: _Asked) -> Iterator[tuple[ask.Observed, list[tuple[int, int]]]]:
        """Read the answers to what was asked together, as far as they aren't read yet."""
        while asked.calls:
            try:
                seen = self.worker.ask(None, ask.Observed)
            except Raising:
                asked.calls.clear()  # after an error no more comes
                raise
            calls = asked.calls[: max(seen.calls, 0)]
            del asked.calls[: len(calls)]
            if not _answers_to(seen, calls):
                raise self.worker.refuse_answer()
            yield seen, calls

    def timed_call(self, method: str, argument: Form | Reviews) -> Reading:
        """Call a method under the clocks of the worker."""
        form = argument.number if isinstance(argument, Form) else -1
        timed = self._timed(ask.TimeCall(self._number, method, form))
        returned = Strange(timed.kind) if timed.array is None else timed.array
        return Reading(
            timed.cpu_seconds, timed.wall_seconds, timed.process_seconds, timed.waits, returned
        )

    def timed_pass(
        self, weights: Weights, key: Sequence[Reviews], prepared: Form, passes: int
    ) -> Reading:
        """Take fresh weights, train on a key, make passes under the worker's clocks and ours."""
        counted = [part.counts for part in key if part.counts is not None]
        lengths = [len(part.indices) for part in key]
        request = ask.TimePass(
            self._number,
            prepared.number,
            passes,
            self.shared.vocabulary_size,
            np.cumsum([0, *lengths]),
            np.concatenate([np.empty(0, np.int32), *(part.indices for part in key)]),
            np.concatenate(counted) if counted else None,
            np.concatenate([np.empty(0), *(part.labels for part in key)]),
        )
        # Written before the reset, because while the worker waits its caches grow cold.
        written = Written(request)
        try:
            self._build(*weights)
        except Raising as error:
            raise Raising(str(error), "reset", error.refusal) from None
        with self.worker.clock.billed() as bill:
            timed = self._timed(written)
        returned = Strange(timed.kind) if timed.array is None else timed.array
        outer = bill.outer
        if outer is not None and self.device != "cpu":
            outer = outer._replace(cpu_seconds=outer.wall_seconds)
        return Reading(
            timed.cpu_seconds, timed.wall_seconds, timed.process_seconds, timed.waits, returned,
            outer,
        )  # fmt: skip

    def around_a_pass(self, weights: Weights) -> tuple[float, float]:
        """Reset, and then prepare the shared reviews; return the seconds of both bills."""
        with self.worker.clock.billed() as reset:
            self._build(*weights)
        with self.worker.clock.billed() as prepare:
            self.prepare(self.shared)
        return self._seconds(reset), self._seconds(prepare)

    def billed_weights(self) -> tuple[Weights, float]:
        """Read all weights, on a bill; return them with the worker's seconds."""
        with self.worker.clock.billed() as bill:
            weights = self.weights_0_1, self.weights_1_2
        return weights, self._seconds(bill)

    def _seconds(self, bill: Bill) -> float:
        """Return the CPU seconds of a bill, or the wall seconds if another device computes."""
        if bill.outer is None:
            return math.nan
        return bill.outer.cpu_seconds if self.device == "cpu" else bill.outer.wall_seconds

    def counted(self, prepared: Form, callgrind: bool) -> int:
        """Train, and count what the worker can; see messages.Count."""
        found = self.worker.ask(ask.Count(self._number, prepared.number, callgrind), ask.Counted)
        if not 0 <= found.number < MOST_COUNTED:
            raise self.worker.refuse_answer()
        return found.number

    def repeated(self, prepared: Form, seconds: float, meanwhile: Callable[[], None]) -> None:
        """Train for so many seconds, and do something meanwhile."""
        self.worker.send(ask.Repeat(self._number, prepared.number, seconds))
        meanwhile()
        self.worker.ask(None, ask.Counted)

    def _timed(self, request: ask.Message | Written) -> ask.Timed:
        timed = self.worker.ask(request, ask.Timed)
        # A process may say anything, and of no number is every comparison false. The last of the
        # times is a difference, which may be a little below 0.
        times = ((timed.cpu_seconds, 0.0), (timed.wall_seconds, 0.0), (timed.process_seconds, -1.0))
        numbers = [
            isinstance(seconds, float) and least <= seconds < MOST_SECONDS
            for seconds, least in times
        ]
        if not all(numbers) or not 0 <= (timed.waits or 0) < MOST_WAITS:
            raise self.worker.refuse_answer()
        cpu = timed.process_seconds if self.has_threads else timed.cpu_seconds
        if self.device != "cpu":
            cpu = timed.wall_seconds
        return replace(timed, cpu_seconds=some(cpu), wall_seconds=some(timed.wall_seconds))

    def _returned(self, request: ask.Message) -> Array:
        returned = self.worker.ask(request, ask.Returned)
        # Whoever expects an array says what is wrong with anything else.
        array: Array | Any = Strange(returned.kind) if returned.array is None else returned.array
        return array


def _answers_to(seen: ask.Observed, calls: list[tuple[int, int]]) -> bool:
    """Say whether an answer can be to these calls."""
    if not seen.calls == len(calls) > 0:
        return False
    arrays = [(seen.weights_1_2, len(calls)), (seen.new_weights_1_2, len(calls))]
    if len(calls) > 1:  # of one call alone they are whatever the network gave
        reviews, words = (sum(lengths) for lengths in zip(*calls, strict=True))
        arrays += [(seen.rows, words), (seen.new_rows, words)]
        if seen.outputs is None:
            return False
        arrays.append((seen.outputs, reviews))
    return all(array.shape[:1] == (length,) for array, length in arrays)


def _observations(seen: ask.Observed, calls: list[tuple[int, int]]) -> Iterator[Observation]:
    """Yield what was seen of each call."""
    if len(calls) == 1:
        outputs = Strange(seen.kind) if seen.outputs is None else seen.outputs
        yield Observation(
            seen.rows, seen.weights_1_2[0], outputs, seen.new_rows, seen.new_weights_1_2[0]
        )
        return
    assert seen.outputs is not None
    start = first = 0
    each = zip(calls, seen.weights_1_2, seen.new_weights_1_2, strict=True)
    for (reviews, words), weights_1_2, new_weights_1_2 in each:
        own = slice(first, first + words)
        yield Observation(
            seen.rows[own], weights_1_2, seen.outputs[start : start + reviews],
            seen.new_rows[own], new_weights_1_2,
        )  # fmt: skip
        start, first = start + reviews, first + words


class _Resettable(RemoteNetwork):
    """One whose network has a reset of its own; the others are built anew."""

    def reset(self, weights_0_1: Array, weights_1_2: Array) -> None:
        """Give the network fresh weights."""
        self._build(weights_0_1, weights_1_2)


def remote_class(
    worker: WorkerProcess, loaded: ask.Loaded, shared: Reviews, threads: int = 1
) -> type[Network]:
    """Make the class whose instances live in a worker, from what the worker says of it.

    Args:
        shared: the reviews that the worker can read by itself.
        threads: how many the worker has.
    """

    def unavailable(cls: type[Network]) -> str | None:
        if loaded.unavailable_raised:
            raise Raising(loaded.unavailable_raised)
        return loaded.unavailable

    return type(
        "Remote",
        (_Resettable if loaded.resets else RemoteNetwork,),
        {
            "worker": worker,
            "shared": shared,
            "threads": loaded.threads,
            "has_threads": threads > 1,
            "device": loaded.device,
            "accepts_counts": loaded.accepts_counts,
            "accepts_batches": loaded.accepts_batches,
            "dtypes": tuple(loaded.dtypes or ()),
            "definitions": tuple(loaded.definitions or ()),
            "unavailable": classmethod(unavailable),
        },
    )


def memory_of(network: type[Network], scenario: Scenario, resident: bool) -> int | None:
    """Ask a worker how many bytes its network takes on the shared reviews.

    Args:
        resident: by how much the process grows; else what tracemalloc counts.

    Returns:
        The bytes; None where the system doesn't tell.
    """
    assert issubclass(network, RemoteNetwork)
    weights_0_1, weights_1_2 = scenario.first_weights(1)
    columns, rate = weights_0_1.shape[1], scenario.learning_rate
    request = ask.MeasureMemory(resident, columns, weights_1_2, rate, scenario.batch_size)
    held = network.worker.ask(request, ask.Held).bytes
    if not 0 <= (held or 0) < MOST_BYTES:
        raise network.worker.refuse_answer()
    return held
