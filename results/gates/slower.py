"""Networks that take so many times as long as one of ours and train the same, for measure.py."""

from __future__ import annotations

from typing import Any

from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.compiled import Compiled
from skipzeros.impls.network import Network
from skipzeros.impls.reviews import Reviews

TIMES = (1.0, 1.02, 1.05, 1.1, 2.0, 10.0)


def slower(network: type[Network], times: float) -> type[Network]:
    """Return a network with a second one in it, which trains on so much of the reviews."""

    class Slower(network):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.other = network(*arguments, **named)

        def prepare(self, reviews: Reviews) -> Any:
            whole, share = divmod(times - 1, 1)
            parts = [reviews] * int(whole) + [reviews[: round(share * len(reviews))]]
            forms = [self.other.prepare(part) for part in parts if len(part)]
            return super().prepare(reviews), forms

        def train(self, prepared: Any) -> Any:
            for form in prepared[1]:
                self.other.train(form)
            return super().train(prepared[0])

        def predict(self, prepared: Any) -> Any:
            return super().predict(prepared[0])

    return Slower


Compiled100, Compiled102, Compiled105, Compiled110, Compiled200, Compiled1000 = (
    slower(Compiled, times) for times in TIMES
)
AddReduce100, AddReduce102, AddReduce105, AddReduce110, AddReduce200, AddReduce1000 = (
    slower(AddReduce, times) for times in TIMES
)
