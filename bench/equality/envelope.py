"""How far apart rounding alone can take two passes of one network that began with the same state.

Where the two differ, their states are known only to lie within a radius of each other. Each step
carries on what they differ by already, and adds what rounding does to both of them: the formulas
of the definition are computed from numbers that are off by these radii.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...impls.network import Array
from ..networks.scenario import Scenario
from ..outcomes import Incorrect
from .judge import Step, gather
from .reference import expect

# Outputs that may differ by so much say nothing more about the network.
LOST = 0.01


class Envelope:
    """The radii of the states of two passes, from equal ones on.

    Args:
        slack: by how much more than one step's rounding each step may add.
    """

    def __init__(self, vocabulary_size: int, scenario: Scenario, slack: float) -> None:
        self._scenario = scenario
        # One rounding of each of the two is in the figures that come from numbers with radii.
        self._more = 2 * slack - 1
        definition, hidden = scenario.defined, scenario.hidden
        self._rows = np.zeros((vocabulary_size, len(definition.names_in_row(0, hidden))))
        self._others = np.zeros(len(definition.names_of_others(hidden)))
        self.lost = False

    def follow(self, step: Step, outputs: Array, where: str) -> None:
        """Compare the outputs of one pass with a step of the other one, and let the radii grow.

        Raises:
            Incorrect: they differ by more than rounding explains.
        """
        steps = gather([step], self._scenario)
        radii = self._rows[steps.words], self._others[None]
        blurred = expect(replace(steps, rows_off=radii[0], others_off=radii[1]))
        rounded = expect(steps)
        allowed = blurred.outputs_bound + self._more * rounded.outputs_bound
        apart = np.abs(outputs.astype(np.float64) - step.outputs)
        if not (apart <= allowed).all():
            i = int((~(apart <= allowed)).argmax())
            raise Incorrect(
                f"{where}: output is {outputs[i]:.17g}, expected {step.outputs[i]:.17g}, "
                f"bound {allowed[i]:.2g} (error ratio {apart[i] / allowed[i]:.2g})"
            )
        self.lost |= bool((allowed > LOST).any())
        # What is carried back is off by what the outputs do differ by, not by what they might.
        blurred.outputs_are_off_by(apart)
        more = self._more
        self._rows[steps.words[blurred.entry]] = blurred.rows_bound + more * rounded.rows_bound
        self._others = (blurred.others_bound + more * rounded.others_bound)[0].astype(np.float64)

    def compare(self, found: tuple[Array, Array], right: tuple[Array, Array], where: str) -> None:
        """Compare the states of the two passes at their ends.

        Raises:
            Incorrect: they differ by more than rounding explains.
        """
        for a, b, radius in zip(found, right, (self._rows, self._others), strict=True):
            apart = np.abs(a.astype(np.float64) - b)
            wrong = ~(apart <= radius)
            if wrong.any():
                place = tuple(int(i) for i in np.unravel_index(int(wrong.argmax()), wrong.shape))
                definition, hidden = self._scenario.defined, self._scenario.hidden
                if len(place) == 2:
                    name = definition.names_in_row(place[0], hidden)[place[1]]
                else:
                    name = definition.names_of_others(hidden)[place[0]]
                raise Incorrect(
                    f"{where}: {name} is {a[place]:.17g}, "
                    f"expected {b[place]:.17g}, bound {radius[place]:.2g}"
                )
