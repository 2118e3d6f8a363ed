"""The pytest plug-in as another repository uses it: its options, its records, its failures."""

from __future__ import annotations

import json

import pandas as pd
import pytest

pytest_plugins = ("pytester",)

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

TEST = """
    from skipzeros.bench.scenario import Scenario

    def test_speed(training_pass):
        training_pass(Scenario(hidden=3))

    def test_counts(training_pass):
        training_pass(Scenario(hidden=3, input="counts", learning_rate=0.001))
"""


def benchmark(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(mine=NETWORKS)
    pytester.makepyfile(test_mine=TEST)
    return pytester.runpytest_subprocess(
        "--benchmark-only", "--benchmark-json=out.json", "--skipzeros-reviews=30", *arguments
    )


def test_a_network_of_ones_own_is_benchmarked_beside_the_built_in_ones(
    pytester: pytest.Pytester,
) -> None:
    result = benchmark(pytester, "--skipzeros-network", "mine.py:Mine")
    # On counts add-reduce, sum-loop and Mine are not applicable.
    result.assert_outcomes(passed=7 + 4, skipped=3)
    summary = pd.read_csv(pytester.path / "results" / "latest" / "summary.csv")
    presence = summary[summary["input"] == "presence"].set_index("network")
    assert presence.loc["mine.py:Mine", "status"] == "certified"
    assert sorted(presence["rank"]) == [1, 2, 3, 4, 5, 6, 7]
    assert presence["ratio"].notna().all()
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
    result.assert_outcomes(failed=1, deselected=13)
    result.stdout.re_match_lines([r"mine\.py:Wrong: incorrect, crafted review \d+ .*: output is"])
    summary = pd.read_csv(pytester.path / "results" / "latest" / "summary.csv")
    assert summary["rank"].isna().all()
    assert summary["status"].tolist() == ["incorrect"]


def test_one_that_is_right_until_it_is_timed_fails_after_the_clock(
    pytester: pytest.Pytester,
) -> None:
    own = ("--skipzeros-network", "mine.py:CheatsLater", "-k", "CheatsLater and speed")
    result = benchmark(pytester, *own)
    result.assert_outcomes(failed=1, deselected=13)
    result.stdout.re_match_lines([r"mine\.py:CheatsLater: incorrect, under the clock: .*output is"])


def test_a_network_that_is_not_there_is_a_usage_error(pytester: pytest.Pytester) -> None:
    result = benchmark(pytester, "--skipzeros-network", "absent.py:Mine")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*there is no file absent.py*"])
