"""The passes of `jax`: functions that XLA compiles for each size of their arguments.

How often the loop over the words of a review runs is known when it runs. So reviews lie end to
end, no row is copied, and nothing is computed on the zeros at the end of the arrays.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
from jax import numpy as jnp
from jax.lax import fori_loop

# XLA makes one piece of machine code of a loop that touches few bytes; of any other it calls piece
# after piece, which takes twice as long and may be done on other threads. Without that limit a pass
# is one piece. It is read when XLA is first used; in a process that has used it before, it is late.
LIMIT = f"--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold={2**60}"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {LIMIT}"
# A call of train is to do its work itself, under the clock of its thread.
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_cpu_enable_async_dispatch", False)


class Form(NamedTuple):
    """Reviews end to end.

    Attributes:
        words, counts: of all reviews; counts is None for presence.
        bounds: where each review starts, and the last one ends.
        distinct, distinct_bounds: the words of each batch, once each; None for single reviews.
        slots: the place of each word among those of its batch.
        steps: zeros, for as many words as a batch has at most.
    """

    words: Any
    counts: Any
    bounds: Any
    labels: Any
    distinct: Any = None
    distinct_bounds: Any = None
    slots: Any = None
    steps: Any = None


@partial(jax.jit, donate_argnums=0, static_argnames="batch_size")
def train(weights: Any, form: Form, reviews: Any, rate: Any, batch_size: int) -> Any:
    """Make one pass over so many reviews.

    Args:
        weights: weights_0_1 and weights_1_2; as they are donated, rows change where they stand.

    Returns:
        The new weights, and the outputs, of which only the first are of reviews.
    """
    start = weights, jnp.zeros_like(form.labels)
    if batch_size == 1:
        return fori_loop(0, reviews, partial(_one_review, form, rate), start)
    batches = (reviews + batch_size - 1) // batch_size
    return fori_loop(0, batches, partial(_one_batch, form, rate, reviews, batch_size), start)


@jax.jit
def predict(weights: Any, form: Form, reviews: Any) -> Any:
    """Return the outputs."""

    def one_review(review: Any, outputs: Any) -> Any:
        return outputs.at[review].set(_forward(form, review, *weights)[1])

    return fori_loop(0, reviews, one_review, jnp.zeros_like(form.labels))


@jax.jit
def on_device(arrays: Any) -> Any:
    """Make arrays of JAX of numpy's; that is sooner done than by device_put."""
    return arrays


def _one_review(form: Form, rate: Any, review: Any, state: Any) -> Any:
    (weights_0_1, weights_1_2), outputs = state
    layer_1, layer_2 = _forward(form, review, weights_0_1, weights_1_2)
    step_1_2 = rate * _delta_2(form, review, layer_2)
    step_0_1 = step_1_2 * weights_1_2

    def update(place: Any, rows: Any) -> Any:
        return rows.at[form.words[place]].add(-_counted(form, place, step_0_1))

    weights_0_1 = _each_word(form, review, update, weights_0_1)
    return (weights_0_1, weights_1_2 - step_1_2 * layer_1), outputs.at[review].set(layer_2)


def _one_batch(form: Form, rate: Any, reviews: Any, batch_size: int, batch: Any, state: Any) -> Any:
    (weights_0_1, weights_1_2), outputs = state
    first, last = batch * batch_size, jnp.minimum((batch + 1) * batch_size, reviews)
    begin, end = form.distinct_bounds[batch], form.distinct_bounds[batch + 1]

    def add_steps(review: Any, state: Any) -> Any:
        steps, step_1_2, outputs = state
        layer_1, layer_2 = _forward(form, review, weights_0_1, weights_1_2)
        step = rate * _delta_2(form, review, layer_2) / (last - first)

        def add(place: Any, steps: Any) -> Any:
            return steps.at[form.slots[place]].add(_counted(form, place, step))

        steps = _each_word(form, review, add, steps)
        return steps, step_1_2 + step * layer_1, outputs.at[review].set(layer_2)

    start = jnp.zeros_like(form.steps), jnp.zeros_like(weights_1_2), outputs
    steps, step_1_2, outputs = fori_loop(first, last, add_steps, start)

    def update(place: Any, rows: Any) -> Any:
        return rows.at[form.distinct[place]].add(-steps[place - begin] * weights_1_2)

    weights_0_1 = fori_loop(begin, end, update, weights_0_1)
    return (weights_0_1, weights_1_2 - step_1_2), outputs


def _forward(form: Form, review: Any, weights_0_1: Any, weights_1_2: Any) -> tuple[Any, Any]:
    """Return layer_1 and layer_2 of a review."""

    def add(place: Any, layer_1: Any) -> Any:
        return layer_1 + _counted(form, place, weights_0_1[form.words[place]])

    layer_1 = _each_word(form, review, add, jnp.zeros_like(weights_1_2))
    return layer_1, jax.nn.sigmoid((layer_1 * weights_1_2).sum())


def _delta_2(form: Form, review: Any, layer_2: Any) -> Any:
    return (layer_2 - form.labels[review]) * layer_2 * (1 - layer_2)


def _counted(form: Form, place: Any, value: Any) -> Any:
    return value if form.counts is None else form.counts[place] * value


def _each_word(form: Form, review: Any, body: Callable[[Any, Any], Any], start: Any) -> Any:
    return fori_loop(form.bounds[review], form.bounds[review + 1], body, start)
