"""Passes under the clock: all networks in each round, in random order, one at a time.

Medians of paired ratios need neither a quiet machine nor that outliers are dropped, only that what
is compared runs side by side. So each round times every network once, in an order drawn anew.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..equality.whole_pass import fingerprint
from ..networks.guard import Weights, blame, checked_outputs, renew
from ..outcomes import Failed, Incorrect
from .evidence import ENOUGH, Beside, Evidence
from .passes import LateWork, Pass, Seen, Series
from .price import UNKNOWN, Around, blocked, charge, over, surrounding
from .reading import Reading, around_a_pass, billed_weights, timed_pass
from .secret import Secret

# In a pass as short as this it would show that the caches hold the last network's data.
SHORT_PASS_SECONDS = 0.1
# A short pass is repeated until two in a row differ by less than this share, for so many seconds
# at most.
STEADY, WARM_UP_SECONDS = 0.02, 1.0
PASSES_FOR_A_PRICE, PASSES_FOR_A_SERIES, PASSES_FOR_A_READING = 2, 2, 2
# Passes in a row take about so long; where two take longer, each has a good bill alone.
SERIES_SECONDS, MOST_PASSES = 0.03, 200
MOST_PAUSE_SECONDS = 0.1
# Wall time of a bill that is no time of the pass: the key, and a moment for threads to end.
AROUND_SECONDS = 0.01
SYSTEM = random.SystemRandom()


@dataclass(kw_only=True)
class Contestant(Evidence):
    """A certified network that is ready to run, with prepared input.

    Attributes:
        pass_seconds: about how long a pass takes.
        few: two reviews that are prepared, for a bill that shows what surrounds a pass.
        nothing: measures the same for a network that does nothing, with all reviews.
        sound: whether no other process gave other bits.
        fault: what a timed pass ended with instead.
        pause: seconds for which nothing was asked of it before the last pass.
        threads: how many it has; CPU time is that of all of them.
        device: what it computes on; if that isn't the CPU, wall time stands for CPU time.
    """

    network: Network
    prepared: Any
    weights: Weights
    pass_seconds: float
    few: Any = None
    nothing: Callable[[], Around] = lambda: UNKNOWN
    sound: bool = True
    fault: Failed | Incorrect | None = None
    pause: float = 0.0
    threads: int = 1
    device: str = "cpu"
    _secret: Secret | None = None
    _ended: float = math.nan

    @property
    def in_series(self) -> bool:
        """Whether passes are so short that some in a row say more of them."""
        return self.pass_seconds <= SERIES_SECONDS / 2

    @property
    def comparable(self) -> bool:
        """Whether one more pass can be compared."""
        return self.fault is None and bool(self.prices and self.passes)

    @property
    def rest(self) -> float:
        """Seconds until nothing was asked of it for as long as before the last pass."""
        return max(0.0, self.pause - (time.perf_counter() - self._ended))

    def warm_up(self) -> None:
        """Repeat a short pass until its time is steady: caches, branch prediction, frequency.

        It is by either clock: on a busy machine wall time never is, and CPU time isn't where a
        network mostly waits.

        Raises:
            Failed: the network raised an error.
        """
        last, deadline = list[float](), time.perf_counter() + WARM_UP_SECONDS
        while self.pass_seconds < SHORT_PASS_SECONDS and time.perf_counter() < deadline:
            reading = self.clock(self.weights)
            self.pass_seconds = _wall_seconds(reading)
            now = [self.pass_seconds]
            if reading.outer is not None:
                now.append(reading.outer.cpu_seconds)
            pairs = zip(now, last, strict=False)  # of the first pass there are none
            if any(abs(one - before) < STEADY * before for one, before in pairs):
                return
            last = now

    def time_pass(
        self,
        set_: int,
        round_: int,
        order: int,
        secret: Secret,
        *,
        compare: bool = False,
        around: bool = False,
    ) -> Pass | None:
        """Time one pass from the secret of its round.

        Args:
            compare: whether it is compared in any case, with passes in a row or, if it is long,
                by two readings of the weights.
            around: whether prepare and reset are timed after it.

        Returns:
            The pass; None where it ended with a fault, which is kept.
        """
        if not math.isnan(self._ended):
            self.pause = min(MOST_PAUSE_SECONDS, time.perf_counter() - self._ended)
        try:
            key = secret.key(self.name)
            self.get_ready(secret)
            reading = self.clock(secret.weights, key)
            timed = self.record(reading, set_, round_, order, secret, compare)
            if around:
                timed = self._with_around(timed)
            # Drawn only now: whoever knows which passes are compared with others is honest there.
            if compare or self.doubtful or SYSTEM.randrange(PASSES_FOR_A_SERIES) == 0:
                self.take_series(timed)
            if self.few is not None and SYSTEM.randrange(PASSES_FOR_A_PRICE) == 0:
                self.take_price_beside()
            return timed
        except (Failed, Incorrect) as fault:
            self.fault, self.sound = fault, False
            return None
        finally:
            self._secret, self._ended = secret, time.perf_counter()

    def _with_around(self, timed: Pass) -> Pass:
        with blame("prepare or reset"):
            self.network, reset, prepare = around_a_pass(
                self.network, self.scenario, self.weights, self.prepared_from
            )
        if math.isnan(prepare) or math.isnan(reset):
            return timed
        return replace(timed, prepare_seconds=prepare, reset_seconds=reset)

    def time_more(self) -> None:
        """Time one more pass and compare it, as if the rounds went on."""
        if self.comparable:
            secret = Secret(self.prepared_from, self.scenario, self._secret)
            self.time_pass(0, 0, 0, secret, compare=True)

    def get_ready(self, secret: Secret) -> None:
        """Warm the caches before a short pass.

        The pass that warms them is that of the last round, which another process has timed.
        """
        if self.pass_seconds >= SHORT_PASS_SECONDS:
            return
        last = secret.last
        with blame("a pass that warms up"):
            weights = self.weights if last is None else last.weights
            self.network = renew(self.network, self.scenario, *weights)
            for part in [] if last is None else last.key(self.name):
                self.network.train(self.network.prepare(part))
            outputs = self.network.train(self.prepared)
        if last is not None:
            self._compare(last, checked_outputs(outputs, self.reviews, "a pass"))

    def clock(self, weights: Weights, key: Sequence[Reviews] = (), passes: int = 1) -> Reading:
        """Make a pass under the clock, from these weights and after the calls of a key.

        Args:
            passes: as for timed_pass.

        Raises:
            Failed: the network raised an error.
        """
        with blame("a timed pass"):
            self.network, reading = timed_pass(
                self.network, self.scenario, weights, key, self.prepared, passes
            )
        return reading

    def record(
        self,
        reading: Reading,
        set_: int,
        round_: int,
        order: int,
        secret: Secret,
        compare: bool = False,
    ) -> Pass:
        """Keep the times of a pass, and what other processes must give too.

        Args:
            reading: what clock returned.
            set_, round_, order: which set of workers, which round, and which place in it.
            compare: as for time_pass.

        Raises:
            Failed: the network raised an error.
            Incorrect: the network returned something that is no output.
        """
        outputs = checked_outputs(reading.returned, self.reviews, "a timed pass")
        outer = reading.outer
        self._look_at_weights(secret, outputs, reading.cpu_seconds, compare)
        same = self._compare(secret, outputs)
        if self.few is not None:
            # The first pass is charged by them, too: before the rounds all was calmer.
            for _ in range(ENOUGH - len(self.beside)):
                self.take_price_beside()
        self.pass_seconds = _wall_seconds(reading)
        self.overs.append(over(reading))
        charged = charge(reading, self.price(reading.cpu_seconds))
        cpu, wall = reading.cpu_seconds + charged, reading.wall_seconds
        # Where others work it can't be seen from outside who waits: then all is charged that takes
        # longer than the way there and back.
        alone = self.threads == 1 and self.device == "cpu"
        waited = blocked(reading, self.delivery) if alone else 0.0
        way = AROUND_SECONDS if alone else self.delivery.cpu_seconds + self.delivery.blocked_seconds
        self.passes.append(
            Pass(
                self.name,
                set_,
                round_,
                order,
                cpu,
                # Nor may a process say that it never waited.
                max(wall, outer.wall_seconds - way, cpu / self.threads + waited) if outer else wall,
                reading.process_seconds,
                max(reading.waits or 0, outer.waits, int(waited > 0)) if outer else reading.waits,
                outputs_match=same,
                outer_seconds=None if outer is None else outer.cpu_seconds,
                charged_seconds=None if outer is None else charged,
                between_seconds=None if outer is None else outer.between_seconds,
                threads_used=self.threads,
                device_used=self.device,
            )
        )
        return self.passes[-1]

    def take_price(self) -> None:
        """Make a bill of two reviews, to see what surrounds a pass.

        Raises:
            Failed: the network raised an error.
        """
        if not math.isnan(price := self._price()):
            self.prices.append(price)

    def take_price_beside(self) -> None:
        """Take a price as it is between the rounds, and what a network that does nothing costs.

        Raises:
            Failed: the network raised an error.
        """
        price, nothing = self._price(), self.nothing()
        beside = Beside(price, nothing.cpu_seconds, nothing.carried_seconds)
        if not math.isnan(sum(beside)):
            self.beside.append(beside)

    def _price(self) -> float:
        self.network, around = surrounding(
            self.network, self.few, self.prepared_from, self.scenario
        )
        return around.cpu_seconds

    def take_series(self, alone: Pass) -> None:
        """Make passes in a row on one bill, where a pass alone is too short for a good one.

        Args:
            alone: the timed pass just before.

        Raises:
            Failed: the network raised an error.
            Incorrect: the network returned something that is no output.
        """
        if not self.prices or not self.in_series:
            return
        passes = min(round(SERIES_SECONDS / self.pass_seconds), MOST_PASSES)
        secret = Secret(self.prepared_from, self.scenario)
        reading = self.clock(secret.weights, secret.key(self.name), passes)
        outputs = reading.returned
        if np.shape(outputs) != (passes, self.reviews):
            raise Incorrect("passes in a row returned something that is no output for each review")
        for of_one in outputs:
            checked_outputs(of_one, self.reviews, "passes in a row")
        more = over(reading)
        if not math.isnan(more):
            self.series.append(Series(alone.cpu_seconds, passes, reading.cpu_seconds, more))
            self.audited_in_series = Seen(secret, np.array(outputs), "")

    def _look_at_weights(self, secret: Secret, outputs: Array, told: float, compare: bool) -> None:
        """Keep a pass for the audit, or read its weights twice, before anything else reads them.

        Args:
            told: CPU seconds of the pass by the word of its process.
            compare: as for time_pass.
        """
        # Both are drawn only now: to be known beforehand would make them worthless.
        # Passes in a row show what is put off to the next one; a device may put off the last, too.
        twice = (not self.in_series or self.device != "cpu") and (
            compare or SYSTEM.randrange(PASSES_FOR_A_READING) == 0
        )
        audited = SYSTEM.randrange(len(self.passes) + 1) == 0
        if not twice and not audited:
            return
        with blame("reading the weights after a timed pass"):
            weights, first = billed_weights(self.network)
            if audited:
                self.audited = Seen(secret, outputs, fingerprint(outputs, *weights))
            if twice:
                _, again = billed_weights(self.network)
                self.late.append(LateWork(told, first, again))

    def _compare(self, secret: Secret, outputs: Array) -> bool:
        """Compare a pass with that of another process from the same secret, if there was one."""
        with blame("reading the weights after a pass"):
            bits = fingerprint(outputs, np.asarray(self.network.weights_1_2))
        process, other, theirs = secret.seen.setdefault(self.name, (self, bits, outputs))
        if process is self or other == bits:
            return True
        self.sound = False
        # Either may be the one that is another pass than the certified network's.
        self.doubted += [Seen(secret, theirs, ""), Seen(secret, outputs, "")]
        return False


def _wall_seconds(reading: Reading) -> float:
    """Return how long a pass takes, not by its own word: of a long one less is repeated."""
    return reading.outer.wall_seconds if reading.outer else reading.wall_seconds
