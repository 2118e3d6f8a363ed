"""What a training pass of each network does, as formulas: multiplications, additions, bytes.

One formula is what is printed and what is computed. tests/cost/test_formulas.py runs each network
on arrays that count, and finds the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...impls.reviews import Reviews
from ..networks.scenario import Scenario

# What the letters of a formula stand for.
LETTERS = {
    "n": "reviews",
    "W": "words present, in all reviews",
    "O": "of them with the value 1",
    "E": "reviews that are not empty",
    "V": "words in the vocabulary",
    "H": "hidden units",
    "s": "bytes of a number",
    "c": "1 with counts, 0 with presence",
    "B": "batches",
    "L": "batches of a single review",
    "Z": "batches without any word",
    "D": "distinct words of each batch, in all batches",
    "P": "hidden units with their padding (compiled)",
    "T": "tiles of a row (compiled)",
    "K": "chains of additions (compiled)",
}

FIGURES = ("multiplications", "by_zero", "by_one", "additions", "bytes_read", "bytes_written")

# From layer_1 on, all that train one review at a time do the same.
_TAIL = ("(3*H + 3)*n", "(2*H + 2)*n", "6*H*s*n", "3*H*s*n")


def _online(
    multiplications: str, by_zero: str, by_one: str, additions: str, read: str, written: str
) -> tuple[str, ...]:
    tail = iter(_TAIL)
    return (
        *(
            f"{multiplications} + {next(tail)}".removeprefix("0 + "),
            f"{by_zero} + 2*(n - E)*H".removeprefix("0 + "),
            by_one,
        ),
        *(f"{figure} + {next(tail)}" for figure in (additions, read, written)),
    )


# In the order of FIGURES. A multiplication by zero counts as such, even if it is by one as well.
# Each array of an operation is read or written once by it, an index too, whether it lies in memory
# or in a cache; what stays in a register isn't, and neither are single numbers.
FORMULAS = {
    "dense": _online(
        "2*V*H*n", "2*(V*n - W)*H", "2*O*H", "(2*V - 1)*H*n",
        "(2*V + H + 3*V*H)*s*n + 4*W + c*W*s", "(V + H + 2*V*H)*s*n + W*s",
    ),
    "dense-rows": _online(
        "V*H*n + c*W*H", "(V*n - W)*H", "(1 + c)*O*H", "(V - 1)*H*n + W*H",
        "(V + V*H + H)*s*n + (3 + c)*W*H*s + 12*W + 2*c*W*s",
        "(V + H)*s*n + (3 + c)*W*H*s + W*s",
    ),
    "multiply-loop": _online(
        "2*W*H", "0", "2*O*H", "2*W*H", "7*W*H*s + 2*c*W*s", "5*W*H*s"
    ),
    "sum-loop": _online("0", "0", "0", "2*W*H", "5*W*H*s", "3*W*H*s"),
    "add-reduce": _online(
        "0", "0", "0", "(2*W - E)*H", "5*W*H*s + 12*W + H*s*n", "4*W*H*s + H*s*n"
    ),
    "csr": (
        "2*W*H + 3*H*n + 3*n", "2*(n - E)*H", "2*O*H", "(2*W + D + 2*n)*H + 2*n",
        "(2*W + 4*D + 2*n + 4*B)*H*s + (2*W + 15*n)*s + 16*W + 16*D + 8*n + 16*B",
        "(4*D + 2*n + 2*B)*H*s + 11*n*s",
    ),
    "compiled": (
        "2*c*W*P + 3*P*n + 3*n", "(2*c*W + 3*n)*(P - H) + 2*(n - E)*H", "2*c*O*H",
        "2*W*P + (K + 1)*P*n + P*B + 3*n",
        "2*W*P*s + 8*W*T + 2*c*W*T*s + 6*P*s*n + 2*P*s*B", "W*P*s + 3*P*s*n + 2*P*s*B",
    ),
    "torch": (
        "(2*c + 1)*W*H + 3*n*H + B*H + 7*n", "(2*(n - E) + Z)*H", "2*c*O*H + L",
        "2*W*H + 2*n*H + 3*n - B",
        "(5*W + 2*n + 4*B)*H*s + (15*n + B + 2*c*W)*s + 24*W + 4*n",
        "(3*W + 2*n + 2*B)*H*s + 11*n*s + 16*W",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Work:
    """What one pass does; the attributes are FIGURES.

    Attributes:
        by_zero, by_one: those of the multiplications that have such a factor.
        additions: subtractions too.
    """

    multiplications: int
    by_zero: int
    by_one: int
    additions: int
    bytes_read: int
    bytes_written: int


def work(network: str, reviews: Reviews, scenario: Scenario) -> Work | None:
    """What a training pass of a built-in network does; None for another one.

    Args:
        reviews: with counts only where the scenario has them.
    """
    formulas = FORMULAS.get(network)
    if formulas is None:
        return None
    letters = sizes(reviews, scenario)
    # The formulas stand above, and nothing else is ever evaluated.
    return Work(*(int(eval(one, {"__builtins__": {}}, letters)) for one in formulas))


def sizes(reviews: Reviews, scenario: Scenario) -> dict[str, int]:
    """The numbers that the letters of formulas stand for."""
    itemsize, batch = np.dtype(scenario.dtype).itemsize, scenario.batch_size
    starts = range(0, len(reviews), batch)
    ends = np.append(reviews.indptr[starts], reviews.indptr[-1])
    tiles, vectors, chains = _layout(scenario.hidden, itemsize)
    return {
        "n": len(reviews),
        "W": len(reviews.indices),
        "O": len(reviews.indices) if reviews.counts is None else int((reviews.counts == 1).sum()),
        "E": int((np.diff(reviews.indptr) > 0).sum()),
        "V": reviews.vocabulary_size,
        "H": scenario.hidden,
        "s": itemsize,
        "c": int(reviews.counts is not None),
        "B": len(starts),
        "L": len(reviews) if batch == 1 else int(len(reviews) % batch == 1),
        "Z": int((np.diff(ends) == 0).sum()),
        "D": sum(len(np.unique(reviews[start : start + batch].indices)) for start in starts),
        "P": tiles * vectors * (64 // itemsize),
        "T": tiles,
        "K": chains,
    }


def _layout(hidden: int, itemsize: int) -> tuple[int, int, int]:
    """As in impls/vectors.py, which can't be imported without numba."""
    vectors = -(-hidden * itemsize // 64)
    tiles = -(-vectors // 8)
    vectors = -(-vectors // tiles)
    return tiles, vectors, max(1, min(4, 8 // vectors))
