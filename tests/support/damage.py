"""Ways in which a file is damaged: by a disk, a transfer, an editor, or someone who means harm.

Each takes the bytes of a file and a source of randomness, and gives other bytes.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import numpy as np

Damage = Callable[[bytes, Random], bytes]

NUMBERS = [
    *b"-1 -7.5 0 1.5 +7 nan inf -inf 1e309 1e-320 1e18 1e30 30 50 900 1e6 0x10 1_0 True 1e".split(),
    *b"2147483648 -2147483649 9223372036854775807 18446744073709551616".split(),
    b"9" * 400,
    b"0." + b"3" * 400,
    "\u0663".encode(),
    b"",
]
TEXTS = [
    b"",
    *b"x nan cpu wall certified failed dense csr slower positive".split(),
    b"=1+1",
    b"\x1b[2J\x1b]0;taken\x07",
    b"\xc2\x9b31m",
    "\u2028\u202e\U000e0041".encode(),
    b'"two\nlines"',
    b'"a, ""b"""',
    b"<script>",
    b"{",
    b"y" * 5_000,
    b"qid:1",
]
BYTES = [
    b"\0",
    b"\0" * 600,
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\n\n",
    *(mark.encode() for mark in "\x1b\r\n\"',;\t #:"),
    b"PK\x03\x04",
    b"PAR1",
    b"\x1f\x8b",
]


def _block(content: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, start + min(int(2 ** rng.uniform(0, 10)), len(content) - start)


def flip(content: bytes, rng: Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 3)) if content else 0):
        damaged[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def cut(content: bytes, rng: Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    return rng.choice((content[:start], content[start:]))


def insert(content: bytes, rng: Random) -> bytes:
    start, stop = _block(content, rng)
    new = rng.choice([*BYTES, rng.randbytes(8), content[start:stop]])
    return content[:start] + new + content[start:]


def remove(content: bytes, rng: Random) -> bytes:
    start, stop = _block(content, rng)
    return content[:start] + content[stop:]


def overwrite(content: bytes, rng: Random) -> bytes:
    start, stop = _block(content, rng)
    new = rng.choice((b"\0", b"\xff", b"\x80", b"7")) * (stop - start)
    return content[:start] + new + content[stop:]


def swap(content: bytes, rng: Random) -> bytes:
    one, two, three, four = sorted(rng.randrange(len(content) + 1) for _ in range(4))
    parts = content[:one], content[three:four], content[two:three], content[one:two], content[four:]
    return b"".join(parts)


def endings(content: bytes, rng: Random) -> bytes:
    return content.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"\0")))


def number(content: bytes, rng: Random) -> bytes:
    found = list(re.finditer(rb"-?\d+(\.\d+)?(e-?\d+)?", content))
    if not found:
        return content
    start, stop = rng.choice(found).span()
    return content[:start] + rng.choice(NUMBERS) + content[stop:]


def line(content: bytes, rng: Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    one, two = rng.choices(range(len(lines)), k=2)
    how = rng.randrange(4)
    if how == 0:
        del lines[one]
    elif how == 1:
        lines.insert(two, lines[one])
    elif how == 2:
        lines[one], lines[two] = lines[two], lines[one]
    else:
        lines = lines[:1]
    return b"".join(lines)


def cell(content: bytes, rng: Random) -> bytes:
    rows = [row.split(b",") for row in content.split(b"\n")]
    row, other = rng.choice(rows[1:] or rows), rng.choice(rows)
    at = rng.randrange(len(row))
    row[at] = rng.choice([*NUMBERS, *TEXTS, rng.choice(other)])
    return b"\n".join(map(b",".join, rows))


def column(content: bytes, rng: Random) -> bytes:
    rows = [row.split(b",") for row in content.split(b"\n")]
    at, other, how = rng.randrange(len(rows[0])), rng.randrange(len(rows[0])), rng.randrange(6)
    value = rng.choice([*NUMBERS, *TEXTS])
    for place, row in enumerate(rows):
        if max(at, other) >= len(row):
            continue
        if how == 0:
            del row[at]
        elif how == 1:
            row.insert(other, row[at])
        elif how == 2:
            row[at], row[other] = row[other], row[at]
        elif how == 3 and place:
            row[at] = value
        elif how == 4 and not place:
            row[at] = rng.choice((value, row[other]))
        elif how == 5:
            row.append(b"more")
    return b"\n".join(map(b",".join, rows))


BYTEWISE: tuple[Damage, ...] = (
    flip,
    cut,
    insert,
    remove,
    overwrite,
    swap,
    endings,
    number,
    line,
    cell,
)
# Most that happens to the bytes of a table is refused at once; what happens to cells goes deeper.
CELLWISE: tuple[Damage, ...] = (number, number, line, cell, cell, cell, column, *BYTEWISE)


def saved(array: Any) -> bytes:
    """An array as the bytes of a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


class Trap:
    """Makes a folder wherever a pickle of it is loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("sprung",)


def odd(content: bytes, rng: Random) -> bytes:
    """Another array: of a kind, a shape or values that it must not have."""
    with warnings.catch_warnings(), suppress(ValueError, TypeError, OverflowError):
        warnings.simplefilter("ignore")  # numpy's, of what is done to arrays here
        array = np.load(io.BytesIO(content), allow_pickle=False)
        if array.ndim == 1 and 0 < array.size < 100:
            return rng.choice((_converted, _extreme, _reshaped, _pickled, _headed))(array, rng)
    return content  # nothing more can be done to it


def _converted(array: Any, rng: Random) -> bytes:
    return saved(array.astype(rng.choice("? b u1 u8 >i4 f2 g c16 U S M8[s] V8".split())))


def _extreme(array: Any, rng: Random) -> bytes:
    changed = array.astype(rng.choice([array.dtype, np.dtype(float), np.dtype("u8")]))
    value = rng.choice([0, -1, 3, 2**31, 2**62, 2**63, np.nan, np.inf, 1e308, 0.5])
    changed[rng.randrange(len(changed))] = value
    return saved(changed)


def _reshaped(array: Any, rng: Random) -> bytes:
    return saved(
        rng.choice([array[None], array[:0], array[:-1], array[0], array[::-1], np.tile(array, 3)])
    )


def _pickled(array: Any, rng: Random) -> bytes:
    return saved(np.array([rng.choice([Trap(), 1, "x"]) for _ in array], dtype=object))


def _headed(array: Any, rng: Random) -> bytes:
    dtype = rng.choice(("'<f8'", "'|S0'", "'<U0'", "'|V0'", "'|O'", "[('a', '<f8')]"))
    shape = rng.choice(("(4611686018427387904,)", "(1, 2)", "(8L,)", "()", "(-8,)", "(8.0,)", "8,"))
    header = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + array.tobytes()
