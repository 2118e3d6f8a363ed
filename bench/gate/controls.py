"""A gate's test of itself, in the same run: two comparisons whose right verdicts are known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...impls.reviews import Reviews
from ..outcomes import BadInput, Verdict
from ..timing.ratios import Ratio
from ..workers.entry import Entry
from ..workers.shared_reviews import write_reviews
from .comparison import Comparison
from .decide import Decision, Threshold, plain


@dataclass(frozen=True)
class Controls:
    """Two comparisons: a copy of a network, which must pass; and more words, which must be slower.

    Attributes:
        words: how many more words the longer one has, a fraction.
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
        """Make the controls of a network that takes part.

        Args:
            slowdown: the threshold, a fraction; the longer control has so many more words.
            reviews, spare: the reviews of the reference, and others from the same data.
            folder: where the longer reviews are written; it doesn't exist yet.

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
        """Judge whether the gate can be believed.

        Returns:
            Why it can't, empty if it can; and what the controls came to, in a sentence.
        """
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
        if not any(map(decided.get, self.both)):
            line = "Self-test: it was not reached."
        odd = [control for control in self.both if found[control] != wanted[control]]
        if not odd:
            return "", line
        decision = decided.get(odd[0])
        doubt = f" ({decision.doubt})" if decision and decision.doubt else ""
        return (
            f"the self-test failed: {odd[0].network.name} should be '{wanted[odd[0]]}' and is "
            f"'{found[odd[0]]}'{doubt}, so nothing measured in this run can be believed"
        ), line

    def wanted(
        self, judged: Sequence[Comparison], decided: Mapping[Comparison, Decision]
    ) -> list[Comparison]:
        """Say for which comparisons, these among them, more sets are wanted after a look.

        While the self-test hasn't come out well, what is slower is timed on beside it: its
        interval may come to lie so far off that it is plain.

        Args:
            judged: the comparisons in question.
        """
        unsure = [one for one in judged if not self.plain(one, decided)]
        undecided = [one for one in unsure if not decided[one].final]
        failed, _ = self.judge(decided)
        if not (failed and unsure):
            return undecided
        slower = [one for one in unsure if decided[one].verdict == Verdict.SLOWER]
        tests = self.both if slower else [one for one in self.both if not decided[one].final]
        return [*undecided, *slower, *tests]

    def plain(self, comparison: Comparison, decided: Mapping[Comparison, Decision]) -> bool:
        """Say whether the decision on a comparison holds whatever the self-test comes to."""
        decision = decided.get(comparison)
        return decision is not None and plain(decision, comparison.threshold, self.spread(decided))

    def spread(self, decided: Mapping[Comparison, Decision]) -> float:
        """Return how far the intervals of the controls reach from what they should show.

        Returns:
            The difference of logarithms of ratios; infinite where one has no interval.
        """
        reach = 0.0
        for control, right in ((self.copy, 1.0), (self.longer, 1 + self.words)):
            ratio = decided[control].ratio if control in decided else Ratio()
            for end in (ratio.low, ratio.high):
                reach = max(reach, math.inf if math.isnan(end) else abs(math.log(end / right)))
        return reach


def lengthened(reviews: Reviews, spare: Reviews, fraction: float) -> Reviews:
    """Add a fraction more reviews at the end, so that all work grows by about that fraction.

    They are taken from the spare reviews, because the rows of reviews that were just trained on
    are still in the cache and cost less; if there are too few spare ones, from the reviews
    themselves. They are spread evenly, and begin where the number of their words comes nearest
    to the fraction.

    Raises:
        BadInput: there are too few reviews for so small a fraction.
    """
    size = round(fraction * len(reviews))
    if not size:
        raise BadInput(
            f"reviews: {len(reviews)} are too few for a self-test with {fraction:.2%} more of "
            f"them; use {round(1 / fraction)} or more"
        )
    pool = spare[: max(len(reviews), size)] if len(spare) >= size else reviews
    lengths = np.diff(pool.indptr)
    # All in turn where they are not enough, because the same one again would be in the cache.
    spread = np.arange(size) * len(pool) // size if size <= len(pool) else np.arange(size)
    choices = [(spread + shift) % len(pool) for shift in range(max(1, len(pool) // size))]
    wanted = fraction * len(reviews.indices)
    chosen = min(choices, key=lambda more: abs(int(lengths[more].sum()) - wanted))
    words = np.concatenate([np.arange(*pool.indptr[review : review + 2]) for review in chosen])

    counts = None
    if reviews.stored_counts is not None and pool.stored_counts is not None:
        counts = np.append(reviews.stored_counts, pool.stored_counts[words])
    return Reviews(
        np.append(reviews.indptr, reviews.indptr[-1] + np.cumsum(lengths[chosen])),
        np.append(reviews.indices, pool.indices[words]),
        counts,
        np.append(reviews.labels, pool.labels[chosen]),
        reviews.vocabulary_size,
    )
