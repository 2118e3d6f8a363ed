"""`skipzeros demo`: the lesson's toy, to be read aloud: ten inputs, words 4 and 9 present."""

from __future__ import annotations

import numpy as np

from ...impls.network import Array
from ..text.table import print_lines

INPUTS, HIDDEN, WORDS = 10, 5, (4, 9)


def tell() -> None:
    """Print the toy step by step: four ways to the same five values, and what each one wastes."""
    print_lines(*_story())


def _story() -> list[str]:
    weights_0_1 = np.random.default_rng(1).normal(0, 1, (INPUTS, HIDDEN))
    layer_0 = np.zeros(INPUTS)
    layer_0[list(WORDS)] = 1

    dense = layer_0.dot(weights_0_1)
    multiplied = np.zeros(HIDDEN)
    for index in WORDS:
        multiplied += 1 * weights_0_1[index]
    summed = np.zeros(HIDDEN)
    for index in WORDS:
        summed += weights_0_1[index]
    reduced = np.add.reduce(weights_0_1[list(WORDS)], axis=0)

    products = INPUTS * HIDDEN
    useful = len(WORDS) * HIDDEN
    same = [np.array_equal(dense, other) for other in (multiplied, summed, reduced)]
    return [
        f"A review of two words, {WORDS[0]} and {WORDS[1]}, out of a vocabulary of {INPUTS}:",
        "",
        f"  layer_0 = {_vector(layer_0, '.0f')}",
        "",
        f"weights_0_1 has a row for each word, {INPUTS} x {HIDDEN}:",
        "",
        *(
            f"  {index}  {_vector(row)}{'   <- present' if index in WORDS else ''}"
            for index, row in enumerate(weights_0_1)
        ),
        "",
        "1. The dense product multiplies every row by its value in layer_0 and adds them up.",
        f"   layer_0.dot(weights_0_1)                         {_vector(dense)}",
        f"   {products} products: {products - useful} with 0, which change nothing, "
        f"and {useful} with 1.",
        "",
        "2. Only the words present, each row times 1.",
        f"   layer_1 += 1 * weights_0_1[index]                {_vector(multiplied)}",
        f"   {useful} products: 0 with 0, {useful} with 1. {INPUTS - len(WORDS)} rows were never "
        "touched.",
        "",
        "3. One times anything is itself.",
        f"   layer_1 += weights_0_1[index]                    {_vector(summed)}",
        "   0 products. The input layer is a list of which rows to add.",
        "",
        "4. The same sum as one call, without a Python loop.",
        f"   np.add.reduce(weights_0_1[[4, 9]], axis=0)       {_vector(reduced)}",
        "",
        "All four give the same values, to the last bit."
        if all(same)
        else "These values differ: this numpy adds up in an order of its own.",
        "",
        "In a review of IMDB about 140 words of 74,074 are present: 99.8 % of the products of the "
        "dense network are with 0.",
        "How much faster that makes a training pass: skipzeros run",
    ]


def _vector(values: Array, form: str = "7.4f") -> str:
    return "[" + " ".join(format(value, form) for value in values) + "]"
