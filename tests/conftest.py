"""What all tests share: which reviews they use, and that benchmarks run only when asked for."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

from skipzeros import Reviews

ARCHIVE = os.environ.get("SKIPZEROS_DATA", "")

# On a busy machine any example may take long.
settings.register_profile("skipzeros", deadline=None)
settings.load_profile("skipzeros")


def pytest_report_header() -> str:
    return f"reviews: {ARCHIVE or 'synthetic only; name the aclImdb archive in $SKIPZEROS_DATA'}"


def pytest_configure(config: pytest.Config) -> None:
    # A core for each worker of xdist: what two of them time at once doesn't meet.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker) % len(cores)]})
    if ARCHIVE and config.getoption("skipzeros_data") == "synthetic":
        config.option.skipzeros_data = ARCHIVE


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Either the benchmarks or all else: pytest-benchmark alone would run both, or list each skip.
    wanted = config.getoption("benchmark_only")
    chosen, others = [], []
    for item in items:
        timed = "benchmark" in getattr(item, "fixturenames", ())
        (chosen if timed == wanted else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = chosen


@pytest.fixture(scope="session", autouse=True)
def signals_reach_what_tests_start() -> Iterator[None]:
    """nohup, or a script's &, has pytest ignore some, and all that it starts: these would hang."""
    signals = [getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)]
    ignored = [one for one in signals if signal.getsignal(one) == signal.SIG_IGN]
    for one in ignored:
        # Still ignored here, but a handler isn't inherited.
        signal.signal(one, lambda *_: None)
    yield
    for one in ignored:
        signal.signal(one, signal.SIG_IGN)


@pytest.fixture(scope="session", autouse=True)
def workers_of_xdist_time_side_by_side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nor do they wait for what else is timed on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKIPZEROS_LOCK", str(tmp_path_factory.mktemp("lock") / "lock"))
        yield


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """As in the harness: threads of BLAS would only fight over a busy machine's cores."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session", autouse=True)
def few_small_scenarios_are_tried() -> Iterator[None]:
    """test_matrix.py tries all of them."""
    from skipzeros.bench.equality import conformance, matrix

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conformance, "SECONDS", 0.5)
        patch.setattr(matrix, "SECONDS", 0.5)
        yield


@pytest.fixture(scope="module")
def one_set() -> Iterator[None]:
    """One set of workers in place of three, whose start takes most of a short run's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skipzeros.bench.commands.run.SETS", 1)
        patch.setattr("skipzeros.bench.commands.waste.SETS", 1)
        yield


@pytest.fixture(scope="session")
def real_reviews() -> Reviews:
    """The lesson's 24,000 training reviews of the real archive, with counts."""
    from skipzeros.bench.corpus import load

    if not ARCHIVE:
        pytest.skip("needs the aclImdb archive: name it in $SKIPZEROS_DATA")
    return load(ARCHIVE).train


@pytest.fixture(scope="session")
def synthetic_reviews() -> Reviews:
    """1,000 synthetic reviews with counts."""
    from skipzeros.bench.corpus.synthetic import generate

    return generate(1_000)


@pytest.fixture
def few_reviews() -> Reviews:
    """40 short reviews of 30 words with counts, one of them empty."""
    rng = np.random.default_rng(0)
    words = [rng.permutation(30)[: rng.integers(1, 12)].tolist() for _ in range(39)] + [[]]
    counts = [rng.integers(1, 5, len(review)).tolist() for review in words]
    return Reviews.from_lists(words, rng.integers(0, 2, 40), 30, counts)


@pytest.fixture
def several_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All cores of the machine, of which a process of these tests has one."""
    # Here, because it finds out which cores there are when it is imported.
    from skipzeros.bench.workers import worker_sets

    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system pins no process")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    cores = sorted(os.sched_getaffinity(0))
    try:
        if len(cores) < 2:
            pytest.skip("there is one core")
        monkeypatch.setattr(worker_sets, "CORES", cores)
        monkeypatch.setattr(worker_sets, "MOST_THREADS", len(cores))
        yield
    finally:
        os.sched_setaffinity(0, before)
