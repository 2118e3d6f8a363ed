"""The authors' kit as an author meets it: pytest is run on a test file of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict

import pytest

# Imported here too: pytester unloads what the inner runs import, and no C extension likes that.
from skipzeros.testing import NetworkConformance, parametrize_with_networks

pytest_plugins = ("pytester",)

TESTS = {
    name.removeprefix("test_") for name in vars(NetworkConformance) if name.startswith("test_")
}

# What every author's file below begins with; one dtype and no batches, to save time.
RIGHT = """
    import numpy as np

    from skipzeros import OnlineNetwork
    from skipzeros.testing import NetworkConformance, parametrize_with_networks

    class Right(OnlineNetwork):
        dtypes = ("float64",)
        accepts_batches = False

        def sum_rows(self, words, counts):
            return self.weights_0_1[words].sum(axis=0)

        def update_rows(self, words, counts, step):
            self.weights_0_1[words] -= step
"""


def conform(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(test_mine=RIGHT + source)
    # Without hypothesis, which takes longer to load than these tests to run.
    return pytester.runpytest("-v", "-rA", "-p", "no:hypothesispytest")


def scenarios(result: pytest.RunResult) -> dict[str, set[str]]:
    """The scenarios in which each test ran."""
    found = defaultdict(set)
    for test, scenario in re.findall(r"::test_(\w+)\[(\S+)\] \w+ ", result.stdout.str()):
        found[test].add(scenario)
    return found


def test_a_right_network_passes_in_three_lines(pytester: pytest.Pytester) -> None:
    result = conform(
        pytester,
        """
    class TestMine(NetworkConformance):
        network = Right
        """,
    )
    ran = scenarios(result)
    assert set(ran) == TESTS
    assert ran.pop("crafted_reviews") == {
        f"presence-float64-batch1-rate{rate}" for rate in ("0.01", "0.1", "1", "0.1-hidden3")
    }
    assert all(names == {"presence-float64-batch1-rate0.1"} for names in ran.values())
    result.assert_outcomes(passed=4 + len(ran))


@pytest.mark.slow
def test_the_scenarios_are_those_that_the_network_accepts(pytester: pytest.Pytester) -> None:
    result = conform(
        pytester,
        """
    from skipzeros.impls.csr import CSR

    class TestCSR(NetworkConformance):
        network = CSR
        """,
    )
    ran = scenarios(result)
    assert set(ran) == TESTS
    kinds = {
        f"{values}-{dtype}-batch{size}-rate{rate}"
        for values, rate in (("presence", "0.1"), ("counts", "0.001"))
        for dtype in ("float64", "float32")
        for size in (1, 4)
    }
    assert len(ran.pop("crafted_reviews")) == 3 * len(kinds) + 1
    assert all(names == kinds for names in ran.values())
    assert result.ret == pytest.ExitCode.OK


# Each fault, a test that tells it, in which one line, and the tests that must not fail for it.
FAULTS = {
    "StrayRow": (
        """
        def update_rows(self, words, counts, step):
            super().update_rows(words, counts, step)
            self.weights_0_1[17] -= step
        """,
        "crafted_reviews",
        r"row 17 changed, but crafted review \d+ \(.+\) does not contain word 17: .*",
        {"a_pass_may_be_cut_into_calls", "what_is_passed_in_is_left_alone"},
    ),
    "NothingFromEmpty": (
        """
        def sum_rows(self, words, counts):
            return super().sum_rows(words, counts) + 0.01 * (not len(words))
        """,
        "empty_reviews",
        r"empty review 0: output is \S+, expected 0.5, bound .*",
        {"prepared_reviews_stay_valid_after_reset", "what_is_passed_in_is_left_alone"},
    ),
    "Int16Ids": (
        """
        def sum_rows(self, words, counts):
            return super().sum_rows(words.astype(np.int16), counts)
        """,
        "synthetic_reviews_are_certified",
        r"review \d+: output is .*",
        {"crafted_reviews", "empty_reviews", "a_pass_may_be_cut_into_calls"},
    ),
    "Shares": (
        """
        def __init__(self, weights_0_1, *others, **options):
            super().__init__(weights_0_1, *others, **options)
            self.weights_0_1 = weights_0_1
        """,
        "what_is_passed_in_is_left_alone",
        "the weights_0_1 that were passed in have been changed: copy them",
        {"predict_changes_nothing", "outputs_and_weights_keep_shape_and_dtype"},
    ),
    "SharesAfterReset": (
        """
        def reset(self, weights_0_1, weights_1_2):
            self.weights_0_1, self.weights_1_2 = weights_0_1, weights_1_2.copy()
        """,
        "what_is_passed_in_is_left_alone",
        "the weights_0_1 that were passed in have been changed: copy them",
        {"crafted_reviews", "a_pass_may_be_cut_into_calls"},
    ),
    "UsesUp": (
        """
        def train(self, prepared):
            outputs = super().train(prepared)
            prepared.reverse()
            return outputs
        """,
        "prepared_reviews_stay_valid_after_reset",
        "what prepare made does not stay valid: after a later pass over it, .*",
        {"crafted_reviews", "a_pass_may_be_cut_into_calls", "predict_changes_nothing"},
    ),
    "OwnPrepared": (
        """
        def prepare(self, reviews):
            return id(self), super().prepare(reviews)

        def train(self, prepared):
            # Kept, so that no later instance has the id of an earlier one.
            kept.append(self)
            return super().train(prepared[1] if prepared[0] == id(self) else [])

        def predict(self, prepared):
            return super().predict(prepared[1])

    kept = []
        """,
        "prepared_reviews_serve_new_instances",
        r"a pass: output has shape \(0,\), expected \(42,\)",
        TESTS - {"prepared_reviews_serve_new_instances"},
    ),
    "OtherOrderInLongCalls": (
        """
        def train(self, prepared):
            if len(prepared) > 1:
                prepared = [(words[::-1], counts, label) for words, counts, label in prepared]
            return super().train(prepared)
        """,
        "a_pass_may_be_cut_into_calls",
        "each step is within its bounds, but a call of .* what is timed is not what was judged",
        {"empty_reviews", "prepared_reviews_stay_valid_after_reset", "predict_changes_nothing"},
    ),
    "PredictLearns": (
        """
        def predict(self, prepared):
            outputs = super().predict(prepared)
            self.train(prepared)
            return outputs
        """,
        "predict_changes_nothing",
        r"row \d+ of weights_0_1 is not what it should be after predict.*",
        {"a_pass_may_be_cut_into_calls", "prepared_reviews_stay_valid_after_reset"},
    ),
    "Float32Outputs": (
        """
        def train(self, prepared):
            return super().train(prepared).astype(np.float32)
        """,
        "outputs_and_weights_keep_shape_and_dtype",
        "output of train is float32, expected float64",
        {"a_pass_may_be_cut_into_calls", "predict_changes_nothing"},
    ),
    "Raises": (
        """
        def prepare(self, reviews):
            raise KeyError("the")
        """,
        "a_pass_may_be_cut_into_calls",
        r"prepare raised KeyError: 'the' \(test_mine\.py:\d+\)",
        set(),
    ),
}


@pytest.mark.parametrize(
    "names", [("StrayRow", "Raises"), pytest.param(tuple(FAULTS), marks=pytest.mark.slow)],
    ids=["two", "all"],
)  # fmt: skip
def test_a_wrong_network_fails_with_one_line_that_says_why(
    names: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    faults = {name: FAULTS[name] for name in names}
    source = "".join(
        f"""
    class {name}(Right):
        {body.strip()}

    class Test{name}(NetworkConformance):
        network = {name}
        """
        for name, (body, *_) in faults.items()
    )
    lines = conform(pytester, source).stdout.lines
    for name, (_, test, reason, fine) in faults.items():
        # Each failure is its title, and then nothing but the reason.
        told = [
            (title[1], lines[number + 1], lines[number + 2])
            for number, line in enumerate(lines)
            if (title := re.fullmatch(rf"_+ Test{name}\.test_(\w+)\[\S+\] _+", line))
        ]
        assert any(re.fullmatch(reason, why) for title, why, _ in told if title == test), told
        assert all(re.match("[_=]+ ", after) for _, _, after in told), told
        assert not fine & {title for title, _, _ in told}, told


def test_one_that_cannot_run_here_is_skipped_with_its_reason(pytester: pytest.Pytester) -> None:
    result = conform(
        pytester,
        """
    class NeedsMore(Right):
        @classmethod
        def unavailable(cls):
            return "numba is missing: pip install 'mine[numba]'"

    class TestNeedsMore(NetworkConformance):
        network = NeedsMore
        """,
    )
    result.assert_outcomes(skipped=len(TESTS) + 3)
    result.stdout.fnmatch_lines(
        "SKIPPED*: NeedsMore is unavailable: numba is missing: pip install 'mine?numba?'"
    )


def test_the_base_class_alone_collects_nothing(pytester: pytest.Pytester) -> None:
    result = conform(pytester, "")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("nettwork = Right", "TestMine needs a network: write `network = YourClass`"),
        ("network = Right(np.zeros((1, 1)), np.zeros(1), 0.1)", "TestMine needs a network"),
        (
            "network = type('Half', (Right,), {'dtypes': ('float16',)})",
            "TestMine: Half.dtypes is ('float16',)",
        ),
    ],
)
def test_a_class_that_could_test_nothing_is_an_error(
    pytester: pytest.Pytester, body: str, message: str
) -> None:
    result = conform(
        pytester,
        f"""
    class TestMine(NetworkConformance):
        {body}
        """,
    )
    result.assert_outcomes(errors=1)
    assert message in result.stdout.str()


def test_others_may_derive_from_a_class_that_is_no_test(pytester: pytest.Pytester) -> None:
    result = conform(
        pytester,
        """
    class MoreConformance(NetworkConformance):
        __test__ = False

        def test_own(self, scenario):
            assert scenario.dtype in self.network.dtypes

    class TestMine(MoreConformance):
        network = Right
        """,
    )
    result.assert_outcomes(passed=len(TESTS) + 4)


DECORATED = """
    @parametrize_with_networks([{}])
    def test_network(network, check):
        check(network)
"""


def test_the_decorator_makes_a_test_of_each_network_check_and_scenario(
    pytester: pytest.Pytester,
) -> None:
    counting = """
    class Counting(Right):
        accepts_counts = True

        def sum_rows(self, words, counts):
            return super().sum_rows(words, counts) if counts is None else counts @ self.rows(words)

        def update_rows(self, words, counts, step):
            self.weights_0_1[words] -= step if counts is None else np.outer(counts, step)
    """
    result = conform(pytester, counting + DECORATED.format("Right, Counting"))
    ids = re.findall(r"::test_network\[(\S+)\] PASSED", result.stdout.str())
    presence = [f"presence-float64-batch1-rate{rate}" for rate in ("0.01", "0.1", "1")]
    counts = [one.replace("presence", "counts") for one in presence]
    others = TESTS - {"crafted_reviews"}
    assert sorted(ids) == sorted(
        [f"{name}-crafted_reviews-{presence[1]}-hidden3" for name in ("Right", "Counting")]
        + [f"{name}-crafted_reviews-{one}" for name in ("Right", "Counting") for one in presence]
        + [f"{name}-{check}-{presence[1]}" for name in ("Right", "Counting") for check in others]
        + [f"Counting-crafted_reviews-{one}" for one in counts]
        + [f"Counting-{check}-counts-float64-batch1-rate0.001" for check in others]
    )
    result.assert_outcomes(passed=len(ids))


def test_under_the_decorator_one_network_fails_in_one_line_and_another_is_skipped(
    pytester: pytest.Pytester,
) -> None:
    networks = """
    class LastWordDropped(Right):
        def sum_rows(self, words, counts):
            return super().sum_rows(words[:-1], counts)

    class NeedsMore(Right):
        @classmethod
        def unavailable(cls):
            return "numba is missing: pip install 'mine[numba]'"
    """
    result = conform(pytester, networks + DECORATED.format("LastWordDropped, NeedsMore, Right"))
    text, lines = result.stdout.str(), result.stdout.lines
    title = "test_network[LastWordDropped-crafted_reviews-presence-float64-batch1-rate0.1]"
    (number,) = [
        i for i, line in enumerate(lines) if re.fullmatch(f"_+ {re.escape(title)} _+", line)
    ]
    assert re.fullmatch(r"crafted review 1 \(one word\): output is .*, bound .*", lines[number + 1])
    assert re.match("[_=]+ ", lines[number + 2])
    reason = "NeedsMore is unavailable: numba is missing: pip install 'mine[numba]'"
    assert re.search(rf"^SKIPPED \[{len(TESTS) + 3}\] .*: {re.escape(reason)}$", text, re.M)
    assert set(re.findall(r"\[(\w+)-\S+ PASSED", text)) >= {"Right"}
    assert set(re.findall(r"\[(\w+)-\S+ FAILED", text)) == {"LastWordDropped"}
    assert set(re.findall(r"\[(\w+)-\S+ SKIPPED", text)) == {"NeedsMore"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("'csr'", "'csr' is no network: give a class derived from skipzeros.Network"),
        ("type('Half', (Right,), {'dtypes': ('float16',)})", "Half.dtypes is ('float16',)"),
    ],
)
def test_what_the_decorator_could_not_test_is_an_error(
    pytester: pytest.Pytester, given: str, message: str
) -> None:
    result = conform(pytester, DECORATED.format(given))
    result.assert_outcomes(errors=1)
    assert message in result.stdout.str()


@pytest.mark.parametrize("exported", [NetworkConformance, parametrize_with_networks])
def test_the_example_of_a_docstring_runs(pytester: pytest.Pytester, exported: object) -> None:
    (example,) = re.findall(r"::\n\n((?: {8}.*\n|\n)+)", exported.__doc__ or "")
    networks = "".join(f"\n    class {name}(Right): ...\n" for name in ("Mine", "Another"))
    result = conform(pytester, networks + re.sub("^ {4}", "", example, flags=re.M))
    assert result.parseoutcomes().keys() == {"passed"}


def test_the_package_itself_does_not_need_pytest() -> None:
    code = "import skipzeros, skipzeros.bench.cli, sys; sys.exit('pytest' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
