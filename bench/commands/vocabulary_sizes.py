"""Dense and sparse in smaller or larger vocabularies: at which size are they as fast?"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..advice.found import VocabularyRow
from ..cost.sizes import with_vocabulary
from ..timing.ratios import paired_ratio
from ..timing.rounds import MIN_ROUNDS, Plan
from .experiment import Experiment
from .run import run

SIZES_TRIED = 2


def vocabulary_sizes(
    experiment: Experiment, ratio: float, affordable: Callable[[int], bool], sets_of_workers: int
) -> list[VocabularyRow]:
    """Look for the size of a vocabulary at which two networks are as fast.

    Args:
        experiment: of a dense network and one that skips the zeros, in this order.
        ratio: time of the dense one / time of the other, in the vocabulary as it is.
        affordable: says whether there is time to try a size.
        sets_of_workers: as for run.

    Returns:
        What was found at each size that was tried, the smallest first.

    Raises:
        BadInput: as run raises it.
        Failed: as run raises it.
    """
    reviews, scenario = experiment.reviews, experiment.scenario
    dense, sparse = (network.name for network in experiment.networks)
    # With fewer no zero is left, and reviews would lose words.
    fewest = math.ceil(len(reviews.indices) / len(reviews))
    rows: dict[int, VocabularyRow] = {}
    size = reviews.vocabulary_size
    while len(rows) < SIZES_TRIED:
        # What dense takes grows with the vocabulary, and what sparse takes hardly.
        size = max(fewest, round(size / ratio))
        if size in (reviews.vocabulary_size, *rows) or not affordable(size):
            break
        moved = with_vocabulary(reviews, size)
        case = experiment.on(moved, scenario, experiment.out / f"vocabulary={size}")
        done = run(case, Plan(MIN_ROUNDS), sets_of_workers)
        found = paired_ratio(done.passes, dense, sparse)
        if math.isnan(found.ratio):
            break
        ratio = found.ratio
        rows[size] = VocabularyRow(
            vocabulary_size=size,
            density=len(moved.indices) / (len(moved) * size),
            ratio=found.ratio,
            ratio_low=found.low,
            ratio_high=found.high,
        )
    return [rows[size] for size in sorted(rows)]
