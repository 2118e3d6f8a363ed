"""Amounts as people write them: 5% and 20x, 1.3 GB, 4% slower."""

from __future__ import annotations

import math
import numbers
import operator

from ..outcomes import BadInput


def fraction(text: str) -> float:
    """Read a percentage: `5%` is 0.05.

    Raises:
        BadInput: the text is no percentage, or not between 0.001% and 1000%.
    """
    number = _number(text, "%", "a percentage above 0, as in 5%")
    if not 0.001 <= number <= 1000:
        raise BadInput(f"{text!r} is not between 0.001% and 1000%")
    return number / 100


def factor(text: str) -> float:
    """Read a factor: `20x` is 20.0.

    Raises:
        BadInput: the text is no factor above 0.
    """
    return _number(text, "x", "a factor above 0, as in 20x")


def _number(text: str, unit: str, wanted: str) -> float:
    try:
        number = float(text.removesuffix(unit)) if text.endswith(unit) else 0.0
    except (ValueError, AttributeError):  # from Python it may be a number
        number = 0.0
    if not 0 < number < math.inf:
        raise BadInput(f"{text!r} is not {wanted}")
    return number


def whole(name: str, value: object, least: int) -> int:
    """Return an argument as an int, whatever whole number it is.

    Args:
        name: the name of the argument, for the message.
        least: the smallest number that is allowed.

    Raises:
        BadInput: the argument is no whole number, or is too small.
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = least - 1
    if number < least:
        raise BadInput(f"{name}={value!r}: must be a whole number from {least} on")
    return number


def above_zero(name: str, value: object, *, or_zero: bool = False) -> float:
    """Return an argument as a float, whatever number above 0 it is.

    Args:
        name: the name of the argument, for the message.
        or_zero: whether 0 will do too.

    Raises:
        BadInput: the argument is no number, or is zero, negative or infinite.
    """
    number = float(value) if isinstance(value, numbers.Real) else math.nan
    if not 0 < number < math.inf and not (or_zero and number == 0):
        raise BadInput(f"{name}={value!r}: must be a number above 0")
    return number


def change(ratio: float, as_factor: bool = False) -> tuple[str, str]:
    """Put a ratio of times into words.

    Args:
        as_factor: whether it is told as a factor, however small the change is.

    Returns:
        How much, such as "4.0%" of the baseline's time or "20x", and "slower" or "faster"; empty
        where there is nothing to say.
    """
    if not 0 < ratio < math.inf:
        return "", ""
    side = "slower" if ratio > 1 else "faster"
    if as_factor or not 0.5 <= ratio <= 2:
        return f"{times(min(ratio, 1 / ratio))}x", side
    percent = f"{abs(ratio - 1):.1%}"
    return percent, "" if percent == "0.0%" else side


def memory_size(size: float) -> str:
    """Write a number of bytes in GB, a billion bytes each, or in MB or kB where it is small."""
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6)):
        if size >= bytes_ / 10:
            return f"{multiple(size / bytes_)} {unit}"
    return f"{multiple(size / 1e3)} kB"


def figure(value: float | None, form: str) -> str:
    """Write a number in a format; nothing for None and NaN."""
    return "" if value is None or math.isnan(value) else format(value, form)


def seconds(value: float | None) -> str:
    """Write a number of seconds as seconds or milliseconds, whichever reads better."""
    if value is None or math.isnan(value):
        return ""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.3g} ms"


def minutes(value: float) -> str:
    """Write roughly how long somebody waits, in whole seconds, minutes or hours."""
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if value >= 1.5 * size:
            return f"{value / size:.0f} {unit}"
    return f"{10 * max(1, round(value / 10))} s"


def times(ratio: float | None) -> str:
    """Write how many times faster a network is, from its ratio of times."""
    return multiple(1 / ratio if ratio else None)


def multiple(value: float | None) -> str:
    """Write how many times as much something is."""
    return figure(value, ",.0f" if value and value >= 100 else ".3g")


def as_long(ratio: float) -> str:
    """Write a ratio of times to three digits, 1.00 too; nothing for NaN."""
    return multiple(ratio) if ratio >= 100 else figure(ratio, "#.3g")


def interval(low: float | None, high: float | None) -> str:
    """Write the interval of a ratio of times as how many times faster; its ends change places."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return ""
    return f"{times(high)} to {times(low)}"


def percent(value: float | None) -> str:
    """Write a share as a percentage."""
    return figure(value, ".1%")
