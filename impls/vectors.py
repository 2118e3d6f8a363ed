"""Two loops over rows of weights, faster than what numba makes of plain loops.

A row is a few vectors of 64 bytes, which stay in registers from the first word to the last. Plain
loops are slower for three reasons. LLVM must keep the order of a sum of floating-point numbers, so
each addition waits for the one before; here a narrow row has up to four sums, which don't wait for
each other. LLVM doesn't know how long a row is, so it keeps the sum in memory and asks at each
word how much is left; here the number of vectors is part of the compiled code. And the rows of a
review lie anywhere in memory; here the rows of the next review are fetched while those of one are
updated.

LLVM lowers a vector of 64 bytes to what the machine has: AVX-512, AVX2, NEON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

VECTOR_BYTES = 64
# How many vectors are summed at a time: with more, the 32 registers of 64 bytes would not hold
# everything; with fewer, additions would wait for each other.
VECTORS_AT_ONCE = 8
CHAINS = 4  # sums that don't wait for each other, at most


def layout(hidden: int, itemsize: int) -> tuple[int, int]:
    """Cut a row of hidden numbers into tiles of vectors.

    Tiles are equal, so that one compiled loop serves all of them; a row is padded to whole tiles.

    Returns:
        The number of tiles, and the number of vectors of each.
    """
    vectors = -(-hidden * itemsize // VECTOR_BYTES)
    tiles = -(-vectors // VECTORS_AT_ONCE)
    return tiles, -(-vectors // tiles)


@intrinsic  # type: ignore[untyped-decorator]
def sum_rows(
    context: Any,
    vectors: Any,
    rows: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    layer_1: Any,
) -> Any:
    """Write the sum of one tile of rows[words[start:stop]], each times its count, into layer_1.

    Args:
        vectors: a tuple with an item for each vector of a tile; only its length is used, because
            the compiler knows the length of a tuple.
        rows: (vocabulary_size, width), 64-byte aligned, of float64 or float32.
        words: (nnz,) int32.
        counts: (nnz,) in the dtype of the rows; None for presence.
        column: where the tile begins, in the rows and in layer_1.
        layer_1: (width,), 64-byte aligned.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = Code(context, builder, signature, args)
        target = code.address(7, args[6])
        for number, total in enumerate(code.folded(builder.fadd, builder.fmul)):
            code.store(total, target, number)
        return context.get_dummy_value()

    return types.void(vectors, rows, words, counts, start, stop, column, layer_1), generate


@intrinsic  # type: ignore[untyped-decorator]
def subtract_from_rows(
    context: Any,
    vectors: Any,
    rows: Any,
    words: Any,
    counts: Any,
    start: Any,
    stop: Any,
    column: Any,
    step: Any,
    next_stop: Any,
) -> Any:
    """Subtract one tile of step from each of rows[words[start:stop]], times its count.

    Meanwhile the rows of words[stop:next_stop] are fetched into the cache.

    Args: as for sum_rows, and
        step: (width,), 64-byte aligned.
        next_stop: where the next review ends.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code = Code(context, builder, signature, args)
        source = code.address(7, args[6])
        steps = [code.load(source, number) for number in range(code.width)]
        with code.each_row_while_fetching(args[8]) as (row, place):
            for number, change in enumerate(steps):
                change = code.counted(change, place, builder.fmul)
                code.store(builder.fsub(code.load(row, number), change), row, number)
        return context.get_dummy_value()

    signature = types.void(vectors, rows, words, counts, start, stop, column, step, next_stop)
    return signature, generate


class Code:
    """The instructions of a loop over one tile of rows[words[start:stop]].

    Args:
        context, builder, signature, args: as numba gives them to the intrinsic, whose first
            arguments are those of sum_rows: vectors, rows, words, counts, start, stop, column.
    """

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any) -> None:
        self._context, self._builder, self._types = context, builder, signature.args
        self._args = args
        self._start, self._stop, self._column = args[4:7]
        self.width = len(self._types[0])
        dtype = self._types[1].dtype
        item = context.get_value_type(dtype)
        self._vector = ir.VectorType(item, VECTOR_BYTES * 8 // dtype.bitwidth)
        self._intp = context.get_value_type(types.intp)

    def folded(self, combine: Callable[..., Any], multiply: Callable[..., Any]) -> list[Any]:
        """Combine all rows into one, in several chains that don't wait for each other.

        Args:
            combine: an instruction such as fadd; the order must not matter, and zero must change
                nothing.
            multiply: the instruction that multiplies a row by its count.

        Returns:
            The vectors of that one row.
        """
        builder, zero = self._builder, ir.Constant(self._vector, None)
        chains = [
            [cgutils.alloca_once_value(builder, zero) for _ in range(self.width)]
            for _ in range(max(1, min(CHAINS, VECTORS_AT_ONCE // self.width)))
        ]

        def add(chain: list[Any], place: Any) -> None:
            row = self._row(place)
            for number, total in enumerate(chain):
                value = self.counted(self.load(row, number), place, multiply)
                builder.store(combine(builder.load(total), value), total)

        length = builder.sub(self._stop, self._start)
        rest = builder.srem(length, self._number(len(chains)))
        whole = builder.sub(self._stop, rest)
        with self._loop(self._start, whole, len(chains)) as place:
            for number, chain in enumerate(chains):
                add(chain, builder.add(place, self._number(number)))
        with self._loop(whole, self._stop) as place:
            add(chains[0], place)
        return [
            reduce(combine, [builder.load(chain[number]) for chain in chains])
            for number in range(self.width)
        ]

    @contextmanager
    def each_row_while_fetching(self, next_stop: Any) -> Iterator[tuple[Any, Any]]:
        """Loop over the rows; what is built inside the context is done with each of them.

        At each row the row of one of words[stop:next_stop] is fetched, as long as there are any.

        Returns:
            A context with the address of the row, and its place in words.
        """
        builder = self._builder
        length = builder.sub(self._stop, self._start)
        # Where the next review is shorter its last word is fetched again, without a branch.
        last = builder.sub(next_stop, self._number(1))
        with self._loop(self._start, self._stop) as place:
            ahead = builder.add(place, length)
            inside = builder.icmp_signed("<", ahead, next_stop)
            self._prefetch(builder.select(inside, ahead, last))
            yield self._row(place), place
        with self._loop(builder.add(self._stop, length), next_stop) as place:
            self._prefetch(place)

    def counted(self, value: Any, place: Any, multiply: Callable[..., Any]) -> Any:
        """Multiply a vector by the count of the word at a place, if there are counts."""
        if isinstance(self._types[3], types.NoneType):
            return value
        builder = self._builder
        count = builder.load(self.address(3, place))
        empty = ir.Constant(self._vector, ir.Undefined)
        one = builder.insert_element(empty, count, ir.Constant(ir.IntType(32), 0))
        first = ir.Constant(ir.VectorType(ir.IntType(32), self._vector.count), None)
        return multiply(value, builder.shuffle_vector(one, empty, first))

    def address(self, arg: int, place: Any) -> Any:
        """Find the address of the item at a place in the array that is argument number arg."""
        made = self._context.make_array(self._types[arg])
        return self._builder.gep(made(self._context, self._builder, self._args[arg]).data, [place])

    def load(self, address: Any, number: int) -> Any:
        """Read a vector: number 0 begins at the address, number 1 follows it, and so on."""
        return self._builder.load(self._at(address, number), align=VECTOR_BYTES)

    def store(self, value: Any, address: Any, number: int) -> None:
        """Write a vector to where load would read it."""
        self._builder.store(value, self._at(address, number), align=VECTOR_BYTES)

    def _row(self, place: Any) -> Any:
        builder = self._builder
        word = builder.sext(builder.load(self.address(2, place)), self._intp)
        made = self._context.make_array(self._types[1])
        width = builder.extract_value(made(self._context, builder, self._args[1]).shape, 1)
        return self.address(1, builder.add(builder.mul(word, width), self._column))

    def _at(self, address: Any, number: int) -> Any:
        pointer = self._builder.bitcast(address, self._vector.as_pointer())
        return self._builder.gep(pointer, [self._number(number)])

    def _prefetch(self, place: Any) -> None:
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        function = cgutils.get_or_insert_function(
            self._builder.module,
            ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag]),
            "llvm.prefetch.p0i8",
        )
        to_write, keep, data = (ir.Constant(flag, value) for value in (1, 3, 1))
        row = self._row(place)
        for number in range(self.width):
            pointer = self._builder.bitcast(self._at(row, number), byte)
            self._builder.call(function, [pointer, to_write, keep, data])

    def _number(self, value: int) -> Any:
        return ir.Constant(self._intp, value)

    @contextmanager
    def _loop(self, start: Any, stop: Any, step: int = 1) -> Iterator[Any]:
        with cgutils.for_range_slice(
            self._builder, start, stop, self._number(step), self._intp
        ) as (place, _):
            yield place
