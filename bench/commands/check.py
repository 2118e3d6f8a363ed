"""`skipzeros check`: every network certified in a worker of its own, none of them timed."""

from __future__ import annotations

from ...impls.reviews import Reviews
from ..equality.result import Result
from ..networks.scenario import Scenario
from ..workers.temporary_folder import temporary_folder
from ..workers.worker_sets import Networks, certify, entries_for


def check(
    networks: Networks, reviews: Reviews, scenario: Scenario, sample: int | None, timeout: float
) -> list[Result]:
    """Certify networks; see certify for the sample and workers for the timeout.

    Raises:
        BadInput: a network can't be had as it was named.
    """
    with temporary_folder() as folder:
        entries = entries_for(networks, reviews, folder)
        return list(certify(entries, scenario, sample, 3, timeout).values())
