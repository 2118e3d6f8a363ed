# cython: language_level=3, boundscheck=False, wraparound=False
"""The two loops over the rows of a review's words, in C."""

from cython cimport floating


def sum_rows(floating[:, ::1] weights_0_1, const int[:] words, floating[::1] layer_1):
    """Write the sum of the rows of the words into layer_1."""
    cdef Py_ssize_t word, unit
    layer_1[:] = 0
    for word in range(words.shape[0]):
        for unit in range(layer_1.shape[0]):
            layer_1[unit] += weights_0_1[words[word], unit]


def subtract_step(floating[:, ::1] weights_0_1, const int[:] words, floating[::1] step):
    """Subtract step from the row of each word."""
    cdef Py_ssize_t word, unit
    for word in range(words.shape[0]):
        for unit in range(step.shape[0]):
            weights_0_1[words[word], unit] -= step[unit]
