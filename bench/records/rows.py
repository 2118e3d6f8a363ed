"""What stands in the records: a class for the rows of each CSV, whose fields are its columns.

Their names and order are fixed, because other people's scripts and tests read them; newer columns
stand at the end. A name means the same in every record.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, fields
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from ..outcomes import Status, Verdict

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from ..timing.passes import Pass
    from .machine import Machine

Row = TypeVar("Row", bound="DataclassInstance")


def columns(kind: type[DataclassInstance]) -> tuple[str, ...]:
    """Return the columns of a record, in their order, from the class of its rows."""
    return tuple(field.name for field in fields(kind))


def rows_of(kind: type[Row], table: pd.DataFrame) -> list[Row]:
    """Return the rows of a record that was read.

    Where there is no number a field has its default; other columns are left out.
    """
    names = columns(kind)
    return [
        kind(**{name: value for name, value in zip(names, row, strict=True) if value == value})
        for row in table[list(names)].itertuples(index=False, name=None)
    ]


def table_of(kind: type[Row], rows: Iterable[Row]) -> pd.DataFrame:
    """Return rows as a table, which has all its columns even without rows."""
    return pd.DataFrame([vars(row) for row in rows], columns=columns(kind))


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is computed, on which reviews.

    Attributes:
        data: the name of the corpus.
        vocabulary_size: how many words there are.
        nonzeros: how many words are present, in all reviews together.
        input: presence or counts.
        hidden: units in the hidden layer.
        batch_size: how many reviews make one update.
        dtype: of all weights and outputs.
        learning_rate: the step of gradient descent.
        seed: of the first weights_1_2.
        threads: how many a network may have that declares its threads.
        device: what networks may compute on beside the CPU.
        definition: what a step computes.
        reviews: how many there are.
    """

    data: str
    vocabulary_size: int
    nonzeros: int
    input: str
    hidden: int
    batch_size: int
    dtype: str
    learning_rate: float
    seed: int
    threads: int
    device: str
    definition: str
    reviews: int

    @classmethod
    def of(cls, reviews: Reviews, data: str, scenario: Scenario) -> Setting:
        """Return the setting of a scenario on some reviews.

        Args:
            data: the name of their corpus.
        """
        return cls(
            data=data,
            vocabulary_size=reviews.vocabulary_size,
            nonzeros=len(reviews.indices),
            reviews=len(reviews),
            **vars(scenario),
        )


@dataclass(frozen=True, kw_only=True)
class PassRow:
    """A row of passes.csv: one timed pass.

    Attributes:
        run_id: when the run began, and a part that no other run has.
        set, round, order: which set of workers, which round, and at which place in it.
        outputs_match: whether the pass was, bit for bit, the certified one.
        process_seconds: CPU time of all threads.
        waits: how often the thread gave up its core of its own accord; None where the system
            doesn't count.
        limit_seconds: how long it took to move the rows of the pass in that round; None where it
            wasn't measured.
        outer_seconds: CPU time of the process by the clock of the harness, from the key to the
            outputs; None where the system doesn't tell.
        charged_seconds: what of that neither the process's word nor the price of a bill explains;
            cpu_seconds has it too.
        between_seconds: CPU time of the process since its last pass: reset, reading, and whatever
            else it did.
        floor_seconds: how long it took to move no more than the bytes that every storage of these
            rows must move; None where it wasn't measured.
        prepare_seconds, reset_seconds: CPU time of the process for prepare of these reviews and
            for reset, just after the pass; None where nobody asked.
        threads_used: how many threads the network had; cpu_seconds is that of all of them.
        device_used: what it computed on; if that isn't the CPU, cpu_seconds is wall time.
    """

    run_id: str
    network: str
    set: int
    round: int
    order: int
    reviews: int
    cpu_seconds: float
    wall_seconds: float
    outputs_match: bool
    data: str
    vocabulary_size: int
    nonzeros: int
    input: str
    hidden: int
    batch_size: int
    dtype: str
    learning_rate: float
    seed: int
    cpu: str
    cores: int = 0
    os: str
    python: str
    numpy: str
    scipy: str
    blas: str
    git_revision: str
    process_seconds: float
    waits: float | None = None
    limit_seconds: float | None = None
    numba: str
    outer_seconds: float | None = None
    charged_seconds: float | None = None
    between_seconds: float | None = None
    floor_seconds: float | None = None
    sandbox: str = ""
    prepare_seconds: float | None = None
    reset_seconds: float | None = None
    machine: str = ""
    threads: int = 1
    threads_used: int = 1
    device: str = "cpu"
    device_used: str = "cpu"
    definition: str = "lesson"

    @classmethod
    def of(cls, timed: Pass, run_id: str, setting: Setting, machine: Machine) -> PassRow:
        """Return the row of a pass that was timed in a run, in a setting, on a machine."""
        return cls(run_id=run_id, **vars(timed), **vars(setting), **vars(machine))


@dataclass(frozen=True, kw_only=True)
class SummaryRow:
    """A row of summary.csv: what is known of one network. Only a certified one has a speed.

    What is not known is NaN, or None where the field says so.

    Attributes:
        network: its name.
        status: whether it is certified, or what else is known.
        reason: why; empty where there is nothing to say.
        rank: its place, from the fastest certified network on; None for others.
        clock: cpu or wall, whichever its times are told by; None where it has no times.
        median_seconds, reviews_per_second: of one pass.
        ratio, ratio_low, ratio_high: time of the network / time of the baseline, and its interval.
        prepare_seconds: what the network's own form of the reviews took, apart from the passes.
        compile_seconds: by which the first call of train took longer than the second.
        train_accuracy: the share of reviews whose output, before their own update, was nearer to
            their label.
        worst_error_ratio: the largest difference / bound of all figures judged.
        peak_memory_bytes: how much it holds at most; None if not measured.
        reviews_certified: how many were judged; None if none were.
        times_limit, times_limit_low, times_limit_high: time of a pass / time to move its rows,
            and its interval.
        audited: what of a pass the audit of its time can't see, as a share of it.
        floor_seconds: the least time to move no more than the bytes that every storage must.
        precision: half the width of an interval, as a share of its ratio, at which the rounds
            ended; NaN where something else ended them.
        threads_used, device_used: how many threads it had, and what it computed on.
    """

    network: str
    status: Status
    reason: str
    rank: int | None = None
    reviews: int
    clock: str | None = None
    median_seconds: float = math.nan
    reviews_per_second: float = math.nan
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    prepare_seconds: float = math.nan
    peak_memory_bytes: float | None = None
    train_accuracy: float = math.nan
    worst_error_ratio: float = math.nan
    reviews_certified: float | None = None
    data: str
    vocabulary_size: int
    nonzeros: int
    input: str
    hidden: int
    batch_size: int
    dtype: str
    learning_rate: float
    seed: int
    compile_seconds: float = math.nan
    times_limit: float = math.nan
    times_limit_low: float = math.nan
    times_limit_high: float = math.nan
    audited: float = math.nan
    floor_seconds: float = math.nan
    precision: float = math.nan
    threads: int = 1
    threads_used: int = 1
    device: str = "cpu"
    device_used: str = "cpu"
    definition: str = "lesson"

    def __post_init__(self) -> None:
        # A record that was read has it as text.
        object.__setattr__(self, "status", Status(self.status))


@dataclass(frozen=True)
class Finding:
    """A row of gate.csv: the verdict on one network against one baseline.

    Attributes:
        network, baseline: what was compared; NAME@1a2b3c4d5e6f is NAME as it was at that revision.
        verdict: the gate's, or the status of a network that has no speed.
        ratio, ratio_low, ratio_high: time of the network / time of the baseline, and the bounds
            that decide; NaN where nothing was timed, the bounds also where there are too few
            rounds for them.
        sets, rounds: how many sets of fresh workers were timed, and how many rounds in all.
        minimum_detectable: the smallest slowdown, a fraction, that the first look would have
            found on this machine in 99 % of all gates.
        seconds: wall time from the start of the gate until the verdict was known.
        reason: one line, for every verdict but pass and faster.
        limit: what was demanded, in words: "at most 5% slower", "at least 20x faster".
        clock: cpu or wall.
    """

    network: str
    baseline: str
    verdict: Verdict
    _: KW_ONLY
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    sets: int = 0
    rounds: int = 0
    minimum_detectable: float = math.nan
    seconds: float = math.nan
    reason: str = ""
    limit: str = ""
    clock: str = ""

    def __post_init__(self) -> None:
        # A record that was read has it as text.
        object.__setattr__(self, "verdict", Verdict(self.verdict))


@dataclass(frozen=True, kw_only=True)
class AccuracyRow:
    """A row of accuracy.csv: how many reviews come out right after one pass with one seed.

    Attributes:
        train_reviews, test_reviews: how many there are.
        train_accuracy: the share while passing once, each review before its own update.
        test_accuracy: the share after the pass.
    """

    input: str
    learning_rate: float
    seed: int
    train_reviews: int
    test_reviews: int
    train_accuracy: float
    test_accuracy: float


@dataclass(frozen=True, kw_only=True)
class WasteRow:
    """A row of waste.csv: what one network does in a pass, and where the time of the pass goes.

    Only a certified network has figures, and has counts only if its formulas are known.

    Attributes:
        multiplications, additions: in one pass; subtractions are additions.
        by_zero, by_one: how many of the multiplications have such a factor.
        bytes_read, bytes_written: by one pass, each array of an operation once.
        memory_bytes: by how much a fresh process grew with the network, at most.
        pass_seconds: the median of the whole passes; the medians of the phases follow.
        prepare_seconds, input_to_hidden_seconds, hidden_to_output_seconds, backward_seconds,
            update_seconds: of the phases, by passes with parts left out.
    """

    network: str
    status: Status
    reason: str
    reviews: int
    multiplications: int | None = None
    by_zero: int | None = None
    by_one: int | None = None
    additions: int | None = None
    bytes_read: int | None = None
    bytes_written: int | None = None
    memory_bytes: int | None = None
    pass_seconds: float = math.nan
    prepare_seconds: float = math.nan
    input_to_hidden_seconds: float = math.nan
    hidden_to_output_seconds: float = math.nan
    backward_seconds: float = math.nan
    update_seconds: float = math.nan
    data: str
    vocabulary_size: int
    nonzeros: int
    input: str
    hidden: int
    batch_size: int
    dtype: str
    learning_rate: float
    seed: int
    threads: int = 1
    device: str = "cpu"
    definition: str = "lesson"


@dataclass(frozen=True, kw_only=True)
class GrowthRow:
    """A row of scaling.csv: one network at one value of what is varied, and how its cost grows.

    What is not known is NaN.

    Attributes:
        vary, value: the size that is varied, and what it is in this row.
        density: words present / vocabulary.
        exponent, exponent_low, exponent_high: e where the cost grows as value ** e, and its
            interval; the same in all rows of a network.
        crossover, crossover_low, crossover_high: the density from which on dense takes no longer
            than the network, and its interval; the same in all rows of a network.
    """

    network: str
    vary: str
    value: int
    density: float
    status: Status
    reason: str
    clock: str | None = None
    median_seconds: float = math.nan
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    times_limit: float = math.nan
    exponent: float = math.nan
    exponent_low: float = math.nan
    exponent_high: float = math.nan
    crossover: float = math.nan
    crossover_low: float = math.nan
    crossover_high: float = math.nan
    reviews: int
    data: str
    vocabulary_size: int
    nonzeros: int
    input: str
    hidden: int
    batch_size: int
    dtype: str
    learning_rate: float
    seed: int
    threads: int = 1
    threads_used: int = 1
    device: str = "cpu"
    device_used: str = "cpu"
    definition: str = "lesson"

    @classmethod
    def of(cls, summary: SummaryRow, vary: str, value: int) -> GrowthRow:
        """Return the row of a network at a value of what is varied, before anything is fitted."""
        shared = {name: known for name, known in vars(summary).items() if name in columns(cls)}
        density = summary.nonzeros / (summary.reviews * summary.vocabulary_size)
        return cls(vary=vary, value=value, density=density, **shared)


@dataclass(frozen=True, kw_only=True)
class PartingRow:
    """A row of parting.csv: the largest difference of two networks' outputs up to a review."""

    network: str
    baseline: str
    review: int
    difference: float


@dataclass(frozen=True, kw_only=True)
class CellRow:
    """A row of cells.csv: what became of one cell of a sweep.

    Attributes:
        cell: its name: that of its scenario, and in a sweep over all machines "@" and the machine.
        state: done, failed (there was no run, or it has no records) or lost (its worker was).
        rc: the exit code of its run; None where there was none.
        reason: why it is failed or lost.
        machine, label: which machine, and how its worker was called; empty for a lost one.
        attempts: how often it was begun.
        begun: when (UTC); empty for a lost one.
        seconds, wait_seconds: what the run took on its machine, and how long it waited there for
            another timing to end; NaN for a lost one.
        engine_seconds: what it took beside that, on the way.
        arguments: the words behind `skipzeros run`.
        data_digest: of the file that the reviews are in; empty where they are in none.
        package: tells which code of skipzeros it was.
    """

    cell: str
    state: str
    rc: int | None = None
    reason: str = ""
    machine: str = ""
    label: str = ""
    attempts: int = 0
    begun: str = ""
    seconds: float = math.nan
    wait_seconds: float = math.nan
    engine_seconds: float = math.nan
    arguments: str = ""
    data_digest: str = ""
    package: str = ""
    cpu: str = ""
    cores: int | None = None
    os: str = ""
    python: str = ""
    numpy: str = ""
    scipy: str = ""
    blas: str = ""
    numba: str = ""


@dataclass(frozen=True, kw_only=True)
class AttemptRow:
    """A row of attempts.csv: when a cell was begun, and where."""

    cell: str
    machine: str
    label: str
    begun: str


@dataclass(frozen=True, kw_only=True)
class HistoryRow:
    """A row of history.csv: one network at one commit.

    Attributes:
        commit: the revision that the run stood in, marked where files differed from it.
        time: when the run began (UTC).
        anchor: the network that ratios relate to.
        ratio, ratio_low, ratio_high: time of the network / time of the anchor, and its interval;
            NaN for one without a speed.
        subject, author_date: of the commit; empty where git didn't know.
    """

    commit: str
    time: str
    network: str
    status: Status
    anchor: str
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    subject: str = ""
    author_date: str = ""
    reviews: int
    data: str
    vocabulary_size: int
    nonzeros: int
    input: str
    hidden: int
    batch_size: int
    dtype: str
    learning_rate: float
    seed: int
    threads: int = 1
    device: str = "cpu"
    definition: str = "lesson"
    cpu: str = ""
    cores: int = 0
    os: str = ""
    python: str = ""
    numpy: str = ""
    scipy: str = ""
    blas: str = ""
    numba: str = ""
    sandbox: str = ""
    machine: str = ""

    def __post_init__(self) -> None:
        # A record that was read has it as text.
        object.__setattr__(self, "status", Status(self.status))


@dataclass(frozen=True, kw_only=True)
class BisectRow:
    """A row of bisect.csv: one verdict on a network at one commit.

    Attributes:
        commit, good, bad: full names of commits: that of the verdict, and between which two it
            was sought.
        subject, author_date: of the commit.
        asked: check, whether it is the same network; or gate, whether it is slower than at good.
        attempt: 1; 2 for a gate that was run again, with twice the rounds, since it was
            inconclusive.
        outcome: a Status for a check, a Verdict for a gate.
        limit: how much slower than at good the gate lets it be, in words.
        ratio, ratio_low, ratio_high: time at the commit / time at good, as in gate.csv.
        sets, rounds: how many sets of workers were timed, and rounds in all; 0 for a check.
        seconds: wall time until the verdict.
        argument: the name or FILE.py:CLASS by which the user named the network.
    """

    commit: str
    author_date: str
    subject: str
    network: str
    good: str
    bad: str
    asked: str
    attempt: int = 1
    outcome: str
    reason: str = ""
    limit: str = ""
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    sets: int = 0
    rounds: int = 0
    clock: str = ""
    seconds: float = math.nan
    reviews: int
    data: str
    vocabulary_size: int
    nonzeros: int
    input: str
    hidden: int
    batch_size: int
    dtype: str
    learning_rate: float
    seed: int
    threads: int = 1
    device: str = "cpu"
    definition: str = "lesson"
    argument: str = ""
