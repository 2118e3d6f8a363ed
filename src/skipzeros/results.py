"""What the functions of skipzeros return: frames, records, and tables that show themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from .arguments import OneNetwork
from .bench.advice.codes import FRAMEWORKS, code_of
from .bench.advice.found import Advice, Way
from .bench.commands.bisect import Bisection, Since
from .bench.commands.compare import Compared, ComparedRow
from .bench.commands.experiment import Experiment
from .bench.commands.gate import Gate
from .bench.commands.run import Run
from .bench.commands.waste import Account, Waste
from .bench.commands.why import Why, WhyRow, rows_of_why
from .bench.cost.sizes import Vary
from .bench.equality.cases import Case
from .bench.equality.result import Result
from .bench.networks.from_python import argument_of
from .bench.networks.registry import resolve
from .bench.outcomes import (
    ERRORS,
    BadInput,
    Failed,
    Status,
    Verdict,
)
from .bench.records.rows import AccuracyRow, CellRow, Finding, GrowthRow, table_of
from .bench.records.schema import ACCURACY, BISECT, GATE, PASSES, SCALING, SUMMARY, WASTE
from .bench.show.accuracy import print_accuracy
from .bench.show.advise import framework_of, lines
from .bench.show.bisect import print_bisection
from .bench.show.check import notes, print_check
from .bench.show.checked import CheckRow
from .bench.show.compare import print_compared
from .bench.show.gate import print_gate, sentence
from .bench.show.run import print_run_and_lines
from .bench.show.scaling import print_scaling
from .bench.show.sweep import print_sweep
from .bench.show.waste import print_waste
from .bench.show.why import print_why
from .bench.text.table import print_lines
from .bench.timing.ratios import Ratio, paired_ratio
from .shown import Recorded, Shown

Kind = TypeVar("Kind")


class CheckResult(Shown, Mapping[str, Result]):
    """What is known of each network, by its name or class."""

    def __init__(
        self, results: Sequence[Result], experiment: Experiment, case: Case | None = None
    ) -> None:
        self._results, self.experiment = {result.name: result for result in results}, experiment
        self._case = case

    def __getitem__(self, network: OneNetwork) -> Result:
        return _of(self._results, network)

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    @property
    def status(self) -> Status:
        """The status of the only network.

        Raises:
            BadInput: there are several.
        """
        return _only(list(self._results.values())).status

    def raise_for_status(self) -> None:
        """Raise an error if a network is not the same network, or nobody could tell.

        Networks that aren't applicable or available are left out.

        Raises:
            Incorrect, Uncertified, Failed: the first such network, with its reason.
        """
        _raise_for_status(self._results.values())

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each network, as `skipzeros check --json` prints it.

        Returns:
            A frame with the columns network, status, reason, worst_error_ratio (of the bounds),
            reviews_certified, seconds (wall time of certifying), cases (of the matrix that it was
            certified in), case (of the matrix that it got wrong), and others; `skipzeros schema
            check` explains them all.
        """
        return table_of(CheckRow, map(CheckRow.of, self._results.values()))

    def _print(self) -> None:
        results = list(self._results.values())
        print_check(results, self.experiment, self._case)
        print_lines(*notes(results, self.experiment, self._case))


@dataclass(frozen=True)
class Speed:
    """One network of a run.

    Attributes:
        ratio, low, high: time of the network / time of the baseline, with its 95 % interval; NaN
            where it has none.
        seconds: the median of its passes.
        train_accuracy: the share of reviews that came out right during the pass.
        worst_error_ratio: the largest error / its bound; below 1 for a certified network.
        rank: 1 is the fastest; None without a speed.
    """

    network: str
    status: Status
    reason: str
    ratio: float
    low: float
    high: float
    seconds: float
    reviews_per_second: float
    train_accuracy: float
    worst_error_ratio: float
    rank: int | None


class RunResult(Recorded, Mapping[str, Speed]):
    """What came of a run; ``result["compiled"]`` is one of its networks."""

    def __init__(self, done: Run, experiment: Experiment, temporary: bool) -> None:
        super().__init__(experiment, temporary)
        self._done = done
        self._passes = pd.read_csv(self.folder / PASSES)

    @property
    def networks(self) -> list[str]:
        """The names of the networks."""
        return [result.name for result in self._done.results]

    @property
    def passes(self) -> pd.DataFrame:
        """Every timed pass, as passes.csv has it."""
        return self._passes.copy()

    def __iter__(self) -> Iterator[str]:
        return iter(self.networks)

    def __len__(self) -> int:
        return len(self.networks)

    def __getitem__(self, network: OneNetwork) -> Speed:
        row = _of({row.network: row for row in self._done.rows}, network)
        return Speed(
            network=row.network,
            status=row.status,
            reason=row.reason,
            ratio=row.ratio,
            low=row.ratio_low,
            high=row.ratio_high,
            seconds=row.median_seconds,
            reviews_per_second=row.reviews_per_second,
            train_accuracy=row.train_accuracy,
            worst_error_ratio=row.worst_error_ratio,
            rank=row.rank,
        )

    def raise_for_status(self) -> None:
        """Raise an error if a network has no speed, because it isn't the same network or cheats.

        Networks that aren't applicable or available are left out.

        Raises:
            Incorrect, Refused, Uncertified, Failed: the first such network, with its reason.
        """
        _raise_for_status(self._done.results)

    def ratio(self, network: OneNetwork, baseline: OneNetwork) -> Ratio:
        """Return time of one network / time of another one, paired within each round of this run.

        Returns:
            Its ratio, low and high; NaN where one of them has no speed.

        Raises:
            KeyError: one of them took no part.
        """
        rows = self[network], self[baseline]
        if not all(row.status == Status.CERTIFIED for row in rows):
            return Ratio()
        return paired_ratio(self._passes, *(row.network for row in rows))

    def _print(self) -> None:
        print_run_and_lines(self._done, self.experiment)


class VariedResult(Recorded):
    """What came of a run at each value of a size."""

    _record = SCALING
    _records = (SCALING, "*=*/*.csv")

    def __init__(
        self, rows: Sequence[GrowthRow], experiment: Experiment, sizes: Vary, temporary: bool
    ) -> None:
        super().__init__(experiment, temporary)
        self._rows, self._sizes = rows, sizes

    def _print(self) -> None:
        print_scaling(self._rows, self._sizes)
        print_lines(str(self.folder / SCALING))


class SweepResult(Shown):
    """What came of a sweep.

    Attributes:
        folder: where its records are, and a folder of each cell.
    """

    def __init__(self, rows: Sequence[CellRow], folder: Path) -> None:
        self._rows, self.folder = rows, folder

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each cell, as in cells.csv."""
        return table_of(CellRow, self._rows)

    def raise_for_status(self) -> None:
        """Raise an error if a cell is not done, or a network in one has no speed.

        Raises:
            Incorrect, Refused, Uncertified: the first such network, with its cell and reason.
            Failed: the same; or a cell is failed or lost.
        """
        for row in self._rows:
            if row.state != "done":
                raise Failed(f"{row.cell}: {row.state}, {row.reason}")
        for told in self.summary.fillna("").to_dict("records"):
            if told["status"] in ERRORS:
                what = f"{told['network']}: {told['status']}, {told['reason']}"
                raise ERRORS[told["status"]](f"{told['cell']}: {what}")

    @property
    def passes(self) -> pd.DataFrame:
        """Every timed pass of all cells."""
        return pd.read_csv(self.folder / PASSES)

    @property
    def summary(self) -> pd.DataFrame:
        """The summaries of all cells, with their machine and cell."""
        return pd.read_csv(self.folder / SUMMARY)

    def _print(self) -> None:
        print_sweep(self._rows, self.folder)


class CompareResult(Shown):
    """What changed between two runs.

    Attributes:
        anchor: the network that ratios relate to.
        warnings: in a sentence each.
    """

    def __init__(self, done: Compared) -> None:
        self._done = done
        self.anchor, self.warnings = done.anchor, done.warnings

    def __getitem__(self, network: str) -> ComparedRow:
        return _of({row.network: row for row in self._done.rows}, network)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each network but the anchor."""
        return table_of(ComparedRow, self._done.rows)

    def _print(self) -> None:
        print_compared(self._done)


class AdviceResult(Shown):
    """Which implementation suits some data; printed, it says why and what to write.

    Attributes:
        best: the network that is advised; empty where none is certified.
        found: all that was found out.
    """

    def __init__(self, found: Advice) -> None:
        self.found, self.best = found, found.best

    def __getitem__(self, network: OneNetwork) -> Way:
        return _of({way.network: way for way in self.found.ways}, network)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each way that was tried."""
        return table_of(Way, self.found.ways)

    def code(self, framework: str = "") -> str:
        """Return the code to write.

        Args:
            framework: numpy, scipy, torch, numba or scikit-learn; none for the fastest.

        Raises:
            BadInput: there is no code for it.
        """
        wanted = framework or framework_of(self.found)
        if wanted not in FRAMEWORKS:
            raise BadInput(f"framework={framework!r}: there is code for {', '.join(FRAMEWORKS)}")
        return code_of(wanted).text

    def _print(self) -> None:
        print_lines(*lines(self.found))


class WhyResult(Shown):
    """What the difference between two networks is made of.

    Attributes:
        first, second: what is known of each network.
        ratio, low, high: time(first) / time(second), with its 95 % interval.
        profiles: the flame graphs that were written.
    """

    def __init__(self, found: Why, experiment: Experiment) -> None:
        self._found, self.experiment = found, experiment
        self.first, self.second, self.profiles = found.first, found.second, found.profiles
        self.ratio, self.low, self.high = found.ratio.ratio, found.ratio.low, found.ratio.high
        self._rows = rows_of_why(found) if found.reviews else []

    def __getitem__(self, thing: str) -> WhyRow:
        rows = {row.thing: row for row in self._rows}
        if thing not in rows:
            raise KeyError(f"{thing!r} is none of {', '.join(rows)}")
        return rows[thing]

    def raise_for_status(self) -> None:
        """Raise an error if a network has no speed, as that of `check` does.

        Raises:
            Incorrect, Uncertified, Failed: the first such network, with its reason.
        """
        _raise_for_status(side.result for side in (self.first, self.second))

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each thing and each phase."""
        return table_of(WhyRow, self._rows)

    def _print(self) -> None:
        print_why(self._found, self.experiment)


class GateResult(Recorded):
    """What a gate found out.

    Attributes:
        findings: one for each comparison.
    """

    _record = GATE
    _records = (GATE, PASSES)

    def __init__(self, done: Gate, experiment: Experiment, temporary: bool) -> None:
        super().__init__(experiment, temporary)
        self.findings: list[Finding] = done.findings
        self._lines = done.lines

    @property
    def verdict(self) -> Verdict:
        """The verdict of the only comparison.

        Raises:
            BadInput: there are several.
        """
        return _only(self.findings).verdict

    def raise_for_status(self) -> None:
        """Raise an error unless every comparison meets what was demanded.

        Networks that aren't applicable or available are left out.

        Raises:
            Incorrect, Refused, Uncertified: the first comparison that doesn't, where that is its
                verdict; the message has its reason and what to do next.
            Failed: the same for every other verdict, "slower" too.
        """
        harmless = (Verdict.NOT_APPLICABLE, Verdict.UNAVAILABLE)
        for finding in self.findings:
            if not finding.verdict.good and finding.verdict not in harmless:
                raise ERRORS.get(finding.verdict, Failed)(sentence(finding))

    def _print(self) -> None:
        print_gate(self.findings)
        print_lines(*self._lines, f"{self.folder / PASSES}, {self.folder / GATE}")


class BisectResult(Recorded):
    """Since which commits a network is wrong, and slower.

    Attributes:
        wrong, slower: the commits that may have done it (``suspects``, mostly one), the last good
            one ``before`` them, and the verdict (``row``); None where it isn't so, or can't be
            told.
    """

    _record = BISECT
    _records = (BISECT, "????????????-?/*.csv")

    def __init__(self, done: Bisection, experiment: Experiment, temporary: bool) -> None:
        super().__init__(experiment, temporary)
        self._done = done
        self.wrong: Since | None = done.wrong
        self.slower: Since | None = done.slower

    def _print(self) -> None:
        print_bisection(self._done)
        print_lines(str(self.folder / BISECT))


class WasteResult(Recorded, Mapping[str, Account]):
    """What each network does in a pass; ``result["csr"]`` is one of them."""

    _record = WASTE
    _records = (WASTE,)

    def __init__(self, found: Waste, experiment: Experiment, temporary: bool) -> None:
        super().__init__(experiment, temporary)
        self._found = found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found.accounts)

    def __len__(self) -> int:
        return len(self._found.accounts)

    def __getitem__(self, network: OneNetwork) -> Account:
        return _of(self._found.accounts, network)

    def _print(self) -> None:
        print_waste(self._found, self.experiment, formulas=False)


class AccuracyResult(Recorded):
    """How many reviews come out right, for each input, rate and seed."""

    _record = ACCURACY
    _records = (ACCURACY,)

    def __init__(
        self,
        rows: Sequence[AccuracyRow],
        results: Sequence[Result],
        experiment: Experiment,
        temporary: bool,
    ) -> None:
        super().__init__(experiment, temporary)
        self._rows, self._results = rows, results

    def _print(self) -> None:
        print_accuracy(self._rows, self._results, self.experiment)


def _raise_for_status(results: Iterable[Result]) -> None:
    for result in results:
        if result.status in ERRORS:
            raise ERRORS[result.status](f"{result.name}: {result.status}, {result.reason}")


def _name(network: OneNetwork) -> str:
    if isinstance(network, str):
        return network
    try:
        return resolve([argument_of(network)])[0].name
    except BadInput as error:
        raise KeyError(str(error)) from None


def _of(found: Mapping[str, Kind], network: OneNetwork) -> Kind:
    name = _name(network)
    if name not in found:
        raise KeyError(f"{name!r} took no part; there are {', '.join(found)}")
    return found[name]


def _only(found: Sequence[Kind]) -> Kind:
    if len(found) != 1:
        raise BadInput(f"there are {len(found)} of them: name one, as in result[name]")
    return found[0]
