"""One network in a worker: certified and timed from here, in the process that asks.

Reference, bounds, fingerprints and records are on this side of the pipe, where the network's code
never runs. Whatever kills the worker becomes the network's result, and doesn't end the run.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ...impls.network import Network
from ...impls.reviews import Reviews
from ..equality.audit import audit
from ..equality.cases import Case, cases_for
from ..equality.certificate import Certificate
from ..equality.matrix import with_cases
from ..equality.result import Result
from ..equality.segments import Answer, Judges, Segment, judged
from ..networks.guard import Raising, Weights, blame
from ..networks.registry import Candidate
from ..networks.scenario import Scenario
from ..outcomes import BadInput, Failed, Incorrect, Refused, Status, Uncertified
from ..text.amounts import memory_size
from ..text.markdown import one_line
from ..timing.clock import Contestant
from ..timing.cut_passes import Cuts, Cutter
from ..timing.examine import examine, excuse, first_calls, judge_timing, line_up, wake
from ..timing.passes import Pass, Seen
from ..timing.price import FEW, UNKNOWN, Around, carried, delivery
from ..timing.secret import Secret
from ..timing.what_if import Sparer, WhatIf
from . import messages as ask
from .entry import Entry
from .keeper import FOLDER
from .limits import Limits
from .process import WorkerProcess
from .remote import RemoteNetwork, memory_of, remote_class
from .room import Room
from .temporary_folder import folder_above
from .tool import Tool

START_SECONDS = 60  # for Python, numpy and the network's own imports
# Makes those who judge one network in segments.
JudgesFor = Callable[[Entry, Scenario, Limits], Judges]
# Of the arrays of an answer, beside the weights and outputs: more than any honest one has.
SPARE_BYTES = 1 << 27
MOST_NAME = 200  # characters of the name of a device


class Driver:
    """One network in a worker.

    Args:
        cores: the cores to run on, the first one if it has one thread; none where the system pins
            no process.
        hash_seed: the seed of Python's hashes, the same in all workers of a set.
        tool: what runs the worker's process; None where nothing does.

    Attributes:
        result: what is known of the network so far.
        pass_seconds: about how long a pass takes; NaN where that is not known.
        sound: whether the network is worth another pass.
        reviews: those of the passes.
        threads: how many it has.
        device: what it computes on, as records tell it.
        built_in: whether the network's code is that of this very package.
        contestant: the network ready for the clock; None before line_up, or if it isn't.
        around: whether prepare and reset are timed after each pass.
    """

    def __init__(
        self,
        entry: Entry,
        scenario: Scenario,
        limits: Limits,
        *,
        cores: Sequence[int],
        hash_seed: int,
        tool: Tool | None = None,
    ) -> None:
        self.name, self.threads, self.device = entry.name, 1, "cpu"
        self._free_bytes: int | None = None
        self._cores = cores
        self._hash_seed = hash_seed
        self.result = Result(entry.name, Status.UNKNOWN)
        self.around = False
        self.sound, self.reviews, self.built_in = True, entry.reviews.reviews, entry.built_in
        self._entry, self._scenario, self._timeout = entry, scenario, limits.timeout
        self._limits = limits
        self._judges: Judges | None = None
        self._candidate = Candidate(entry.name, None)
        self._unasked_before = 0.0
        self._compile_seconds = self.pass_seconds = math.nan
        self._awake: Network | None = None
        self._prepared: Any = None
        self._few: Any = None
        self.contestant: Contestant | None = None
        self._cutter: Cutter | None = None
        self._sparer: Sparer | None = None
        self._room = Room.of(entry) if limits.sandbox else None
        self._tool = tool
        self._memory_bytes = limits.memory_bytes
        # At once, so that it works while others are started.
        self.process = self._started()

    def _started(self) -> WorkerProcess:
        entry, room, threads = self._entry, self._room, self.threads
        tree = entry.tree
        place = None if tree is None else ask.TreePlace(tree.name, str(tree.top), str(tree.copy))
        numbers = entry.reviews.vocabulary_size + entry.reviews.nonzeros
        most = 4 * numbers * self._width + SPARE_BYTES
        variables = {} if room is None else {**room.variables}
        if top := folder_above(entry.reviews.folder):
            variables[FOLDER] = str(top)
        command = () if self._tool is None else self._tool.around(room)
        if self._tool is not None:
            variables |= self._tool.variables
        process = WorkerProcess(
            entry.name, place, self._hash_seed, most, variables, threads, command
        )
        with suppress(Failed):  # if it has died already, start() says so
            # Whoever runs the process has confined it.
            writable = None if room is None or self._tool is not None else room.writable
            folder = str(entry.reviews.folder)
            cores = [*self._cores[:threads]] or None
            definition = self._scenario.defined
            process.send(
                ask.Start(
                    entry.network,
                    folder,
                    cores,
                    threads,
                    self._memory_bytes,
                    place,
                    writable,
                    definition.name,
                    [*definition.by_word],
                    [*definition.others],
                )
            )
        return process

    @property
    def _width(self) -> int:
        """The bytes of a row of weights."""
        return self._scenario.columns * np.dtype(self._scenario.dtype).itemsize

    @property
    def core(self) -> int | None:
        """The one that it runs on, if it has one thread; None where the system pins no process."""
        return self._cores[0] if self._cores else None

    @property
    def network(self) -> type[Network]:
        """The class whose instances live in the worker."""
        assert self._candidate.network is not None
        return self._candidate.network

    def answering(self) -> AbstractContextManager[None]:
        """Allow one timeout for all that the network is asked in this context."""
        return self.process.within(self._timeout)

    def start(self) -> None:
        """Wait until the worker has loaded the network.

        Raises:
            BadInput: the network can't be had as it was named.
        """
        if (loaded := self._loaded()) is not None:
            # Whatever the worker says, there is at least one.
            self.threads = max(1, min(loaded.threads or 1, self._scenario.threads))
            if self.threads > 1:
                # Anew, because libraries ask how many threads they have when they are loaded.
                self.process.stop()
                self.process = self._started()
                loaded = self._loaded()
        if loaded is not None:
            about = filter(None, (loaded.device, loaded.device_name))
            self.device = one_line(": ".join(about))[:MOST_NAME]
            self._free_bytes = loaded.free_bytes
            network = None
            if not loaded.problem:
                network = remote_class(self.process, loaded, self.reviews, self.threads)
            self._candidate = Candidate(self.name, network, loaded.problem)

    def _loaded(self) -> ask.Loaded | None:
        """Wait for what the worker says of its class; None if it failed."""
        with self._failing(START_SECONDS):
            answer: ask.Message = self.process.ask(None, ask.Loaded, ask.Refused)
            if isinstance(answer, ask.Refused):
                raise BadInput(answer.reason)
            assert isinstance(answer, ask.Loaded)
            return answer
        return None

    def call_first(self) -> None:
        """Make the first calls of train; self.pass_seconds is then known."""
        with self._failing(self._timeout):
            calls = first_calls(self.network, self.reviews, self._scenario)
            self._compile_seconds, self.pass_seconds = calls

    def certify(
        self,
        judged: int | None,
        whole_passes: int,
        progress: Callable[[int], None],
        judges: JudgesFor | None = None,
    ) -> None:
        """Have the network examined; self.result then says what came of it.

        Args:
            judged, whole_passes, progress: as for examine.
            judges: make those who judge in segments; None: all steps are judged here.
        """
        with self._failing(self._timeout), ExitStack() as stack:
            if judges is not None:
                self._judges = judges(self._entry, self._scenario, self._limits)
                stack.callback(self._judges.stop)
            self.result = examine(
                self._candidate,
                self.reviews,
                self._scenario,
                judged=judged,
                whole_passes=whole_passes,
                progress=progress,
                judges=self._judges,
            )
            self.result = replace(self.result, compile_seconds=self._compile_seconds)
            if not self.result.certified:
                return
            with blame("measuring memory"):
                held = memory_of(self.network, self._scenario, resident=False)
            self.result = replace(self.result, peak_memory_bytes=held)
            if self._entry.tree is not None:
                answer: ask.Message = self.process.ask(ask.RefuseStrays(), ask.Done, ask.Refused)
                if isinstance(answer, ask.Refused):
                    self.result = self.result.with_status(Status.ABSENT, answer.reason)

    def judge(self, segment: Segment, weights: Weights, first: int) -> Answer:
        """Judge a segment of a pass that was made in another process.

        Args:
            weights: those that it begins with.
            first: the number that the first of this driver's reviews has in the pass.
        """
        self.excuse()
        if self.result.status == Status.UNKNOWN:
            with self._failing(self._timeout), threadpool_limits(1):
                part = self.reviews[segment.start - first : segment.stop - first]
                return judged(self.network, part, self._scenario, weights, segment)
        return Answer(failed=self.result.reason)

    def excuse(self) -> None:
        """Find out whether the network takes part at all; self.result says so if it doesn't."""
        status, reason = excuse(self._candidate, self._scenario)
        weights = self.reviews.vocabulary_size * self._width
        free_bytes = math.inf if self._free_bytes is None else self._free_bytes
        if status == Status.UNKNOWN and weights > free_bytes:
            status = Status.NOT_APPLICABLE
            free = memory_size(free_bytes)
            reason = f"its weights take {memory_size(weights)}; {self.device} has {free} free"
        if status != Status.UNKNOWN:
            self.result = Result(self.name, status, reason)

    def try_cases(self, advance: Callable[[int], None]) -> None:
        """Try the network in the matrix; self.result then says what came of it."""
        with self._failing(self._timeout), threadpool_limits(1):
            cases = cases_for(self.network)
            self.result = with_cases(
                self.result, self.network, cases, self._timeout, advance, self._scenario.definition
            )

    def try_case(self, case: Case) -> None:
        """Try the network in one case alone, whose scenario is that of this worker.

        self.result then says what came of it.
        """
        with self._failing(self._timeout), threadpool_limits(1):
            status, reason = excuse(self._candidate, self._scenario)
            if status == Status.UNKNOWN:
                status = Status.CERTIFIED
            self.result = Result(self.name, status, reason)
            if self.result.certified:
                self.result = with_cases(
                    self.result,
                    self.network,
                    [case],
                    self._timeout,
                    definition=self._scenario.definition,
                )
            if self.result.certified and not self.result.cases:
                said = self.result.no_room[1]
                reason = f"has no room for such sizes: in the case {case} it says {said!r}"
                self.result = self.result.with_status(Status.NOT_APPLICABLE, reason)

    def wake(self) -> None:
        """Have the network load and compile what it needs at its first calls."""
        if self.result.status == Status.UNKNOWN:  # neither absent nor dead since its start
            with self._failing(self._timeout):
                self._awake = wake(self.network, self.reviews, self._scenario)

    def line_up(self, known: Result, delivery: Around, nothing: Callable[[], Around]) -> None:
        """Have the network, which another process has certified, prepared for the clock.

        It must have been woken.

        Args:
            known: the certified result of this network on these reviews.
            delivery: what surrounds a pass of a network that does nothing.
            nothing: measures it once more.
        """
        assert known.certificate is not None
        if self._awake is not None:
            certificate = Certificate(Status.CERTIFIED, pass_seconds=known.certificate.pass_seconds)
            result = Result(self.name, Status.CERTIFIED, certificate=certificate)
            with self._failing(self._timeout):
                self.result, self.contestant = line_up(
                    self._awake, result, self.reviews, self._scenario, delivery, nothing,
                    threads=self.threads, device=self.device,
                )  # fmt: skip
        self.sound = self.result.certified
        self._unasked_before = self.process.clock.unasked_seconds

    def delivery(self) -> Around:
        """Measure what surrounds a pass of this network, which does nothing."""
        with self._failing(START_SECONDS):
            weights = self._scenario.first_weights(self.reviews.vocabulary_size)
            self._awake = self._scenario.build(self.network, *weights)
            self._prepared = self._awake.prepare(self.reviews)
            self._few = self._awake.prepare(self.reviews[:FEW])
            return delivery(self._awake, self._prepared, self._few, self.reviews, self._scenario)
        return UNKNOWN

    def delivery_again(self) -> Around:
        """Measure once more what delivery did."""
        if self._awake is None or not self.sound:
            return UNKNOWN
        with self._failing(START_SECONDS):
            return carried(self._awake, self._prepared, self._few, self.reviews, self._scenario)
        return UNKNOWN

    def time_pass(self, set_: int, round_: int, order: int, secret: Secret) -> Pass | None:
        """Time one pass from the secret of its round.

        Returns:
            The pass; None if the network failed, and then self.sound is false.
        """
        assert self.contestant is not None
        with self.answering():
            timed = self.contestant.time_pass(set_, round_, order, secret, around=self.around)
        self.sound = self.contestant.sound
        return timed

    def time_cuts(self, train: float) -> Cuts | None:
        """Time the pass with parts left out; None if the network failed, as its result says.

        Args:
            train: CPU seconds that the whole pass took.
        """
        assert self.contestant is not None
        with self._failing(self._timeout):
            if self._cutter is None:
                self._cutter = Cutter(self.contestant, self.reviews)
            return self._cutter.cuts(train)
        return None

    def time_what_if(self) -> WhatIf | None:
        """Time the pass with things taken out of it; None if the network failed."""
        assert self.contestant is not None
        with self._failing(self._timeout):
            if self._sparer is None:
                self._sparer = Sparer(self.contestant, self.reviews)
            return self._sparer.what_if()
        return None

    def count(self, reviews: Reviews, callgrind: bool = False) -> int | None:
        """Have a pass over some reviews counted; see messages.Count.

        Returns:
            The number; None if the network failed, as its result says.
        """
        with self._failing(self._timeout), blame("a counted pass"):
            network, form = self._warm(reviews)
            return network.counted(form, callgrind)
        return None

    def repeat(self, seconds: float, meanwhile: Callable[[int], None]) -> None:
        """Have passes made for so many seconds, and do something meanwhile.

        Args:
            seconds: at least; a pass is made to its end.
            meanwhile: gets the number of the worker's process, 0 where that isn't known.
        """
        with self._failing(self._timeout), blame("a pass"):
            network, form = self._warm(self.reviews)
            process = self.process.clock.process
            number = 0 if process is None else process.number
            network.repeated(form, seconds, lambda: meanwhile(number))

    def _warm(self, reviews: Reviews) -> tuple[RemoteNetwork, Any]:
        """Return a network that has made its first calls, with reviews that it has prepared."""
        weights = self._scenario.first_weights(reviews.vocabulary_size)
        network = self._scenario.build(self.network, *weights)
        assert isinstance(network, RemoteNetwork)
        form = network.prepare(reviews)
        network.train(form)
        return network, form

    def resident_memory(self) -> int | None:
        """Measure by how many bytes the worker grows with the network; None if nobody can tell.

        It is right only if the process has done nothing else before.
        """
        with self._failing(self._timeout), blame("measuring memory"):
            return memory_of(self.network, self._scenario, resident=True)
        return None

    def judge_timing(self) -> None:
        """Take the certificate back if the passes were not those of one thread under the clock."""
        if self.contestant is not None and self.result.certified:
            aside = self.process.clock.aside
            unasked = aside.unasked_seconds - self._unasked_before
            aside = aside._replace(unasked_seconds=unasked)
            self.result = judge_timing(self.result, self.contestant, aside)
            self.sound = self.sound and self.result.certified

    def time_more(self) -> None:
        """Time one more pass, and compare it with others or read its weights twice."""
        if self.contestant is not None and self.contestant.comparable:
            # As in a round, since whoever knows that the rounds are over is honest then.
            time.sleep(self.contestant.rest)
            with self.answering():
                self.contestant.time_more()

    def audit(self, seen: Seen) -> tuple[Status, str]:
        """Repeat a pass that was timed in another process, and judge it.

        Returns:
            The status that it leaves the network, and the reason.
        """
        secret = seen.secret
        try:
            with self.answering():
                audit(
                    self.network,
                    self.reviews,
                    self._scenario,
                    secret.weights,
                    secret.key(self.name),
                    seen.outputs,
                    seen.bits,
                )
        except Refused as cheat:
            return Status.REFUSED, str(cheat)
        except Incorrect as fault:
            kept = (
                "; if skipzeros check finds no fault, it answers from what it kept of another "
                "pass: compute each one in train, from the weights that it finds there"
            )
            return Status.INCORRECT, f"under the clock: {fault}{kept}"
        except Uncertified as doubt:
            return Status.UNCERTIFIED, f"under the clock: {doubt}"
        except Failed as failure:
            return Status.FAILED, str(failure)
        except Raising as error:
            return Status.FAILED, f"under the clock: reading its weights raised {error}"
        return Status.CERTIFIED, ""

    def stop(self) -> None:
        """End the worker, whatever it is doing, and those who judge for it."""
        if self._judges is not None:
            self._judges.stop()
        self.process.stop()

    @contextmanager
    def _failing(self, seconds: float) -> Iterator[None]:
        """Allow so many seconds; whatever ends the work makes the result failed."""
        try:
            with self.process.within(seconds):
                yield
        except (Failed, Raising) as failure:
            self.sound = False
            self.result = self.result.with_status(Status.FAILED, str(failure))
