"""The pytest plug-in as another repository uses it: its options, its records, its failures."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from skipzeros.bench.networks.registry import find, resolve
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.pytest_plugin.marker import Marked

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.clock


@pytest.fixture(autouse=True)
def as_if_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pytest that is started is no part of ours, in which nothing is benchmarked."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)


NETWORKS = """
    from skipzeros.impls.add_reduce import AddReduce

    class Mine(AddReduce):
        pass

    class Wrong(AddReduce):
        def sum_rows(self, words, counts):
            return super().sum_rows(words[1:], counts)

    class CheatsLater(AddReduce):
        passes = 0

        def train(self, prepared):
            type(self).passes += len(prepared) == 30
            return super().train(prepared) + 1e-9 * (self.passes > 5)
"""

BUILT_IN = find([network.name for network in resolve()])
# compiled and torch are where their extras are installed.
AVAILABLE = [one for one in BUILT_IN if one.network and one.network.unavailable() is None]

TEST = """
    from skipzeros.bench.networks.scenario import Scenario

    def test_speed(training_pass):
        training_pass(Scenario(hidden=3))

    def test_counts(training_pass):
        training_pass(Scenario(hidden=3, input="counts", learning_rate=0.001))
"""


def started(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # Without hypothesis, which takes longer to import than all the rest.
    return pytester.runpytest_subprocess(
        "-pno:hypothesispytest", "--benchmark-only", "--benchmark-json=out.json", *arguments
    )


def benchmark(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(mine=NETWORKS)
    pytester.makepyfile(test_mine=TEST)
    return started(pytester, "--skipzeros-reviews=30", *arguments)


@pytest.mark.slow
def test_a_network_of_ones_own_is_benchmarked_beside_the_built_in_ones(
    pytester: pytest.Pytester,
) -> None:
    result = benchmark(pytester, "--skipzeros-network", "mine.py:Mine")
    # On counts add-reduce, sum-loop and Mine are not applicable.
    there, absent = len(AVAILABLE), len(BUILT_IN) - len(AVAILABLE)
    result.assert_outcomes(passed=there + 1 + there - 2, skipped=3 + 2 * absent)
    summary = pd.read_csv(pytester.path / "results" / "latest" / "summary.csv")
    presence = summary[summary["input"] == "presence"].set_index("network")
    assert presence.loc["mine.py:Mine", "status"] == "certified"
    assert sorted(presence["rank"].dropna()) == list(range(1, there + 2))
    assert presence["ratio"].notna().sum() == there + 1
    counts = summary[summary["input"] == "counts"].set_index("network")
    assert counts.loc["mine.py:Mine", "status"] == "not applicable"
    passes = pd.read_csv(pytester.path / "results" / "latest" / "passes.csv")
    assert (passes[passes["network"] == "mine.py:Mine"].groupby("set").size() == 6).all()
    assert passes["outputs_match"].all()
    info = {
        row["name"]: row["extra_info"]
        for row in json.loads((pytester.path / "out.json").read_text())["benchmarks"]
    }
    assert info["test_speed[mine.py:Mine]"]["status"] == "certified"
    assert info["test_speed[mine.py:Mine]"]["reviews_per_second"] > 0


def test_a_wrong_one_fails_its_test_in_one_line_and_has_no_speed(
    pytester: pytest.Pytester,
) -> None:
    result = benchmark(pytester, "--skipzeros-network", "mine.py:Wrong", "-k", "Wrong and speed")
    result.assert_outcomes(failed=1, deselected=2 * len(BUILT_IN) + 1)
    result.stdout.re_match_lines([r"mine\.py:Wrong: incorrect, crafted review \d+ .*: output is"])
    summary = pd.read_csv(pytester.path / "results" / "latest" / "summary.csv")
    assert summary["rank"].isna().all()
    assert summary["status"].tolist() == ["incorrect"]


def test_one_that_is_right_until_it_is_timed_fails_after_the_clock(
    pytester: pytest.Pytester,
) -> None:
    own = ("--skipzeros-network", "mine.py:CheatsLater", "-k", "CheatsLater and speed")
    result = benchmark(pytester, *own)
    result.assert_outcomes(failed=1, deselected=2 * len(BUILT_IN) + 1)
    result.stdout.re_match_lines([r"mine\.py:CheatsLater: incorrect, under the clock: .*output is"])
    # All of its passes were timed before, and none of them is a speed.
    assert "CheatsLater" not in (pytester.path / "out.json").read_text()


def test_a_network_that_is_not_there_is_a_usage_error(pytester: pytest.Pytester) -> None:
    result = benchmark(pytester, "--skipzeros-network", "absent.py:Mine")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*there is no file absent.py*"])


MARKED = """
    import pytest
    from skipzeros.bench.networks.scenario import Scenario

    @pytest.mark.skipzeros(%s)
    @pytest.mark.parametrize("time", range(%d))
    def test_gate(training_pass, time):
        training_pass(Scenario(hidden=3))
"""


def gated(pytester: pytest.Pytester, marker: str, times: int = 1) -> pytest.RunResult:
    pytester.makepyfile(mine=NETWORKS)
    pytester.makepyfile(test_gated=MARKED % (marker, times))
    return started(pytester, "--junit-xml=out.xml", "--skipzeros-reviews=60", "--strict-markers")


@pytest.mark.slow
def test_a_marked_network_that_keeps_its_promise_passes_and_its_figures_are_kept(
    pytester: pytest.Pytester,
) -> None:
    claim = "network='mine.py:Mine', baseline='multiply-loop', faster_than='2x'"
    gated(pytester, claim).assert_outcomes(passed=1)
    (row,) = json.loads((pytester.path / "out.json").read_text())["benchmarks"]
    (finding,) = row["extra_info"]["gate"]
    assert (finding["network"], finding["verdict"]) == ("mine.py:Mine", "pass")
    assert finding["ratio_high"] < 0.5
    assert (pytester.path / "results" / "latest" / "gate-1" / "gate.csv").is_file()


@pytest.mark.slow
def test_one_that_is_slower_fails_its_test_with_the_figures(pytester: pytest.Pytester) -> None:
    result = gated(pytester, "network='sum-loop', baseline='add-reduce', max_slowdown='100%'")
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(
        [r"sum-loop against add-reduce: slower, [\d.]+x slower, and again in fresh workers\. Make"]
    )


@pytest.mark.slow
def test_one_that_could_not_be_decided_is_an_error_and_no_failure(
    pytester: pytest.Pytester,
) -> None:
    result = gated(pytester, "network='csr', baseline='add-reduce', budget=0.1")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.re_match_lines([r"csr against add-reduce: inconclusive, the first look"])
    suite = ET.parse(pytester.path / "out.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("0", "1")


# In place of the gate, so that nothing is timed.
GIVEN = """
    from pathlib import Path
    from skipzeros.bench.commands.gate import Gate
    from skipzeros.bench.pytest_plugin import marker
    from skipzeros.bench.records.rows import Finding

    verdicts = iter(VERDICTS)

    def given(*arguments, **words):
        finding = Finding(
            "add-reduce", "csr", next(verdicts), reason="as given", limit="at most 5% slower",
            ratio=1.5, ratio_low=1.4, ratio_high=1.6,
        )
        return Gate([finding], [], 1.0)

    marker.gate = given
"""


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (["pass"], ["slower"]),
        pytest.param(["faster", "pass"], ["slower", "incorrect", "failed"], marks=pytest.mark.slow),
    ],
)
def test_a_verdict_passes_fails_or_is_an_error(
    good: list[str], bad: list[str], pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(GIVEN.replace("VERDICTS", repr([*good, *bad, "inconclusive"])))
    claim = "network='add-reduce', baseline='csr', max_slowdown='5%'"
    result = gated(pytester, claim, times=len(good) + len(bad) + 1)
    # The test of the undecided one passes, and its end is the error.
    result.assert_outcomes(passed=len(good) + 1, failed=len(bad), errors=1)
    for verdict in (*bad, "inconclusive"):
        result.stdout.re_match_lines([rf"add-reduce against csr: {verdict}, as given"])
    rows = json.loads((pytester.path / "out.json").read_text())["benchmarks"]
    findings = [finding for row in rows for finding in row["extra_info"]["gate"]]
    told = {(found["network"], found["verdict"], found["ratio_high"]) for found in findings}
    assert told >= {("add-reduce", verdict, 1.6) for verdict in good}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"max_slowdown": "5%"}, "nothing to compare with"),
        ({"baseline": "csr", "max_slowdown": 5}, "'5' is not a percentage"),
        ({"baseline": "csr", "slowdown": "5%"}, "takes max_slowdown, against"),
    ],
)
def test_a_marker_that_makes_no_sense_is_bad_input(words: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Marked.read((), words)


def test_a_marker_that_is_bad_input_is_a_usage_error(pytester: pytest.Pytester) -> None:
    result = gated(pytester, "network='absent.py:Mine', baseline='csr'")
    assert result.ret in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)
    assert "there is no file absent.py" in result.stdout.str() + result.stderr.str()


@pytest.mark.slow
def test_modules_beside_the_tests_replace_none_that_is_installed(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(**{
        f"tests/{name}": "raise ZeroDivisionError('here')"
        for name in ("scipy", "pandas", "threadpoolctl", "platformdirs")
    })  # fmt: skip
    pytester.makepyfile(**{"tests/test_mine": TEST.partition("def test_counts")[0]})
    result = started(pytester, "--skipzeros-reviews=30", "-k", "csr or dense", "tests")
    result.assert_outcomes(passed=3)
