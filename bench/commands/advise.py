"""`skipzeros advise`: which implementation for these data, what does it gain, and what to write?

Everything that is said was measured here, by runs of certified networks side by side. What doesn't
fit into the seconds is named, and nothing is said of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ..advice.budget import Budget
from ..advice.codes import CALLED, CODES, LINEAR, TORCH, Code, code_by_network
from ..advice.found import Advice, BatchRow, VocabularyRow, Way
from ..advice.portrait import Portrait
from ..advice.slices import Slices, slices
from ..networks.registry import NamedNetwork, builtin_networks, every_network, resolve
from ..outcomes import Status
from ..records.rows import SummaryRow
from ..text.amounts import above_zero
from ..text.amounts import seconds as in_seconds
from ..text.progress import foretell
from ..timing.host_lock import alone_on_this_machine
from ..timing.memory import refuse_what_cannot_fit
from ..timing.ratios import Ratio, paired_ratio
from ..timing.rounds import MIN_ROUNDS, Plan
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import SETS, entries_for
from .batch_sizes import SEEDS, batch_sizes
from .experiment import Experiment
from .run import Run, run
from .vocabulary_sizes import vocabulary_sizes
from .waste import memory_held

SECONDS = 60.0
DENSE = "dense"
# The lesson's steps: one of each kind is timed as the code to write, and the loops teach only.
LESSON_ONLY = ("dense", "dense-rows", "multiply-loop", "sum-loop", "csr", "add-reduce", "torch")
# Reviews to judge at random.
JUDGED = 100
# How many times as many reviews a larger batch has.
LARGER = 16
# Below so many seconds there is time for one set of workers alone.
THREE_SETS_FROM = 120.0
# How long a part takes, as so many times what a run took for each of its networks.
MEMORY, BATCHES, VOCABULARY = 1.0, 3.0, 2.0
# Of the seconds, for all the passes that accuracies come from.
ACCURACY_SHARE = 0.1


def advise(experiment: Experiment, seconds: float = SECONDS) -> Advice:
    """Find the implementation for some data, and what it gains.

    Args:
        experiment: its networks take part beside those that come with skipzeros. Records are
            written into folders of its folder, one for each run.
        seconds: about how many it may take; parts that don't fit are left out.

    Raises:
        BadInput: as run raises it.
        Failed: as run raises it.
    """
    budget = Budget(above_zero("seconds", seconds))
    experiment.refuse_other_than_the_lesson("advise")
    refuse_what_cannot_fit(experiment.reviews.vocabulary_size, experiment.scenario, 1)
    with alone_on_this_machine(experiment.wait):
        foretell(
            f"This takes about {seconds:g} s in all, or as long as all ways need to start and to "
            "be certified, if that is longer."
        )
        study = _Study.of(experiment, budget)
        found = study.ways()
        if found.best:
            found = study.further(found)
    return replace(found, left_out=budget.told, seconds=budget.spent)


def runs_of(found: Advice, folder: Path) -> list[Path]:
    """Return the folders of the runs of an advice; the folder may hold those of another one too."""
    apart = len({way.reviews for way in found.ways}) > 1
    sizes = [row.vocabulary_size for row in found.vocabularies]
    names = ["ways", *(["dense"] if apart else []), *(f"vocabulary={size}" for size in sizes)]
    return [folder / name for name in names]


def by_data(experiment: Experiment) -> Experiment:
    """Return an experiment with the input that its data want: counts where they hold fractions."""
    wanted = "presence" if experiment.fraction is None else "counts"
    return replace(experiment, scenario=replace(experiment.scenario, input=wanted))


@dataclass(frozen=True)
class _Study:
    """What is tried, on which reviews.

    Attributes:
        sparse, dense: what skips the zeros, and what doesn't, as far as it can run here.
        own: the user's networks among them.
    """

    experiment: Experiment
    budget: Budget
    portrait: Portrait
    cut: Slices
    sparse: list[NamedNetwork]
    dense: list[NamedNetwork]
    own: list[NamedNetwork]

    @classmethod
    def of(cls, experiment: Experiment, budget: Budget) -> _Study:
        """Find out what the data are like, what can run, and how much of it fits."""
        train = experiment.scenario.reviews(experiment.corpus.train)
        portrait = Portrait.of(train)
        cut = slices(train, experiment.scenario, budget.seconds)
        codes = [code for code in CODES if not code.missing]
        for code in CODES:
            if code.missing:
                budget.left_out.append(f"Not tried: {code.what}, which needs {code.missing}.")
        others = [one for one in every_network() if one not in LESSON_ONLY]
        threads = experiment.scenario.threads
        known = [one for one in resolve((), threads) if one.name in others]
        own = [one for one in experiment.networks if one.name != DENSE and one not in known]
        sparse = [*known, *own, *(code.network for code in codes)]
        dense = resolve([DENSE])
        if not LINEAR.missing:
            dense.append(LINEAR.network)
        if not cut.dense:
            budget.left_out.append(_why_no_dense(cut, experiment))
            dense = []
        return cls(experiment, budget, portrait, cut, sparse, dense, own)

    @property
    def audit(self) -> int | None:
        """How many passes are judged once more: none of what comes with skipzeros, as ever."""
        return None if self.own else 0

    @property
    def sets(self) -> int:
        """How many sets of workers take the rounds of a run in turn."""
        return SETS if self.budget.seconds >= THREE_SETS_FROM else 1

    def ways(self) -> Advice:
        """Certify and time all ways: the dense ones apart, on fewer reviews, where they must be."""
        found = Advice(
            data=self.experiment.corpus.name,
            portrait=self.portrait,
            scenario=self.experiment.scenario,
            step_seconds=self.cut.step_seconds,
            sets=self.sets,
        )
        networks = self.sparse if self.cut.apart else [*self.sparse, *self.dense]
        done = self._run(networks, self.cut.sparse, "ways")
        best = next((row.network for row in done.rows if row.rank == 1), "")
        ways = [_way(row, done, best) for row in done.rows]
        if self.cut.apart and best:
            there = [one for one in self.sparse if one.name in (best, TORCH.network.name)]
            done = self._run([*there, *self.dense], self.cut.dense, "dense")
            names = {one.name for one in self.dense}
            ways += [_way(row, done, best) for row in done.rows if row.network in names]
        torch = paired_ratio(done.passes, TORCH.network.name, LINEAR.network.name)
        return replace(
            found,
            best=best,
            as_fast=[way.network for way in ways if way.network != best and way.ratio_low <= 1],
            ways=ways,
            torch_ratio=torch.ratio,
            torch_ratio_low=torch.low,
            torch_ratio_high=torch.high,
        )

    def further(self, found: Advice) -> Advice:
        """Measure what is worth knowing beside the choice, as far as there is time."""
        if self.budget.has(MEMORY, "memory"):
            found = replace(found, ways=self._with_memory(found))
        larger = min(
            LARGER * self.experiment.scenario.batch_size, len(self.experiment.corpus.train)
        )
        what = f"batches of {larger:,}"
        if self.budget.has(BATCHES, what, ACCURACY_SHARE * self.budget.seconds):
            found = replace(found, batches=self._batches(found, larger))
        return replace(found, vocabularies=self._vocabularies(found))

    def _run(self, networks: Sequence[NamedNetwork], reviews: int, folder: str) -> Run:
        case = replace(
            self.experiment,
            networks=networks,
            first=reviews,
            certify=JUDGED,
            audit=self.audit,
            out=self.experiment.out / folder,
        )
        foretell(f"{len(networks)} ways on {reviews:,} reviews:")
        before = self.budget.spent
        done = run(case, Plan(MIN_ROUNDS), self.sets)
        self.budget.of_a_network = (self.budget.spent - before) / len(networks)
        return done

    def _named(self, way: Way) -> NamedNetwork:
        return next(one for one in [*self.sparse, *self.dense] if one.name == way.network)

    def _with_memory(self, found: Advice) -> list[Way]:
        """Measure what the ways hold that a user chooses from; nothing is timed meanwhile."""
        case = replace(self.experiment, first=self.cut.dense or self.cut.sparse)
        chosen = [
            self._named(way)
            for way in found.certified
            if way.network in (found.best, TORCH.network.name) or way.dense
        ]
        with temporary_folder() as folder, ThreadPoolExecutor(2) as pool:
            entries = entries_for(chosen, case.reviews, folder)
            held = pool.map(lambda entry: memory_held(entry, case), entries)
            by_name = dict(zip((entry.name for entry in entries), held, strict=True))
        return [replace(way, memory_bytes=by_name.get(way.network)) for way in found.ways]

    def _batches(self, found: Advice, larger: int) -> list[BatchRow]:
        best, own = found.certified[0], self.experiment.scenario.batch_size
        case = replace(
            self.experiment,
            networks=[self._named(best)],
            first=max(self.cut.sparse, larger),
            certify=JUDGED,
            out=self.experiment.out / "batches",
        )
        sizes = sorted({1, own, larger})
        a_review = best.median_seconds / best.reviews
        # In single reviews a pass takes longest; a factor of 3 is for that.
        fit = ACCURACY_SHARE * self.budget.seconds / (3 * len(sizes) * SEEDS * a_review)
        trained_on = min(len(self.experiment.corpus.train), max(own, int(fit)))
        return batch_sizes(case, sizes, trained_on, self.sets)

    def _vocabularies(self, found: Advice) -> list[VocabularyRow]:
        sparse, dense = found.fastest_sparse, found.way(DENSE)
        if sparse is None or dense is None:
            return []
        networks = [self._named(dense), self._named(sparse)]
        return vocabulary_sizes(
            replace(
                self.experiment,
                networks=networks,
                first=self.cut.sparse,
                certify=JUDGED,
                audit=self.audit,
            ),
            dense.ratio / sparse.ratio,
            lambda size: self.budget.has(VOCABULARY, f"whether dense wins with {size:,} words"),
            self.sets,
        )


def _way(row: SummaryRow, done: Run, best: str) -> Way:
    code = code_by_network(row.network)
    ratio = Ratio()
    if row.status == Status.CERTIFIED:
        ratio = paired_ratio(done.passes, row.network, best)
    return Way(
        network=row.network,
        what=code.what if code else row.network,
        framework=_framework(row.network, code),
        dense=row.network == DENSE or bool(code and code.dense),
        status=row.status,
        reason=row.reason,
        reviews=row.reviews,
        median_seconds=row.median_seconds,
        ratio=ratio.ratio,
        ratio_low=ratio.low,
        ratio_high=ratio.high,
        times_limit=row.times_limit,
    )


def _framework(network: str, code: Code | None) -> str:
    if code is not None:
        return "" if code.dense else code.framework
    comes_with = network in builtin_networks() and network not in LESSON_ONLY
    return CALLED.framework if comes_with else ""


def _why_no_dense(cut: Slices, experiment: Experiment) -> str:
    if math.isnan(cut.step_seconds):
        return "Not timed: dense products, whose layer_0 of one batch doesn't fit into memory."
    batch = experiment.scenario.batch_size
    of = "a review" if batch == 1 else f"a batch of {batch:,}"
    return (
        f"Dense products were not timed, because a step for {of} took "
        f"{in_seconds(cut.step_seconds)} when it was tried once; seconds={cut.needed} is enough."
    )
