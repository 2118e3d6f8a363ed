"""What a gate measures: certificates, then sets of fresh workers until all is decided."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from ..equality.result import Result
from ..networks.scenario import Scenario
from ..outcomes import Verdict
from ..records.recording import Recording
from ..text.progress import progress_bar
from ..timing.clock import SHORT_PASS_SECONDS
from ..timing.floor import Moved, bandwidth_probe, refuse_faster_than_memory
from ..timing.rounds import time_round
from ..timing.secret import Secret
from ..workers.entry import Entry
from ..workers.learn import learn
from ..workers.limits import Limits
from ..workers.worker_sets import certify, lined_up, pinned
from .comparison import Comparison
from .controls import Controls
from .decide import LOOKS, ROUNDS, Decision, decide, evidence

if TYPE_CHECKING:
    from ..timing.bandwidth import BandwidthProbe

# About how long everything around a pass takes; only for foreseeing the first look.
AROUND_SECONDS = 0.01

# Of a set whose passes take long, or where only claims are tested.
FEW_ROUNDS = 6

# Two processes of the same code may differ by 1 % as long as they live, and now and then by more,
# because of where their memory lies. So a set has several processes of each network, and each round
# draws one of them: at most so many, and as many as start within so many seconds. Compiled networks
# start slowly, but differ less.
PROCESSES, STARTING_SECONDS = 5, 0.6


def entries_of(comparisons: Sequence[Comparison]) -> list[Entry]:
    """Return each network and baseline of some comparisons once."""
    return list(dict.fromkeys(entry for comparison in comparisons for entry in comparison.entries))


def processes_of(start_seconds: float, rounds: int) -> int:
    """Return how many processes of each network a set of so many rounds has.

    Args:
        start_seconds: what the slowest network takes to start.
    """
    return max(1, min(int(STARTING_SECONDS / start_seconds), rounds // PROCESSES, PROCESSES))


def look_seconds(
    pass_seconds: float, start_seconds: float, processes: int, rounds: int = ROUNDS
) -> float:
    """Foresee about how many seconds one network takes of the first look.

    Args:
        processes, rounds: of each set.
    """
    passes = 2 if pass_seconds < SHORT_PASS_SECONDS else 1
    started = processes * start_seconds
    return LOOKS[0] * (2 * started + rounds * (passes * pass_seconds + AROUND_SECONDS))


class Measurement:
    """Sets of workers, timed until comparisons are decided.

    Args:
        recording: where the passes go; a set that is recorded there is not timed again.
        judged: how many reviews are judged at random; None judges all.
        rounds: of each set.
        budget: seconds for the whole gate; a set that would exceed it isn't begun.
        audit: how many passes of each network in a set are judged afterwards; see learn.
        around: whether prepare and reset are timed too.

    Attributes:
        results: what is known of each network, by the name of its entry.
        decided: the last decision on each comparison.
        clocks, seconds: the clock that decided, and the seconds when it did.
        first_set, sets: the number of the first set since the last restart, and of the last set.
        processes: how many processes of each network a set has.
    """

    def __init__(
        self,
        scenario: Scenario,
        recording: Recording,
        limits: Limits,
        *,
        judged: int | None,
        rounds: int,
        budget: float,
        audit: int | None,
        around: bool = False,
    ) -> None:
        self.audit, self.around = audit, around
        self.scenario, self.recording, self.limits = scenario, recording, limits
        self.rounds, self.budget, self.judged = rounds, budget, judged
        self.results: dict[str, Result] = {}
        self._certified: dict[tuple[object, ...], Result] = {}
        self.decided: dict[Comparison, Decision] = {}
        self.clocks: dict[Comparison, str] = {}
        self.seconds: dict[Comparison, float] = {}
        self.first_set, self.sets, self.processes = 1, 0, 1
        self._started = time.perf_counter()
        self._set_seconds = self._entry_seconds = 0.0
        self._secret: Secret | None = None
        self._probe: Future[BandwidthProbe | None] | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the gate began, or since the last restart."""
        return time.perf_counter() - self._started

    def restart(self) -> None:
        """Forget what was decided, and count sets and seconds anew."""
        self.decided.clear()
        self.first_set = self.sets + 1
        self._started = time.perf_counter()

    def certify(self, entries: Sequence[Entry]) -> None:
        """Certify each entry; the same network on the same reviews only once."""
        if self._probe is None:
            # It takes long, and is needed only when passes are timed.
            meanwhile = ThreadPoolExecutor(1)
            reviews = entries[0].reviews.reviews
            self._probe = meanwhile.submit(bandwidth_probe, reviews, self.scenario)
            meanwhile.shutdown(wait=False)
        new = {
            self._key(entry): entry for entry in entries if self._key(entry) not in self._certified
        }
        if new:
            found = certify(
                list(new.values()),
                self.scenario,
                self.limits,
                judged=self.judged,
                whole_passes=1,
            )
            self._certified |= {key: found[entry.name] for key, entry in new.items()}
        for entry in entries:
            self.results[entry.name] = replace(self._certified[self._key(entry)], name=entry.name)
        slowest = max(result.start_seconds for result in self.results.values())
        self.processes = processes_of(slowest, self.rounds)

    @staticmethod
    def _key(entry: Entry) -> tuple[object, ...]:
        """Return what a certificate depends on."""
        return entry.network, entry.reviews, entry.tree

    def ready(self, comparison: Comparison) -> bool:
        """Say whether both networks are certified, and still were under the clock."""
        return all(self.results[entry.name].certified for entry in comparison.entries)

    def verdict(self, comparison: Comparison) -> Verdict:
        """Return the verdict of the last look: slower, pass, faster or undecided."""
        decision = self.decided.get(comparison)
        return decision.verdict if decision else Verdict.UNDECIDED

    def pass_seconds(self, entry: Entry) -> float:
        """Return about how many seconds a pass takes."""
        certificate = self.results[entry.name].certificate
        return certificate.pass_seconds if certificate else 0.0

    def beyond_budget(self, comparisons: Sequence[Comparison]) -> str:
        """Say why even the first look would exceed the budget.

        Where the budget has no room for a confirmation too, the sets get fewer rounds.

        Returns:
            The reason; empty if it fits, or if passes are recorded already.
        """
        recorded = {row.round for row in self.recording.rows if row.set == 1}
        if recorded:
            self.rounds = max(recorded)
            return ""
        entries = entries_of(comparisons)
        if self.elapsed + 2 * self._look_seconds(entries) > self.budget:
            self.rounds = min(self.rounds, FEW_ROUNDS)
        needed = self.elapsed + self._look_seconds(entries)
        if needed <= self.budget:
            return ""
        return (
            f"the first look, after {LOOKS[0]} sets of {self.rounds} rounds, would take about "
            f"{needed:.0f} s, more than the budget of {self.budget:g} s: use fewer reviews or "
            "networks, or a larger budget"
        )

    def _look_seconds(self, entries: Sequence[Entry]) -> float:
        """Foresee about how many seconds the first look takes."""
        return sum(
            look_seconds(
                self.pass_seconds(entry),
                self.results[entry.name].start_seconds,
                self.processes,
                self.rounds,
            )
            for entry in entries
        )

    def stage(self, comparisons: Sequence[Comparison], controls: Controls | None = None) -> str:
        """Time sets until all comparisons are decided, or no look is left.

        The decisions go into self.decided; where a network is no longer sound there is none.

        Args:
            controls: the self-test, timed beside them until nothing depends on it any more; in
                the budget room is left to confirm what is slower. None: nothing is confirmed.

        Returns:
            Why it ended early; empty if it didn't.
        """
        judged = list(comparisons)
        comparisons = [*judged, *(controls.both if controls else ())]
        first, undecided = self.sets + 1, list(comparisons)
        for look in LOOKS:
            while self.sets - first + 1 < look:
                undecided = [comparison for comparison in undecided if self.ready(comparison)]
                if not undecided:
                    return ""
                reserved = self._seconds_to_confirm(judged) if controls else 0.0
                if self.elapsed + self._set_seconds + reserved > self.budget:
                    return (
                        f"the budget of {self.budget:g} s was spent after {self.sets} sets: use "
                        "fewer reviews or networks, or a larger budget"
                    )
                self._time_set(entries_of(undecided))
            passes = self.recording.passes(first, self.sets)
            undecided = [comparison for comparison in undecided if self.ready(comparison)]
            for comparison in undecided:
                sets, self.clocks[comparison] = evidence(
                    passes,
                    comparison.network.name,
                    comparison.baseline.name,
                    comparison.what,
                )
                if len(sets) < look:
                    continue  # an interrupted gate has not timed it in all these sets
                self.decided[comparison] = decide([*sets.values()], comparison.threshold)
                self.seconds[comparison] = self.elapsed
            unknown = [one for one in undecided if one not in self.decided]
            if controls and all(one in self.decided for one in controls.both):
                known = [one for one in judged if self.ready(one) and one in self.decided]
                wanted = controls.wanted(known, self.decided)
            else:
                known = [one for one in undecided if one in self.decided]
                wanted = [one for one in known if not self.decided[one].final]
            undecided = [*unknown, *wanted]
        return ""

    def _seconds_to_confirm(self, comparisons: Sequence[Comparison]) -> float:
        """Foresee how many seconds the confirmation of what is slower by now takes."""
        slower = [one for one in comparisons if self.verdict(one) == Verdict.SLOWER]
        return LOOKS[0] * self._entry_seconds * len(entries_of(slower))

    def _time_set(self, entries: Sequence[Entry]) -> None:
        self.sets += 1
        if self.recording.reuse(self.sets, [entry.name for entry in entries]):
            return
        begun = time.perf_counter()
        settings = {
            entry.name: replace(
                self.recording.setting,
                reviews=len(entry.reviews.reviews),
                nonzeros=entry.reviews.nonzeros,
            )
            for entry in entries
        }
        with (
            lined_up(
                entries,
                self.results,
                self.scenario,
                self.limits,
                numbers=[self.sets],
                processes=self.processes,
            ) as (workers,),
            progress_bar(f"set {self.sets}: {len(entries)} networks", self.rounds) as advance,
        ):
            probe = self._probe.result() if self._probe is not None else None
            for driver in workers.drivers:
                driver.around = self.around
            for number in range(1, self.rounds + 1):
                with pinned(workers.core):
                    moved = Moved.by(probe)
                    drivers = workers.draw(workers.sound)
                    reviews = entries[0].reviews.reviews
                    self._secret = secret = Secret(reviews, self.scenario, self._secret)
                    for timed in time_round(drivers, self.sets, number, secret, advance):
                        self.recording.write(moved.beside(timed), settings[timed.network])
                advance(1)
            learn(self.results, [workers], self.audit)
        refuse_faster_than_memory(self.results, self.recording.passes(self.sets, self.sets))
        self._set_seconds = time.perf_counter() - begun
        self._entry_seconds = self._set_seconds / len(entries)
