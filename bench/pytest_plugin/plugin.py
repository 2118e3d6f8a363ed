"""Training passes as pytest-benchmark tests, certified, paired with the baseline, and recorded.

A test takes the fixture ``training_pass`` and calls it with a Scenario; pytest then runs it once
for each network. The rounds are timed by pytest-benchmark; before each of them the baseline runs
its own pass, so that the ratio in the records is one of neighbours in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..corpus import Corpus
    from ..equality.result import Result
    from ..networks.registry import Candidate
    from ..networks.scenario import Scenario
    from ..records.rows import PassRow, Setting
    from ..timing.clock import Contestant

BASELINE = "dense"

MARKER = (
    "skipzeros(max_slowdown='5%', against=None, baseline=None, faster_than=None, network=None, "
    "budget=300): gate the training pass of a network, or of each; see docs/gating.md"
)

OWN = pytest.StashKey["list[Candidate]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("skipzeros")
    group.addoption(
        "--skipzeros-network",
        action="append",
        default=[],
        metavar="FILE.py:CLASS",
        help="benchmark and certify this network beside the built-in ones; repeatable",
    )
    group.addoption(
        "--skipzeros-data",
        default="synthetic",
        metavar="DATA",
        help="the reviews, as for skipzeros run --data (default: synthetic)",
    )
    group.addoption(
        "--skipzeros-reviews",
        type=int,
        default=300,
        metavar="N",
        help="the first N training reviews (default: 300)",
    )
    group.addoption(
        "--skipzeros-out",
        type=Path,
        default=Path("results/latest"),
        metavar="FOLDER",
        help="where passes.csv and summary.csv go (default: results/latest)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    named = config.getoption("skipzeros_network")
    if not named:
        return  # nothing to import, where nobody benchmarks
    from ..networks.registry import find
    from ..outcomes import BadInput

    try:
        config.stash[OWN] = find(named)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "training_pass" in metafunc.fixturenames:
        from ..networks.registry import find
        from ..outcomes import BadInput

        marker = metafunc.definition.get_closest_marker("skipzeros")
        named = marker.kwargs.get("network") if marker else None
        try:
            if marker:
                from .marker import Marked

                Marked.read(marker.args, marker.kwargs)
            found = find([named] if isinstance(named, str) else named or [])
        except BadInput as error:
            raise pytest.UsageError(f"{metafunc.definition.nodeid}: {error}") from None
        own = [] if named else metafunc.config.stash.get(OWN, [])
        every = {candidate.name: candidate for candidate in [*found, *own]}
        metafunc.parametrize("skipzeros_candidate", every.values(), ids=list(every))


@pytest.fixture
def training_pass(
    request: pytest.FixtureRequest,
    skipzeros_candidate: Candidate,
    skipzeros_session: Session,
    benchmark: Any,
) -> Iterator[Callable[[Scenario], None]]:
    """Certify one network in a scenario and benchmark its training pass.

    A network that isn't certified, or that is another one under the clock, fails its test; one
    that isn't applicable or available skips it. With the marker skipzeros the network is gated as
    well: see marker.py.
    """
    marker = request.node.get_closest_marker("skipzeros")
    undecided: list[str] = []

    def certify_and_time(scenario: Scenario) -> None:
        skipzeros_session.benchmark(skipzeros_candidate, scenario, benchmark)
        if marker is not None and not benchmark.disabled:
            found = skipzeros_session.gate(skipzeros_candidate, scenario, marker, benchmark)
            undecided.extend(found)

    yield certify_and_time
    if undecided:
        # After the test a failure counts as an error, which is right: the code is not to blame.
        pytest.fail("\n".join(undecided), pytrace=False)


@pytest.fixture(scope="session")
def skipzeros_session(pytestconfig: pytest.Config) -> Iterator[Session]:
    """Open the reviews and the records that all benchmarks of a pytest run share."""
    from ..corpus import load

    corpus = load(pytestconfig.getoption("skipzeros_data"))
    first = pytestconfig.getoption("skipzeros_reviews")
    with Session(corpus, first, pytestconfig.getoption("skipzeros_out")) as session:
        yield session


@dataclass
class Block:
    """What is known so far in one scenario.

    Attributes:
        baseline: dense, ready for the clock; None where it isn't certified.
    """

    baseline: Contestant | None
    results: list[Result] = field(default_factory=list)
    rows: list[PassRow] = field(default_factory=list)


class Session:
    """What a pytest run finds out about the networks; passes.csv grows with each benchmark."""

    def __init__(self, corpus: Corpus, first: int, out: Path) -> None:
        from threadpoolctl import threadpool_limits

        from ..records.files import make_folder
        from ..records.machine import machine
        from ..records.passes_file import PassesFile
        from ..records.recording import run_id

        self.corpus, self.first, self.reviews = corpus, first, corpus.train[:first]
        self.out = make_folder(out)
        self._blocks: dict[Scenario, Block] = {}
        self._sets = self._gates = 0
        self._run_id, self._machine = run_id(), machine()
        self._file = PassesFile(out)
        self._threads = threadpool_limits(1)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        from ..records.files import write_table
        from ..records.rows import PassRow, SummaryRow, table_of
        from ..records.schema import SUMMARY
        from ..records.summary import summarize

        self._threads.restore_original_limits()
        self._file.__exit__(None, None, None)
        rows = []
        for scenario, block in self._blocks.items():
            passes, setting = table_of(PassRow, block.rows), self._setting(scenario)
            rows += summarize(block.results, passes, BASELINE, self.reviews.labels, setting)
        write_table(self.out / SUMMARY, SummaryRow, rows)

    def _setting(self, scenario: Scenario) -> Setting:
        from ..records.rows import Setting

        return Setting.of(scenario.reviews(self.reviews), self.corpus.name, scenario)

    def benchmark(self, candidate: Candidate, scenario: Scenario, benchmark: Any) -> None:
        """Certify, time, compare and record one network in one scenario."""
        from ..outcomes import Status
        from ..timing.examine import examine, judge_timing, line_up, measure_memory

        reviews = scenario.reviews(self.reviews)
        block = self._block(scenario)
        result = examine(candidate, reviews, scenario, judged=None, whole_passes=1)
        result = measure_memory(candidate.network, result, reviews, scenario)
        result, contestant = line_up(candidate.network, result, reviews, scenario)
        if contestant is not None:
            self._time(contestant, block, benchmark)
            result = judge_timing(result, contestant, reviews)
        block.results.append(result)
        benchmark.extra_info["status"] = result.status
        if result.status in (Status.NOT_APPLICABLE, Status.UNAVAILABLE):
            pytest.skip(f"{result.name}: {result.status}, {result.reason}")
        if not result.certified:
            pytest.fail(f"{result.name}: {result.status}, {result.reason}", pytrace=False)
        if benchmark.stats is not None:  # with --benchmark-disable there are none
            speed = len(reviews) / benchmark.stats.stats.median
            benchmark.extra_info["reviews_per_second"] = speed

    def gate(
        self, candidate: Candidate, scenario: Scenario, marker: pytest.Mark, benchmark: Any
    ) -> list[str]:
        """Gate one network as the marker asks, and fail where it doesn't pass.

        Returns:
            A sentence for each comparison that could not be decided.
        """
        from ..commands.experiment import Experiment
        from ..networks.registry import NamedNetwork
        from ..outcomes import BadInput
        from ..show.gate import sentence
        from .marker import FAILURES, UNDECIDED, Marked

        self._gates += 1
        try:
            experiment = Experiment(
                networks=[NamedNetwork(candidate.name, candidate.argument)],
                corpus=self.corpus,
                first=self.first,
                scenario=scenario,
                out=self.out / f"gate-{self._gates}",
            )
            findings = Marked.read(marker.args, marker.kwargs).findings(experiment)
        except BadInput as error:
            pytest.fail(str(error), pytrace=False)
        benchmark.extra_info["gate"] = [
            {name: None if value != value else value for name, value in vars(finding).items()}
            for finding in findings
        ]
        failures = [sentence(finding) for finding in findings if finding.verdict in FAILURES]
        if failures:
            pytest.fail("\n".join(failures), pytrace=False)
        return [sentence(finding) for finding in findings if finding.verdict in UNDECIDED]

    def _block(self, scenario: Scenario) -> Block:
        from ..networks.registry import load
        from ..timing.examine import examine, line_up

        if scenario not in self._blocks:
            reviews = scenario.reviews(self.reviews)
            dense = load(BASELINE)
            result = examine(dense, reviews, scenario, judged=None, whole_passes=1)
            _, baseline = line_up(dense.network, result, reviews, scenario)
            self._blocks[scenario] = Block(baseline)
        return self._blocks[scenario]

    def _time(self, contestant: Contestant, block: Block, benchmark: Any) -> None:
        from ..outcomes import Failed, Incorrect
        from ..records.rows import PassRow
        from ..timing.clock import Pass, Reading
        from ..timing.rounds import MIN_ROUNDS

        baseline = block.baseline
        if baseline is not None and baseline.name == contestant.name:
            baseline = None
        self._sets += 1
        passes: list[Pass] = []
        readings: list[Reading] = []

        def next_round() -> None:
            """Record the last pass, then time the baseline, and get ready for the next pass."""
            if readings:
                passes.append(contestant.record(readings[-1], self._sets, len(readings), 2))
            if baseline is not None:
                timed = baseline.time_pass(self._sets, len(readings) + 1, 1)
                passes.extend([timed] if timed else [])
            contestant.get_ready()

        try:
            benchmark.pedantic(
                lambda: readings.append(contestant.clock()), setup=next_round, rounds=MIN_ROUNDS
            )
            passes.append(contestant.record(readings[-1], self._sets, len(readings), 2))
        except (Failed, Incorrect) as fault:
            contestant.fault, contestant.sound = fault, False
        setting = self._setting(contestant.scenario)
        for timed in passes:
            row = PassRow.of(timed, self._run_id, setting, self._machine)
            self._file.write(row)
            block.rows.append(row)
