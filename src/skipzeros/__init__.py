"""Dense against sparse implementations of one small network: the same results, how much faster?"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import (
        accuracy,
        advise,
        bisect,
        check,
        compare,
        gate,
        load,
        networks,
        report,
        run,
        sweep,
        vary,
        waste,
        why,
    )
    from .bench.commands.experiment import Experiment
    from .bench.networks.scenario import Scenario
    from .bench.outcomes import BadInput, Failed, Incorrect, Refused, Uncertified
    from .impls.network import Device, Network, OnlineNetwork
    from .impls.reviews import Reviews

__all__ = [
    "BadInput",
    "Device",
    "Experiment",
    "Failed",
    "Incorrect",
    "Network",
    "OnlineNetwork",
    "Refused",
    "Reviews",
    "Scenario",
    "Uncertified",
    "accuracy",
    "advise",
    "bisect",
    "check",
    "compare",
    "gate",
    "load",
    "networks",
    "report",
    "run",
    "sweep",
    "vary",
    "waste",
    "why",
]

_MODULES = {
    **dict.fromkeys(("Device", "Network", "OnlineNetwork"), "impls.network"),
    "Reviews": "impls.reviews",
    "Scenario": "bench.networks.scenario",
    "Experiment": "bench.commands.experiment",
    **dict.fromkeys(
        ("BadInput", "Failed", "Incorrect", "Refused", "Uncertified"), "bench.outcomes"
    ),
}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `skipzeros --help` doesn't wait for numpy and scipy.
    if name not in __all__:
        raise AttributeError(f"module 'skipzeros' has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES.get(name, 'api')}", __name__), name)


def __dir__() -> list[str]:
    return __all__
