"""Amounts as people write them: 5% and 20x."""

from __future__ import annotations

import math

from .errors import BadInput


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
