"""Dense against sparse implementations of one small network: the same results, how much faster?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .impls.network import Network, OnlineNetwork
    from .impls.reviews import Reviews

__all__ = ["Network", "OnlineNetwork", "Reviews"]


def __getattr__(name: str) -> Any:
    # On first use, so that `skipzeros --help` doesn't wait for numpy and scipy.
    if name == "Reviews":
        from .impls.reviews import Reviews

        return Reviews
    if name in ("Network", "OnlineNetwork"):
        from .impls import network

        return getattr(network, name)
    raise AttributeError(f"module 'skipzeros' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
