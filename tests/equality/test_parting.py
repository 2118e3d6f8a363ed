"""Where two correct networks part: on made-up outputs, and as the command tells it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from click.testing import CliRunner

from skipzeros.bench.cli import cli
from skipzeros.bench.equality.parting import part


def test_the_first_review_past_each_threshold_and_the_growth() -> None:
    reviews = np.arange(400)
    outputs = np.full(400, 0.5)
    first, every = part(outputs, outputs + np.minimum(1e-15 * np.exp(reviews / 10), 0.1))
    assert every == pytest.approx(10, rel=0.02)
    for threshold, at in first.items():
        assert at == pytest.approx(10 * math.log(threshold / 1e-15), abs=1.1)


def test_a_difference_that_stays_small_passes_nothing() -> None:
    outputs = np.full(50, 0.5)
    first, every = part(outputs, outputs + 1e-16)
    assert set(first.values()) == {None}
    assert every == math.inf


def told(*arguments: str) -> str:
    command = ["check", "--reviews", "600", "--certify", "1", *arguments]
    result = CliRunner(env={"COLUMNS": "200"}).invoke(cli, command)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()[-1]


def test_at_the_lessons_rate_comparing_ends_means_nothing() -> None:
    line = told("--compare", "dense-rows", "add-reduce")
    assert line.startswith("dense-rows and add-reduce differ by more than 1e-12 at review ")
    assert "grows e-fold every " in line
    assert "At rate 0.1 comparing the ends of this pass would mean nothing" in line


def test_at_a_small_rate_it_means_something() -> None:
    line = told("--compare", "dense-rows", "add-reduce", "--learning-rate", "0.01")
    assert "At rate 0.01 comparing the ends of this pass would mean something" in line


def test_two_that_sum_in_the_same_order_give_the_same_bits() -> None:
    line = told("--compare", "sum-loop", "add-reduce")
    assert line == "sum-loop and add-reduce give the same bits for every review."
