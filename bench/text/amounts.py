"""Amounts as people write them: 5% and 20x, 1.3 GB, 4% slower."""

from __future__ import annotations

import math

from ..outcomes import BadInput


def fraction(text: str) -> float:
    """`5%` as 0.05.

    Raises:
        BadInput: it is no percentage above 0, or so large or small that nobody can mean it.
    """
    number = _number(text, "%", "a percentage above 0, as in 5%")
    if not 0.001 <= number <= 1000:
        raise BadInput(f"{text!r} is not between 0.001% and 1000%")
    return number / 100


def factor(text: str) -> float:
    """`20x` as 20.0.

    Raises:
        BadInput: it is no factor above 0.
    """
    return _number(text, "x", "a factor above 0, as in 20x")


def _number(text: str, unit: str, wanted: str) -> float:
    try:
        number = float(text.removesuffix(unit)) if text.endswith(unit) else 0.0
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise BadInput(f"{text!r} is not {wanted}")
    return number


def change(ratio: float) -> tuple[str, str]:
    """A ratio of times in words, how much and to which side; percentages of the baseline's time."""
    if not 0 < ratio < math.inf:
        return "", ""
    side = "slower" if ratio > 1 else "faster"
    if not 0.5 <= ratio <= 2:
        return f"{times(min(ratio, 1 / ratio))}x", side
    percent = f"{abs(ratio - 1):.1%}"
    return percent, "" if percent == "0.0%" else side


def gigabytes(size: float) -> str:
    """Bytes in the unit that a shop sells memory in."""
    return f"{size / 1e9:,.3g} GB"


def figure(value: float | None, form: str) -> str:
    """A number in a format, or nothing where there is none."""
    return "" if value is None or math.isnan(value) else format(value, form)


def seconds(value: float | None) -> str:
    """A time in the unit that suits it."""
    if value is None or math.isnan(value):
        return ""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.3g} ms"


def times(ratio: float | None) -> str:
    """How many times faster, from a ratio of times."""
    return multiple(1 / ratio if ratio else None)


def multiple(value: float | None) -> str:
    """A number of times."""
    return figure(value, ",.0f" if value and value >= 100 else ".3g")


def interval(low: float | None, high: float | None) -> str:
    """The interval of times(), which turns the two ends round."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ""
    return f"{times(high)} to {times(low)}"


def percent(value: float | None) -> str:
    """A share as a percentage."""
    return figure(value, ".1%")
