"""skipzeros waste: counts, phases, memory, the chain, and what can't fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from skipzeros.bench.cli import cli
from skipzeros.bench.corpus import synthetic
from skipzeros.bench.cost.formulas import FIGURES, work
from skipzeros.bench.networks.scenario import Scenario
from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.timing import memory
from skipzeros.bench.timing.cut_passes import PHASES, Cuts
from skipzeros.bench.timing.memory import refuse_what_cannot_fit

MINE = """
import numpy as np
from skipzeros import OnlineNetwork

class Mine(OnlineNetwork):
    def sum_rows(self, words, counts):
        return self.weights_0_1[words].sum(axis=0)

    def update_rows(self, words, counts, step):
        self.weights_0_1[words] -= step

class Wrong(Mine):
    def sum_rows(self, words, counts):
        return self.weights_0_1[words[1:]].sum(axis=0)

class NeedsWords(Mine):
    def sum_rows(self, words, counts):
        if len(self.weights_0_1) == 1:
            raise ValueError("no words")
        return super().sum_rows(words, counts)
"""


pytestmark = pytest.mark.usefixtures("one_set")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(MINE)


def waste(*arguments: str) -> Result:
    command = ["waste", "--reviews", "40", "--certify", "20", "--out", "out", *arguments]
    return CliRunner(env={"COLUMNS": "250"}).invoke(cli, command)


def test_the_account_of_the_lessons_chain() -> None:
    result = waste("--network", "dense", "--network", "dense-rows", "--network", "add-reduce",
                   "--network", "sum-loop", "--formulas", "--rounds", "3")  # fmt: skip
    assert result.exit_code == 0, result.output
    table = pd.read_csv("out/waste.csv").set_index("network")
    reviews = synthetic.generate(40).presence()
    for name in table.index:
        counted = work(name, reviews, Scenario())
        assert [table.loc[name, one] for one in FIGURES] == [
            getattr(counted, one) for one in FIGURES
        ]
    seconds = table[[f"{phase}_seconds" for phase in PHASES]]
    assert (seconds >= 0).all(axis=None)
    assert table.loc["dense", "update_seconds"] > 10 * table.loc["dense-rows", "update_seconds"]
    weights = 74_074 * 10 * 8  # and dense makes room for as much to subtract
    assert 2 * weights < table.loc["dense", "memory_bytes"] < 4 * weights
    assert "dense to dense-rows: no zero is subtracted" in result.output
    assert "sum-loop to add-reduce: no Python loop runs over the words" in result.output
    assert "multiply-loop to sum-loop" not in result.output
    assert "times as fast" in result.output
    assert "2*W*H + (2*H + 2)*n" in result.output
    assert "W: words present, in all reviews" in result.output
    assert "compiled" not in result.output  # neither its formulas nor its letters


def test_networks_of_somebody_else_have_times_but_no_counts() -> None:
    result = waste("--network", "mine.py:Mine", "--network", "mine.py:Wrong", "--rounds", "1")
    assert result.exit_code == 3, result.output
    table = pd.read_csv("out/waste.csv").set_index("network")
    assert table.loc["mine.py:Mine", "pass_seconds"] > 0
    assert np.isnan(table.loc["mine.py:Mine", "multiplications"])
    assert table.loc["mine.py:Wrong", "status"] == "incorrect"
    assert table.loc["mine.py:Wrong", "pass_seconds":"update_seconds"].isna().all()
    assert "What mine.py:Mine multiplies and moves isn't known" in result.output


def test_a_network_that_cannot_do_without_words_fails() -> None:
    result = waste("--network", "mine.py:NeedsWords", "--rounds", "1")
    assert result.exit_code == 6, result.output
    assert "a pass with parts left out raised ValueError: no words" in result.output


def test_a_batch_is_told_what_it_would_take_as_a_dense_layer() -> None:
    result = waste("--network", "csr", "--batch-size", "30", "--rounds", "1")
    assert "such a batch would take 17.8 MB: 30 x 74,074 in float64" in result.output


@pytest.mark.parametrize("command", ["waste", "run", "check", "gate", "accuracy"])
def test_weights_that_cannot_fit_are_refused_with_the_figure(command: str) -> None:
    baseline = ["--baseline", "csr"] if command == "gate" else []
    result = CliRunner().invoke(
        cli, [command, "--network", "csr", "--hidden", "10000000", "--out", "x", *baseline]
        if command != "check" else [command, "--network", "csr", "--hidden", "10000000"],
    )  # fmt: skip
    assert result.exit_code == 2, result.output
    told = (
        "--hidden 10000000: the weights of 74,074 words x 10,000,000 units x 8 bytes (float64) "
        "are 5,926 GB"
    )
    assert told in result.output
    assert "keep fewer words with --most-words" in result.output


def test_what_fits_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "machine_memory", lambda: 1_000_000)
    refuse_what_cannot_fit(1_000, Scenario(hidden=10), 11)
    with pytest.raises(
        BadInput, match=r"1,000 words x 10 units x 8 bytes .* 12 copies of them, 0\.96 MB"
    ):
        refuse_what_cannot_fit(1_000, Scenario(hidden=10), 12)


def test_phases_are_differences_of_cut_passes() -> None:
    cuts = Cuts(prepare=1.0, train=10.0, predict=5.0, train_empty=3.0, predict_empty=2.0)
    assert cuts.phases() == {
        "prepare": 1.0, "input_to_hidden": 3.0, "hidden_to_output": 2.0, "backward": 1.0,
        "update": 4.0,
    }  # fmt: skip
    assert sum(cuts.phases().values()) == cuts.prepare + cuts.train
    assert min(Cuts(1.0, 1.0, 2.0, 3.0, 4.0).phases().values()) == 0
