"""What a training pass of each network does, as formulas: multiplications, additions, bytes.

Each formula is written twice: as text for readers, and as code. The tests evaluate the text and
must find the same numbers; and they run each network on arrays that count, which must agree too.
Of dense and dense-rows they hold for batches whose layer_0 is filled at once (impls/batches.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import NamedTuple

from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from .letters import Sizes

FIGURES = ("multiplications", "by_zero", "by_one", "additions", "bytes_read", "bytes_written")


@dataclass(frozen=True)
class Work:
    """What one pass does; the attributes are FIGURES.

    Where zero is multiplied by one, that counts as by zero. Each operation reads or writes each of
    its arrays once, indices too, whether they lie in memory or in a cache. What stays in a register
    is not counted, and neither are single numbers.

    Attributes:
        by_zero, by_one: how many of the multiplications have such a factor.
        additions: additions and subtractions.
    """

    multiplications: int = 0
    by_zero: int = 0
    by_one: int = 0
    additions: int = 0
    bytes_read: int = 0
    bytes_written: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))


class Formulas(NamedTuple):
    """The formulas of one network.

    Attributes:
        text: one formula for each of FIGURES, in LETTERS.
        work: the same formulas as a function.
    """

    text: tuple[str, ...]
    work: Callable[[Sizes], Work]


FORMULAS: dict[str, Formulas] = {}


def work(network: str, reviews: Reviews, scenario: Scenario) -> Work | None:
    """Count what a training pass of a built-in network does.

    Args:
        reviews: with counts only where the scenario has them.

    Returns:
        The counts; None for a network that is not built in.
    """
    formulas = FORMULAS.get(network)
    return None if formulas is None else formulas.work(Sizes.of(reviews, scenario))


def _formulas(network: str, *text: str) -> Callable[[Callable[[Sizes], Work]], None]:
    """Enter the function below into FORMULAS, with the text of its formulas."""

    def enter(function: Callable[[Sizes], Work]) -> None:
        FORMULAS[network] = Formulas(text, function)

    return enter


def _from_layer_1(size: Sizes) -> Work:
    """Return the work from layer_1 on, which the networks of impls/network.py share.

    In batches the outputs and deltas are arrays, whose bytes count; of one review they are numbers.
    """
    batch_rows = size.batches * size.hidden
    return Work(
        multiplications=3 * size.layer_1 + 3 * size.reviews,
        by_zero=size.products_with_no_word,
        additions=2 * size.layer_1 + 2 * size.reviews,
        bytes_read=(2 * size.layer_1 + 4 * batch_rows + 14 * size.in_batches) * size.itemsize,
        bytes_written=(size.layer_1 + 2 * batch_rows + 10 * size.in_batches) * size.itemsize,
    )


def _from_each_layer_1(size: Sizes) -> Work:
    """Return the same where the sums of a batch are made one by one, and copied together."""
    copied = size.in_batches * size.hidden * size.itemsize
    return _from_layer_1(size) + Work(bytes_read=copied, bytes_written=copied)


@_formulas(
    "dense",
    "2*V*H*n + (3*H + 3)*n",
    "2*(V*n - W)*H + 2*(n - E)*H",
    "2*O*H",
    "(2*V - 1)*H*n + (2*H + 2)*n",
    "(2*V*n + H*n + 3*V*H*B)*s + 4*W + c*W*s + (2*H*n + 4*H*B + 14*M)*s",
    "(V*n + H*n + 2*V*H*B)*s + W*s + (H*n + 2*H*B + 10*M)*s",
)
def _dense(size: Sizes) -> Work:
    products = size.layer_0 * size.hidden
    # A batch reads and writes the weights once, however many reviews it has.
    weights = size.vocabulary * size.hidden * size.batches
    return _from_layer_1(size) + Work(
        multiplications=2 * products,
        by_zero=2 * (products - size.rows),
        by_one=2 * size.ones * size.hidden,
        additions=2 * products - size.layer_1,
        bytes_read=(2 * size.layer_0 + size.layer_1 + 3 * weights) * size.itemsize
        + (4 + size.counts * size.itemsize) * size.words,
        bytes_written=(size.layer_0 + size.layer_1 + 2 * weights + size.words) * size.itemsize,
    )


@_formulas(
    "dense-rows",
    "V*H*n + c*W*H + (3*H + 3)*n",
    "(V*n - W)*H + 2*(n - E)*H",
    "(1 + c)*O*H",
    "(V - 1)*H*n + W*H + (2*H + 2)*n",
    "(V*n + V*H*B + H*n)*s + (3 + c)*W*H*s + 12*W + 2*c*W*s + (2*H*n + 4*H*B + 14*M)*s",
    "(V + H)*s*n + (3 + c)*W*H*s + W*s + (H*n + 2*H*B + 10*M)*s",
)
def _dense_rows(size: Sizes) -> Work:
    products = size.layer_0 * size.hidden
    weights = size.vocabulary * size.hidden * size.batches
    row_updates = (3 + size.counts) * size.rows
    counts = 2 * size.counts * size.words
    return _from_layer_1(size) + Work(
        multiplications=products + size.counts * size.rows,
        by_zero=products - size.rows,
        by_one=(1 + size.counts) * size.ones * size.hidden,
        additions=products - size.layer_1 + size.rows,
        bytes_read=(size.layer_0 + weights + size.layer_1 + row_updates + counts) * size.itemsize
        + 12 * size.words,
        bytes_written=(size.layer_0 + size.layer_1 + row_updates + size.words) * size.itemsize,
    )


@_formulas(
    "multiply-loop",
    "2*W*H + (3*H + 3)*n",
    "2*(n - E)*H",
    "2*O*H",
    "2*W*H + (2*H + 2)*n",
    "7*W*H*s + 2*c*W*s + (2*H*n + 4*H*B + H*M + 14*M)*s",
    "5*W*H*s + (H*n + 2*H*B + H*M + 10*M)*s",
)
def _multiply_loop(size: Sizes) -> Work:
    return _from_each_layer_1(size) + Work(
        multiplications=2 * size.rows,
        by_one=2 * size.ones * size.hidden,
        additions=2 * size.rows,
        bytes_read=(7 * size.rows + 2 * size.counts * size.words) * size.itemsize,
        bytes_written=5 * size.rows * size.itemsize,
    )


@_formulas(
    "sum-loop",
    "(3*H + 3)*n",
    "2*(n - E)*H",
    "0",
    "2*W*H + (2*H + 2)*n",
    "5*W*H*s + (2*H*n + 4*H*B + H*M + 14*M)*s",
    "3*W*H*s + (H*n + 2*H*B + H*M + 10*M)*s",
)
def _sum_loop(size: Sizes) -> Work:
    return _from_each_layer_1(size) + Work(
        additions=2 * size.rows,
        bytes_read=5 * size.rows * size.itemsize,
        bytes_written=3 * size.rows * size.itemsize,
    )


@_formulas(
    "add-reduce",
    "(3*H + 3)*n",
    "2*(n - E)*H",
    "0",
    "(2*W - E)*H + (2*H + 2)*n",
    "5*W*H*s + 12*W + H*s*n + (2*H*n + 4*H*B + H*M + 14*M)*s",
    "4*W*H*s + H*s*n + (H*n + 2*H*B + H*M + 10*M)*s",
)
def _add_reduce(size: Sizes) -> Work:
    return _from_each_layer_1(size) + Work(
        additions=2 * size.rows - size.not_empty * size.hidden,
        bytes_read=(5 * size.rows + size.layer_1) * size.itemsize + 12 * size.words,
        bytes_written=(4 * size.rows + size.layer_1) * size.itemsize,
    )


@_formulas(
    "csr",
    "2*W*H + 3*H*n + 3*n",
    "2*(n - E)*H",
    "2*O*H",
    "(2*W + D + 2*n)*H + 2*n",
    "(2*W + 4*D + 2*n + 4*B)*H*s + (2*W + 15*n)*s + 16*W + 16*D + 8*n + 16*B",
    "(4*D + 2*n + 2*B)*H*s + 11*n*s",
)
def _csr(size: Sizes) -> Work:
    changed_rows = size.distinct_words * size.hidden
    batch_rows = size.batches * size.hidden
    return Work(
        multiplications=2 * size.rows + 3 * size.layer_1 + 3 * size.reviews,
        by_zero=size.products_with_no_word,
        by_one=2 * size.ones * size.hidden,
        additions=2 * size.rows + changed_rows + 2 * size.layer_1 + 2 * size.reviews,
        bytes_read=(2 * size.rows + 4 * changed_rows + 2 * size.layer_1 + 4 * batch_rows)
        * size.itemsize
        + (2 * size.words + 15 * size.reviews) * size.itemsize
        + 16 * (size.words + size.distinct_words + size.batches)
        + 8 * size.reviews,
        bytes_written=(4 * changed_rows + 2 * size.layer_1 + 2 * batch_rows + 11 * size.reviews)
        * size.itemsize,
    )


@_formulas(
    "gather-scatter",
    "(W + D)*H + A + D + 2*H*n + 3*n",
    "2*(n - E)*H",
    "O*(H + 1)",
    "(W + D)*H + A + 2*H*n + 2*n",
    "(W + 3*D + 2*n + 3*B - Z + (B - n + M))*H*s + (W + D + 2*A + 13*M)*s + 16*D + 8*A"
    " + 8*(D - W + A + B - n + M)",
    "(3*D + n + B + (B - n + M))*H*s + (D - W + A)*s + 10*M*s",
)
def _gather_scatter(size: Sizes) -> Work:
    # What is 0 for single reviews, where B is n and D is W.
    batches = size.batches - size.reviews + size.in_batches
    distinct_words = size.distinct_words - size.words + size.words_in_batches
    layer_1_and_steps = 2 * size.reviews + 3 * size.batches - size.wordless_batches + batches
    return Work(
        multiplications=(size.words + size.distinct_words) * size.hidden
        + size.words_in_batches
        + size.distinct_words
        + 2 * size.layer_1
        + 3 * size.reviews,
        by_zero=size.products_with_no_word,
        by_one=size.ones * (size.hidden + 1),
        additions=(size.words + size.distinct_words) * size.hidden
        + size.words_in_batches
        + 2 * size.layer_1
        + 2 * size.reviews,
        bytes_read=(size.words + 3 * size.distinct_words + layer_1_and_steps)
        * size.hidden
        * size.itemsize
        + (size.words + size.distinct_words + 2 * size.words_in_batches + 13 * size.in_batches)
        * size.itemsize
        + 16 * size.distinct_words
        + 8 * (size.words_in_batches + distinct_words + batches),
        bytes_written=(3 * size.distinct_words + size.reviews + size.batches + batches)
        * size.hidden
        * size.itemsize
        + (distinct_words + 10 * size.in_batches) * size.itemsize,
    )


@_formulas(
    "compiled",
    "(2 - S)*c*W*R + S*(c*W + D*R) + (3 - S)*P*n + 3*n",
    "((2 - S)*c*W + S*D)*(R - H) + (3 - S)*n*(P - H) + 2*(n - E)*H",
    "(2 - S)*c*O*H + S*c*O",
    "(2 - S)*W*R + S*(W + D*R) + (K - 1)*R*n + 2*P*n + P*B + 3*n",
    "(2 - S)*W*(R*s + 4*T + c*T*s) + S*(4*W + W*s + c*W*s + D*(R*s + 4*T + T*s) + R*B*s)"
    " + ((5 - S)*P + (1 - S)*R)*s*n + 2*P*s*B",
    "(1 - S)*(W*R + P*n)*s + S*(D + W + D*R)*s + (R + P)*s*n + 2*P*s*B",
)
def _compiled(size: Sizes) -> Work:
    rows, layer_1 = size.words * size.stored, size.reviews * size.padded
    batch_rows, sums = size.batches * size.padded, size.reviews * size.stored
    # Rows that are updated review by review, or once a batch for the steps of all that share them.
    alone, shared = 1 - size.shared, size.shared
    updated = shared * size.distinct_words * size.stored
    counted = (1 + alone) * size.counts * size.words
    steps, numbers = shared * size.words, shared * size.distinct_words
    return Work(
        multiplications=counted * size.stored
        + size.counts * steps
        + updated
        + (2 + alone) * layer_1
        + 3 * size.reviews,
        by_zero=(counted + numbers) * (size.stored - size.hidden)
        + (2 + alone) * size.reviews * (size.padded - size.hidden)
        + size.products_with_no_word,
        by_one=size.counts * size.ones * ((1 + alone) * size.hidden + shared),
        additions=(1 + alone) * rows
        + steps
        + updated
        + (size.chains - 1) * sums
        + 2 * layer_1
        + batch_rows
        + 3 * size.reviews,
        bytes_read=((1 + alone) * rows + counted * size.tiles + updated) * size.itemsize
        + (steps + size.counts * steps + numbers * size.tiles) * size.itemsize
        + 4 * ((1 + alone) * size.words * size.tiles + steps + numbers * size.tiles)
        + (shared * size.batches * size.stored + 2 * batch_rows) * size.itemsize
        + ((4 + alone) * layer_1 + alone * sums) * size.itemsize,
        bytes_written=(alone * (rows + layer_1) + numbers + steps + updated) * size.itemsize
        + (sums + layer_1 + 2 * batch_rows) * size.itemsize,
    )


@_formulas(
    "torch",
    "(2*c + 1)*W*H + 3*n*H + B*H + 7*n",
    "(2*(n - E) + Z)*H",
    "2*c*O*H + L",
    "2*W*H + 2*n*H + 3*n - B",
    "(5*W + 2*n + 4*B)*H*s + (15*n + B + 2*c*W)*s + 24*W + 4*n",
    "(3*W + 2*n + 2*B)*H*s + 11*n*s + 16*W",
)
def _torch(size: Sizes) -> Work:
    batch_rows = size.batches * size.hidden
    counts = 2 * size.counts * size.words
    return Work(
        multiplications=counts * size.hidden
        + size.rows
        + 3 * size.layer_1
        + batch_rows
        + 7 * size.reviews,
        by_zero=size.products_with_no_word + size.wordless_batches * size.hidden,
        by_one=2 * size.counts * size.ones * size.hidden + size.single_batches,
        additions=2 * size.rows + 2 * size.layer_1 + 3 * size.reviews - size.batches,
        bytes_read=(5 * size.rows + 2 * size.layer_1 + 4 * batch_rows) * size.itemsize
        + (15 * size.reviews + size.batches + counts) * size.itemsize
        + 24 * size.words
        + 4 * size.reviews,
        bytes_written=(3 * size.rows + 2 * size.layer_1 + 2 * batch_rows + 11 * size.reviews)
        * size.itemsize
        + 16 * size.words,
    )
