"""How far apart rounding alone can take two passes of one network that began with the same weights.

Where the two differ, their weights are known only to lie within a radius of each other. Each step
adds what rounding does to both of them, and carries on what they differ by already: with s = rate
/ B, delta f, d its difference in the two (at most the difference of the outputs: |df/do| <= 1)::

    weights_1_2 -= s f h       radius += sum s (|f| + d) sum |c| radius(rows) + s d |h|
    row -= s f c w             radius += sum s (|f| + d) |c| radius(weights_1_2) + s d |c w|

and an output may differ by its own rounding and a quarter, the steepest slope of the sigmoid, of
what z may: |w| . sum |c| radius(rows) + (|h| + sum |c| radius(rows)) . radius(weights_1_2).
"""

from __future__ import annotations

import numpy as np

from ...impls.network import Array
from ..networks.scenario import Scenario
from ..outcomes import Incorrect
from .judge import Step, gather
from .reference import expect

# Outputs that may differ by so much say nothing more about the network.
LOST = 0.01


class Envelope:
    """The radii of the weights of two passes, from equal weights on.

    Args:
        slack: by how much more than one step's rounding each step may add.
    """

    def __init__(self, vocabulary_size: int, scenario: Scenario, slack: float) -> None:
        self._scenario, self._slack = scenario, slack
        self._rows = np.zeros((vocabulary_size, scenario.hidden))
        self._weights_1_2 = np.zeros(scenario.hidden)
        self.lost = False

    def follow(self, step: Step, outputs: Array, where: str) -> None:
        """Compare the outputs of one pass with a step of the other one, and let the radii grow.

        Raises:
            Incorrect: they differ by more than rounding explains.
        """
        steps = gather([step], self._scenario)
        expected = expect(steps)
        w, radius = np.abs(step.weights_1_2.astype(np.float64)), self._weights_1_2
        s = self._scenario.learning_rate / len(step.reviews)
        rounding = 2 * self._slack
        grown = radius + rounding * expected.weights_1_2_bound[0].astype(np.float64)
        carried = []
        for i, (words, counts, label) in enumerate(step.reviews):
            c = np.ones((len(words), 1)) if counts is None else np.abs(counts)[:, None]
            rows = step.rows[steps.indptr[i] : steps.indptr[i + 1]].astype(np.float64)
            h = np.abs((rows if counts is None else rows * counts[:, None]).sum(axis=0))
            blur = (c * self._rows[words]).sum(axis=0)
            allowed = rounding * float(expected.outputs_bound[i])
            allowed += float(w @ blur + (h + blur) @ radius) / 4
            found, right = float(outputs[i]), float(step.outputs[i])
            apart = abs(found - right)
            if not apart <= allowed:
                raise Incorrect(
                    f"{where}: output is {found:.17g}, expected {right:.17g}, "
                    f"bound {allowed:.2g} (error ratio {apart / allowed:.2g})"
                )
            self.lost |= allowed > LOST
            delta = abs((right - label) * right * (1 - right)) + apart
            grown += s * (delta * blur + apart * h)
            carried.append((words, s * c * (delta * radius + apart * w)))
        words = steps.words[expected.entry]
        self._rows[words] += rounding * expected.rows_bound.astype(np.float64)
        for words, growth in carried:
            self._rows[words] += growth
        self._weights_1_2 = grown

    def compare(self, found: tuple[Array, Array], right: tuple[Array, Array], where: str) -> None:
        """Compare the weights of the two passes at their ends.

        Raises:
            Incorrect: they differ by more than rounding explains.
        """
        radii = (self._rows, self._weights_1_2)
        for figure, a, b, radius in zip(
            ("weights_0_1", "weights_1_2"), found, right, radii, strict=True
        ):
            apart = np.abs(a.astype(np.float64) - b)
            wrong = ~(apart <= radius)
            if wrong.any():
                place = tuple(int(i) for i in np.unravel_index(int(wrong.argmax()), wrong.shape))
                raise Incorrect(
                    f"{where}: {figure}{list(place)} is {a[place]:.17g}, "
                    f"expected {b[place]:.17g}, bound {radius[place]:.2g}"
                )
