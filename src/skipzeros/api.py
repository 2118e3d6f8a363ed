"""What the command line can do, as functions with the same names that write the same records.

Each works on the networks that are given (all, if none is) and on the reviews of a corpus. A
network is given by its name, as ``FILE.py:CLASS``, or as the class itself, which a module, a script
or a notebook cell defines. A corpus is what `load` returns or takes, or Reviews.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Literal, Unpack

from .arguments import (
    Data,
    Networks,
    OneNetwork,
    ScenarioOptions,
    discard,
    experiment_of,
    judged,
    loaded,
    planned,
)
from .bench.commands import accuracy as accuracy_command
from .bench.commands import advise as advise_command
from .bench.commands import bisect as bisect_command
from .bench.commands import check as check_command
from .bench.commands import compare as compare_command
from .bench.commands import gate as gate_command
from .bench.commands import run as run_command
from .bench.commands import scaling as scaling_command
from .bench.commands import sweep as sweep_command
from .bench.commands import waste as waste_command
from .bench.commands import why as why_command
from .bench.commands.experiment import FIRST, JUDGED, TIMEOUT
from .bench.corpus import Corpus, Reading
from .bench.cost.sizes import Vary
from .bench.equality.cases import Case
from .bench.gate.comparison import Demand
from .bench.networks.from_python import argument_of
from .bench.networks.registry import find, resolve
from .bench.outcomes import BadInput
from .bench.report.tables import write_pages
from .bench.sweep.dask_engine import DaskEngine, dask_engine
from .bench.text.amounts import factor, fraction
from .bench.timing.rounds import Plan
from .impls.network import Network
from .impls.reviews import Reviews
from .results import (
    AccuracyResult,
    AdviceResult,
    BisectResult,
    CheckResult,
    CompareResult,
    GateResult,
    RunResult,
    SweepResult,
    VariedResult,
    WasteResult,
    WhyResult,
)

# A label of the data, or several.
Label = str | float | Iterable[str | float]


def networks() -> dict[str, type[Network]]:
    """Find every network that comes with skipzeros or is installed beside it.

    Returns:
        the class of each, by its name, in the order of the lesson; its ``unavailable()`` says
        what it lacks on this machine.

    Example:
        >>> networks()["add-reduce"].__name__
        'AddReduce'
    """
    return {found.name: found.network for found in find() if found.network is not None}


def load(
    data: str | Path = "synthetic",
    *,
    split: Literal["lesson", "halves"] = "lesson",
    text_column: str = "",
    label_column: str = "",
    skip_bad_rows: bool = False,
    sep: str = "",
    encoding: str = "",
    header: bool = True,
    positive: Label = "",
    negative: Label = "",
    drop: Label = "",
    labels: str | Path = "",
    test: str | int = "",
    shuffle: int | None = None,
    most_words: int | None = None,
    least_reviews: int | None = None,
) -> Corpus:
    """Read reviews from wherever they are.

    Args:
        data: "synthetic", "imdb" (downloaded once), or the path of a folder or file, as for
            ``skipzeros run --data``.
        split: "lesson" tests on the last 1,000 reviews, "halves" on aclImdb's own test half.
        text_column, label_column: the columns of a table; by default those of usual names.
        skip_bad_rows: whether to leave out bad rows of a file; otherwise they are an error.
        sep, encoding, header: of a file of lines, where they aren't found out as they should be.
        positive, negative, drop: which labels are positive and negative, and which rows are left
            out: a label, several as in "4,5" or [4, 5], or ">=3".
        labels: a file (.npy, .txt or .csv) with the labels of a matrix that has none.
        test: how many of the last reviews are for testing, as in "20%" or 500.
        shuffle: the seed of an order in which the reviews are put first, with as large a share of
            positive ones for testing as for training.
        most_words: how many words are kept at most: those in the most reviews, and of those in
            equally many the ones that come first.
        least_reviews: in how many reviews a word must be to be kept.

    Returns:
        A corpus with the reviews ``train`` and ``test``, counts included.

    Raises:
        BadInput: one line that says what is wrong, where, and what to do.

    Example:
        >>> corpus = load("synthetic")
        >>> len(corpus.train), corpus.train.vocabulary_size
        (24000, 74074)
    """
    reading = Reading(
        text_column=text_column,
        label_column=label_column,
        skip_bad_rows=skip_bad_rows,
        sep=sep,
        encoding=encoding,
        header=header,
        positive=_listed(positive),
        negative=_listed(negative),
        drop=_listed(drop),
        labels=labels,
        test=str(test),
        shuffle=shuffle,
        most_words=most_words,
        least_reviews=least_reviews,
    )
    return loaded(data, split, reading)


def _listed(labels: Label) -> str:
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        return str(labels)
    return ",".join(map(str, labels))


def check(
    networks: Networks = (),
    corpus: Data = "synthetic",
    *,
    reviews: int | None = None,
    certify: int | Literal["all"] = "all",
    timeout: float = TIMEOUT,
    sandbox: bool = True,
    quick: bool = False,
    case: str | None = None,
    workers: int | None = None,
    scheduler: str = "",
    scheduler_file: str | Path | None = None,
    tls: str | Path | None = None,
    **scenario: Unpack[ScenarioOptions],
) -> CheckResult:
    """Find out whether networks are the same network; nothing is timed.

    Args:
        networks: a name, ``FILE.py:CLASS`` or class, or several of them; none means all.
        corpus: what `load` returns or takes, or Reviews.
        reviews: how many training reviews to use, from the first on; None uses all.
        certify: how many reviews are judged at random, beside the first 200 and the 50 longest.
        timeout: seconds that one network may take.
        sandbox: confine networks where Linux can do it: they write to a temporary folder only.
        quick: leave out the matrix of small made scenarios.
        case: one case of that matrix, such as ``hidden=17,life=slices``, in place of all else.
        workers: judge the steps of a network in segments, by so many processes of this machine.
        scheduler, scheduler_file, tls: by the workers of a scheduler, as in `sweep`.
        scenario: ``hidden``, ``learning_rate``, ``batch_size``, ``dtype``, ``input``, ``seed``,
            ``threads``, ``device``; Scenario has their defaults.

    Returns:
        A mapping from networks to what is known of each: ``.status`` and ``.reason``.

    Raises:
        BadInput: a network or the data can't be had, or an option makes no sense.

    Example:
        >>> print(check("add-reduce", reviews=100).status)
        certified
        >>> check("add-reduce", reviews=100).raise_for_status()  # what a script in CI wants
    """
    with experiment_of(networks, corpus, scenario, out=Path()) as experiment:  # writes nothing
        experiment = replace(
            experiment,
            first=reviews,
            certify=judged(certify),
            timeout=timeout,
            sandbox=sandbox,
        )
        chosen = None if case is None else Case.parse(case)
        where = [workers is not None, bool(scheduler), scheduler_file is not None]
        if sum(where) > 1 or (chosen and any(where)):
            raise BadInput("name one of workers, scheduler and scheduler_file, and none with case")
        with ExitStack() as stack:
            engine = None
            if any(where[1:]):
                engine = stack.enter_context(_workers_of(scheduler, scheduler_file, tls))
            results = check_command.check(
                experiment, quick=quick, case=chosen, workers=workers, engine=engine
            )
        return CheckResult(results, experiment, chosen)


def run(
    networks: Networks = (),
    corpus: Data = "synthetic",
    *,
    baseline: Networks = "dense",
    reviews: int | None = FIRST,
    certify: int | Literal["all"] = JUDGED,
    rounds: int | None = None,
    budget: float | None = None,
    precision: float | None = None,
    timeout: float = TIMEOUT,
    sandbox: bool = True,
    audit: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    wait: bool = True,
    **scenario: Unpack[ScenarioOptions],
) -> RunResult:
    """Certify networks and time one training pass of each, side by side.

    Args:
        networks: a name, ``FILE.py:CLASS`` or class, or several of them; none means all.
        corpus: what `load` returns or takes, or Reviews.
        baseline: the network that times relate to, added if it isn't named; of several the first,
            and the table tells the ratios to the others too.
        reviews: how many training reviews to use, from the first on; None uses all.
        certify: how many reviews are judged at random, beside the first 200 and the 50 longest.
        rounds: timed passes of each network; None: at least 6, until the budget is spent.
        budget: seconds for the timed rounds; None: 40, or no bound where rounds are given.
        precision: stop once every interval reaches no further from its ratio than this share.
        timeout: seconds that one network may take to be certified, or for one pass.
        sandbox: confine networks where Linux can do it: they write to a temporary folder only.
        audit: timed passes of each network that are made once more and judged; None: 3, or 1
            where a pass is long, and none of the built-in networks.
        out: the folder for the records; without it they are kept as long as the result is.
        resume: whether to go on with the interrupted run in that folder.
        wait: whether to wait while something else is timed on this machine, or to fail.
        scenario: ``hidden``, ``learning_rate``, ``batch_size``, ``dtype``, ``input``, ``seed``,
            ``threads``, ``device``; Scenario has their defaults.

    Returns:
        A result with a speed for each network: ``result["csr"].ratio``, ``.seconds`` and more.

    Raises:
        BadInput: a network or the data can't be had, or an option makes no sense.
        Failed: something else is timed on this machine, and wait is False.

    Example:
        >>> result = run(["add-reduce", "csr"], reviews=100, rounds=6)
        >>> result["add-reduce"].ratio < 1  # of the time of dense
        True
        >>> print(*result.to_frame()["status"])
        certified certified certified
    """
    with experiment_of(networks, corpus, scenario, baseline, out, resumable=True) as experiment:
        experiment = replace(
            experiment,
            first=reviews,
            certify=judged(certify),
            timeout=timeout,
            sandbox=sandbox,
            audit=audit,
            resume=resume,
            wait=wait,
        )
        plan = planned(rounds, budget, precision)
        return RunResult(run_command.run(experiment, plan), experiment, out is None)


def vary(
    networks: Networks,
    corpus: Data,
    sizes: Mapping[str, Sequence[int]],
    *,
    baseline: OneNetwork = "dense",
    reviews: int | None = FIRST,
    certify: int | Literal["all"] = JUDGED,
    rounds: int | None = None,
    budget: float | None = None,
    timeout: float = TIMEOUT,
    sandbox: bool = True,
    out: str | Path | None = None,
    resume: bool = False,
    wait: bool = True,
    **scenario: Unpack[ScenarioOptions],
) -> VariedResult:
    """Run networks once for each value of a size, and see how their cost grows.

    It is ``skipzeros run --vary``; what isn't told here is as in `run`.

    Args:
        sizes: one of hidden, vocabulary, words, reviews, batch-size and threads, with its values.
        budget: seconds for the timed rounds of all values.

    Raises:
        BadInput: a network or the data can't be had, or an option makes no sense.

    Example:
        >>> grown = vary("add-reduce", "synthetic", {"hidden": [10, 20]}, reviews=30, rounds=6)
        >>> sorted({int(value) for value in grown.to_frame()["value"]})
        [10, 20]
    """
    values: object = None
    if isinstance(sizes, Mapping) and len(sizes) == 1:
        ((name, values),) = sizes.items()
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise BadInput("vary: give one size with its values, as in {'hidden': [10, 100]}")
    varied = Vary.parse(f"{name}={','.join(map(str, values))}")
    with experiment_of(networks, corpus, scenario, [baseline], out, resumable=True) as experiment:
        experiment = replace(
            experiment,
            first=reviews,
            certify=judged(certify),
            timeout=timeout,
            sandbox=sandbox,
            resume=resume,
            wait=wait,
        )
        rows = scaling_command.scale(experiment, planned(rounds, budget), varied)
        return VariedResult(rows, experiment, varied, out is None)


def gate(
    networks: Networks = (),
    corpus: Data = "synthetic",
    *,
    baseline: OneNetwork | None = None,
    against: str | None = None,
    faster_than: str | None = None,
    max_slowdown: str = "5%",
    max_prepare_slowdown: str | None = None,
    max_reset_slowdown: str | None = None,
    reviews: int | None = FIRST,
    certify: int | Literal["all"] = JUDGED,
    rounds: int | None = None,
    budget: float = gate_command.BUDGET,
    timeout: float = TIMEOUT,
    sandbox: bool = True,
    audit: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    wait: bool = True,
    **scenario: Unpack[ScenarioOptions],
) -> GateResult:
    """Find out whether networks are slower than they may be.

    What isn't told here is as in `run`.

    Args:
        baseline: compare with this network, as it is now.
        against: compare with the same networks at a git revision.
        faster_than: demand that each is so many times faster than the baseline, as in "20x";
            without a baseline, than dense.
        max_slowdown: how much slower than the baseline is too much, as in "5%".
        max_prepare_slowdown, max_reset_slowdown: the same of prepare and reset, as in "20%"; None
            for however much.
        rounds: timed passes of each network in all, if every look is needed.
        budget: seconds for the whole gate.

    Raises:
        BadInput: there is nothing to compare with, a network, revision or the data can't be had,
            or an option makes no sense.

    Example:
        >>> found = gate("add-reduce", faster_than="2x", reviews=100)
        >>> found.verdict in ("pass", "inconclusive")
        True
    """
    if not (baseline or against or faster_than):
        raise BadInput("nothing to compare with: give baseline, against or faster_than")
    if baseline is None and faster_than:
        baseline = "dense"
    other = None if baseline is None else resolve([argument_of(baseline)])[0]
    demand = Demand(
        other,
        against,
        fraction(max_slowdown),
        None if faster_than is None else factor(faster_than),
        None if max_prepare_slowdown is None else fraction(max_prepare_slowdown),
        None if max_reset_slowdown is None else fraction(max_reset_slowdown),
    )
    with experiment_of(networks, corpus, scenario, out=out, resumable=True) as experiment:
        experiment = replace(
            experiment,
            first=reviews,
            certify=judged(certify),
            timeout=timeout,
            sandbox=sandbox,
            audit=audit,
            resume=resume,
            wait=wait,
        )
        found = gate_command.gate(experiment, demand, Plan(rounds, budget))
        return GateResult(found, experiment, out is None)


def bisect(
    good: str,
    bad: str,
    network: str,
    corpus: Data = "synthetic",
    *,
    paths: Sequence[str] = (),
    max_slowdown: str = "5%",
    reviews: int | None = FIRST,
    certify: int | Literal["all"] = "all",
    rounds: int | None = None,
    budget: float = gate_command.BUDGET,
    timeout: float = TIMEOUT,
    sandbox: bool = True,
    audit: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    wait: bool = True,
    **scenario: Unpack[ScenarioOptions],
) -> BisectResult:
    """Find the commits since which a network is wrong, and since which it is slower.

    What isn't told here is as in `gate`.

    Args:
        good, bad: git revisions of the current repository; the first is an ancestor of the second.
        network: one of the repository, by its name or ``FILE.py:CLASS``.
        paths: only commits that change something below these are candidates.
        max_slowdown: how much slower than at the good commit is too much, as in "5%".
        rounds, budget: of each gate.

    Returns:
        A result whose ``wrong`` and ``slower`` name the commits; None where it isn't so.

    Raises:
        BadInput: the network, a revision or the data can't be had, or nothing lies between them.

    Example:
        >>> found = bisect("v1.0", "main", "mine.py:Mine")  # doctest: +SKIP
        >>> found.slower.suspects[0].subject  # doctest: +SKIP
        'Sum in blocks'
    """
    paths = (paths,) if isinstance(paths, str) else paths
    if not isinstance(paths, Sequence) or not all(isinstance(path, str) for path in paths):
        raise BadInput(f"paths={paths!r}: must be paths of files or folders, as text")
    wanted = bisect_command.Wanted(good, bad, paths, fraction(max_slowdown))
    with experiment_of(network, corpus, scenario, out=out, resumable=True) as experiment:
        experiment = replace(
            experiment,
            first=reviews,
            certify=judged(certify),
            timeout=timeout,
            sandbox=sandbox,
            audit=audit,
            resume=resume,
            wait=wait,
        )
        done = bisect_command.bisect(experiment, wanted, Plan(rounds, budget))
        return BisectResult(done, experiment, out is None)


def sweep(
    description: str | Path,
    *,
    local: int | None = None,
    scheduler: str = "",
    scheduler_file: str | Path | None = None,
    tls: str | Path | None = None,
    out: str | Path,
    resume: bool = False,
    retry_failed: bool = False,
) -> SweepResult:
    """Run many scenarios, each in a run of its own, on as many machines as there are.

    Args:
        description: a file of TOML, as docs/sweeps.md tells.
        local: start so many workers of Dask on this machine.
        scheduler: use those of the scheduler at this address, ``tcp://…`` or ``tls://…``.
        scheduler_file: use those of the scheduler that wrote this file.
        tls: a folder with ca.pem, cert.pem and key.pem, for ``tls://``.
        out: the folder for the records, and for a folder of each cell; a sweep that lies there is
            replaced, unless resume is given.
        resume: do only the cells that are not done there.
        retry_failed: of those also the ones that failed.

    Returns:
        A result with a row for each cell; ``.passes`` and ``.summary`` are those of all.

    Raises:
        BadInput: the file, the workers or the folder aren't as they should be.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> cells = "options = {network = 'csr', baseline = 'csr', reviews = 30, rounds = 6}"
        >>> _ = (folder / "sweep.toml").write_text(cells)
        >>> swept = sweep(folder / "sweep.toml", local=1, out=folder / "out")
        >>> swept.to_frame()["state"].tolist()
        ['done']
    """
    # Here, because the command's options are what the cells are checked by.
    from .bench.cli.sweep import planned as planned_sweep

    if sum(map(bool, (local, scheduler, scheduler_file))) != 1:
        raise BadInput("say where: local=1, scheduler=... or scheduler_file=...")
    wanted, folder = planned_sweep(Path(description)), Path(out)
    with _workers_of(scheduler, scheduler_file, tls, local or 0, wanted.machines) as engine:
        rows = sweep_command.sweep(wanted, engine, folder, resume=resume, retry_failed=retry_failed)
    return SweepResult(rows, folder)


def _workers_of(
    scheduler: str,
    scheduler_file: str | Path | None,
    tls: str | Path | None,
    local: int = 0,
    labels: Sequence[str] = (),
) -> AbstractContextManager[DaskEngine]:
    return dask_engine(
        local=local,
        scheduler=scheduler,
        scheduler_file=None if scheduler_file is None else Path(scheduler_file),
        tls=None if tls is None else Path(tls),
        labels=labels,
    )


def waste(
    networks: Networks = (),
    corpus: Data = "synthetic",
    *,
    reviews: int | None = FIRST,
    certify: int | Literal["all"] = JUDGED,
    rounds: int = 6,
    timeout: float = TIMEOUT,
    sandbox: bool = True,
    out: str | Path | None = None,
    wait: bool = True,
    **scenario: Unpack[ScenarioOptions],
) -> WasteResult:
    """Count what networks multiply, add and move in one pass, and where its time goes.

    What isn't told here is as in `run`.

    Args:
        rounds: timed passes of each network, whole and in parts.

    Raises:
        BadInput: a network or the data can't be had, or an option makes no sense.

    Example:
        >>> found = waste("add-reduce", reviews=30, rounds=1)
        >>> found["add-reduce"].work.by_one  # no multiplication by one is left
        0
    """
    with experiment_of(networks, corpus, scenario, out=out) as experiment:
        experiment = replace(
            experiment,
            first=reviews,
            certify=judged(certify),
            timeout=timeout,
            sandbox=sandbox,
        )
        return WasteResult(waste_command.account(experiment, rounds), experiment, out is None)


def why(
    networks: Networks,
    corpus: Data = "synthetic",
    *,
    against: str | None = None,
    reviews: int | None = FIRST,
    certify: int | Literal["all"] = JUDGED,
    rounds: int = why_command.ROUNDS,
    profile: str | Path | None = None,
    timeout: float = TIMEOUT,
    sandbox: bool = True,
    wait: bool = True,
    **scenario: Unpack[ScenarioOptions],
) -> WhyResult:
    """Explain the difference between two networks, or one at two revisions.

    What isn't told here is as in `run`.

    Args:
        networks: two of them, or one with a revision.
        against: the git revision with which the one network is compared.
        rounds: timed passes of each network, whole and in parts.
        profile: a folder for a flame graph of each network.

    Returns:
        What each thing explains: ``result["python_calls"].share``, and the numbers of both
        networks, ``.first`` and ``.second``; ``ratio`` is time(first) / time(second).

    Raises:
        BadInput: there are not two networks to compare, one or the data can't be had, or py-spy is
            missing.
        Failed: something else is timed on this machine, and wait is False.

    Example:
        >>> found = why(["add-reduce", "sum-loop"], reviews=30, rounds=1)
        >>> found["python_calls"].second > found["python_calls"].first
        True
    """
    folder = Path() if profile is None else Path(profile)
    with experiment_of(networks, corpus, scenario, out=folder) as experiment:
        experiment = replace(
            experiment,
            first=reviews,
            certify=judged(certify),
            timeout=timeout,
            sandbox=sandbox,
            wait=wait,
        )
        found = why_command.why(experiment, against, rounds, profile is not None)
        return WhyResult(found, experiment)


def accuracy(
    network: OneNetwork = "csr",
    corpus: Data = "synthetic",
    *,
    reviews: int | None = None,
    seeds: int = 10,
    sandbox: bool = True,
    out: str | Path | None = None,
    **scenario: Unpack[ScenarioOptions],
) -> AccuracyResult:
    """Train a network once, and count how many reviews come out right.

    Without ``input`` and ``learning_rate``: presence at 0.1, counts at 0.001 and 0.01.

    Args:
        reviews: how many reviews to train on, from the first on; None uses all.
        seeds: train with so many seeds, from ``seed`` on, to show how far they are apart.
        sandbox: as in `check`.

    Raises:
        BadInput: the network or the data can't be had, or there are no reviews to test on.

    Example:
        >>> found = accuracy("csr", reviews=200, seeds=1, input="presence")
        >>> found.to_frame()["test_reviews"].tolist()
        [1000]
    """
    if isinstance(corpus, Reviews):
        raise BadInput("accuracy: reviews alone have none to test on; give what load returns")
    if not isinstance(network, (str, type)):
        raise BadInput("accuracy: name one network, and no list")
    with experiment_of(network, corpus, scenario, out=out) as experiment:
        experiment = replace(experiment, first=reviews, sandbox=sandbox)
        settings = accuracy_command.settings(experiment.scenario, scenario)
        rows, results = accuracy_command.train_and_test(experiment, settings, seeds)
        return AccuracyResult(rows, results, experiment, out is None)


def compare(
    before: str | Path, after: str | Path, *, anchor: str = "", threshold: str = "5%"
) -> CompareResult:
    """Compare two runs of one scenario by their records: what became faster or slower?

    Args:
        before, after: folders of records.
        anchor: a network certified in both, to which ratios relate; default: their baseline.
        threshold: the change that counts.

    Returns:
        A row for each other network: ``compare(a, b)["csr"].verdict``, which is faster, slower,
        same, unclear, new or gone, or the status of a network without a speed.

    Raises:
        BadInput: a folder has no run, their scenarios differ, or there is no such anchor.

    Example:
        >>> compare("results/imdb", "results/imdb")["csr"].verdict  # doctest: +SKIP
        'same'
    """
    for name, folder in (("before", before), ("after", after)):
        if not isinstance(folder, (str, Path)):
            raise BadInput(
                f"{name}: a {type(folder).__name__} is no folder of records: give a path"
            )
    done = compare_command.compare(Path(before), Path(after), anchor, fraction(threshold))
    return CompareResult(done)


def advise(
    corpus: Data = "synthetic",
    networks: Networks = (),
    *,
    seconds: float = advise_command.SECONDS,
    timeout: float = TIMEOUT,
    sandbox: bool = True,
    out: str | Path | None = None,
    wait: bool = True,
    **scenario: Unpack[ScenarioOptions],
) -> AdviceResult:
    """Find out which implementation suits some data, what it gains, and what to write.

    What isn't told here is as in `run`.

    Args:
        networks: your own, that take part beside those that come with skipzeros.
        seconds: about how long it may take; what doesn't fit is left out, and named.
        scenario: as in `run`, but hidden is 64, batch_size 256 and dtype "float32" where they
            aren't given, and input what the data want: counts where they hold fractions.

    Returns:
        An advice that prints in at most 12 lines: ``.best``, ``.code("torch")``, ``.to_frame()``.

    Raises:
        BadInput: a network or the data can't be had, or an option makes no sense.
        Failed: something else is timed on this machine, and wait is False.

    Example:
        >>> advice = advise("reviews.csv", hidden=100)  # doctest: +SKIP
        >>> print(advice.best)  # doctest: +SKIP
        compiled
    """
    options: ScenarioOptions = {"hidden": 64, "batch_size": 256, "dtype": "float32"}
    options |= {"input": "counts", **scenario}
    named = networks if networks else advise_command.DENSE
    with experiment_of(named, corpus, options, out=out) as experiment:
        experiment = replace(experiment, timeout=timeout, sandbox=sandbox, wait=wait)
        if "input" not in scenario:
            experiment = advise_command.by_data(experiment)
        found = advise_command.advise(experiment, seconds)
        discard(experiment.out, out)
        return AdviceResult(found)


def report(*folders: str | Path) -> Path | None:
    """Write the page report.html into the first of some folders of records.

    Returns:
        The path of the page; None where the folders hold nothing but gates, which have no page.

    Raises:
        BadInput: no folder is named, or a record is missing, or isn't one.

    Example:
        >>> report("results/imdb").name  # doctest: +SKIP
        'report.html'
    """
    if not folders:
        raise BadInput("report: name a folder of records, as in report('results/latest')")
    return write_pages([Path(folder) for folder in folders])
