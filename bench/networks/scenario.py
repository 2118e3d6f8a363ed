"""What is computed: the shape, the rate, the dtype and the first weights of the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..definitions.definition import Definition, Draw
from ..definitions.layout import Layout
from ..outcomes import BadInput
from ..text.amounts import above_zero, whole
from .defined import defined
from .packed import as_two_arrays

DTYPES = ("float64", "float32")
INPUTS = ("presence", "counts")
# With more a pass overflows, in right networks too.
MOST_RATE = 1e6


@dataclass(frozen=True)
class Scenario:
    """One setting in which all networks are the same network.

    Attributes:
        hidden: how many units the hidden layer has.
        learning_rate: the step of gradient descent, from 0 to 1e6.
        batch_size: how many reviews make one update, by the mean of their steps.
        dtype: of weights and outputs, "float64" or "float32".
        input: the value of a word: "presence" (1) or "counts" (how often it occurs).
        seed: of the first weights_1_2, from 0 to 2**32 - 1; 1 is the lesson's.
        threads: how many threads, and cores, a network may have that declares its threads.
        definition: what a step computes: the name of a definition, or FILE.py:CLASS.
        device: what networks may compute on beside the CPU, such as "cuda"; "cpu" for nothing.

    Raises:
        BadInput: a value is none of these.

    Example:
        >>> Scenario(hidden=64).first_weights(vocabulary_size=1000)[0].shape
        (1000, 64)
    """

    hidden: int = 10
    learning_rate: float = 0.1
    batch_size: int = 1
    dtype: str = "float64"
    input: str = "presence"
    seed: int = 1
    threads: int = 1
    device: str = "cpu"
    definition: str = "lesson"

    def __post_init__(self) -> None:
        # Numbers of numpy turn into Python's, for the messages to workers.
        put = partial(object.__setattr__, self)
        put("hidden", whole("hidden", self.hidden, 1))
        put("batch_size", whole("batch_size", self.batch_size, 1))
        put("seed", whole("seed", self.seed, 0))
        put("threads", whole("threads", self.threads, 1))
        put("learning_rate", above_zero("learning_rate", self.learning_rate, or_zero=True))
        if not isinstance(self.device, str) or not self.device.isidentifier():
            raise BadInput(f"device={self.device!r}: must be a name, such as 'cpu' or 'cuda'")
        if self.learning_rate > MOST_RATE:
            raise BadInput(f"learning_rate={self.learning_rate:g}: must be at most {MOST_RATE:g}")
        put("dtype", getattr(self.dtype, "__name__", str(self.dtype)))
        for name, bits in (("hidden", 31), ("batch_size", 31), ("seed", 32), ("threads", 31)):
            if getattr(self, name) >= 2**bits:
                raise BadInput(f"{name}={getattr(self, name)}: must be below 2**{bits}")
        for name, known in (("dtype", DTYPES), ("input", INPUTS)):
            if getattr(self, name) not in known:
                raise BadInput(f"{name}={getattr(self, name)!r}: must be {' or '.join(known)}")
        _ = self.defined

    @property
    def defined(self) -> Definition:
        """What a step computes."""
        return defined(self.definition)

    @property
    def in_words(self) -> str:
        """What is computed, as titles say it."""
        batch = f", batches of {self.batch_size}" if self.batch_size > 1 else ""
        return f"{self.input}, hidden {self.hidden}, {self.dtype}{batch}"

    @property
    def layout(self) -> Layout:
        """Where each array of the definition lies."""
        return self.defined.layout(self.hidden)

    @property
    def columns(self) -> int:
        """How many numbers there are for each word: in the lesson one for each hidden unit."""
        columns: int = self.layout.by_word[-1].place.stop
        return columns

    def first_weights(self, vocabulary_size: int) -> tuple[Array, Array]:
        """Make what a pass starts from, by the lesson's generator.

        The lesson's accuracy of 83 % belongs to seed 1 of this very draw.

        Returns:
            What is indexed by words, side by side, and all else: in the lesson weights_0_1
            (vocabulary_size, hidden), all zero, and weights_1_2 (hidden,).
        """
        return self.drawn(np.random.RandomState(self.seed), vocabulary_size)

    def drawn(self, draw: Draw, vocabulary_size: int) -> tuple[Array, Array]:
        """Make what a pass starts from, as first_weights does, by some other generator."""
        return self.side_by_side(self.defined.first(draw, vocabulary_size, self.hidden))

    def side_by_side(self, state: Mapping[str, Array]) -> tuple[Array, Array]:
        """Put the arrays of a definition side by side, in the dtype, as networks take them."""
        layout = self.layout
        return (
            layout.rows_of(state).astype(self.dtype, copy=False),
            layout.others_of(state).astype(self.dtype, copy=False),
        )

    def reviews(self, reviews: Reviews) -> Reviews:
        """Return the reviews with the values that the input layer gets: presence or counts."""
        return reviews.presence() if self.input == "presence" else reviews

    def build(self, network: type[Network], weights_0_1: Array, weights_1_2: Array) -> Network:
        """Build a network of this scenario that starts from copies of some weights."""
        it = self.defined
        network = as_two_arrays(network, it.name, it.by_word, it.others)
        return network(weights_0_1, weights_1_2, self.learning_rate, batch_size=self.batch_size)

    def not_applicable(self, network: type[Network]) -> str | None:
        """Say what of this scenario a network does not accept; None if it accepts all."""
        known = network.definitions
        if self.defined.name not in known:
            return f"knows the definition {', '.join(known)}, not {self.defined.name}"
        if self.input == "counts" and not network.accepts_counts:
            return "knows presence only, not counts"
        if self.batch_size > 1 and not network.accepts_batches:
            return f"takes one review at a time, not batches of {self.batch_size}"
        if self.dtype not in network.dtypes:
            return f"computes in {', '.join(network.dtypes)}, not in {self.dtype}"
        if network.device not in ("cpu", self.device):
            return f"computes on {network.device}, which was not asked for (device)"
        return None
