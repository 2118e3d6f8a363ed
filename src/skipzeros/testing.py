"""Tests for a network of your own, in a repository of your own: the same checks in three ways.

Under pytest three lines certify it in every scenario that it accepts::

    from skipzeros.testing import NetworkConformance

    class TestMine(NetworkConformance):
        network = Mine

`parametrize_with_networks` does so for several networks and a test function of yours, and
`check_network` does so anywhere else; that one needs no pytest.

What fails is told in one line: which review, which figure, what was found and expected, and how
much rounding can explain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .bench.equality.conformance import checks_of, short_name, why_unavailable
from .bench.outcomes import Failed, Incorrect, Uncertified
from .impls.network import Network

if TYPE_CHECKING:
    from .bench.pytest_plugin.conformance import NetworkConformance, parametrize_with_networks

__all__ = ["NetworkConformance", "check_network", "parametrize_with_networks"]


def check_network(network: type[Network]) -> None:
    """Check all that a network promises, in each scenario that it accepts.

    >>> import numpy as np
    >>> from skipzeros import OnlineNetwork
    >>> class Mine(OnlineNetwork):
    ...     dtypes = ("float64",)
    ...     def sum_rows(self, words, counts):
    ...         return self.weights_0_1[words].sum(axis=0)
    ...     def update_rows(self, words, counts, step):
    ...         self.weights_0_1[words] -= step
    >>> check_network(Mine)

    It returns if all is well, else it raises the first fault. In a script that CI runs a network
    that can't run on that machine is a fault too, because nothing was checked; where it may be
    missing, ask its ``unavailable()`` first.

    Args:
        network: the class, derived from skipzeros.Network.

    Raises:
        skipzeros.Incorrect: it is another network. The message is one line that
            names the network, the check, the scenario, the review and the figure.
        skipzeros.Uncertified: no fault was found, but longer calls give other bits
            than the ones that were judged.
        skipzeros.Failed: it raised an error, which is the cause of this one, or
            it is unavailable.
        skipzeros.BadInput: this is no class of a network, or it accepts no
            scenario.
    """
    checks = checks_of(network)
    reason = why_unavailable(network)
    if reason is not None:
        raise Failed(f"{reason}; nothing was checked")
    for check in checks:
        try:
            check(network)
        except (Incorrect, Failed, Uncertified) as fault:
            where = f"{network.__name__}: {check.name} in {short_name(check.scenario)}"
            raise type(fault)(f"{where}: {fault}") from fault.__cause__


def __getattr__(name: str) -> object:
    # Imported on first use, so that check_network needs no pytest.
    if name in ("NetworkConformance", "parametrize_with_networks"):
        from .bench.pytest_plugin import conformance

        return getattr(conformance, name)
    raise AttributeError(f"module 'skipzeros.testing' has no attribute {name!r}")
