"""The matrix shows faults that the data can't, and names the plainest case that does."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import BadInput, Reviews
from skipzeros.bench.cli import cli
from skipzeros.bench.equality import matrix
from skipzeros.bench.equality.cases import ALONE, BESIDE, DIMENSIONS, LONG, Case, cases_for
from skipzeros.bench.equality.certificate import certify
from skipzeros.bench.equality.lives import LIVES
from skipzeros.bench.equality.made import CROWD, MANY, made
from skipzeros.bench.equality.matrix import ONE_SCENARIO, try_case, try_cases
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import Failed, Incorrect, Uncertified
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.compiled import Compiled
from skipzeros.impls.csr import CSR
from skipzeros.impls.dense import Dense
from skipzeros.impls.network import Network

ALL = cases_for(CSR)


def never_together(one: dict[str, str]) -> bool:
    """Whether two choices can't be in one case."""
    vocabulary, hidden = int(one.get("vocabulary", "131073")), int(one.get("hidden", "1"))
    reviews, life = one.get("reviews", "few"), one.get("life", "plain")
    return (
        (reviews.isdigit() and int(reviews) > vocabulary)
        or (reviews == "5000" and hidden > 17)
        or (reviews.isdigit() and life == "predictions")
        or any(
            choice not in LONG.get(reviews, {}).get(name, DIMENSIONS[name])
            for name, choice in one.items()
        )
    )


def test_every_two_choices_meet_unless_they_cannot() -> None:
    met = set()
    for case in ALL:
        met |= {*combinations(zip(DIMENSIONS, case.choices, strict=True), 2)}
    for first, second in combinations(DIMENSIONS, 2):
        for one in DIMENSIONS[first]:
            for other in DIMENSIONS[second]:
                pair = ((first, one), (second, other))
                assert (pair in met) != never_together(dict(pair)), pair


def test_some_choices_are_tried_alone() -> None:
    for dimension, choices in ALONE.items():
        for choice in choices:
            assert Case.parse(f"{dimension}={choice}") in ALL
    for dimension, choices in DIMENSIONS.items():
        for choice in choices[1:]:
            assert Case.parse(f"{dimension}={choice}") in ALL
    for dimension, others in BESIDE.items():
        for choice in ALONE[dimension]:
            for other, second in others.items():
                assert Case.parse(f"{dimension}={choice},{other}={second}") in ALL


def test_a_long_review_gets_the_vocabulary_that_it_needs() -> None:
    assert str(Case.parse("reviews=70000")) == "vocabulary=131073,reviews=70000"
    assert str(Case.parse("life=slices,reviews=1201")) == (
        "vocabulary=65537,reviews=1201,life=slices"
    )


def test_a_network_is_tried_in_what_it_accepts() -> None:
    class Narrow(AddReduce):
        dtypes = ("float32",)
        accepts_counts = accepts_batches = False

    cases = cases_for(Narrow)
    for dimension, choice in (("dtype", "float32"), ("counts", "presence"), ("batch", "1")):
        assert {case[dimension] for case in cases} == {choice}
    assert {case["life"] for case in cases} == set(LIVES)


@given(st.sampled_from(ALL))
def test_a_case_is_read_as_it_is_written(case: Case) -> None:
    assert Case.parse(str(case)) == case


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is none of vocabulary, hidden"),
        ("words=3", "'words' is none of"),
        ("hidden=9", "hidden is 1, 2, 3, .*, 257, 513, not '9'"),
        ("hidden=17,hidden=3", "hidden is there twice"),
        ("reviews=70000,vocabulary=65", "needs a vocabulary that has them"),
        ("reviews=many,life=reads", "reviews=many goes with life plain or strided only"),
        ("vocabulary=131073,hidden=129", "more than 3 million weights go with dtype float32 only"),
    ],
)
def test_no_case_is_told(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Case.parse(text)


@given(st.sampled_from([case for case in ALL if case["reviews"] in ("few", "crowd")]))
def test_what_is_made_is_what_the_case_says(case: Case) -> None:
    scenario, reviews, (rows, weights_1_2) = made(case)
    assert rows.shape == (reviews.vocabulary_size, scenario.hidden)
    assert (rows.shape[0], rows.shape[1]) == (int(case["vocabulary"]), int(case["hidden"]))
    assert {rows.dtype, weights_1_2.dtype} == {np.dtype(case["dtype"])}
    assert (scenario.learning_rate == 0) == (case["rate"] == "0")
    assert (reviews.counts is None) == (case["counts"] == "presence")
    if case["batch"] == "all":
        assert scenario.batch_size > len(reviews)
    if case["weights"] == "zero" and case["z"] == "0":
        assert not rows.any()
    if case["weights"] == "subnormal" and reviews.vocabulary_size > 5:
        there = rows[:-3][rows[:-3] != 0]
        assert (np.abs(there) < np.finfo(case["dtype"]).tiny).all()
    for words, _, _ in reviews:
        if case["order"] != "shuffled":
            assert (np.diff(words) > 0).all() or (np.diff(words) < 0).all()
    if case["z"] != "0" and reviews.vocabulary_size > 3:
        ones = np.ones(len(reviews.indices))
        counts = ones if reviews.counts is None else reviews.counts
        terms = counts * (rows[reviews.indices] @ weights_1_2)
        z = [float(terms[start:stop].sum()) for start, stop in pairwise(reviews.indptr)]
        for side in (1, -1):
            assert np.isclose(z, side * float(case["z"]), rtol=0.01).any()


def test_the_long_and_the_many_are_there() -> None:
    for choice, size in (("1201", 1_201), ("5000", 5_000), ("70000", 70_000)):
        case = next(case for case in ALL if case["reviews"] == choice)
        assert np.diff(made(case).reviews.indptr).max() == size
    for choice, size in (("many", MANY), ("crowd", CROWD)):
        case = next(case for case in ALL if case["reviews"] == choice)
        assert size <= len(made(case).reviews) < size + 9


@pytest.mark.parametrize("network", [AddReduce, CSR, Compiled, Dense])
def test_a_right_network_is_certified_in_some_cases(network: type[Network]) -> None:
    if (reason := network.unavailable()) is not None:
        pytest.skip(reason)
    cases = [case for case in cases_for(network) if case["reviews"] in ("few", "crowd")]
    assert try_cases(network, cases[:12]).fault is None


@pytest.mark.slow
@pytest.mark.parametrize("network", [CSR, Compiled])
def test_a_right_network_is_certified_in_all_cases(network: type[Network]) -> None:
    if (reason := network.unavailable()) is not None:
        pytest.skip(reason)
    done: list[int] = []
    tried = try_cases(network, cases_for(network), done.append, seconds=600)
    assert tried[:4] == (len(cases_for(network)), (0, ""), None, None)
    assert sum(done) == tried.cases


def test_a_network_without_room_is_tried_in_the_cases_that_fit() -> None:
    class Small(CSR):
        def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
            if len(weights_1_2) > 8:
                raise ValueError("it has room for 8 hidden units")
            super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)

    cases = [case for case in ALL if case["reviews"] == "few" and case["life"] != "sizes"][::4]
    fit = [case for case in cases if int(case["hidden"]) <= 8]
    tried = try_cases(Small, cases, seconds=600)
    assert (tried.cases, tried.fault, tried.left_out) == (len(fit), None, ())
    number, why = tried.no_room
    assert number == len(cases) - len(fit)
    assert re.fullmatch(r"it has room for 8 hidden units \(test_matrix\.py:\d+\)", why)


def test_an_error_that_is_not_meant_does_not_excuse_a_network() -> None:
    class Buffer(CSR):
        def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
            super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
            np.zeros(64)[: len(weights_1_2)] = weights_1_2

    tried = try_cases(Buffer, [Case.parse("hidden=3"), Case.parse("hidden=65,batch=2")])
    assert (tried.cases, tried.no_room[0], str(tried.case)) == (1, 0, "hidden=65")
    assert isinstance(tried.fault, Failed)
    assert "could not broadcast" in str(tried.fault)


def test_a_slow_network_is_tried_in_the_short_cases_only() -> None:
    tried = try_cases(CSR, ALL, seconds=0)
    assert (tried.cases, tried.fault) == (1, None)
    assert [*tried.left_out] == ALL[1:]


class ForgetsTheRest(CSR):
    """Its loop over hidden units is unrolled by eight, and forgets the rest of more than eight."""

    def train(self, prepared: Any) -> Any:
        before = self.weights_0_1.copy()
        outputs = super().train(prepared)
        whole = self.weights_0_1.shape[1] // 8 * 8
        if whole:
            self.weights_0_1[:, whole:] = before[:, whole:]
        return outputs


def test_a_fault_is_told_by_the_plainest_case() -> None:
    tried = try_cases(ForgetsTheRest, ALL)
    assert "hidden=" in str(tried.case)
    assert str(tried.case).count("=") <= 2, "nothing but hidden units, and perhaps a life"
    assert "weights_0_1" in str(tried.fault)


WRONG = """
import os
import numpy as np
from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.csr import CSR

class SmallCounts(CSR):
    def prepare(self, reviews):
        counts = reviews.counts
        if counts is not None:
            counts = np.where(counts > 255, counts % 256, counts)
            reviews = reviews.trusted(
                reviews.indptr, reviews.indices, counts, reviews.labels, reviews.vocabulary_size
            )
        return super().prepare(reviews)

class NotStrided(CSR):
    def prepare(self, reviews):
        assert reviews.indices.flags.c_contiguous, "numbers don't lie side by side"
        return super().prepare(reviews)

class Small(CSR):
    def __init__(self, weights_0_1, weights_1_2, learning_rate, batch_size=1):
        if len(weights_1_2) > 8:
            raise ValueError("it has room for 8 hidden units")
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)

class Dies(CSR):
    def prepare(self, reviews):
        if np.diff(reviews.indptr).max(initial=0) > 1200:
            os._exit(7)
        return super().prepare(reviews)
"""


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(matrix, "SECONDS", 60.0)
    Path("wrong.py").write_text(WRONG)


def skipzeros(*arguments: str) -> Any:
    return CliRunner().invoke(cli, arguments)


def test_check_gives_the_command_that_shows_a_fault_alone(wrong: None) -> None:
    arguments = ("check", "--network", "wrong.py:SmallCounts", "--reviews", "60")
    quick = skipzeros(*arguments, "--quick")
    assert quick.exit_code == 0, quick.output
    found = skipzeros(*arguments)
    assert found.exit_code == 3, found.output
    (line,) = (line for line in found.output.splitlines() if "in that case alone: " in line)
    alone = skipzeros(*shlex.split(line.partition("alone: skipzeros ")[2]))
    assert alone.exit_code == 3
    assert "The case counts=" in alone.output
    assert "output is" in alone.output or "weights" in alone.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "status", "reason"),
    [
        ("NotStrided", 6, "numbers don't lie side by side"),
        ("Dies", 6, "exit code 7"),
    ],
)
def test_what_fails_in_a_worker_is_told_with_its_case(
    network: str, status: int, reason: str, wrong: None
) -> None:
    found = skipzeros("check", "--network", f"wrong.py:{network}", "--reviews", "60")
    assert found.exit_code == status, found.output
    told = " ".join(found.output.split())
    assert "in the case " in told
    assert reason in told


def test_a_case_that_a_network_has_no_room_for_is_not_certified(wrong: None) -> None:
    told = skipzeros("check", "--network", "wrong.py:Small", "--case", "hidden=17").output
    assert "not applicable" in told
    assert "has no room for such sizes" in " ".join(told.split())
    told = skipzeros("check", "--network", "wrong.py:Small", "--case", "hidden=7").output
    assert "certified" in told
    assert "not applicable" not in told


def test_how_many_cases_a_network_has_no_room_for_is_told(
    wrong: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [Case.parse(text) for text in ("plain", "hidden=17", "hidden=65")]
    monkeypatch.setattr("skipzeros.bench.workers.driver.cases_for", lambda network: cases)
    monkeypatch.setattr(matrix, "SECONDS", 60.0)
    result = skipzeros("check", "--network", "wrong.py:Small", "--hidden", "8", "--reviews", "60")
    assert (
        "wrong.py:Small refuses 2 of the small scenarios when it is built: it has room for 8 "
        "hidden units"
    ) in " ".join(result.output.split())
    assert "1 of 3" in result.output
    assert "take too long" not in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--case", ""], "'' is none of vocabulary"),
        (["--case", "plain", "--hidden", "20"], "leave out --hidden"),
        (["--case", "plain", "--batch-size", "2"], "leave out --batch-size"),
        (["--case", "plain", "--reviews", "5"], "leave out --reviews"),
    ],
)
def test_what_does_not_go_with_a_case_is_told(arguments: list[str], told: str) -> None:
    result = skipzeros("check", "--network", "csr", *arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


def test_run_says_what_a_certificate_of_one_scenario_covers(wrong: None) -> None:
    result = skipzeros("run", "--network", "csr", "--baseline", "csr", "--reviews", "30",
                       "--rounds", "6", "--out", "out")  # fmt: skip
    assert " ".join(ONE_SCENARIO.split()) in " ".join(result.output.split())


ROOT = Path(__file__).parents[2]
MUTANTS = ROOT / "tests/equality/mutants/matrix"
DOCUMENT = (ROOT / "docs/matrix.md").read_text("utf-8")
TOLD = re.findall(r"^\| `(\w+)` \| `(\S+)` \|", DOCUMENT, re.MULTILINE)


def mutants() -> dict[str, type[Network]]:
    sys.path.insert(0, str(MUTANTS))
    modules = [importlib.import_module(path.stem) for path in sorted(MUTANTS.glob("*.py"))]
    sys.path.remove(str(MUTANTS))
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    }


WRONG_IN_CASES = mutants()


def test_the_document_tells_all_dimensions_lives_and_mutants() -> None:
    for dimension, choices in DIMENSIONS.items():
        alone = f"; alone {', '.join(ALONE[dimension])}" if dimension in ALONE else ""
        assert f"| `{dimension}` | {', '.join(choices)}{alone} |" in DOCUMENT
    for life in LIVES:
        assert f"| `{life}` |" in DOCUMENT
    right = {name for name in WRONG_IN_CASES if name.startswith("Right")}
    assert sorted(WRONG_IN_CASES.keys() - right) == sorted(name for name, _ in TOLD)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), TOLD)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_mutant_is_wrong_in_the_case_that_the_document_names(name: str, case: str) -> None:
    with pytest.raises((Incorrect, Failed, Uncertified)):
        try_case(WRONG_IN_CASES[name], Case.parse(case))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, _ in TOLD])
def test_a_mutant_is_certified_where_its_case_does_not_occur(
    name: str, synthetic_reviews: Reviews
) -> None:
    certificate = certify(WRONG_IN_CASES[name], synthetic_reviews[:60].presence(), Scenario())
    assert certificate.status == "certified", certificate.reason


@pytest.mark.parametrize("name", ["Right", "RightTouched", "RightPending"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_the_mutants_derive_from_is_right(name: str) -> None:
    assert try_cases(WRONG_IN_CASES[name], ALL, seconds=10).fault is None
