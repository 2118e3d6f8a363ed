"""run --vary: other sizes of the same data, exponents, and where the dense product wins."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.cli import cli
from skipzeros.bench.commands import scaling
from skipzeros.bench.commands.experiment import Experiment
from skipzeros.bench.cost import sizes
from skipzeros.bench.cost.growth import crossing, exponent
from skipzeros.bench.cost.sizes import Vary, with_vocabulary, with_words
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput, Status
from skipzeros.bench.records.rows import GrowthRow, Setting, columns
from skipzeros.bench.show.scaling import print_scaling
from skipzeros.bench.timing.rounds import Plan
from skipzeros.impls.reviews import Reviews

REVIEWS = Reviews.from_lists(
    [[0, 3, 4], [3, 4], [], [4, 1]], [1, 0, 1, 0], 5, [[1, 2, 3], [4, 5], [], [6, 7]]
)


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "250"}).invoke(
        cli, [*"run --reviews 30 --certify 20 --rounds 6 --out out".split(), *arguments]
    )


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        *"hidden hidden= hidden=10 hidden=10,10 hidden=0,10 hidden=a,b hidden=1.5,2".split(),
        *"rate=1,2 hidden=1,99999999999 =1,2".split(),
    ],
)
def test_what_cannot_vary_is_one_line_and_exit_code_2(text: str) -> None:
    result = run("--vary", text)
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1
    assert not Path("out").exists()


def test_values_are_put_in_order() -> None:
    assert Vary.parse("batch-size=64,1,8,8") == Vary("batch-size", (1, 8, 64))


def test_each_size_makes_its_own_cases() -> None:
    def cases(text: str) -> list[tuple[int, Reviews, Scenario]]:
        return list(Vary.parse(text).cases(REVIEWS[:2], Scenario(), REVIEWS))

    assert [case[2].hidden for case in cases("hidden=3,7")] == [3, 7]
    assert [case[2].batch_size for case in cases("batch-size=3,7")] == [3, 7]
    assert [len(case[1]) for case in cases("reviews=1,4")] == [1, 4]
    assert [case[1].vocabulary_size for case in cases("vocabulary=2,9")] == [2, 9]
    assert [len(case[1].indices) for case in cases("words=1,2")] == [2, 4]
    with pytest.raises(BadInput, match="there are only 4 training reviews"):
        cases("reviews=1,5")


@given(st.data())
def test_a_smaller_vocabulary_has_as_many_words_present(data: st.DataObject) -> None:
    words = data.draw(st.lists(st.lists(st.integers(0, 29), unique=True, max_size=12), min_size=1))
    counts = [[float(word + 1) for word in review] for review in words]
    size = data.draw(st.integers(1, 40))
    reviews = Reviews.from_lists(words, [1.0] * len(words), 30, counts)
    # The constructor refuses a word twice in a review, and one outside the vocabulary.
    small = with_vocabulary(reviews, size)
    lengths = [min(len(review), size) for review in words]
    assert np.diff(small.indptr).tolist() == lengths
    for (_, kept, _), before in zip(small, counts, strict=True):
        assert kept.tolist() == before[: len(kept)]  # type: ignore[union-attr]


@given(st.lists(st.lists(st.integers(0, 29), unique=True, max_size=9), min_size=1, max_size=6),
       st.integers(1, 40), st.integers(1, 20), st.booleans())  # fmt: skip
def test_other_sizes_are_the_same_in_blocks_of_any_length(
    words: list[list[int]], size: int, block: int, presence: bool
) -> None:
    counts = None if presence else [[word + 1 for word in review] for review in words]
    reviews = Reviews.from_lists(words, [1.0] * len(words), 30, counts)
    for change in (with_words, with_vocabulary):
        whole = change(reviews, size)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Reviews.blocks, "__defaults__", (block,))
            cut = change(reviews, size)
        for part in ("indptr", "indices", "counts", "labels"):
            assert np.array_equal(getattr(whole, part), getattr(cut, part))


def test_the_reviews_of_a_value_are_made_when_it_is_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    monkeypatch.setattr(sizes, "with_words", lambda reviews, most: made.append(most) or reviews)
    cases = Vary.parse("words=1,2").cases(REVIEWS, Scenario(), REVIEWS)
    assert made == []
    next(cases)
    assert made == [1]


def test_too_many_reviews_are_refused_before_any_value_is_reached() -> None:
    with pytest.raises(BadInput, match="there are only 4"):
        Vary.parse("reviews=1,5").cases(REVIEWS, Scenario(), REVIEWS)


def test_fewer_words_are_the_first_ones() -> None:
    few = [(words.tolist(), counts.tolist()) for words, counts, _ in with_words(REVIEWS, 2)]  # type: ignore[union-attr]
    assert few == [([0, 3], [1, 2]), ([3, 4], [4, 5]), ([], []), ([4, 1], [6, 7])]


def test_a_larger_vocabulary_has_words_that_never_occur() -> None:
    large = with_vocabulary(REVIEWS, 50)
    assert large.vocabulary_size == 50
    assert large.indices.tolist() == REVIEWS.indices.tolist()


@given(st.floats(-2, 2), st.integers(0, 2**32 - 1))
def test_an_exponent_is_that_which_the_times_were_made_of(power: float, seed: int) -> None:
    sizes = np.log(np.random.default_rng(seed).uniform(1, 1000, 40))
    assert exponent(sizes, 3 + power * sizes).value == pytest.approx(power, abs=1e-9)


def test_an_interval_holds_the_exponent_about_19_times_of_20() -> None:
    draw, held = np.random.default_rng(1), 0
    for _ in range(400):
        sizes = np.log(np.repeat([10, 100, 1000], 6))
        slope = exponent(sizes, sizes + draw.normal(0, 0.1, len(sizes)))
        held += slope.low <= 1 <= slope.high
    assert 0.92 < held / 400 < 0.98


def test_from_two_passes_or_one_size_there_is_no_exponent() -> None:
    assert math.isnan(exponent([1.0, 2.0], [1.0, 2.0]).value)
    assert math.isnan(exponent([1.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]).value)


def summary(ratios: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "value": [1, 2, 3],
            "density": [0.001, 0.01, 0.1],
            "ratio": ratios,
            "ratio_low": [0.9 * ratio for ratio in ratios],
            "ratio_high": [1.1 * ratio for ratio in ratios],
            "status": "certified",
        }
    )


def test_the_crossover_is_where_the_ratio_is_one() -> None:
    found = crossing(summary([0.01, 0.1, 10.0]), summary([1.0, 1.0, 1.0]))
    assert found.value == pytest.approx(10**-1.5)
    assert found.low < found.value < found.high
    assert math.isnan(crossing(summary([0.1, 0.2, 0.3]), summary([1.0] * 3)).value)


def rows_of(name: str, ratios: list[float], crossover: float = math.nan) -> list[GrowthRow]:
    """As scale returns them, for the vocabularies 10, 100 and 1,000; dense takes a second."""
    setting = Setting.of(REVIEWS, "mine", Scenario())
    shared = {known: value for known, value in vars(setting).items() if known in columns(GrowthRow)}
    return [
        GrowthRow(
            network=name,
            vary="vocabulary",
            value=10**power,
            density=10.0**-power,
            status=Status.CERTIFIED,
            reason="",
            median_seconds=ratio,
            ratio=ratio,
            exponent=1.0,
            exponent_low=0.9,
            exponent_high=1.1,
            crossover=crossover,
            crossover_low=0.9 * crossover,
            crossover_high=1.1 * crossover,
            **shared,
        )
        for power, ratio in enumerate(ratios, 1)
    ]


def test_where_dense_wins_is_told_of_each_network(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        *rows_of("dense", [1, 1, 1]),
        *rows_of("meets", [2, 0.5, 0.1], crossover=0.05),
        *rows_of("faster", [0.5, 0.5, 0.1]),
        *rows_of("slower", [3, 2, 2]),
        *rows_of("restless", [0.9, 1.1, math.nan]),
        *rows_of("untimed", [math.nan] * 3),
        *(replace(row, status=Status.FAILED) for row in rows_of("failed", [0.5] * 3)),
    ]
    print_scaling(rows, Vary("vocabulary", (10, 100, 1000)))
    printed = capsys.readouterr().out
    told = printed[printed.index("Words present / vocabulary") :].splitlines()
    assert told == [
        "Words present / vocabulary goes from 0.10% to 10.00%.",
        "  dense beats meets from a density of 5.0% (4.5% to 5.5%) on",
        "  dense beats faster at no density tried",
        "  dense beats slower at every density tried",
        "  dense beats restless at 1 of 2 densities tried, but from none on",
        "  untimed: no ratio to dense",
    ]
    print_scaling(rows[3:], Vary("vocabulary", (10, 100, 1000)))
    assert "told with dense among the networks" in capsys.readouterr().out
    print_scaling(rows, Vary("hidden", (10, 100, 1000)))
    assert "dense beats" not in capsys.readouterr().out


@pytest.mark.clock
@pytest.mark.usefixtures("one_set")
@pytest.mark.parametrize(
    "values", [[20, 2000], pytest.param([20, 2000, 60_000], marks=pytest.mark.slow)]
)
def test_run_tells_how_the_cost_grows(values: list[int]) -> None:
    asked = f"vocabulary={','.join(map(str, values))}"
    arguments = ("--vary", asked, "--network", "add-reduce")
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert "nan" not in result.output
    table = pd.read_csv("out/scaling.csv")
    assert table["network"].tolist() == ["add-reduce"] * len(values) + ["dense"] * len(values)
    assert table["value"].tolist() == values * 2

    # How large the figures are is this machine's; that they are those of its passes is not.
    passes = {value: pd.read_csv(f"out/vocabulary={value}/passes.csv") for value in values}
    for name, own in table.groupby("network"):
        took = [
            passes[row.value].groupby("network").get_group(name)[f"{row.clock}_seconds"]
            for row in own.itertuples()
        ]
        sizes = np.log(np.repeat(values, [len(one) for one in took]))
        slope = exponent(sizes, np.log(np.concatenate(took)))
        found = own[["exponent", "exponent_low", "exponent_high"]].iloc[0]
        assert tuple(found) == pytest.approx(slope)
        assert f"^{slope.value:.2f} ({slope.low:.2f} to {slope.high:.2f})" in result.output
    sparse, dense = (table[table["network"] == name] for name in ("add-reduce", "dense"))
    crossover = crossing(sparse, dense)
    found = sparse[["crossover", "crossover_low", "crossover_high"]].iloc[0]
    assert tuple(found) == pytest.approx(crossover, nan_ok=True)
    assert ("add-reduce from a density of" in result.output) == (crossover.value > 0)

    # A finished value is not timed again, and one of other options is refused.
    before = Path("out/vocabulary=20/passes.csv").read_bytes()
    Path(f"out/vocabulary={values[-1]}/summary.csv").unlink()
    again = run(*arguments, "--resume")
    assert again.exit_code == 0, again.output
    assert Path("out/vocabulary=20/passes.csv").read_bytes() == before
    assert "Going on after 6 rounds" in again.output
    other = run(*arguments, "--resume", "--hidden", "3")
    assert other.exit_code == 2
    assert "vocabulary=20 has other options or networks" in other.output


def test_the_budget_is_that_of_all_values(monkeypatch: pytest.MonkeyPatch) -> None:
    budgets = []

    def stop(case: Experiment, plan: Plan) -> None:
        budgets.append(plan.budget)
        raise BadInput("stopped")

    monkeypatch.setattr(scaling, "run", stop)
    assert run("--vary", "hidden=3,5", "--network", "csr", "--budget", "10").exit_code == 2
    assert budgets == [5.0]


def test_what_is_varied_is_not_given_too() -> None:
    result = run("--vary", "hidden=3,5", "--hidden", "4")
    assert result.exit_code == 2
    assert "--hidden and --vary hidden=...: give one of them" in result.output


@pytest.mark.usefixtures("one_set")
def test_a_network_that_does_not_apply_has_no_time_there() -> None:
    own_loop = Path(__file__).parents[1] / "equality/mutants/right.py"
    named = f"--vary batch-size=1,4 --network csr --network {own_loop}:Reversed --baseline csr"
    result = run(*named.split())
    assert result.exit_code == 0, result.output
    assert "right.py:Reversed at 4: not applicable" in result.output
