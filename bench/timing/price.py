"""What of a bill is explained by all that surrounds a pass: the key, and the way there and back.

The harness sees how much CPU time a process takes from a question to its answer. A network is not
to be charged for the answer's way, nor for the key. So now and then the same is asked with a pass
of two reviews in place of the whole one; until it begins, nothing tells the two apart. A network
that works much then, to have a price behind which work can be hidden, gains little: no more is
granted than a few times what a network takes that does nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any, NamedTuple

from ...impls.network import Network
from ...impls.reviews import Reviews
from ..networks.guard import blame
from ..networks.scenario import Scenario
from .reading import Reading, billed_weights, timed_pass
from .secret import Secret

BILLS = 7
FEW = 2  # reviews
# The price may be so many times that of a network that does nothing, and the work of so many
# updates on top: a key has two, and a short call takes longer than its share of a long one.
DELIVERIES, KEY_UPDATES = 3, 4
# What a median of prices and one of passes may differ by, and be noise.
NOISE_SHARE, NOISE_SECONDS = 0.25, 5e-4
# One pass alone may exceed what its process says by so much more than twice its price.
TOLERANCE, TOLERANCE_SECONDS = 0.02, 3e-4
# A pass that is blocked for a larger share of its time, and for longer, is timed by wall time.
BLOCKED_SHARE, BLOCKED_SECONDS = 0.1, 2e-3


class Around(NamedTuple):
    """What surrounds a pass in a bill; NaN where nobody can tell.

    Attributes:
        cpu_seconds: of the process, beside what it says of the pass.
        blocked_seconds: in which nobody worked.
        reading_seconds: CPU seconds of the process while its weights are read.
        carried_seconds: of cpu_seconds, those for all outputs but two.
    """

    cpu_seconds: float
    blocked_seconds: float
    reading_seconds: float = math.nan
    carried_seconds: float = 0.0


UNKNOWN = Around(math.nan, math.nan)


def by_wall(around: Around) -> Around:
    """Return what surrounds a pass in wall time, for networks that another device computes."""
    wall = around.cpu_seconds + around.blocked_seconds
    return around._replace(cpu_seconds=wall, blocked_seconds=0.0)


def surrounding(
    network: Network, prepared: Any, reviews: Reviews, scenario: Scenario
) -> tuple[Network, Around]:
    """Measure once what surrounds a pass in a bill.

    Args:
        prepared: what the pass is made on.
        reviews: of whose words a key is made.

    Returns:
        The network, which may have been built anew, and what surrounds its pass.

    Raises:
        Failed: the network raised an error.
    """
    secret = Secret(reviews, scenario)
    with blame("a short pass"):
        network, reading = timed_pass(network, scenario, secret.weights, secret.key(""), prepared)
    outer = reading.outer
    return network, Around(over(reading), math.nan if outer is None else outer.blocked_seconds)


def over(reading: Reading) -> float:
    """Return by how many CPU seconds a bill exceeds its pass; NaN where nobody can tell."""
    if reading.outer is None:
        return math.nan
    return reading.outer.cpu_seconds - reading.cpu_seconds


def delivery(
    network: Network, prepared: Any, few: Any, reviews: Reviews, scenario: Scenario
) -> Around:
    """Return what surrounds a pass of a network that does nothing, in the median.

    Args:
        few: two reviews that are prepared.
        network, prepared, reviews, scenario: as for surrounding.
    """
    found = []
    for _ in range(BILLS):
        around = carried(network, prepared, few, reviews, scenario)
        _, seconds = billed_weights(network)
        found.append(around._replace(reading_seconds=seconds))
    return Around(*(median(figures) for figures in zip(*found, strict=True)))


def carried(
    network: Network, prepared: Any, few: Any, reviews: Reviews, scenario: Scenario
) -> Around:
    """Return once what delivery does; the arguments are the same."""
    network, short = surrounding(network, few, reviews, scenario)
    _, around = surrounding(network, prepared, reviews, scenario)
    return around._replace(carried_seconds=max(0.0, around.cpu_seconds - short.cpu_seconds))


def granted(
    prices: Sequence[float], delivery: float, own: float, updates: int, outputs: float = 0.0
) -> float:
    """Return the seconds that count as the price of a network.

    Args:
        prices: by how much bills of two reviews exceeded their pass.
        delivery: the same for a network that does nothing, with all reviews.
        own: what a pass takes by the word of its process.
        updates: of a pass, one for each batch.
        outputs: seconds that all outputs but two take on their way.
    """
    most = DELIVERIES * delivery + KEY_UPDATES / updates * own
    return min(median(prices) + outputs, most)


def charge(reading: Reading, price: float) -> float:
    """Return the CPU seconds of a bill that neither its process's word nor its price explains.

    Args:
        price: seconds that are explained by what surrounds a pass.
    """
    own, more = reading.cpu_seconds, over(reading)
    if not more > 2 * price + TOLERANCE * own + TOLERANCE_SECONDS:
        return 0.0
    return more - price


def blocked(reading: Reading, around: Around) -> float:
    """Return the wall seconds that a pass waited for something else than the core.

    Args:
        around: what surrounds a pass of a network that does nothing.
    """
    if reading.outer is None:
        return 0.0
    more = reading.outer.blocked_seconds - around.blocked_seconds
    if not more > max(BLOCKED_SECONDS, BLOCKED_SHARE * (reading.cpu_seconds + more)):
        return 0.0
    return more


def resolution(own: float, price: float) -> float:
    """Return the seconds of a pass below which nothing can be seen that hides."""
    return TOLERANCE * own + NOISE_SHARE * price + NOISE_SECONDS
