"""Training passes as pytest-benchmark tests, certified, paired with the baseline, and recorded.

A test takes the fixture ``training_pass`` and calls it with a Scenario; pytest then runs it once
for each network. The rounds are timed by pytest-benchmark; before each of them the baseline runs
its own pass, so that the ratio in the records is one of neighbours in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .installed import installed_first

if TYPE_CHECKING:
    from ..corpus import Corpus
    from ..equality.result import Result
    from ..networks.registry import NamedNetwork
    from ..networks.scenario import Scenario
    from ..records.rows import PassRow, Setting
    from ..timing.passes import Pass
    from ..workers.driver import Driver
    from ..workers.shared_reviews import SharedReviews
    from ..workers.worker_sets import WorkerSet

BASELINE = "dense"

MARKER = (
    "skipzeros(max_slowdown='5%', against=None, baseline=None, faster_than=None, network=None, "
    "budget=300): gate the training pass of a network, or of each; see docs/gating.md"
)

OWN = pytest.StashKey["list[NamedNetwork]"]()


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
    group.addoption(
        "--skipzeros-no-sandbox",
        action="store_true",
        help="let networks write files, open connections and signal processes",
    )


@installed_first()
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    named = config.getoption("skipzeros_network")
    if not named:
        return
    from ..networks.registry import resolve
    from ..outcomes import BadInput

    try:
        config.stash[OWN] = resolve(named)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from None


@installed_first()
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "training_pass" in metafunc.fixturenames:
        from ..networks.registry import resolve
        from ..outcomes import BadInput

        marker = metafunc.definition.get_closest_marker("skipzeros")
        named = marker.kwargs.get("network") if marker else None
        try:
            if marker:
                from .marker import Marked

                Marked.read(marker.args, marker.kwargs)
            found = resolve([named] if isinstance(named, str) else named or [])
        except BadInput as error:
            raise pytest.UsageError(f"{metafunc.definition.nodeid}: {error}") from None
        own = [] if named else metafunc.config.stash.get(OWN, [])
        every = {network.name: network for network in [*found, *own]}
        metafunc.parametrize("skipzeros_network", every.values(), ids=list(every))


class WorkersClock:
    """The timer of pytest-benchmark: it goes on by what the worker's clock says of each pass.

    Around a pass lies the way to another process and back, which is no part of it.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


CLOCK = WorkersClock()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "training_pass" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.benchmark(timer=CLOCK))


@pytest.fixture
def training_pass(
    request: pytest.FixtureRequest,
    skipzeros_network: NamedNetwork,
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

    @installed_first()
    def certify_and_time(scenario: Scenario) -> None:
        skipzeros_session.benchmark(skipzeros_network, scenario, benchmark)
        if marker is not None and not benchmark.disabled:
            found = skipzeros_session.gate(skipzeros_network, scenario, marker, benchmark)
            undecided.extend(found)

    yield certify_and_time
    if undecided:
        # After the test a failure counts as an error, which is right: the code is not to blame.
        pytest.fail("\n".join(undecided), pytrace=False)


@pytest.fixture(scope="session")
def skipzeros_session(pytestconfig: pytest.Config) -> Iterator[Session]:
    """Open the reviews and the records that all benchmarks of a pytest run share."""
    first = pytestconfig.getoption("skipzeros_reviews")
    out = pytestconfig.getoption("skipzeros_out")
    sandbox = not pytestconfig.getoption("skipzeros_no_sandbox")
    with installed_first():
        from ..corpus import load

        corpus = load(pytestconfig.getoption("skipzeros_data"))
        session = Session(corpus, first, out, sandbox)
    with session:
        yield session


@dataclass
class Block:
    """What is known so far in one scenario.

    Attributes:
        reviews: in files that workers read.
        baseline: the worker of dense, ready for the clock; None where it isn't certified.
    """

    reviews: SharedReviews
    baseline: Driver | None
    results: list[Result] = field(default_factory=list)
    rows: list[PassRow] = field(default_factory=list)


class Session:
    """What a pytest run finds out about the networks; passes.csv grows with each benchmark."""

    def __init__(self, corpus: Corpus, first: int, out: Path, sandbox: bool) -> None:
        from ..commands.experiment import TIMEOUT
        from ..records.files import make_folder
        from ..records.machine import machine
        from ..records.passes_file import PassesFile
        from ..records.recording import run_id
        from ..workers.limits import Limits
        from ..workers.temporary_folder import temporary_folder

        self.limits = Limits(TIMEOUT, sandbox)
        self.corpus, self.first, self.reviews = corpus, first, corpus.train[:first]
        self.out = make_folder(out)
        self._stack = ExitStack()
        self._folder = self._stack.enter_context(temporary_folder())
        self._blocks: dict[Scenario, Block] = {}
        self._sets = self._gates = 0
        self._run_id, self._machine = run_id(), machine(sandbox)
        self._file = PassesFile(out)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        from ..records.files import write_table
        from ..records.rows import PassRow, SummaryRow, table_of
        from ..records.schema import SUMMARY
        from ..records.summary import summarize

        self._stack.close()
        self._file.__exit__(None, None, None)
        rows = []
        for scenario, block in self._blocks.items():
            passes, setting = table_of(PassRow, block.rows), self._setting(scenario)
            rows += summarize(block.results, passes, BASELINE, self.reviews.labels, setting)
        write_table(self.out / SUMMARY, SummaryRow, rows)

    def _setting(self, scenario: Scenario) -> Setting:
        from ..records.rows import Setting

        return Setting.of(scenario.reviews(self.reviews), self.corpus.name, scenario)

    def benchmark(self, network: NamedNetwork, scenario: Scenario, benchmark: Any) -> None:
        """Certify, time, compare and record one network in one scenario."""
        from ..outcomes import BadInput, Status
        from ..workers.learn import learn

        block = self._block(scenario)
        try:
            with self._lined_up(network, block.reviews, scenario) as (results, workers):
                if results[network.name].certified:
                    self._time(workers.drivers[0], block, scenario, benchmark)
                    learn(results, [workers])
        except BadInput as error:
            pytest.fail(str(error), pytrace=False)
        result = results[network.name]
        block.results.append(result)
        benchmark.extra_info["status"] = result.status
        if result.status in (Status.NOT_APPLICABLE, Status.UNAVAILABLE):
            pytest.skip(f"{result.name}: {result.status}, {result.reason}")
        if not result.certified:
            # So that what was timed before is in no JSON of speeds.
            benchmark.has_error = True
            pytest.fail(f"{result.name}: {result.status}, {result.reason}", pytrace=False)
        if benchmark.stats is not None:  # with --benchmark-disable there are none
            speed = len(self.reviews) / benchmark.stats.stats.median
            benchmark.extra_info["reviews_per_second"] = speed

    @contextmanager
    def _lined_up(
        self, network: NamedNetwork, reviews: SharedReviews, scenario: Scenario
    ) -> Iterator[tuple[dict[str, Result], WorkerSet]]:
        """Certify a network, and have a fresh worker ready for the clock; both on the same core."""
        from ..workers.entry import Entry
        from ..workers.worker_sets import certify, lined_up

        entries = [Entry(network.name, network.argument, reviews)]
        results = certify(entries, scenario, self.limits, judged=None, whole_passes=1)
        ready = [entry for entry in entries if results[entry.name].certified]
        with lined_up(ready, results, scenario, self.limits, numbers=[1]) as (workers,):
            yield results, workers

    def gate(
        self, network: NamedNetwork, scenario: Scenario, marker: pytest.Mark, benchmark: Any
    ) -> list[str]:
        """Gate one network as the marker asks, and fail where it doesn't pass.

        Returns:
            A sentence for each comparison that could not be decided.
        """
        from ..commands.experiment import Experiment
        from ..outcomes import BadInput
        from ..show.gate import sentence
        from .marker import FAILURES, UNDECIDED, Marked

        self._gates += 1
        try:
            experiment = Experiment(
                networks=[network],
                corpus=self.corpus,
                first=self.first,
                scenario=scenario,
                sandbox=self.limits.sandbox,
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
        from ..networks.registry import NamedNetwork
        from ..workers.shared_reviews import write_reviews

        if scenario not in self._blocks:
            folder = self._folder / str(len(self._blocks))
            folder.mkdir()
            reviews = write_reviews(scenario.reviews(self.reviews), folder)
            dense = NamedNetwork(BASELINE, BASELINE)
            _, workers = self._stack.enter_context(self._lined_up(dense, reviews, scenario))
            baseline = workers.drivers[0] if workers.sound else None
            self._blocks[scenario] = Block(reviews, baseline)
        return self._blocks[scenario]

    def _time(self, own: Driver, block: Block, scenario: Scenario, benchmark: Any) -> None:
        from ..outcomes import Failed, Incorrect
        from ..records.rows import PassRow
        from ..timing.rounds import MIN_ROUNDS
        from ..timing.secret import Secret

        baseline, contestant = block.baseline, own.contestant
        assert contestant is not None
        if baseline is not None and baseline.name == own.name:
            baseline = None
        self._sets += 1
        passes: list[Pass] = []
        rounds = 0
        secret: Secret | None = None

        def next_round() -> None:
            """Time the baseline, and get ready for the next pass."""
            nonlocal rounds, secret
            rounds, secret = rounds + 1, Secret(own.reviews, scenario, secret)
            if baseline is not None:
                timed = baseline.time_pass(self._sets, rounds, 1, secret)
                passes.extend([timed] if timed else [])
            with own.answering():
                contestant.get_ready(secret)

        def one_pass() -> None:
            assert secret is not None
            with own.answering():
                reading = contestant.clock(secret.weights, secret.key(own.name))
                CLOCK.seconds += reading.wall_seconds
                passes.append(contestant.record(reading, self._sets, rounds, 2, secret))

        try:
            benchmark.pedantic(one_pass, setup=next_round, rounds=MIN_ROUNDS)
        except (Failed, Incorrect) as fault:
            contestant.fault, contestant.sound = fault, False
        setting = self._setting(scenario)
        for timed in passes:
            row = PassRow.of(timed, self._run_id, setting, self._machine)
            self._file.write(row)
            block.rows.append(row)
