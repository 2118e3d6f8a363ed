"""Percentages and factors as people write them, and what is neither."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.outcomes import BadInput
from skipzeros.bench.text.amounts import factor, fraction


@pytest.mark.parametrize(
    ("text", "value"), [("5%", 0.05), ("0.5%", 0.005), ("100%", 1), ("1e3%", 10), ("+2%", 0.02)]
)
def test_a_percentage_is_a_fraction(text: str, value: float) -> None:
    assert fraction(text) == pytest.approx(value)


@pytest.mark.parametrize(("text", "value"), [("20x", 20), ("1.5x", 1.5), ("0.5x", 0.5)])
def test_a_factor_is_a_number(text: str, value: float) -> None:
    assert factor(text) == value


NUMBERS = ["-1", "0", "-0", "nan", "inf", "-inf", "1e999", "", "five", "1,5", "5%", "5x"]


@pytest.mark.parametrize(
    "text", [*(f"{number}%" for number in NUMBERS), "5", "0.05", "5x", "", "%"]
)
def test_what_is_no_percentage_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput) as told:
        fraction(text)
    assert str(told.value) == f"{text!r} is not a percentage above 0, as in 5%"


@pytest.mark.parametrize(
    "text", [*(f"{number}x" for number in NUMBERS), "20", "5%", "x20", "", "x"]
)
def test_what_is_no_factor_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput) as told:
        factor(text)
    assert str(told.value) == f"{text!r} is not a factor above 0, as in 20x"


@given(st.text())
def test_whatever_is_written_is_an_amount_above_0_or_bad_input(text: str) -> None:
    for read in (fraction, factor):
        for written in (text, f"{text}%", f"{text}x"):
            with suppress(BadInput):
                assert 0 < read(written) < float("inf")


@pytest.mark.parametrize("text", ["1001%", "1e300%", "0.0009%", "1e-308%"])
def test_a_percentage_that_nobody_can_mean_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match=r"is not between 0\.001% and 1000%"):
        fraction(text)


@given(st.floats(0.001, 10))
def test_an_amount_that_is_printed_is_read_again(value: float) -> None:
    assert fraction(f"{100 * value!r}%") == pytest.approx(value)
    assert factor(f"{value!r}x") == value
