"""A gate's test of itself, in the same run: two comparisons whose answer is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...impls.reviews import Reviews
from ..outcomes import BadInput, Verdict
from ..workers.entry import Entry
from ..workers.shared_reviews import write_reviews
from .comparison import Comparison
from .decide import Decision, Threshold


@dataclass(frozen=True)
class Controls:
    """The same network once more, which has to pass, and with more words, which has to be slower.

    Attributes:
        words: how many more, a fraction.
    """

    copy: Comparison
    longer: Comparison
    words: float

    @property
    def both(self) -> tuple[Comparison, Comparison]:
        """The two comparisons."""
        return self.copy, self.longer

    @classmethod
    def of(
        cls, reference: Entry, slowdown: float, reviews: Reviews, spare: Reviews, folder: Path
    ) -> Controls:
        """The arms of a network that takes part.

        Args:
            slowdown: the threshold, and so much more words the longer arm has.
            reviews, spare: those of the reference, and others of the same data.
            folder: where the longer reviews are written.

        Raises:
            BadInput: there are too few reviews for so small a slowdown.
        """
        folder.mkdir()
        longer = write_reviews(lengthened(reviews, spare, slowdown), folder)
        words = longer.nonzeros / reference.reviews.nonzeros - 1
        threshold = Threshold.max_slowdown(slowdown)
        same = replace(reference, name=f"{reference.name} (copy)")
        name = f"{reference.name} (+{words:.1%} words)"
        more = replace(reference, name=name, reviews=longer)
        return cls(
            Comparison(same, reference, threshold), Comparison(more, reference, threshold), words
        )

    def judge(self, decided: Mapping[Comparison, Decision]) -> tuple[str, str]:
        """Why the gate can't be believed, empty if it can; and what the arms came to."""
        wanted = {self.copy: Verdict.PASS, self.longer: Verdict.SLOWER}
        found, figures = {}, {}
        for control in self.both:
            decision = decided.get(control)
            found[control] = decision.verdict if decision and decision.verdict else "undecided"
            figures[control] = f"{decision.ratio.ratio:.3f}" if decision else "?"
        line = (
            f"Self-test: a copy of {self.copy.baseline.name} took {figures[self.copy]} times as "
            f"long ({found[self.copy]}), the same with {self.words:.1%} more words "
            f"{figures[self.longer]} times ({found[self.longer]})."
        )
        odd = [control for control in self.both if found[control] != wanted[control]]
        if not odd:
            return "", line
        decision = decided.get(odd[0])
        doubt = f" ({decision.doubt})" if decision and decision.doubt else ""
        return (
            f"the self-test failed: {odd[0].network.name} should be '{wanted[odd[0]]}' and is "
            f"'{found[odd[0]]}'{doubt}, so nothing measured in this run can be believed"
        ), line


def lengthened(reviews: Reviews, spare: Reviews, fraction: float) -> Reviews:
    """The reviews with a fraction more of them at their end: so much more of all work.

    They are taken from the spare ones, for those that the network has just seen are in its cache
    and cost less; where there are too few, from the reviews themselves. Of evenly spread ones
    those are taken whose words are nearest to the fraction.

    Raises:
        BadInput: there are too few reviews for so small a fraction.
    """
    size = round(fraction * len(reviews))
    if not size:
        raise BadInput(
            f"reviews: {len(reviews)} are too few for a self-test with {fraction:.2%} more of "
            f"them; use {round(1 / fraction)} or more"
        )
    pool = spare[: len(reviews)] if len(spare) >= size else reviews
    lengths = np.diff(pool.indptr)
    spread = np.arange(size) * len(pool) // size
    choices = [(spread + shift) % len(pool) for shift in range(max(1, len(pool) // size))]
    wanted = fraction * len(reviews.indices)
    chosen = min(choices, key=lambda more: abs(int(lengths[more].sum()) - wanted))
    words = np.concatenate([np.arange(*pool.indptr[review : review + 2]) for review in chosen])

    def both(first: Any, more: Any) -> Any:
        return np.concatenate([first, more])

    counts = None
    if reviews.counts is not None and pool.counts is not None:
        counts = both(reviews.counts, pool.counts[words])
    return Reviews(
        np.cumsum(both([0], both(np.diff(reviews.indptr), lengths[chosen]))),
        both(reviews.indices, pool.indices[words]),
        counts,
        both(reviews.labels, pool.labels[chosen]),
        reviews.vocabulary_size,
    )
