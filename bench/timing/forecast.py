"""How long a command will take, told when it begins: roughly, from each network's first calls."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...impls.reviews import Reviews
from ..networks.scenario import Scenario
from .clock import SHORT_PASS_SECONDS
from .rounds import MIN_ROUNDS, Plan

# What the reference takes for each word and hidden unit, and for each step, of a core of today.
WORD_SECONDS, STEP_SECONDS = 4e-8, 5e-5
# Crafted reviews and lives, whatever the data.
CRAFTED_SECONDS = 1.0
# A short pass has one before it that warms up, and some beside it that are compared.
PASSES_OF_A_SHORT_ONE = 2.5
# Until the workers of a network, one in each set, are ready for the clock.
STARTING_SECONDS = 2.0


def certifying(
    pass_seconds: float, reviews: Reviews, scenario: Scenario, judged: int | None, whole: int
) -> float:
    """Return about how many seconds a certificate takes.

    Args:
        pass_seconds: of one training pass.
        judged: how many reviews are judged; None for all.
        whole: how many passes are made in one call.
    """
    share = 1.0 if judged is None else min(1.0, judged / max(1, len(reviews)))
    steps = len(reviews) / scenario.batch_size
    reference = WORD_SECONDS * len(reviews.indices) * scenario.hidden + STEP_SECONDS * steps
    return (1 + whole) * pass_seconds + share * reference + CRAFTED_SECONDS


def timing(pass_seconds: Sequence[float], plan: Plan) -> float:
    """Return about how many seconds the rounds of a plan take.

    Args:
        pass_seconds: of each network.
    """
    one = sum(
        seconds * (PASSES_OF_A_SHORT_ONE if seconds < SHORT_PASS_SECONDS else 1.0)
        for seconds in pass_seconds
    )
    budget = math.inf if plan.budget is None else plan.budget
    if plan.rounds is not None:
        budget = min(plan.rounds * one, budget)
    starting = STARTING_SECONDS * len(pass_seconds)
    return starting + max(MIN_ROUNDS * one, budget if math.isfinite(budget) else 0.0)
