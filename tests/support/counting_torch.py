"""What a training pass in PyTorch does, operator by operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import counting
import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

# Neither computed nor moved.
FREE = ("detach", "view", "t", "expand", "_indices", "_values", "ones_like", "profiler")


class Log(TorchDispatchMode):
    """Tallies each operator when it is called."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = func.name().removeprefix("aten::").split(".")[0]
        if name.startswith("profiler") or name in FREE:
            return result
        getattr(self, name.strip("_"))(result, *args, **(kwargs or {}))
        return result

    def embedding_bag(self, result: Any, rows: Any, words: Any, offsets: Any, *more: Any) -> None:
        counts, hidden = more[3], rows.shape[1]
        if counts is not None:
            _multiplied(rows[words.long()], counts[:, None])
            _read(counts)
        counting.added(len(words) * hidden)
        counting.add("bytes_read", len(words) * hidden * rows.element_size())
        _read(words, offsets)
        _written(result[0])

    def embedding_bag_backward(self, result: Any, gradient: Any, words: Any, *more: Any) -> None:
        counts, offsets = more[-1], more[0]
        if counts is not None:
            # PyTorch keeps which bag a word belongs to only where it needs it: not for float32.
            lengths = torch.diff(offsets, append=torch.tensor([len(words)]))
            bags = torch.repeat_interleave(torch.arange(len(offsets)), lengths)
            _multiplied(gradient[bags], counts[:, None])
            _read(counts)
        counting.add("bytes_read", result._values().numel() * gradient.element_size())
        _read(words)
        _written(result._values(), result._indices())

    def clone(self, result: Any, sparse: Any, **how: Any) -> None:
        _read(sparse._values(), sparse._indices())
        _written(result._values(), result._indices())

    def add(self, result: Any, target: Any, step: Any, alpha: float = 1) -> None:
        if step.is_sparse:
            _read(step._indices())
            step = step._values()
        _multiplied(step, torch.tensor(alpha, dtype=step.dtype))
        counting.added(step.numel())
        # The rows that change, and the steps.
        _read(step, step)
        _written(step)

    def mv(self, result: Any, matrix: Any, vector: Any) -> None:
        _multiplied(matrix, vector[None])
        counting.added(matrix.shape[0] * (matrix.shape[1] - 1))
        _read(matrix, vector)
        _written(result)

    def mul(self, result: Any, left: Any, right: Any) -> None:
        _multiplied(left, torch.as_tensor(right, dtype=left.dtype))
        _read(left, right)
        _written(result)

    def pow(self, result: Any, base: Any, exponent: float) -> None:
        if exponent == 2:
            _multiplied(base, base)
        _read(base)
        _written(result)

    def sub(self, result: Any, left: Any, right: Any) -> None:
        counting.added(result.numel())
        _read(left, right)
        _written(result)

    def sigmoid(self, result: Any, x: Any) -> None:
        counting.added(result.numel())
        _read(x)
        _written(result)

    def sigmoid_backward(self, result: Any, gradient: Any, y: Any) -> None:
        counting.added(result.numel())
        _multiplied(gradient, y)
        _multiplied(gradient, y)
        _read(gradient, y)
        _written(result)

    def mean(self, result: Any, x: Any) -> None:
        counting.added(x.numel() - 1)
        _read(x)

    def div(self, result: Any, left: Any, right: float) -> None:
        _read(left)
        _written(result)


def _multiplied(left: Any, right: Any) -> None:
    left, right = torch.broadcast_tensors(left.detach(), right.detach())
    counting.multiplied(left.numpy(), right.numpy())


def _read(*tensors: Any) -> None:
    for one in tensors:
        if isinstance(one, torch.Tensor):
            counting.read(one.detach().numpy())


def _written(*tensors: Any) -> None:
    for one in tensors:
        counting.written(one.detach().numpy())


@contextmanager
def counting_torch() -> Iterator[dict[str, int]]:
    """As counting.counting, for what PyTorch computes inside."""
    with counting.counting() as tally, Log():
        yield tally
    assert np.any(list(tally.values()))
