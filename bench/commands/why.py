"""`skipzeros why`: what the difference between two networks is made of.

Both are timed side by side, whole and with things taken out of their passes one after the other
(timing/what_if.py); what they do is counted in processes of their own, where nothing is timed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import pandas as pd

from ...impls.reviews import Reviews
from ..cost.explained import Counts, Parts, Share, share_by_one, shares, there_is_a_difference
from ..cost.formulas import Work, work
from ..equality.result import Result
from ..networks.registry import NamedNetwork
from ..networks.revision import Absent, check_out, counterpart
from ..outcomes import BadInput, Status
from ..records.files import make_folder
from ..text.amounts import whole
from ..text.progress import progress_bar
from ..timing.call_price import call_seconds
from ..timing.cut_passes import PHASES, Cuts
from ..timing.host_lock import alone_on_this_machine
from ..timing.memory import refuse_what_cannot_fit
from ..timing.passes import Pass
from ..timing.ratios import Ratio, paired_ratio
from ..timing.what_if import WhatIf
from ..workers.callgrind import Instructions, count_instructions
from ..workers.driver import Driver
from ..workers.entry import Entry
from ..workers.flame_graph import flame_graph, profiler
from ..workers.shared_reviews import SharedReviews, write_reviews
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import SETS, certify, workers
from .experiment import Experiment
from .waste import time_in_parts

ROUNDS = 12
# Of which calls and instructions are counted: one review is like another, and counting is slow.
COUNTED = 200


@dataclass(frozen=True)
class Side:
    """What is known of one of the two networks.

    Attributes:
        work: what a pass does, by formulas; None for a network that is not built in.
        counted_reviews: of how many reviews calls and instructions were counted.
        calls: how many calls Python made in a pass over them; None where that isn't known.
        instructions: what callgrind counted in it; None where it didn't.
        uncalled, uncounted: why they aren't known, and why it didn't.
        cuts, what_if: seconds of passes with parts left out, in the rounds that have all of them.
        rounds: the set and the number of each of these rounds.
    """

    result: Result
    work: Work | None = None
    counted_reviews: int = 0
    calls: int | None = None
    instructions: Instructions | None = None
    uncalled: str = ""
    uncounted: str = ""
    rounds: tuple[tuple[int, int], ...] = ()
    cuts: tuple[Cuts, ...] = ()
    what_if: tuple[WhatIf, ...] = ()

    @property
    def name(self) -> str:
        """The name of the network."""
        return self.result.name

    def per_review(self, number: float | None) -> float:
        """Return what was counted of some reviews for one of them; NaN for nothing."""
        return math.nan if number is None else number / self.counted_reviews

    def phases(self) -> dict[str, float]:
        """Return the median seconds of each phase of a pass; NaN without rounds."""
        each = [cuts.phases() for cuts in self.cuts]
        return {phase: median(one[phase] for one in each) if each else math.nan for phase in PHASES}


@dataclass(frozen=True)
class Why:
    """What came of `skipzeros why`.

    Attributes:
        first, second: the two networks, as they were named.
        ratio: time(first) / time(second), in pairs from the same round; NaN where one has no speed.
        explained: the share of the difference that each of THINGS explains; empty where there is
            no difference.
        call_seconds: how long a call from Python takes here.
        reviews: how many a pass has.
        profiles: the flame graphs that were written.
    """

    first: Side
    second: Side
    ratio: Ratio = field(default_factory=Ratio)
    explained: dict[str, Share] = field(default_factory=dict)
    call_seconds: float = math.nan
    reviews: int = 0
    profiles: tuple[Path, ...] = ()

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both networks."""
        return self.first, self.second


def why(
    experiment: Experiment, against: str | None = None, rounds: int = ROUNDS, profile: bool = False
) -> Why:
    """Certify two networks, time and count what they do, and explain the difference.

    Args:
        experiment: of two networks, or one where a revision is named.
        against: the git revision with which the only network is compared; None for none.
        rounds: how often each network is timed, whole and in parts.
        profile: whether a flame graph of each network is written into the experiment's folder.

    Raises:
        BadInput: there are not two networks to compare, one can't be had as it was named, the
            weights can't fit into memory, or py-spy is missing.
        Failed: something else times on this machine, and the experiment doesn't wait.
    """
    whole("rounds", rounds, 1)
    experiment.refuse_other_than_the_lesson("why")
    reviews, scenario = experiment.reviews, experiment.scenario
    refuse_other_than_two(experiment.networks, against)
    if profile:
        profiler()  # before anything is measured
        make_folder(experiment.out)
    refuse_what_cannot_fit(reviews.vocabulary_size, scenario, 2 * SETS * 2)
    with alone_on_this_machine(experiment.wait), temporary_folder() as folder:
        for part in ("reviews", "revision"):
            (folder / part).mkdir()
        shared = write_reviews(reviews, folder / "reviews")
        entries = _entries(experiment.networks, against, shared, folder / "revision")
        results = certify(
            entries, scenario, experiment.limits, judged=experiment.certify, whole_passes=1
        )
        certified = [entry for entry in entries if results[entry.name].certified]
        if len(certified) < 2:
            return Why(Side(results[entries[0].name]), Side(results[entries[1].name]))
        price = call_seconds(scenario.hidden, scenario.dtype)
        found, passes = _timed(entries, results, experiment, rounds)
        few = reviews[: max(COUNTED, scenario.batch_size)]
        sides = []
        for entry in entries:
            side = Side(results[entry.name], work(entry.network, reviews, scenario))
            if entry.tree is not None:  # formulas are those of the network as it is now
                side = replace(side, work=None)
            sides.append(_counted(side, entry, few, experiment))
        both = sorted(set(found[entries[0].name]) & set(found[entries[1].name]))
        first, second = (
            replace(
                side,
                rounds=tuple(both),
                cuts=tuple(found[side.name][one][0] for one in both),
                what_if=tuple(found[side.name][one][1] for one in both),
            )
            for side in sides
        )
        profiles = [_profile(entry, experiment) for entry in entries if profile]
    if not (first.result.certified and second.result.certified):
        return Why(first, second)
    ratio = paired_ratio(passes, first.name, second.name)
    parts = [_parts(side, experiment, price) for side in (first, second)]
    explained = {}
    if there_is_a_difference(ratio):
        explained = shares(parts[0], parts[1], _counts(first, second, len(reviews)))
    return Why(first, second, ratio, explained, price, len(reviews), tuple(profiles))


def refuse_other_than_two(networks: Sequence[NamedNetwork], against: str | None) -> None:
    """Refuse whatever isn't two networks, or one and a revision.

    Raises:
        BadInput: it isn't.
    """
    wanted = 2 if against is None else 1
    if len(networks) == wanted:
        return
    names = ", ".join(network.name for network in networks)
    if against is None:
        raise BadInput(
            f"why compares two networks, not {names}: name another one, or a revision of this one "
            "by against"
        )
    raise BadInput(f"against={against}: compares one network with itself, not {names}: name one")


def _entries(
    networks: Sequence[NamedNetwork], against: str | None, reviews: SharedReviews, files: Path
) -> list[Entry]:
    entries = [Entry(name, network, reviews) for name, network in networks]
    if against is not None:
        tree = check_out(against, files)
        (now,) = entries
        try:
            there = counterpart(now.network, tree)
        except Absent as reason:
            raise BadInput(f"against={against}: {reason}") from None
        entries.append(Entry(f"{now.name}@{tree.name}", there, reviews, tree))
    return entries


def _timed(
    entries: Sequence[Entry], results: dict[str, Result], experiment: Experiment, rounds: int
) -> tuple[dict[str, dict[tuple[int, int], tuple[Cuts, WhatIf]]], pd.DataFrame]:
    """Time both networks, whole and in parts.

    Returns:
        The parts of each network, by its name and then by set and round; and the whole passes.
    """
    found: dict[str, dict[tuple[int, int], tuple[Cuts, WhatIf]]] = {
        entry.name: {} for entry in entries
    }

    def cut(driver: Driver, timed: Pass) -> None:
        cuts = driver.time_cuts(timed.cpu_seconds)
        what_if = None if cuts is None else driver.time_what_if()
        if cuts is not None and what_if is not None:
            found[timed.network][timed.set, timed.round] = cuts, what_if

    passes = time_in_parts(entries, results, experiment, rounds, cut)
    return found, passes


def _counted(side: Side, entry: Entry, few: Reviews, experiment: Experiment) -> Side:
    """Count the calls and instructions of a network on a few reviews."""
    if not side.result.certified:
        return side
    scenario, limits = experiment.scenario, experiment.limits
    with progress_bar(f"counting what {entry.name} does", None):
        with workers([entry], scenario, limits) as started:
            (driver,) = started.drivers
            calls = driver.count(few) if driver.result.status == Status.UNKNOWN else None
        counted = count_instructions(entry, few, scenario, limits)
    return replace(
        side,
        counted_reviews=len(few),
        calls=calls,
        uncalled=driver.result.reason,
        instructions=counted if isinstance(counted, Instructions) else None,
        uncounted=counted if isinstance(counted, str) else "",
    )


def _profile(entry: Entry, experiment: Experiment) -> Path:
    """Write the flame graph of a network, and return its path."""
    name = re.sub("[^0-9A-Za-z@=]+", "-", entry.name).strip("-")
    path = experiment.out / f"profile-{name}.svg"
    with progress_bar(f"profiling {entry.name}", None):
        flame_graph(entry, experiment.scenario, experiment.limits, path)
    return path


def _counts(first: Side, second: Side, reviews: int) -> Counts | None:
    """Return how the counts of two networks differ in a pass; None where there are none."""
    if first.instructions is None or second.instructions is None or not first.what_if:
        return None
    scale = reviews / first.counted_reviews
    mine, its = first.instructions, second.instructions
    rates = [
        median(one.few for one in side.what_if) / (counted.executed * scale)
        for side, counted in ((first, mine), (second, its))
    ]
    return Counts(
        (mine.executed - its.executed) * scale, (mine.lines - its.lines) * scale, max(rates)
    )


def _parts(side: Side, experiment: Experiment, price: float) -> list[Parts]:
    """Take the passes of a network apart."""
    calls = 0.0 if side.calls is None else side.per_review(side.calls) * len(experiment.reviews)
    by_one = share_by_one(side.work)
    hidden = experiment.scenario.hidden
    return [Parts.of(one, hidden, by_one, calls * price) for one in side.what_if]


@dataclass(frozen=True, kw_only=True)
class WhyRow:
    """One thing that two networks do, and which share of their difference it explains.

    Attributes:
        thing: one of THINGS, something that is counted beside them, or a phase.
        unit: of the numbers: how many a review, or seconds a review.
        first, second: the numbers of both networks; NaN where one isn't known.
        share, share_low, share_high: of the difference, with the 95 % interval; NaN where it
            explains nothing of its own, and where there is no difference.
        reason: why a number isn't known.
    """

    thing: str
    unit: str
    first: float = math.nan
    second: float = math.nan
    share: float = math.nan
    share_low: float = math.nan
    share_high: float = math.nan
    reason: str = ""


def rows_of_why(found: Why) -> list[WhyRow]:
    """Return a row for each thing, each other count, and each phase."""
    sides, reviews = found.sides, found.reviews

    def row(thing: str, unit: str, numbers: Sequence[float], reason: str = "") -> WhyRow:
        share = found.explained.get(thing, Share())
        return WhyRow(
            thing=thing, unit=unit, first=numbers[0], second=numbers[1],
            share=share.share, share_low=share.low, share_high=share.high,
            reason=reason if any(map(math.isnan, numbers)) else "",
        )  # fmt: skip

    def by_formula(thing: str, figure: Callable[[Work], int]) -> WhyRow:
        unit = "bytes" if thing == "bytes" else "count"
        works = [side.work for side in sides]
        return row(
            thing,
            unit,
            [math.nan if one is None else figure(one) / reviews for one in works],
            "formulas are there for the built-in networks, as they are now",
        )

    def by_callgrind(thing: str, figure: Callable[[Instructions], int]) -> WhyRow:
        counted = [side.instructions for side in sides]
        return row(
            thing,
            "count",
            [
                side.per_review(None if one is None else figure(one))
                for side, one in zip(sides, counted, strict=True)
            ],
            next((side.uncounted for side in sides if side.uncounted), ""),
        )

    phases = [side.phases() for side in sides]
    differences = {phase: phases[0][phase] - phases[1][phase] for phase in PHASES}
    whole = sum(difference for phase, difference in differences.items() if phase != "prepare")
    return [
        row(
            "python_calls",
            "count",
            [side.per_review(side.calls) for side in sides],
            next((side.uncalled for side in sides if side.uncalled), ""),
        ),
        by_callgrind("allocations", lambda counted: counted.allocations),
        by_formula("by_zero", lambda work: work.by_zero),
        by_formula("by_one", lambda work: work.by_one),
        by_formula("needed", lambda work: work.multiplications - work.by_zero - work.by_one),
        by_formula("bytes", lambda work: work.bytes_read + work.bytes_written),
        by_callgrind("cache_lines", lambda counted: counted.lines),
        by_callgrind("instructions", lambda counted: counted.executed),
        row("unexplained", "", [math.nan, math.nan]),
        *(
            WhyRow(
                thing=phase,
                unit="seconds",
                first=phases[0][phase] / reviews,
                second=phases[1][phase] / reviews,
                share=differences[phase] / whole
                if phase != "prepare" and whole and found.explained
                else math.nan,
            )
            for phase in PHASES
        ),
    ]
