"""From the labels of rows to 1 and 0: two classes of any names, some of many, or numbers."""

from __future__ import annotations

import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from ..outcomes import BadInput
from ..text.markdown import shown
from .reading import Reading

_POSITIVE = frozenset("1 +1 positive pos true".split())
_NEGATIVE = frozenset("0 -1 negative neg false".split())
# More are no classes, but a scale.
MOST_CLASSES = 12
# A longer number is no name of a class either.
LONG_LABEL = 8
MOST_TOLD = 6
_BOUND = re.compile(r"(>=|<=|>|<)\s*(\S+)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def named(label: object) -> str:
    """Return what a label is called: 1.0 is 1, True is true; empty where there is none."""
    if label is None or (isinstance(label, float) and math.isnan(label)):
        return ""
    if isinstance(label, bool):
        return str(label).lower()
    text = (label.decode(errors="replace") if isinstance(label, bytes) else str(label)).strip()
    if text in ("True", "False"):
        return text.lower()
    number = _number(text)
    if number is not None and number.is_integer() and abs(number) < 1e15 and "_" not in text:
        return str(int(number))
    return text


def odd_ones(labels: Iterable[str]) -> set[str]:
    """Return the labels that are texts where most rows have a number; none where they haven't."""
    counted = Counter(labels)
    odd = {label for label in counted if _number(label) is None and not _known(label)}
    few = 2 * sum(counted[label] for label in odd) <= counted.total()
    return odd if few and _has_numbers(counted) else set()


def marks(labels: Sequence[str], reading: Reading, path: Path) -> tuple[list[float | None], str]:
    """Say of each label whether it is positive.

    Returns:
        For each label what marks_of says of it, and what was found out.

    Raises:
        BadInput: as marks_of raises it.
    """
    of_each, told = marks_of(Counter(labels), reading, path, {})
    return [of_each[label] for label in labels], told


def marks_of(
    counted: Counter[str], reading: Reading, path: Path, first: Mapping[str, int]
) -> tuple[dict[str, float | None], str]:
    """Say of each kind of label whether it is positive.

    Args:
        counted: how many there are of each label, as named returns it, never empty.
        first: the line in which each stands first; empty where they stand in none.

    Returns:
        For each label 1.0, 0.0, or None where its rows are to be left out; and what was found out,
        in a sentence, empty where the labels say it themselves.

    Raises:
        BadInput: they aren't two classes, or what the user says of them doesn't fit.
    """
    if reading.positive or reading.negative or reading.drop:
        of_each = _as_said(counted, reading, path)
        told = ""
    else:
        of_each, told = _found(counted, path, first)
    dropped = sum(counted[label] for label, mark in of_each.items() if mark is None)
    if dropped:
        left = f"{path}: {dropped:,} of {counted.total():,} rows are left out by their label."
        told = f"{told} {left}".strip()
    found = {*of_each.values()}
    if not {0.0, 1.0} <= found:
        kind = "positive" if 1.0 in found else "negative"
        told = f"{told} {path}: every review is {kind}; there is nothing to learn.".strip()
    return of_each, told


def _found(
    counted: Counter[str], path: Path, first: Mapping[str, int]
) -> tuple[dict[str, float | None], str]:
    by_name: dict[str, float | None] = {
        label: float(label.lower() in _POSITIVE) for label in counted if _known(label)
    }
    if len(by_name) == len(counted) and not {"0", "-1"} <= counted.keys():
        return by_name, ""
    if len(counted) == 2 and len({_number(label) is None for label in counted}) == 1:
        negative, positive = sorted(counted, key=_order)
        # Numbers are what they are: the larger one of 1 and 2, or of 0 and 4, is positive.
        texts = _number(positive) is None
        if texts and (by_name.get(negative) == 1.0 or by_name.get(positive) == 0.0):
            negative, positive = positive, negative
        told = (
            f"{path}: {_quoted(positive)} is positive ({counted[positive]:,} of "
            f"{counted.total():,}), {_quoted(negative)} negative; "
            f"{_argument('positive', negative)} turns it round."
        )
        return {positive: 1.0, negative: 0.0}, told
    raise BadInput(f"{path}: {_too_many(counted, first)}")


def _as_said(counted: Counter[str], reading: Reading, path: Path) -> dict[str, float | None]:
    asked = [
        (name, mark, _asked(getattr(reading, name), counted))
        for name, mark in (("drop", None), ("positive", 1.0), ("negative", 0.0))
        if getattr(reading, name)
    ]
    of_each: dict[str, float | None] = {}
    for name, mark, values in asked:
        if not values:
            raise BadInput(
                f"{name}={getattr(reading, name)!r}: names no label; there are {_listed(counted)}"
            )
        for value in values:
            matching = [label for label in counted if label.lower() == value.lower()]
            matching = matching or [label for label in counted if _matches(label, value)]
            if not matching:
                raise BadInput(
                    f"{name}={value!r}: no label of {path} is that; there are {_listed(counted)}"
                )
            for label in matching:
                if label in of_each and of_each[label] != mark:
                    raise BadInput(f"{name}={value!r}: {label} is named twice")
                of_each[label] = mark
    rest = [label for label in counted if label not in of_each]
    if reading.positive and reading.negative and rest:
        raise BadInput(
            f"{path}: {', '.join(map(_quoted, rest[:MOST_TOLD]))}: neither positive nor negative; "
            f"leave them out with {_argument('drop', ','.join(rest[:MOST_TOLD]))}"
        )
    if not reading.positive and not reading.negative:
        left = Counter({label: counted[label] for label in rest})
        if not left:
            raise BadInput(
                f"drop={reading.drop!r}: no row of {path} is left; there are {_listed(counted)}"
            )
        return {**of_each, **_found(left, path, {})[0]}
    of_the_rest = 0.0 if reading.positive else 1.0
    return {**of_each, **dict.fromkeys(rest, of_the_rest)}


def _asked(values: str, labels: Container[str]) -> list[str]:
    # A label may look like a bound, or hold a comma.
    if named(values) in labels:
        return [named(values)]
    if _BOUND.fullmatch(values.strip()):
        return [values.strip()]
    return [named(value) for value in values.split(",") if value.strip()]


def _matches(label: str, value: str) -> bool:
    bound = _BOUND.fullmatch(value)
    if bound is None:
        return False
    number, limit = _number(label), _number(bound[2])
    if limit is None:
        raise BadInput(f"{value!r}: {bound[2]!r} is no number")
    return number is not None and _COMPARE[bound[1]](number, limit)


def _too_many(counted: Counter[str], first: Mapping[str, int]) -> str:
    """Say that labels aren't two classes, and offer what would make two of them."""
    numbers = sorted(number for number in map(_number, counted) if number is not None)
    if len(counted) == 1:
        return (
            f"every label is {_quoted(next(iter(counted)))}; two classes are needed, or what is "
            f"positive, as in {_argument('positive', next(iter(counted)))}"
        )
    if len(numbers) < len(counted):
        usual = [label for label, _ in counted.most_common() if label.lower() in _POSITIVE]
        choice = usual[0] if usual else counted.most_common(1)[0][0]
        offer = _argument("positive", choice) + " sets one against the rest"
        if usual and any(label.lower() in _NEGATIVE for label in counted):
            negative = next(label for label in counted if label.lower() in _NEGATIVE)
            others = [label for label in counted if label not in (choice, negative)]
            if len(others) <= MOST_TOLD:
                three = ("positive", choice), ("negative", negative), ("drop", ",".join(others))
                offer = ", ".join(_argument(*part) for part in three)
        seen = [f"{_quoted(label)} in line {first[label]}" for label in counted if label in first]
        where = f" (first {', '.join(seen[:MOST_TOLD])})" if 0 < len(seen) <= MOST_TOLD else ""
        return f"the labels are {_listed(counted)}{where}, not two classes; {offer}"
    if len(counted) > MOST_CLASSES or max(map(len, counted)) > LONG_LABEL:
        middle = f">={median(numbers):g}"
        return (
            f"the labels are {len(counted):,} numbers from {numbers[0]:g} to {numbers[-1]:g}, not "
            f"two classes; {_argument('positive', middle)} makes two of them"
        )
    half, odd = divmod(len(numbers), 2)
    texts = [f"{number:.15g}" for number in numbers]
    parts = {"positive": texts[half + odd :], "negative": texts[:half], "drop": texts[half:][:odd]}
    offer = ", ".join(_argument(name, ",".join(some)) for name, some in parts.items() if some)
    return f"the labels are {_listed(counted)}, not two classes; {offer} makes two of them"


def _known(label: str) -> bool:
    return label.lower() in _POSITIVE | _NEGATIVE


def _has_numbers(labels: Iterable[str]) -> bool:
    return any(_number(label) is not None for label in labels)


def _listed(counted: Counter[str]) -> str:
    told = [
        f"{_quoted(label)} ({number:,})"
        for label, number in sorted(counted.items(), key=lambda item: (-item[1], _order(item[0])))
    ]
    more = f" and {len(told) - MOST_TOLD:,} more" if len(told) > MOST_TOLD else ""
    return ", ".join(told[:MOST_TOLD]) + more


def _argument(name: str, value: str) -> str:
    return f"{name}={value!r}"


def _quoted(label: str) -> str:
    return label if re.fullmatch(r"[\w.+-]{1,30}", label) else shown(label)


def _order(label: str) -> tuple[bool, float, str]:
    number = _number(label)
    return number is None, number or 0.0, label.lower()


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
