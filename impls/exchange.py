"""A sum over threads that costs each of them no more than a look at the others' cache lines.

Locks and queues of Python take longer than a whole review. Here each thread writes its share beside
a number that says for which turn it is, and looks at those of the others until theirs are there.
"""

from __future__ import annotations

import sys
from typing import Any

from numba import njit, types
from numba.extending import intrinsic

from .network import Array
from .row_layout import LINE
from .vectors import fetch

# After so many looks, some 300 microseconds, the other thread may be waiting for this very core. It
# must be longer than the shortest sleep, some 60 microseconds, or two threads would go on to make
# each other sleep, review after review.
LOOKS = 300_000

if sys.platform == "win32":
    sleep = types.ExternalFunction("Sleep", types.int32(types.uint32))  # of milliseconds
else:
    sleep = types.ExternalFunction("usleep", types.int32(types.uint32))


@intrinsic  # type: ignore[untyped-decorator]
def publish(context: Any, turns: Any, place: Any, turn: Any) -> Any:
    """Write turns[place] = turn, after all that was written before it."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        builder.store_atomic(args[2], builder.gep(data, [args[1]]), "release", 8)
        return context.get_dummy_value()

    return types.void(turns, types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def published(context: Any, turns: Any, place: Any) -> Any:
    """Read turns[place]; what was written before it can be read after."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.load_atomic(builder.gep(data, [args[1]]), "acquire", 8)

    return types.int64(turns, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def claim(context: Any, turns: Any, place: Any) -> Any:
    """Bring the line of turns[place] into this core's cache, to be written soon."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        fetch(builder, builder.gep(data, [args[1]]))
        return context.get_dummy_value()

    return types.void(turns, types.int64), generate


# Without fast math, so that the sum has the same bits in every thread.
@njit(nogil=True)  # type: ignore[untyped-decorator]
def summed(share: Any, turn: int, number: int, shares: Array, turns: Array) -> Any:
    """Return the sum of the shares of all threads, in the order of their numbers.

    Args:
        share: that of this thread.
        turn: 0, 1, 2 and so on, the same in all threads.
        number: of this thread.
        shares, turns: the same memory as numbers in the dtype of share, and as int64, a line of
            which is each thread's for even turns, another for odd ones; both (lines, numbers of a
            line). A line begins with the number of its turn, from 1, and ends with the share: so it
            is one line that goes from core to core. Whoever writes the next share but one has the
            next one of all others, who have read this one.
    """
    line = 2 * number + turn % 2
    shares[line, -1] = share
    publish(turns, line * LINE, turn + 1)
    total = share - share
    for other in range(len(shares) // 2):
        line, looks = 2 * other + turn % 2, 0
        while published(turns, line * LINE) <= turn:
            looks += 1
            if looks == LOOKS:
                looks = 0
                sleep(1)
        total += shares[line, -1]
    claim(turns, (2 * number + (turn + 1) % 2) * LINE)
    return total
