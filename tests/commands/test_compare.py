"""Two runs compared by their records: what is told, and how often it is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from made_runs import written

import skipzeros
from skipzeros import BadInput
from skipzeros.bench.cli import cli
from skipzeros.bench.commands.compare import Change, compare, judged, quotient
from skipzeros.bench.outcomes import Status
from skipzeros.bench.timing.ratios import Ratio


def verdicts(before: Path, after: Path, **options: object) -> dict[str, str]:
    return {row.network: row.verdict for row in compare(before, after, **options).rows}  # type: ignore[arg-type]


def test_a_change_is_told_whatever_the_machine_did_meanwhile(tmp_path: Path) -> None:
    a = written(tmp_path / "a", {"base": 1.0, "slows": 0.5, "gains": 0.5, "stays": 0.1})
    # The machine is three times slower now.
    b = written(tmp_path / "b", {"base": 3.0, "slows": 1.8, "gains": 1.2, "stays": 0.3}, seed=2)
    assert verdicts(a, b) == {"slows": "slower", "gains": "faster", "stays": "same"}
    slower = compare(a, b).rows[0]
    assert slower.change_low < 1.2 < slower.change_high
    assert slower.change == pytest.approx(1.2, rel=0.03)


def test_what_is_in_one_run_only_or_has_no_speed(tmp_path: Path) -> None:
    a = written(tmp_path / "a", {"base": 1.0, "gone": 0.5, "broke": 0.5},
                statuses={"mended": Status.FAILED})  # fmt: skip
    b = written(tmp_path / "b", {"base": 1.0, "fresh": 0.5, "mended": 0.5},
                statuses={"broke": Status.INCORRECT})  # fmt: skip
    assert verdicts(a, b) == {
        "gone": "gone", "broke": "incorrect", "mended": "new", "fresh": "new"
    }  # fmt: skip
    result = CliRunner().invoke(cli, ["compare", str(a), str(b)])
    assert result.exit_code == 3
    assert "INCORRECT" in result.output


@pytest.mark.parametrize(("change", "code"), [(1.0, 0), (0.8, 0), (1.2, 1), (1.05, 4)], ids=str)
def test_the_command_ends_as_a_gate_does(change: float, code: int, tmp_path: Path) -> None:
    a = written(tmp_path / "a", {"base": 1.0, "mine": 0.5})
    b = written(tmp_path / "b", {"base": 1.0, "mine": 0.5 * change}, seed=2)
    result = CliRunner().invoke(cli, ["compare", str(a), str(b)])
    assert result.exit_code == code, result.output
    document = json.loads(CliRunner().invoke(cli, ["compare", str(a), str(b), "--json"]).stdout)
    assert (document["anchor"], document["exit_code"]) == ("base", code)
    rows = document["rows"]
    assert rows[0]["change"] == pytest.approx(change, rel=0.02)
    if code == 4:
        assert rows[0]["verdict"] == "unclear"
        assert "the threshold is 5%: time more rounds" in rows[0]["reason"]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"hidden": 20}, r"differ in hidden \(10, 20\); compare runs of one scenario"),
        ({"reviews": 50, "dtype": "float32"}, r"reviews \(40, 50\), dtype \(float64, float32\)"),
        ({"baseline": "mine"}, r"the baselines differ \(base, mine\); name one of base, mine"),
    ],
)
def test_runs_that_do_not_compare_are_refused(
    other: dict[str, object], message: str, tmp_path: Path
) -> None:
    a = written(tmp_path / "a", {"base": 1.0, "mine": 0.5})
    b = written(tmp_path / "b", {"base": 1.0, "mine": 0.5}, **other)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=message):
        compare(a, b)


def test_another_anchor_may_be_named(tmp_path: Path) -> None:
    a = written(tmp_path / "a", {"base": 1.0, "mine": 0.5})
    b = written(tmp_path / "b", {"base": 1.2, "mine": 0.5}, baseline="mine", seed=2)
    assert verdicts(a, b, anchor="mine") == {"base": "slower"}
    with pytest.raises(BadInput, match="anchor='x': isn't certified in both runs; name one of"):
        compare(a, b, anchor="x")


def test_another_machine_is_told(tmp_path: Path) -> None:
    a = written(tmp_path / "a", {"base": 1.0, "mine": 0.5})
    b = written(tmp_path / "b", {"base": 1.0, "mine": 0.5}, numpy="2.1", numba="0.65")
    (warning,) = compare(a, b).warnings
    assert warning.startswith("The machines differ in numpy (2.0, 2.1), numba (none, 0.65)")


def test_where_all_change_alike_the_anchor_may_have_changed(tmp_path: Path) -> None:
    a = written(tmp_path / "a", {"base": 1.0, "x": 0.5, "y": 0.3, "z": 0.2})
    b = written(tmp_path / "b", {"base": 1.2, "x": 0.5, "y": 0.3, "z": 0.2}, seed=2)
    assert (
        "All networks changed alike: it may be the anchor that changed." in compare(a, b).warnings
    )
    c = written(tmp_path / "c", {"base": 1.0, "x": 0.4, "y": 0.3, "z": 0.2}, seed=3)
    assert compare(a, c).warnings == []


def test_few_rounds_make_it_unclear(tmp_path: Path) -> None:
    a = written(tmp_path / "a", {"base": 1.0, "mine": 0.5}, rounds=3)
    b = written(tmp_path / "b", {"base": 1.0, "mine": 0.9}, rounds=3, seed=2)
    (row,) = compare(a, b).rows
    assert (row.verdict, row.reason[:31]) == ("unclear", "fewer than 6 rounds give no int")


def test_from_python_too(tmp_path: Path) -> None:
    a = written(tmp_path / "a", {"base": 1.0, "mine": 0.5})
    b = written(tmp_path / "b", {"base": 1.0, "mine": 0.7}, seed=2)
    found = skipzeros.compare(a, b, threshold="10%")
    assert (found["mine"].verdict, found.anchor) == ("slower", "base")
    assert found.to_frame()["change"].tolist() == [pytest.approx(1.4, rel=0.03)]
    assert "SLOWER" in str(found)
    with pytest.raises(BadInput, match=r"summary\.csv: no such file"):
        skipzeros.compare(a, tmp_path)


@given(
    st.lists(st.floats(0.001, 1000), min_size=3, max_size=3),
    st.lists(st.floats(0.001, 1000), min_size=3, max_size=3),
)
def test_a_quotient_lies_in_its_interval_and_turns_round(
    one: Sequence[float], two: Sequence[float]
) -> None:
    def ratio(values: Sequence[float]) -> Ratio:
        low, middle, high = sorted(values)
        return Ratio(middle, low, high)

    there, back = quotient(ratio(one), ratio(two)), quotient(ratio(two), ratio(one))
    assert there.low <= there.ratio * (1 + 1e-12)
    assert there.ratio <= there.high * (1 + 1e-12)
    assert there.low == pytest.approx(1 / back.high)
    assert there.high == pytest.approx(1 / back.low)


@given(st.floats(0.01, 100), st.floats(1, 3), st.floats(0.001, 0.5))
def test_a_verdict_and_its_opposite(middle: float, reach: float, threshold: float) -> None:
    found = Ratio(middle, middle / reach, middle * reach)
    opposite = Ratio(1 / middle, 1 / found.high, 1 / found.low)
    pairs = {Change.SLOWER: Change.FASTER, Change.FASTER: Change.SLOWER}
    there, back = judged(found, threshold)[0], judged(opposite, threshold)[0]
    assert back == pairs.get(there, there)


@pytest.mark.slow
def test_how_often_it_is_wrong(tmp_path: Path) -> None:
    """200 pairs without a change and 200 at +10 %, whose sets differ by 1 % from placement."""
    found = {1.0: [], 1.1: []}  # type: dict[float, list[str]]
    for number in range(200):
        for change, told in found.items():
            pair = [
                written(
                    tmp_path / f"{number}-{change}-{late}",
                    {"base": 1.0, "mine": 0.5 * (change if late else 1)},
                    noise=0.02, placement=0.01, seed=2 * number + late, rounds=18,
                )
                for late in (0, 1)
            ]  # fmt: skip
            told.append(verdicts(*pair)["mine"])
    assert found[1.0].count("slower") + found[1.0].count("faster") <= 2
    assert found[1.1].count("same") + found[1.1].count("faster") == 0
    assert found[1.1].count("slower") >= 20
