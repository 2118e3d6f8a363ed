"""The interface of a network, and the lesson's training loop.

All networks compute the same thing, for one review (layer_0) at a time::

    layer_1 = layer_0 @ weights_0_1                        no activation
    layer_2 = sigmoid(layer_1 @ weights_1_2)               the output
    delta_2 = (layer_2 - label) * layer_2 * (1 - layer_2)
    delta_1 = delta_2 * weights_1_2                        with weights_1_2 as it was
    weights_1_2 -= learning_rate * delta_2 * layer_1
    weights_0_1 -= learning_rate * outer(layer_0, delta_1)

With batches the output of every review comes before any update of its batch, and the step is
the mean of the steps of the batch; the last batch may be short.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .reviews import Reviews
from .steps import BY_SGD, OUTPUTS, SLOPES, descend, shares
from .steps import sigmoid as sigmoid

Array = NDArray[Any]
# The words, counts and label of each review.
Batch = Sequence[tuple[NDArray[np.int32], Array | None, Any]]


class Device(NamedTuple):
    """A device beside the CPU, as a network finds it.

    Attributes:
        name: with the versions that its figures depend on, for records.
        free_bytes: of its memory.

    Example:
        >>> Device("Some GPU, driver 1.2", 8 << 30).name
        'Some GPU, driver 1.2'
    """

    name: str
    free_bytes: int


class Network(ABC):
    """One implementation of the network above, with its own way of storing what it needs.

    Attributes:
        accepts_counts: whether it can train on counts, and not on presence alone.
        accepts_batches: whether batch_size may be more than 1.
        dtypes: of the weights it can compute with.
        threads: the most threads that a call of it works in. It is given no more than --threads,
            by the variables that libraries ask (OMP_NUM_THREADS, NUMBA_NUM_THREADS and the like),
            and as many cores. None where all its work is done in the thread that calls it.
        definitions: what a step may be for it to compute, each by its name. One that knows another
            than the lesson's is built, and reset, with two arguments more, by name: definition,
            and state, a dict of the arrays that it has beside weights_0_1 and weights_1_2. It has
            state().
        device: what computes, "cpu" or such as "cuda". One that isn't the CPU has synchronize.

    Example:
        >>> import numpy as np
        >>> csr: type[Network] = networks()["csr"]
        >>> network = csr(np.zeros((3, 2)), np.ones(2), learning_rate=0.1)
        >>> network.train(network.prepare(Reviews.from_lists([[0, 2]], [1], 3)))
        array([0.5])
    """

    accepts_counts: ClassVar[bool] = False
    accepts_batches: ClassVar[bool] = False
    dtypes: ClassVar[tuple[str, ...]] = ("float64",)
    threads: ClassVar[int | None] = None
    device: ClassVar[str] = "cpu"
    definitions: ClassVar[tuple[str, ...]] = ("lesson",)

    @classmethod
    def unavailable(cls) -> str | None:
        """Say why the network can't run here and which extra it needs; None where it can run."""
        return None

    @classmethod
    def about_device(cls) -> Device | None:
        """Tell of the device; None for the CPU."""
        return None

    def synchronize(self) -> None:
        """Wait until the device has done all that was asked of it; it is called under the clock."""
        return  # the CPU has nothing to wait for

    def __init__(
        self, weights_0_1: Array, weights_1_2: Array, learning_rate: float, batch_size: int = 1
    ) -> None:
        """Start from copies of the weights, in their dtype.

        Args:
            weights_0_1: (vocabulary_size, hidden), one row for each word.
            weights_1_2: (hidden,), from the hidden layer to the one output.
            learning_rate: a Python float, whatever the dtype.
            batch_size: reviews whose mean step makes one update.
        """
        self.learning_rate = learning_rate
        self.batch_size = batch_size

    @property
    @abstractmethod
    def weights_0_1(self) -> Array:
        """The present weights (vocabulary_size, hidden), a row for each word in the order of ids.

        They have the dtype of those passed in, and may be a view or a copy.
        """

    @property
    @abstractmethod
    def weights_1_2(self) -> Array:
        """The present weights (hidden,), in the dtype of those passed in; a view or a copy."""

    @abstractmethod
    def prepare(self, reviews: Reviews) -> Any:
        """Make the network's own form of the reviews, outside the clock.

        It may cost time in proportion to the words of these reviews, and no more. What it returns
        must serve every instance with weights of the same shape and dtype, and of the same batch
        size.
        """

    @abstractmethod
    def train(self, prepared: Any) -> Array:
        """Make one pass over the reviews in their order; the clock runs around this call alone.

        It starts from the present weights and changes them.

        Args:
            prepared: what prepare returned.

        Returns:
            (n,) the output of each review before the update that it takes part in, in the dtype
            of the weights.
        """

    @abstractmethod
    def predict(self, prepared: Any) -> Array:
        """Compute the output of each review; no weight changes.

        Args:
            prepared: what prepare returned.

        Returns:
            (n,) in the dtype of the weights.
        """

    def rows(self, words: NDArray[np.int32]) -> Array:
        """Return a copy (n, hidden) of the present rows of weights_0_1 of the words (n,)."""
        rows: Array = self.weights_0_1[words]
        return rows

    def state(self) -> dict[str, Array]:
        """Return all arrays of the present state by their names; views or copies."""
        return {"weights_0_1": self.weights_0_1, "weights_1_2": self.weights_1_2}


class PlainNetwork(Network):
    """A network whose weights are plain arrays, in their original order.

    Attributes:
        definition: what a step computes.
        beside: the arrays beside weights_0_1 and weights_1_2, by their names; none in the lesson.
    """

    dtypes = ("float64", "float32")

    # Class attributes, because plain settable ones must replace Network's read-only properties.
    weights_0_1: Array = np.zeros((0, 0))
    weights_1_2: Array = np.zeros(0)

    def __init__(
        self,
        weights_0_1: Array,
        weights_1_2: Array,
        learning_rate: float,
        batch_size: int = 1,
        definition: str = "lesson",
        state: Mapping[str, Array] = MappingProxyType({}),
    ) -> None:
        super().__init__(weights_0_1, weights_1_2, learning_rate, batch_size)
        self.weights_0_1 = weights_0_1.copy()
        self.weights_1_2 = weights_1_2.copy()
        self.definition = definition
        self.beside = {name: array.copy() for name, array in state.items()}

    def reset(
        self,
        weights_0_1: Array,
        weights_1_2: Array,
        state: Mapping[str, Array] = MappingProxyType({}),
    ) -> None:
        """Write fresh arrays of the same shapes and dtype into those that there are."""
        self.weights_0_1[...] = weights_0_1
        self.weights_1_2[...] = weights_1_2
        for name, array in state.items():
            self.beside[name][...] = array

    def state(self) -> dict[str, Array]:
        return {**super().state(), **self.beside}


class OnlineNetwork(PlainNetwork):
    """The lesson's training loop, one review at a time or in batches; a network adds two hooks.

    A batch calls sum_rows for all of its reviews, and then update_rows for all. A class that keeps
    something from the one to the other says accepts_batches = False, or overrides sum_batch and
    update_batch. One with a train of its own takes no batches unless it says so.

    Example:
        >>> class Mine(OnlineNetwork):
        ...     def sum_rows(self, words, counts):
        ...         return self.weights_0_1[words].sum(axis=0)
        ...     def update_rows(self, words, counts, step):
        ...         self.weights_0_1[words] -= step
        >>> Mine.dtypes
        ('float64', 'float32')
    """

    accepts_batches = True
    definitions: ClassVar[tuple[str, ...]] = ("lesson", *BY_SGD)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        nearest = next(c for c in cls.__mro__ if {"train", "accepts_batches"} & vars(c).keys())
        # A loop that somebody wrote for single reviews would take a batch for so many steps.
        if "accepts_batches" not in vars(nearest):
            cls.accepts_batches = False
        # Nor does it know another network than the one it was written for.
        if "definitions" not in vars(nearest) and "train" in vars(nearest):
            cls.definitions = ("lesson",)

    @abstractmethod
    def sum_rows(self, words: NDArray[np.int32], counts: Array | None) -> Array:
        """Sum the rows of the words on the way forward, each times its count.

        Args:
            words: (n,) the ids of the words of one review.
            counts: (n,) in the dtype of the weights; None for presence.

        Returns:
            layer_1 (hidden,).
        """

    @abstractmethod
    def update_rows(self, words: NDArray[np.int32], counts: Array | None, step: Array) -> None:
        """Subtract step (hidden,) from the row of each word on the way back, times its count.

        Args:
            words, counts: as for sum_rows.
        """

    def sum_batch(self, batch: Batch) -> Array:
        """Sum the rows of the words of each review of a batch, which may be short.

        Returns:
            layer_1 (n, hidden) in the dtype of the weights.
        """
        layer_1 = np.empty_like(self.weights_0_1, shape=(len(batch), self.weights_0_1.shape[1]))
        for review, (words, counts, _) in enumerate(batch):
            # Copied at once, because a hook may hand out the same buffer for every review.
            layer_1[review] = self.sum_rows(words, counts)
        return layer_1

    def update_batch(self, batch: Batch, step_0_1: Array) -> None:
        """Subtract the step of each review of a batch from the rows of its words.

        Args:
            batch: the one that sum_batch has just summed.
            step_0_1: (n, hidden), already divided by the length of the batch.
        """
        for (words, counts, _), step in zip(batch, step_0_1, strict=True):
            self.update_rows(words, counts, step)

    def prepare(self, reviews: Reviews) -> Any:
        # Cast once, here: a float64 label or count would turn every float32 sum into float64.
        dtype = self.weights_0_1.dtype
        return [
            (words, None if counts is None else counts.astype(dtype), label)
            for part in reviews.blocks()
            for (words, counts, _), label in zip(part, part.labels.astype(dtype), strict=True)
        ]

    @np.errstate(over="ignore")
    def train(self, prepared: Any) -> Array:
        if self.definition in SLOPES:
            return self._train_otherwise(prepared)
        if self.batch_size > 1:
            return self._train_in_batches(prepared)
        outputs = np.empty(len(prepared), self.weights_0_1.dtype)
        for review, (words, counts, label) in enumerate(prepared):
            layer_1 = self.sum_rows(words, counts)
            layer_2 = sigmoid(layer_1 @ self.weights_1_2)
            outputs[review] = layer_2
            delta_2 = (layer_2 - label) * layer_2 * (1 - layer_2)
            step_1_2 = self.learning_rate * delta_2
            step_0_1 = step_1_2 * self.weights_1_2
            self.weights_1_2 -= step_1_2 * layer_1
            self.update_rows(words, counts, step_0_1)
        return outputs

    def _train_in_batches(self, prepared: Any) -> Array:
        outputs = [np.empty(0, self.weights_0_1.dtype)]
        for batch in self._batches(prepared):
            labels = np.array([label for _, _, label in batch], self.weights_0_1.dtype)
            layer_1 = self.sum_batch(batch)
            layer_2 = sigmoid(layer_1 @ self.weights_1_2)
            outputs.append(layer_2)
            delta_2 = (layer_2 - labels) * layer_2 * (1 - layer_2)
            step_1_2 = self.learning_rate / len(batch) * delta_2
            step_0_1 = np.outer(step_1_2, self.weights_1_2)
            self.weights_1_2 -= step_1_2 @ layer_1
            self.update_batch(batch, step_0_1)
        return np.concatenate(outputs)

    def _train_otherwise(self, prepared: Any) -> Array:
        """Train as another definition than the lesson's says, which steps.py has."""
        outputs, state = [np.empty(0, self.weights_0_1.dtype)], self.state()
        for batch in self._batches(prepared):
            labels = np.array([label for _, _, label in batch], self.weights_0_1.dtype)
            sums, share = self._combined(batch)
            slopes = SLOPES[self.definition](sums, labels, state)
            descend(state, slopes.others, self.learning_rate, adagrad=False)
            self.update_batch(batch, self.learning_rate * slopes.sums * share)
            outputs.append(slopes.outputs)
        return np.concatenate(outputs)

    def _combined(self, batch: Batch) -> tuple[Array, Array]:
        """Combine the rows of each review, and return what share each row has in that."""
        words = [len(words) if counts is None else counts.sum() for words, counts, _ in batch]
        share = shares(self.definition, np.array(words), self.weights_0_1.dtype)
        return self.sum_batch(batch) * share, share

    @np.errstate(over="ignore")
    def predict(self, prepared: Any) -> Array:
        if self.definition in OUTPUTS:
            output, state = OUTPUTS[self.definition], self.state()
            layers = [output(self._combined(batch)[0], state) for batch in self._batches(prepared)]
            return np.concatenate([np.empty(0, self.weights_0_1.dtype), *layers])
        if self.batch_size > 1:
            # By the sums of train, which may round otherwise than those of single reviews.
            layers_1 = map(self.sum_batch, self._batches(prepared))
            layers_2 = [sigmoid(layer_1 @ self.weights_1_2) for layer_1 in layers_1]
            return np.concatenate([np.empty(0, self.weights_0_1.dtype), *layers_2])
        outputs = np.empty(len(prepared), self.weights_0_1.dtype)
        for review, (words, counts, _) in enumerate(prepared):
            outputs[review] = sigmoid(self.sum_rows(words, counts) @ self.weights_1_2)
        return outputs

    def _batches(self, prepared: Any) -> Iterator[Batch]:
        for start in range(0, len(prepared), self.batch_size):
            yield prepared[start : start + self.batch_size]
