"""Numbers that carry a bound on what rounding can do to them, whoever computes them, in any order.

A formula that is written with these numbers gives its value in extended precision, and by how much
a correct program in float64 or float32 may be off. docs/equality.md has the reason of each rule.
In all of them u is the unit roundoff of the dtype and of the extended precision together, nu the
smallest normal number, and k roundings in a row change a number by at most
gamma(k) = k u / (1 - k u) of itself (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).

A sum or a product is not computed where it is written, but where it ends: a + b + c is one sum of
three, because its terms may be added in any order, and a b c is one product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# The widest type that numpy has here; where it is no wider than float64 the bounds grow instead.
WIDE: type[np.floating[Any]] = np.longdouble if np.finfo(np.longdouble).nmant >= 63 else np.float64


class Rounding:
    """How a dtype rounds, and the extended precision that figures are computed in.

    Attributes:
        dtype: "float64" or "float32".
        wide: the type of all values.
        u: the unit roundoff of both.
        nu: the smallest normal number of the dtype: what a product may lose by underflow.
    """

    def __init__(self, dtype: str, wide: type[np.floating[Any]] | None = None) -> None:
        self.dtype, self.wide = dtype, wide or WIDE
        self.u = self.wide(np.finfo(dtype).eps) / 2 + np.finfo(self.wide).eps / 2
        self.nu = self.wide(np.finfo(dtype).smallest_normal)

    def gamma(self, k: Any) -> Any:
        """Bound the relative error of k roundings in a row."""
        return k * self.u / (1 - k * self.u)

    def constant(self, value: float) -> Number:
        """A number that a program has to round to its dtype, such as a learning rate."""
        wide = self.wide(value)
        exact = wide == np.dtype(self.dtype).type(value)
        off = None if exact else np.asarray(abs(wide) * self.u)
        return Number(self, None, np.asarray(wide), off)


class Level(NamedTuple):
    """What the first axis of an array counts: steps, the reviews of all of them, or rows.

    Attributes:
        above: a coarser level; None for none.
        of: the place in the coarser level that each place of this one belongs to.
    """

    name: str
    above: Level | None = None
    of: NDArray[np.int64] | None = None


class Parts(NamedTuple):
    """A sum whose terms are still to be added, in whatever order.

    Attributes:
        value: the sum.
        error: by how much its terms may be off, together.
        size: the sum of the largest that each of them may be.
        terms: how many they are.
    """

    value: Array
    error: Array
    size: Array
    terms: Any

    def added(self, rounding: Rounding) -> tuple[Array, Array]:
        """The sum and by how much it may be off: n terms meet n - 1 additions at most."""
        return self.value, _at_most(self.error + rounding.gamma(self.terms - 1) * self.size)


def _at_most(error: Array) -> Array:
    """Say that what can't be computed, such as zero times what may be anything, may be anything."""
    return np.where(np.isnan(error), np.inf, error)


class Number:
    """An array of numbers, and by how much each may be off in a correct program.

    Args:
        level: what the first axis of the arrays counts; None for one number alone.
        value: (n, hidden units), or (n, 1) where there is one for all of them.
        error: alike; None where every correct program has these very numbers.
    """

    def __init__(
        self, rounding: Rounding, level: Level | None, value: Array, error: Array | None = None
    ) -> None:
        self.rounding, self.level = rounding, level
        self._value, self._error = value, error

    @property
    def value(self) -> Array:
        """The numbers, in extended precision."""
        return self._value

    @property
    def exact(self) -> bool:
        """Whether every correct program has these very numbers."""
        return self._error is None

    @property
    def error(self) -> Array:
        """By how much each may be off."""
        return np.zeros_like(self.value) if self._error is None else self._error

    @property
    def size(self) -> Array:
        """The largest that each may be."""
        largest: Array = np.abs(self.value) if self.exact else np.abs(self.value) + self.error
        return largest

    @cached_property
    def rough(self) -> tuple[Array, Array]:
        """Error and size in float64: of rows there are too many for extended precision."""
        return self.error.astype(np.float64), self.size.astype(np.float64)

    @property
    def reach(self) -> Array:
        """The largest that what it is multiplied from may be, 1 at least, in any order."""
        reach: Array = 1 + self.size
        return reach

    def be_off_by(self, error: Array) -> None:
        """Know better by how much each is off; what has been computed from it stays."""
        self._error = error

    def parts(self) -> Parts:
        """The number as a sum that is still to be added."""
        return Parts(self.value, self.error, self.size, 1)

    @property
    def terms(self) -> list[tuple[int, Number]]:
        """The number as a sum: each term with its sign."""
        return [(1, self)]

    @property
    def factors(self) -> list[Number]:
        """The number as a product."""
        return [self]

    def at(self, level: Level | None) -> Number:
        """The same numbers for each place of a finer level."""
        if self.level is level or self.level is None:
            return self
        if level is None or level.above is not self.level:
            finer = "all" if level is None else f"each {level.name}"
            raise TypeError(
                f"a number of each {self.level.name} can't be used for {finer}: take its mean"
            )
        error = None if self.exact else self.error[level.of]
        return Number(self.rounding, level, self.value[level.of], error)

    def __neg__(self) -> Number:
        return Sum([(-sign, number) for sign, number in self.terms])

    def __add__(self, other: Number | float) -> Number:
        return Sum([*self.terms, *self._number(other).terms])

    __radd__ = __add__

    def __sub__(self, other: Number | float) -> Number:
        return self + -self._number(other)

    def __rsub__(self, other: float) -> Number:
        return self._number(other) - self

    def __mul__(self, other: Number | float) -> Number:
        other = self._number(other)
        return other.times(self) if isinstance(other, Total) else self.times(other)

    __rmul__ = __mul__

    def __truediv__(self, other: Number | float) -> Number:
        return self * reciprocal(self._number(other))

    def times(self, other: Number) -> Number:
        """One product of all factors of both."""
        return Product([*self.factors, *other.factors])

    def _number(self, other: Number | float) -> Number:
        return other if isinstance(other, Number) else self.rounding.constant(other)


class _Open(Number):
    """A number that is computed when it is used for something else than it is itself."""

    def __init__(self, numbers: Sequence[Number]) -> None:
        self.rounding = numbers[0].rounding
        # The finest level: one whose coarser one another number may have.
        levels = {id(one.level): one.level for one in numbers if one.level is not None}
        finest = [a for a in levels.values() if not any(b.above is a for b in levels.values())]
        if len(finest) > 1:
            names = " and of each ".join(level.name for level in finest)
            raise TypeError(f"numbers of each {names} can't be used together: take a mean first")
        self.level = finest[0] if finest else None

    @cached_property
    def _closed(self) -> tuple[Array, Array]:
        # A bound may be infinite, and says nothing then.
        with np.errstate(all="ignore"):
            return self._close()

    def _close(self) -> tuple[Array, Array]:
        return self.parts().added(self.rounding)

    @property
    def value(self) -> Array:
        return self._closed[0]

    @property
    def error(self) -> Array:
        return self._closed[1]

    @property
    def exact(self) -> bool:
        return False

    def be_off_by(self, error: Array) -> None:
        self._closed = self.value, error


class Sum(_Open):
    """Some numbers, added in any order, with fused products or without."""

    def __init__(self, terms: list[tuple[int, Number]]) -> None:
        super().__init__([number for _, number in terms])
        self._terms = terms

    @property
    def terms(self) -> list[tuple[int, Number]]:
        return self._terms

    def parts(self) -> Parts:
        parts = [(sign, number.at(self.level).parts()) for sign, number in self._terms]
        signed = [one.value if sign > 0 else -one.value for sign, one in parts]
        return Parts(
            reduce(np.add, signed),
            reduce(np.add, [one.error for _, one in parts]),
            reduce(np.add, [one.size for _, one in parts]),
            sum(one.terms for _, one in parts),
        )

    @property
    def of_one(self) -> tuple[Number, int] | None:
        """The number and its sign, where this is such as 1 - o: rounded once, and off as o is."""
        unsure = [term for term in self._terms if not term[1].exact]
        if len(self._terms) > 2 or len(unsure) != 1 or isinstance(unsure[0][1], Total):
            return None
        return unsure[0][1], unsure[0][0]


class Product(_Open):
    """Some numbers, multiplied in any order.

    Factors that are made of the same number, such as o (1 - o), are off together: their product
    is a polynomial, whose Taylor series ends, so that nothing is neglected.
    """

    def __init__(self, factors: list[Number]) -> None:
        super().__init__(factors)
        self._factors = factors

    @property
    def factors(self) -> list[Number]:
        return self._factors

    @property
    def reach(self) -> Array:
        return reduce(np.multiply, [1 + size for _, _, size in self._groups])

    @cached_property
    def _groups(self) -> list[tuple[Array, Array, Array]]:
        """Each different number's share in the product, by how much it may be off, its size."""
        of_one: dict[int, tuple[Number, list[tuple[Array, int]]]] = {}
        for factor in self._factors:
            one, slope = _of_one(factor) or (factor, 1)
            of_one.setdefault(id(one), (one, []))[1].append((factor.at(self.level).value, slope))
        own = [_taylor(linear, one.at(self.level).error) for one, linear in of_one.values()]
        return [(value, off, np.abs(value) + off) for value, off in own]

    def _close(self) -> tuple[Array, Array]:
        (value, error, _), *others = self._groups
        for factor, off, size in others:
            error = np.abs(value) * off + error * size
            value = value * factor
        products = len(self._factors) - 1
        roundings = products + sum(_of_one(factor) is not None for factor in self._factors)
        rounding = self.rounding
        error = error + rounding.gamma(roundings) * (np.abs(value) + error)
        # Any product on the way may underflow, before any of the other factors comes.
        return value, _at_most(error + products * rounding.nu * self.reach)


def _of_one(factor: Number) -> tuple[Number, int] | None:
    return factor.of_one if isinstance(factor, Sum) else None


def _taylor(linear: list[tuple[Array, int]], off: Array) -> tuple[Array, Array]:
    """Multiply linear functions of one number, each its value there and its slope.

    Args:
        off: by how much the number may be off.

    Returns:
        The product and by how much it may be off.
    """
    series: list[Any] = [linear[0][0], linear[0][1]]
    for at, slope in linear[1:]:
        series = [
            *(at * this + slope * lower for this, lower in zip(series, [0, *series], strict=False)),
            slope * series[-1],
        ]
    apart = np.zeros(())
    for coefficient in reversed(series[1:]):
        apart = (apart + np.abs(coefficient)) * off
    return series[0], apart


class Total(_Open):
    """A sum over an axis: of hidden units, of the words of a review, of the reviews of a step.

    What it is multiplied by may be multiplied with each of its terms instead, so that a total of
    products is what a product with a total becomes.

    Args:
        term: what is summed.
        taken: gives the parts of the sum of such a number.
        level: of the sum.
    """

    def __init__(self, term: Number, taken: Callable[[Number], Parts], level: Level | None) -> None:
        self.rounding, self.level = term.rounding, level
        self.term, self.taken = term, taken

    def parts(self) -> Parts:
        return self.taken(self.term)

    def times(self, other: Number) -> Number:
        own = self.term.level
        # Only what is the same for all terms can be multiplied with each of them.
        if other.level is None or (own is not None and other.level is own.above):
            return Total(self.term * other, self.taken, self.level)
        return super().times(other)


def dot(a: Number, b: Number) -> Number:
    """Sum the products over the hidden units."""
    products = a * b
    units = np.shape((a if np.shape(a.value)[1] > 1 else b).value)[1]

    def taken(term: Number) -> Parts:
        value, error, size = (
            one.sum(axis=1, keepdims=True) for one in (term.value, term.error, term.size)
        )
        return Parts(value, error, size, units)

    return Sum([(1, Total(products, taken, products.level))])


def monotone(
    function: Callable[[Array], Array], ulps: float, *, relative: bool
) -> Callable[[Number], Number]:
    """Make a function of numbers of one that only grows, or only falls.

    The ends of the interval of the argument are the ends of that of the result.

    Args:
        ulps: by so many u a library's may be off.
        relative: of the result, else of 1.
    """

    def of(x: Number) -> Number:
        rounding, value = x.rounding, function(x.value)
        ends = function(x.value + x.error), function(x.value - x.error)
        off = np.maximum(np.abs(ends[0] - value), np.abs(value - ends[1]))
        size = np.abs(value) + off if relative else 1
        return Number(rounding, x.level, value, off + ulps * rounding.u * size + rounding.nu)

    return of


def _sigmoid(z: Array) -> Array:
    # exp of a negative number only: the other form overflows for large |z|.
    e = np.exp(-np.abs(z))
    result: Array = np.where(z >= 0, 1, e) / (1 + e)
    return result


sigmoid = monotone(_sigmoid, 8, relative=False)
tanh = monotone(np.tanh, 8, relative=False)
exp = monotone(np.exp, 8, relative=True)
log = monotone(np.log, 8, relative=True)
# Correctly rounded; of what may be below 0 by rounding, that of 0 to its upper end.
sqrt = monotone(lambda x: np.sqrt(np.maximum(x, 0)), 1, relative=True)


def relu(x: Number) -> Number:
    """The larger of a number and 0."""
    return Number(x.rounding, x.level, np.maximum(x.value, 0), x.error)


def where_positive(x: Number, y: Number) -> Number:
    """y where x is above 0, else 0; where x may be either, both are right."""
    y = y.at(x.level)
    unsure = (np.abs(x.value) <= x.error) & (x.error > 0)
    off = np.where(unsure, y.size, np.where(x.value > 0, y.error, 0))
    return Number(x.rounding, x.level, np.where(x.value > 0, y.value, 0), off)


def reciprocal(x: Number) -> Number:
    """1 / x; a quotient is a product with it, and rounded no more often than that."""
    rounding, value = x.rounding, 1 / x.value
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.abs(x.value) - x.error
        off = np.where(least > 0, np.abs(value) * x.error / least, np.inf)
    off = off + rounding.u * (np.abs(value) + off) + rounding.nu
    return Number(rounding, x.level, value, off)
