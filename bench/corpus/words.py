"""From texts to the ids of their words: a vocabulary in order of first appearance.

Words are compared by the thousand. The first bytes of each are one number, whose place in a table
has the id of the word that was there first; only words that aren't there are looked up one by one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...impls.reviews import Reviews
from .gathered import Gathered

# Follows each word. No text in UTF-8 has this byte.
END = b"\xff"

# A word and its end, if it is in the table, in bytes.
_WIDTH = 16
# Row n keeps n bytes of so many, and makes the others zero.
_KEEP = np.tri(_WIDTH + 1, _WIDTH, -1, np.uint8).ravel() * np.uint8(255)
_PLACES = 17  # as a power of two
# Multiplicative hashing (Knuth, The Art of Computer Programming, 6.4): odd numbers of mixed bits.
_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(64 - _PLACES)

# What is done at once fits into the caches of a processor: texts, bytes, texts times words.
_MOST_TEXTS, _MOST_BYTES, _MOST_PAIRS = 32, 2**18, 2**22


def ended(words: Iterable[str]) -> bytes:
    """Return words as a text for learn."""
    return b"".join(word.encode() + END for word in words)


def learn(texts: Iterable[bytes], labels: Sequence[float]) -> tuple[Reviews, dict[bytes, int]]:
    """Learn a vocabulary from texts, and turn them into reviews with counts.

    The ids of a review stand in the order in which its words first come in the text.

    Args:
        texts: the words of each review in UTF-8, as they follow one another, each followed by END.
        labels: (n,) of 0 and 1, one for each text.

    Returns:
        The reviews, and the id of each word.

    Raises:
        OSError: they are too many for memory, and can't be written.
    """
    vocabulary = unknown()
    with Gathered() as gathered:
        gather(texts, vocabulary, gathered)
        return gathered.reviews(labels, len(vocabulary)), dict(vocabulary)


def look_up(
    texts: Iterable[bytes], labels: Sequence[float], vocabulary: Mapping[bytes, int]
) -> Reviews:
    """Turn texts into reviews with counts; words outside of a given vocabulary are dropped."""
    with Gathered() as gathered:
        gather(texts, _Known(vocabulary), gathered)
        return gathered.reviews(labels, len(vocabulary))


def unknown() -> dict[bytes, int]:
    """Return a vocabulary without words, which gather lets grow."""
    # A missing key takes the next number: the whole look-up stays in C.
    return defaultdict(count().__next__)


class _Known(dict[bytes, int]):
    """Has no id for other words, and doesn't learn them."""

    def __missing__(self, _: bytes) -> int:
        return -1


def gather(texts: Iterable[bytes], ids_of: dict[bytes, int], gathered: Gathered) -> None:
    """Count the words of texts as they come.

    Args:
        texts: as for learn.
        ids_of: the id of each word: what unknown returns.
        gathered: is added a review for each text.
    """
    table, first = _Table(ids_of), np.empty(0, np.int32)
    for group in _groups(texts, ids_of):
        if len(group[0]) > _MOST_BYTES:
            # Of so many words at once the arrays would be too large.
            counted = Counter(map(ids_of.__getitem__, group[0].split(END)[:-1]))
            counted.pop(-1, None)
            gathered.add(
                np.array([len(counted)]),
                np.fromiter(counted, np.int32),
                np.fromiter(counted.values(), np.int32),
            )
            continue
        ids, bounds = table.ids(group)
        if ids.min(initial=0) < 0:
            known = np.flatnonzero(ids >= 0)
            ids, bounds = ids.take(known), np.searchsorted(known, bounds)
        size = len(ids_of)
        if len(first) < len(group) * size:
            first = np.empty(2 * len(group) * size, np.int32)
        # Each word of each text has an element of its own, for where it first comes.
        pairs = np.repeat(np.arange(len(group)) * size, np.diff(bounds))
        pairs += ids
        places = np.arange(len(ids), dtype=np.int32)
        first[pairs] = len(ids)
        np.minimum.at(first, pairs, places)
        firsts = first.take(pairs)
        distinct = np.flatnonzero(firsts == places)
        gathered.add(
            np.diff(np.searchsorted(distinct, bounds)),
            ids.take(distinct),
            np.bincount(firsts, minlength=1).take(distinct).astype(np.int32),
        )


def _groups(texts: Iterable[bytes], vocabulary: Mapping[bytes, int]) -> Iterator[list[bytes]]:
    """Yield a few texts at a time; one that is too long for the table comes alone."""
    group: list[bytes] = []
    size = 0
    for text in texts:
        most = min(_MOST_TEXTS, _MOST_PAIRS // (len(vocabulary) + 1))
        if group and (size + len(text) > _MOST_BYTES or len(group) >= most):
            yield group
            group, size = [], 0
        group.append(text)
        size += len(text)
    if group:
        yield group


class _Table:
    """Some words with their ids, in front of a dictionary of all."""

    def __init__(self, ids_of: dict[bytes, int]) -> None:
        self._ids_of = ids_of
        # Zeros are no word: each has its end.
        self._words = np.zeros(2**_PLACES, f"V{_WIDTH}")
        self._ids = np.empty(2**_PLACES, np.int32)

    def ids(self, texts: Sequence[bytes]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the ids of all words, and where those of each text begin and the last ones end."""
        content = b"".join(texts) + bytes(_WIDTH)
        stops = np.flatnonzero(np.frombuffer(content, np.uint8) == END[0])
        starts = np.concatenate([[0], stops[:-1] + 1])[: len(stops)]
        sizes = stops - starts + 1
        # As many bytes from each place on.
        everywhere: NDArray[Any] = np.ndarray(
            len(content) - _WIDTH + 1, f"V{_WIDTH}", content, strides=(1,)
        )
        words = everywhere[starts].view(np.uint64)
        words &= _KEEP.view(f"V{_WIDTH}").take(np.minimum(sizes, _WIDTH)).view(np.uint64)
        left, right = words[::2], words[1::2]
        slots = ((left * _MIX[0] + right * _MIX[1]) >> _SHIFT).astype(np.intp)
        there = self._words.take(slots).view(np.uint64)
        ids = self._ids.take(slots)
        missing = (there[::2] != left) | (there[1::2] != right)
        # A free place looks like a word of zeros that is longer than what is compared.
        missing = np.flatnonzero(missing | (sizes > _WIDTH))
        if len(missing):
            spans = zip(starts[missing].tolist(), stops[missing].tolist(), strict=True)
            # In the order of the text, since new words take the next ids.
            each = (content[start:stop] for start, stop in spans)
            ids[missing] = np.fromiter(map(self._ids_of.__getitem__, each), np.int32, len(missing))
            # What came first stays: frequent words do. Of a word in the table the end is there too,
            # so that no other word begins like it.
            free = missing[(there[::2][missing] == 0) & (sizes[missing] <= _WIDTH)]
            taken, which = np.unique(slots[free], return_index=True)
            self._words[taken] = words.view(f"V{_WIDTH}")[free[which]]
            self._ids[taken] = ids[free[which]]
        return ids, np.searchsorted(stops, np.cumsum([0, *map(len, texts)]))
