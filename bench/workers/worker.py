"""What a worker does: in a process for one network alone, it calls the network as it is told.

It hands back plain arrays and what its own clocks say. Whether that is right, and how long it
took, is decided by the process that asks (driver.py), which no network can reach.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import index
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from threadpoolctl import threadpool_limits

from ...impls.network import Array, Network, OnlineNetwork
from ...impls.reviews import Reviews
from ..networks.packed import as_two_arrays
from ..networks.raised import on_purpose, place
from ..networks.registry import load
from ..networks.sandbox import DENIED, confine
from ..networks.source_tree import Tree
from ..networks.strided import strided
from ..outcomes import BadInput
from ..timing.memory import peak_memory, resident_memory
from ..timing.reading import device_of, passes_after_key, read_clocks
from . import messages as ask
from .counting import python_calls, repeated, under_callgrind
from .messages import Message, Raised, Returned
from .pipes import Blocking, write
from .shared_reviews import read_reviews


class Worker:
    """The network of a worker: its class, its instances, and what they have prepared.

    Raises:
        BadInput: the network can't be had as it was named.
    """

    def __init__(self, start: ask.Start) -> None:
        self._folder = Path(start.folder)
        self._confined = start.writable is not None and confine(map(Path, start.writable))
        if self._confined:
            # numba can't lock its threads against other processes, which load none of this one's.
            warnings.filterwarnings("ignore", "Could not obtain multiprocessing lock")
        self._candidate = load(start.network)
        self._network: Any = self._candidate.network
        if self._network and start.definition in getattr(self._network, "definitions", ()):
            self._network = as_two_arrays(
                self._network, start.definition, start.by_word, start.others
            )
        self._tree = None
        if start.tree is not None:
            place = start.tree
            self._tree = Tree(place.revision, Path(place.top), Path(place.copy))
            self._refuse_strays()
        self._instances: dict[int, Network] = {}
        self._given: dict[int, ask.Build] = {}
        self._forms: dict[int, Any] = {}
        self._shared: Reviews | None = None
        self._during = ""

    def loaded(self) -> ask.Loaded:
        """Say what the class tells of itself."""
        network = self._network
        if network is None:
            return ask.Loaded(self._explained(self._candidate.problem))
        unavailable, raised = None, ""
        device: tuple[str, int | None] = "", None
        try:
            unavailable = network.unavailable()
        except BaseException as error:
            raised = self._told(error)
        try:
            threads = threads_of(network)
            if unavailable is None and not raised:
                device = about_device_of(network)
        except BaseException as error:
            return ask.Loaded(self._told(error))
        return ask.Loaded(
            unavailable=None if unavailable is None else str(unavailable),
            unavailable_raised=raised,
            accepts_counts=bool(network.accepts_counts),
            accepts_batches=bool(network.accepts_batches),
            dtypes=[str(dtype) for dtype in network.dtypes],
            resets=hasattr(network, "reset"),
            threads=threads,
            definitions=definitions_of(network),
            device=device_of(network),
            device_name=device[0],
            free_bytes=device[1],
        )

    def answers_to(self, request: Message) -> list[Message]:
        """Do what a request asks, and return the answers; none where none is wanted."""
        self._during = ""
        try:
            if isinstance(request, ask.Observe):
                return self._observe_each(request)
            answer = self._done(request)
        # Ctrl-C isn't for this process, so that these too are the network's.
        except BaseException as error:
            answer = self._raised(error)
        return [] if answer is None else [answer]

    def _raised(self, error: BaseException) -> Raised:
        return Raised(self._told(error), self._during, on_purpose(error))

    def _told(self, error: BaseException) -> str:
        where = place(error) or self._mistaken_sum()
        return self._explained(f"{type(error).__name__}: {error}{where}")

    def _mistaken_sum(self) -> str:
        """Say so if sum_rows returns something that OnlineNetwork can't go on with."""
        network = next(iter(self._instances.values()), None)
        if not isinstance(network, OnlineNetwork):
            return ""
        with contextlib.suppress(Exception):
            found = network.sum_rows(np.zeros(0, np.int32), None)
            if np.shape(found) != (len(network.weights_1_2),):
                got = "None" if found is None else f"an array of shape {np.shape(found)}"
                return f"; sum_rows returned {got}, expected ({len(network.weights_1_2)},)"
        return ""

    def _explained(self, fault: str) -> str:
        return fault + DENIED if self._confined and "PermissionError" in fault else fault

    def _done(self, request: Message) -> Message | None:
        match request:
            case ask.Build():
                self._build(request)
            case ask.Prepare():
                network = self._instances[request.instance]
                self._forms[request.form] = network.prepare(self._reviews(request))
            case ask.Call():
                call = getattr(self._instances[request.instance], request.method)
                return Returned.of(call(self._forms[request.form]))
            case ask.TimeCall():
                return self._time(request)
            case ask.TimePass():
                return self._time_pass(request)
            case ask.Rows():
                return Returned(_plain(self._instances[request.instance].rows(request.words)))
            case ask.Read():
                weights = getattr(self._instances[request.instance], request.weights)
                return Returned(_plain(weights))
            case ask.ReadGiven():
                given = self._given[request.instance]
                return ask.Given(given.weights_0_1, given.weights_1_2)
            case ask.MeasureMemory():
                return self._measure_memory(request)
            case ask.Count():
                network, form = self._instances[request.instance], self._forms[request.form]
                count = under_callgrind if request.callgrind else python_calls
                return ask.Counted(int(count(lambda: network.train(form))))
            case ask.Repeat():
                network, form = self._instances[request.instance], self._forms[request.form]
                return ask.Counted(repeated(lambda: network.train(form), request.seconds))
            case ask.RefuseStrays():
                try:
                    self._refuse_strays()
                except BadInput as error:
                    return ask.Refused(str(error))
            case ask.Forget():
                for instance in request.instances:
                    self._instances.pop(instance, None)
                    self._given.pop(instance, None)
                for form in request.forms:
                    self._forms.pop(form, None)
                return None
        return ask.Done()

    def _build(self, request: ask.Build) -> None:
        weights = request.weights_0_1, request.weights_1_2
        there = self._instances.get(request.instance)
        reset = getattr(there, "reset", None)
        self._given[request.instance] = request
        if reset is not None:
            reset(*weights)
            return
        self._instances[request.instance] = self._network(
            *weights, request.learning_rate, batch_size=request.batch_size
        )

    def _reviews(self, request: ask.Prepare) -> Reviews:
        if request.indptr is not None:
            sent = ask.reviews_of(request)
            return strided(sent) if request.strided else sent
        if self._shared is None:
            self._shared = read_reviews(self._folder)
        return self._shared

    def _observe_each(self, request: ask.Observe) -> list[Message]:
        network, seen = self._instances[request.instance], []
        error: list[Message] = []
        try:
            for part, words in _calls(request):
                seen.append(self._observe(network, part, words))
        except BaseException as raised:
            error = [self._raised(raised)]
        return [*_together(request, seen), *error]

    def _observe(self, network: Network, part: Reviews, words: Array) -> ask.Observed:
        seen = []
        outputs = Returned(None)
        for last in (False, True):
            self._during = "rows"
            # Copies, because a network may hand out a view that its next step changes.
            seen.append(_plain(network.rows(words)).copy())
            self._during = "weights_1_2"
            seen.append(_plain(network.weights_1_2).copy()[None])
            if not last:
                self._during = "prepare"
                form = network.prepare(part)
                self._during = ""
                outputs = Returned.of(network.train(form)).copy()
        return ask.Observed(1, seen[0], seen[1], outputs.array, outputs.kind, seen[2], seen[3])

    def _time(self, request: ask.TimeCall) -> ask.Timed:
        network = self._instances[request.instance]
        argument = self._forms.get(request.form, self._shared)
        reading = read_clocks(getattr(network, request.method), argument)
        returned = Returned(None, "")
        if request.method != "prepare":
            returned = Returned.of(reading.returned)
        return ask.Timed(*reading[:4], returned.array, returned.kind)

    def _time_pass(self, request: ask.TimePass) -> ask.Timed:
        network, form = self._instances[request.instance], self._forms[request.form]
        key = ask.reviews_of(request)
        parts = [key[number : number + 1] for number in range(len(key))]
        reading = passes_after_key(network, parts, form, request.passes)
        returned = Returned.of(reading.returned)
        return ask.Timed(*reading[:4], returned.array, returned.kind)

    def _measure_memory(self, request: ask.MeasureMemory) -> ask.Held:
        shared = read_reviews(self._folder)
        shape = shared.vocabulary_size, request.columns
        # Made here, so that they are no memory of the network.
        weights_0_1 = np.zeros(shape, request.weights_1_2.dtype)

        def build(vocabulary_size: int) -> Network:
            built: Network = self._network(
                weights_0_1[:vocabulary_size],
                request.weights_1_2,
                request.learning_rate,
                batch_size=request.batch_size,
            )
            return built

        measure = resident_memory if request.resident else peak_memory
        return ask.Held(measure(build, shared, request.batch_size))

    def _refuse_strays(self) -> None:
        """Refuse what isn't from the source tree; after training too, since that may import."""
        if self._tree is not None and self._network is not None:
            self._tree.refuse_strays(self._network)


def definitions_of(network: type[Network]) -> list[str]:
    """Return the names of the definitions that a class knows; one of an earlier revision has none.

    Raises:
        TypeError: these are no names.
    """
    names: Any = getattr(network, "definitions", ("lesson",))
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"definitions = {names!r} must be a tuple of names, such as ('lesson',)")
    return [*names]


def threads_of(network: type[Network]) -> int | None:
    """Return how many threads a class declares; one of an earlier revision declares none.

    Raises:
        TypeError: that is no number of threads.
    """
    threads: Any = getattr(network, "threads", None)
    if threads is None:
        return None
    if isinstance(threads, bool) or not hasattr(threads, "__index__") or index(threads) < 1:
        raise TypeError(f"threads = {threads!r} must be None or a whole number from 1")
    return index(threads)


def about_device_of(network: type[Network]) -> tuple[str, int | None]:
    """Return the name and the free bytes of the device of a class; nothing and None for the CPU.

    Raises:
        TypeError: it names none, or lacks what a class with a device must have.
    """
    name = getattr(network, "device", "cpu")
    if not isinstance(name, str) or not name.isidentifier():
        raise TypeError(f"device = {name!r} must be a name, such as 'cuda'")
    if name == "cpu":
        return "", None
    for method in ("about_device", "synchronize"):
        # By its name, since the base of an earlier revision has none.
        own = getattr(network, method, None)
        if own is None or getattr(own, "__qualname__", "") == f"{Network.__name__}.{method}":
            raise TypeError(f"a class with device = {name!r} must have {method}")
    found: Any = network.about_device()
    free: Any = getattr(found, "free_bytes", None)
    if not isinstance(getattr(found, "name", None), str) or not hasattr(free, "__index__"):
        raise TypeError(f"about_device() must return Device(name, free_bytes), not {found!r}")
    return found.name, max(0, index(free))


def _calls(request: ask.Observe) -> Iterator[tuple[Reviews, Array]]:
    """Yield the reviews and the words of each call."""
    reviews, (start, first) = ask.reviews_of(request), (0, 0)
    for length, words in request.calls.tolist():
        yield reviews[start : start + length], request.words[first : first + words]
        start, first = start + length, first + words


def _together(request: ask.Observe, seen: Sequence[ask.Observed]) -> Iterator[ask.Observed]:
    """Put together what was seen of calls that are neighbours and whose arrays are alike.

    What has another shape than it should have stays as it is, to be told.
    """

    def kind(number: int) -> object:
        one, (reviews, words) = seen[number], request.calls[number].tolist()
        if (
            one.outputs is None
            or one.outputs.shape != (reviews,)
            or not one.rows.shape[:1] == one.new_rows.shape[:1] == (words,)
        ):
            return number
        arrays = one.outputs, one.rows, one.new_rows, one.weights_1_2, one.new_weights_1_2
        return [(array.dtype, array.shape[1:]) for array in arrays]

    for _, numbers in groupby(range(len(seen)), kind):
        some = [seen[number] for number in numbers]
        yield some[0] if len(some) == 1 else _end_to_end(some)


def _end_to_end(some: Sequence[ask.Observed]) -> ask.Observed:
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(one, name) for one in some])
        for name in ("rows", "weights_1_2", "outputs", "new_rows", "new_weights_1_2")
    }
    return ask.Observed(calls=len(some), kind="", **arrays)


def _plain(value: object) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in ask.NUMBERS:
        raise TypeError(f"it is an array of {array.dtype}, which are no real numbers")
    return array


def main() -> None:
    """Serve the parent until it closes the pipe."""
    # On Windows Ctrl-C reaches every process of the terminal; the parent ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a network prints goes to stderr, since it must not look like an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = Blocking(sys.stdin.buffer)
    start = Message.read(requests)
    if start is None:
        return  # the parent ended before it asked anything
    assert isinstance(start, ask.Start)
    if start.cores is not None:
        os.sched_setaffinity(0, start.cores)
    _limit_memory(start.memory_bytes)
    # Where memory is short all the same, the system is to end a network, and not the harness.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    # A parent that ended while the network worked wants no answer.
    with contextlib.suppress(BrokenPipeError):
        _serve(start, requests, answers)


def _serve(start: ask.Start, requests: Blocking, answers: BinaryIO) -> None:
    try:
        worker = Worker(start)
    except BadInput as error:
        write(ask.Refused(str(error)), answers)
        return
    write(worker.loaded(), answers)
    with threadpool_limits(start.threads):
        while (request := Message.read(requests)) is not None:
            for answer in worker.answers_to(request):
                write(answer, answers)


def _limit_memory(most: int | None) -> None:
    """Let an allocation beyond so many bytes raise MemoryError, before the machine runs out."""
    if most is None:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        # Root could raise what somebody has limited further.
        there = [one for one in resource.getrlimit(resource.RLIMIT_DATA) if one >= 0]
        most = min([most, *there])
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
